//! Templates: strings with MiniJinja expressions, checked when they are loaded. `names` has the names that they may use, `render`
//! renders them.

use std::collections::HashSet;

use serde_json::Value;

use super::globals::is_of_engine;
use super::names::Names;
use super::render::Engine;
use super::{applied, nested, slice};
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{self, Node};

/// A string with templates in it, which parses and names only what its scope has.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The text as written.
    pub text: String,
    /// Where it stands.
    pub at: Location,
    /// Whether it is one expression, which takes the type of its value.
    pub(super) expression: bool,
    /// The names that it uses, dotted: `fixture.job_id`.
    pub names: Vec<String>,
}

/// A value with templates in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// Without any.
    Literal(Value),
    /// A string with some.
    Template(Template),
    /// A list.
    Array(Vec<Self>),
    /// A table.
    Object(Vec<(String, Self)>),
}

impl Engine {
    /// A tree of what an author wrote, its templates checked: they parse, and use only `names`.
    pub(super) fn tree(&self, node: &Node, names: &Names<'_>, faults: &mut Faults) -> Tree {
        match &node.value {
            document::Value::String(text) => self.string(text, &node.at, names, faults),
            document::Value::Array(items) => Tree::Array(
                items
                    .iter()
                    .map(|item| self.tree(item, names, faults))
                    .collect(),
            ),
            document::Value::Table(entries) => Tree::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.name.clone(), self.tree(node, names, faults)))
                    .collect(),
            ),
            _ => Tree::Literal(literal(node)),
        }
    }

    /// The names that a template uses, as the engine lists them.
    fn names(&self, text: &str, expression: bool) -> Result<HashSet<String>, minijinja::Error> {
        if expression {
            self.environment
                .compile_expression(inner(text))
                .map(|expression| expression.undeclared_variables(true))
        } else {
            self.environment
                .template_from_str(text)
                .map(|template| template.undeclared_variables(true))
        }
    }

    fn string(&self, text: &str, at: &Location, names: &Names<'_>, faults: &mut Faults) -> Tree {
        if !is_template(text) {
            return Tree::Literal(Value::String(text.to_owned()));
        }
        if let Some(excess) = nested::excess(text, false) {
            faults.at(
                at,
                "template-too-long",
                format!("this template is too large: {excess}"),
                "expected a smaller template",
                Some("write text outside the braces, and use `each` for several forms".to_owned()),
            );
            return Tree::Literal(Value::Null);
        }
        let expression = is_expression(text);
        let used = self.names(text, expression).map(|names| {
            // What is sliced is not in the engine's list; where the rewritten text is at fault, the engine's list stands.
            let sliced = self.names(&slice::without(text), expression);
            sliced.map_or(names.clone(), |sliced| &names | &sliced)
        });
        let mut used: Vec<String> = match used {
            Ok(used) => used.into_iter().collect(),
            Err(error) => {
                faults.at(
                    at,
                    "template-syntax",
                    format!("this template does not parse: {error}"),
                    "expected a MiniJinja template",
                    text.contains("{{")
                        .then(|| "write two literal braces as {{ \"{{\" }}".to_owned()),
                );
                Vec::new()
            }
        };
        applied::check(&self.environment, text, at, faults);
        used.retain(|name| !is_of_engine(name));
        used.sort();
        for name in &used {
            if !names.know(name) {
                names.unknown(name, at, faults);
            }
        }
        Tree::Template(Template {
            text: text.to_owned(),
            at: at.clone(),
            expression,
            names: used,
        })
    }
}

/// The JSON value of a tree as written, templates as plain strings.
pub(super) fn literal(node: &Node) -> Value {
    match &node.value {
        document::Value::String(text) | document::Value::Datetime(text) => {
            Value::String(text.clone())
        }
        document::Value::Integer(number) => Value::from(*number),
        document::Value::Float(number) => Value::from(*number),
        document::Value::Boolean(flag) => Value::Bool(*flag),
        document::Value::Array(items) => Value::Array(items.iter().map(literal).collect()),
        document::Value::Table(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, node)| (key.name.clone(), literal(node)))
                .collect(),
        ),
    }
}

/// Whether a string has template syntax in it.
pub(super) fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|opens| text.contains(opens))
}

/// Whether a string is one expression from end to end.
pub(super) fn is_expression(text: &str) -> bool {
    text.len() >= 4
        && text.starts_with("{{")
        && text.ends_with("}}")
        && !["{{", "}}", "{%", "{#"]
            .iter()
            .any(|braces| inner(text).contains(braces))
}

/// What stands between the braces of an expression.
pub(super) fn inner(text: &str) -> &str {
    let text = text
        .strip_prefix("{{")
        .and_then(|text| text.strip_suffix("}}"))
        .unwrap_or(text);
    // A hyphen at the braces is theirs (it trims white space); any other is a minus.
    let text = text.strip_prefix('-').unwrap_or(text);
    text.strip_suffix('-').unwrap_or(text).trim()
}

impl Tree {
    /// The templates in it.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Template(template) => vec![template],
            Self::Array(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Object(entries) => entries
                .iter()
                .flat_map(|(_, tree)| tree.templates())
                .collect(),
        }
    }

    /// Whether it is this text.
    pub fn is_literal(&self, text: &str) -> bool {
        matches!(self, Self::Literal(Value::String(literal)) if literal == text)
    }

    /// Whether one of its templates makes a text of many times another one.
    pub fn repeats(&self) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Template(template) => template.text.contains("repeat"),
            Self::Array(items) => items.iter().any(Self::repeats),
            Self::Object(entries) => entries.iter().any(|(_, tree)| tree.repeats()),
        }
    }
}
