//! Templates: strings with MiniJinja in them, checked when loaded and rendered when sent.
//!
//! A template sees what its scope names and nothing else: no environment, no files, no clock. Its work is bounded by fuel. Which
//! names a scope has is said by whoever renders.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use minijinja::{Environment, ErrorKind, State, UndefinedBehavior};
use serde_json::Value;

use super::{applied, nested, slice};
use crate::diagnostic::{Faults, Location, did_you_mean, list};
use crate::document::{self, Node};

/// Steps of the template engine that one rendering may take: far more than a request needs, and over in a blink; bytes that are made count, too.
const FUEL: u64 = 1_000_000;

/// The most that `repeat` makes in one template, and all templates of a body together, in bytes: past the body limits of ordinary servers.
pub const LONGEST: usize = 16 * 1024 * 1024;

/// Names that every template knows, beside the scope's own.
const GLOBALS: [&str; 3] = ["uuid", "repeat", "null"];

/// Names with a meaning of their own, which no capture may take.
pub(super) const TAKEN: [&str; 8] = [
    "each", "fixture", "key", "limit", "null", "repeat", "secret", "uuid",
];

/// What the templates of a place may name, beside what all may.
#[derive(Debug, Clone)]
pub(super) struct Names<'a> {
    /// The keys of the case's `each`.
    pub(super) each: &'a [String],
    /// The captures of the case, and the steps that make them, counted from 1.
    pub(super) captures: &'a [(String, usize)],
    /// The contract's published limits.
    pub(super) limits: &'a BTreeMap<String, f64>,
    /// The step, which knows the captures of the steps before it.
    pub(super) step: usize,
}

/// A string with templates in it, which parses and names only what its scope has.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The text as written.
    pub text: String,
    /// Where it stands.
    pub at: Location,
    /// Whether it is one expression, which takes the type of its value.
    expression: bool,
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

/// The names that a template may use, and their values, kept as the engine has them: a clone shares them.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    values: BTreeMap<Cow<'static, str>, minijinja::Value>,
    /// The trial's `key`, made when a template names it: most trials have no use for one.
    key: Option<Arc<OnceLock<minijinja::Value>>>,
}

/// Why a template yields nothing.
#[derive(Debug, thiserror::Error)]
#[error("the template `{template}` cannot be rendered: {reason}")]
pub struct RenderError {
    /// The template as written, or its beginning.
    pub template: String,
    /// What the engine says.
    pub reason: String,
}

/// Renders templates.
#[derive(Debug)]
pub struct Engine {
    environment: Environment<'static>,
}

impl Scope {
    /// Gives a name a value.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: &Value) {
        let value = minijinja::Value::from(minijinja::value::Serde(value));
        self.values.insert(name.into(), value);
    }

    /// Gives it a `key`, another one than before.
    pub fn renew_key(&mut self) {
        self.key = Some(Arc::default());
    }

    fn context(&self) -> minijinja::Value {
        minijinja::Value::from_object(self.clone())
    }
}

impl minijinja::value::Object for Scope {
    fn get_value(self: &Arc<Self>, name: &minijinja::Value) -> Option<minijinja::Value> {
        let name = name.as_str()?;
        if let ("key", Some(key)) = (name, &self.key) {
            let new = || minijinja::Value::from(uuid::Uuid::new_v4().to_string());
            return Some(key.get_or_init(new).clone());
        }
        self.values.get(name).cloned()
    }
}

impl Default for Engine {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        // A body is sent as written, its last line break included.
        let mut syntax = minijinja::syntax::SyntaxConfig::builder();
        if let Ok(syntax) = syntax.keep_trailing_newline(true).build() {
            environment.set_syntax(syntax);
        }
        environment.add_global("null", minijinja::Value::from(()));
        environment.add_function("uuid", || uuid::Uuid::new_v4().to_string());
        environment.add_function("repeat", repeat);
        Self { environment }
    }
}

/// Trees that are rendered for one thing, such as the body of a request.
#[derive(Debug)]
pub struct Rendering<'a> {
    engine: &'a Engine,
    scope: &'a Scope,
    most: usize,
    /// The bytes of texts that its templates have made.
    made: Cell<usize>,
}

impl Rendering<'_> {
    /// The value of a tree.
    pub fn value(&self, tree: &Tree) -> Result<Value, RenderError> {
        Ok(match tree {
            Tree::Literal(value) => value.clone(),
            Tree::Template(template) => self.template_value(template)?,
            Tree::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.value(item))
                    .collect::<Result<_, _>>()?,
            ),
            Tree::Object(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(name, tree)| Ok((name.clone(), self.value(tree)?)))
                    .collect::<Result<_, RenderError>>()?,
            ),
        })
    }

    /// The value of a tree as text: a string as it is, anything else as JSON.
    pub fn text(&self, tree: &Tree) -> Result<String, RenderError> {
        Ok(match self.value(tree)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    fn template_value(&self, template: &Template) -> Result<Value, RenderError> {
        let value = self.engine.template_value(template, self.scope)?;
        self.made
            .set(self.made.get().saturating_add(weight(&value)));
        if self.made.get() <= self.most {
            return Ok(value);
        }
        Err(RenderError {
            template: beginning(&template.text),
            reason: format!(
                "with what was made before it there are more than {} bytes",
                self.most
            ),
        })
    }
}

/// The bytes of the texts in a value.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members.values().map(weight).sum(),
        _ => 0,
    }
}

/// A text so many times over. The engine's own fuel does not count what functions make, so all of one rendering is counted here.
fn repeat(state: &mut State<'_, '_>, text: &str, times: usize) -> Result<String, minijinja::Error> {
    const MADE: &str = "gonogo-repeated";
    let before = state
        .get_temp(MADE)
        .and_then(|made| usize::try_from(made).ok());
    let made = text
        .len()
        .saturating_mul(times)
        .saturating_add(before.unwrap_or(0));
    if made > LONGEST {
        return Err(minijinja::Error::new(
            ErrorKind::InvalidOperation,
            format!("more than {LONGEST} bytes"),
        ));
    }
    state.set_temp(MADE, made.into());
    Ok(text.repeat(times))
}

impl Engine {
    /// Renders several trees, which make at most so many bytes together.
    pub fn rendering<'a>(&'a self, scope: &'a Scope, most: usize) -> Rendering<'a> {
        Rendering {
            engine: self,
            scope,
            most,
            made: Cell::new(0),
        }
    }

    /// The value of a tree.
    pub fn value(&self, tree: &Tree, scope: &Scope) -> Result<Value, RenderError> {
        self.rendering(scope, LONGEST).value(tree)
    }

    /// The value of a tree as text: a string as it is, anything else as JSON.
    pub fn text(&self, tree: &Tree, scope: &Scope) -> Result<String, RenderError> {
        self.rendering(scope, LONGEST).text(tree)
    }

    fn template_value(&self, template: &Template, scope: &Scope) -> Result<Value, RenderError> {
        let failed = |error: minijinja::Error| RenderError {
            template: beginning(&template.text),
            reason: error.to_string(),
        };
        let context = scope.context();
        if template.expression {
            let value = self
                .environment
                .compile_expression(inner(&template.text))
                .and_then(|expression| expression.eval(context))
                .map_err(failed)?;
            return serde_json::to_value(value).map_err(|error| RenderError {
                template: beginning(&template.text),
                reason: error.to_string(),
            });
        }
        let mut made = Bounded(Vec::new());
        self.environment
            .template_from_str(&template.text)
            .and_then(|parsed| parsed.render_captured_to(context, &mut made).map(drop))
            .map_err(failed)?;
        // The engine writes text, and nothing else.
        Ok(Value::String(String::from_utf8_lossy(&made.0).into_owned()))
    }

    /// What the expressions between the braces of a template that name a secret yield, each by itself. One that needs more than the
    /// scope (a loop's variable) is left out.
    pub fn parts(&self, template: &Template, scope: &Scope) -> Vec<String> {
        let context = scope.context();
        let inside = template.text.split("{{").skip(1);
        inside
            .filter_map(|rest| rest.split("}}").next())
            .filter(|expression| expression.contains("secret"))
            // Braces inside of a string may hold what was never checked.
            .filter(|expression| nested::excess(expression, true).is_none())
            .filter_map(|expression| {
                let trimmed = expression.trim_matches(['-', ' ']);
                let compiled = self.environment.compile_expression(trimmed).ok()?;
                Some(compiled.eval(context.clone()).ok()?.to_string())
            })
            .collect()
    }

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
                format!("this template has {excess} in its braces"),
                "expected less in one template",
                Some(
                    "text is written outside of the braces, and a variant for each form".to_owned(),
                ),
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
                    text.contains("{{").then(|| {
                        "two braces that are no template are written {{ \"{{\" }}".to_owned()
                    }),
                );
                Vec::new()
            }
        };
        applied::check(&self.environment, text, at, faults);
        used.retain(|name| !GLOBALS.contains(&name.as_str()));
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

/// What a rendering writes, up to a bound: a list that was added to itself is written out without fuel.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + more.len() > 2 * LONGEST {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// As much of a template as a message needs.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 160;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

impl Names<'_> {
    fn know(&self, name: &str) -> bool {
        let mut parts = name.split('.');
        let (root, below) = (parts.next().unwrap_or_default(), parts.next());
        match root {
            "fixture" | "secret" => below.is_some(),
            "limit" => below.is_some_and(|below| self.limits.contains_key(below)),
            "key" => true,
            "each" => below.is_some_and(|below| self.each.iter().any(|known| known == below)),
            _ => self
                .captures
                .iter()
                .any(|(known, step)| known == root && *step < self.step),
        }
    }

    /// Notes that `name` is none of them.
    fn unknown(&self, name: &str, at: &Location, faults: &mut Faults) {
        let mut parts = name.split('.');
        let (root, below) = (parts.next().unwrap_or_default(), parts.next());
        if root == "each" {
            unknown_each(name, below.unwrap_or_default(), self.each, at, faults);
            return;
        }
        let mut captures = self.captures.iter();
        let limits = self.limits.keys().map(String::as_str);
        let help = if root == "limit" {
            did_you_mean(below.unwrap_or_default(), limits)
                .map(|known| format!("did you mean `limit.{known}`?"))
        } else if let Some((_, step)) = captures.find(|(known, _)| known == root) {
            Some(format!(
                "step {step} captures it: only the steps after that one know it"
            ))
        } else if TAKEN.contains(&root) {
            None
        } else {
            let captures = self.captures.iter().map(|(known, _)| known.as_str());
            did_you_mean(root, TAKEN.into_iter().chain(captures))
                .map(|known| format!("did you mean `{known}`?"))
        };
        faults.at(
            at,
            "unknown-name",
            format!("unknown template name `{name}`"),
            format!(
                "expected {}, or what an earlier step captures",
                list([
                    "each.NAME",
                    "fixture.NAME",
                    "secret.NAME",
                    "limit.NAME",
                    "key",
                    "uuid()",
                    "repeat(text, n)",
                    "null"
                ])
            ),
            help,
        );
    }
}

/// Notes that an `each` has no `missing`, which `name` names.
pub(super) fn unknown_each<K: AsRef<str>>(
    name: &str,
    missing: &str,
    each: &[K],
    at: &Location,
    faults: &mut Faults,
) {
    let known = || each.iter().map(AsRef::as_ref);
    faults.at(
        at,
        "unknown-name",
        format!("unknown template name `{name}`"),
        if each.is_empty() {
            "this case has no `each`".to_owned()
        } else {
            format!("this `each` has {}", list(known()))
        },
        did_you_mean(missing, known()).map(|name| format!("did you mean `{name}`?")),
    );
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
