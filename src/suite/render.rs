//! Rendering templates: what a scope holds is put in, and what is made is bounded.
//!
//! A template sees what its scope names and nothing else: no environment, no files, no clock. Its work is bounded by fuel.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use super::globals::{self, LONGEST};
use super::nested;
use super::template::{Template, Tree, inner};

/// Steps of the template engine that one rendering may take: far more than a request needs, and over in a blink; bytes that are made count, too.
const FUEL: u64 = 1_000_000;

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
    pub(super) environment: Environment<'static>,
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
        for add in globals::ALL.iter().filter_map(|global| global.add) {
            add(&mut environment);
        }
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

    /// What the expressions between the braces of a template that name a secret yield, each by itself and with its
    /// text. One that needs more than the scope (a loop's variable) is left out.
    pub fn parts<'a>(&self, template: &'a Template, scope: &Scope) -> Vec<(&'a str, String)> {
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
                let made = compiled.eval(context.clone()).ok()?.to_string();
                Some((trimmed, made))
            })
            .collect()
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
