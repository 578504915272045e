//! Messages and their parts as text: templates as they are written, but for what a case's `each` says already.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::input::diagnostic::{Location, one_line};
use crate::secrets::{CREDENTIAL_HEADERS, hide_credentials};
use crate::suite::{
    Assertion, Body, Control, Engine, Message, Part, PartBody, Request, Scope, Template, Tree,
};

/// How much of one value is shown, in characters.
const LONGEST: usize = 300;

/// Shows the values of one trial.
pub(super) struct Show {
    engine: Engine,
    scope: Scope,
    /// Whether credentials that a case writes by hand are hidden.
    hides: bool,
}

impl Show {
    /// With these values of `each`; null where there are none.
    pub(super) fn new(each: &Value) -> Self {
        let mut scope = Scope::default();
        if !each.is_null() {
            scope.set("each", each);
        }
        Self {
            engine: Engine::default(),
            scope,
            hides: false,
        }
    }

    /// The same, without the credentials that a case writes by hand.
    pub(super) fn hiding(self) -> Self {
        Self {
            hides: true,
            ..self
        }
    }

    /// The value of a header as one line of text, shortened.
    pub(super) fn header(&self, name: &str, tree: &Tree) -> String {
        let text = self.text(tree);
        if !self.hides || !CREDENTIAL_HEADERS.contains(&name) {
            return text;
        }
        // What a template makes is known only in a run.
        let templates = ["{{", "{%"]
            .iter()
            .flat_map(|opens| text.match_indices(opens));
        let templates: Vec<_> = templates
            .map(|(at, _)| at..text[at..].find('}').map_or(text.len(), |end| at + end + 2))
            .collect();
        hide_credentials(&text, |range| {
            let meets =
                |one: &std::ops::Range<usize>| one.start < range.end && range.start < one.end;
            templates.iter().any(meets)
        })
    }

    /// A tree as JSON, what is known before a run put in.
    pub(super) fn value(&self, tree: &Tree) -> Value {
        match tree {
            Tree::Literal(value) => value.clone(),
            Tree::Template(template) => self.template(template),
            Tree::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Tree::Object(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|(name, tree)| (name.clone(), self.value(tree)));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    fn template(&self, template: &Template) -> Value {
        let known = |name: &String| name.starts_with("each.");
        let text = || Value::String(template.text.clone());
        // A new identifier each time is best shown by how it is made.
        if !template.names.iter().all(known) || template.text.contains("uuid") {
            return text();
        }
        let tree = Tree::Template(template.clone());
        self.engine
            .value(&tree, &self.scope)
            .unwrap_or_else(|_| text())
    }

    /// A tree as one line of text, shortened.
    pub(super) fn text(&self, tree: &Tree) -> String {
        match self.value(tree) {
            Value::String(text) => cut(&one_line(&text)),
            other => json(&other),
        }
    }

    /// A message as it goes out, a line each.
    pub(super) fn message(&self, message: &Message) -> Vec<String> {
        let mut first = format!(
            "{} {}",
            self.text(&message.method),
            self.text(&message.path)
        );
        for (number, (name, tree)) in message.query.iter().enumerate() {
            let mark = if number == 0 { '?' } else { '&' };
            let _ = write!(first, "{mark}{name}={}", self.text(tree));
        }
        let mut lines = vec![first];
        if let Some(credential) = &message.credential {
            lines.push(format!("(the headers of the credential `{credential}`)"));
        }
        for (name, tree) in &message.headers {
            lines.push(format!("{}: {}", one_line(name), self.text(tree)));
        }
        lines.extend(self.body(&message.body));
        lines
    }

    fn body(&self, body: &Body) -> Vec<String> {
        match body {
            Body::Empty => Vec::new(),
            Body::Json(tree) => {
                let value = self.value(tree);
                let text = match &value {
                    Value::Object(_) | Value::Array(_) => {
                        serde_json::to_string_pretty(&value).unwrap_or_default()
                    }
                    other => other.to_string(),
                };
                let lines = text.lines().map(cut);
                [String::new()].into_iter().chain(lines).collect()
            }
            other => vec![String::new(), format!("({})", self.body_phrase(other))],
        }
    }

    /// A body in a few words.
    pub(super) fn body_phrase(&self, body: &Body) -> String {
        match body {
            Body::Empty => "no body".to_owned(),
            Body::Json(tree) => format!("the JSON {}", json(&self.value(tree))),
            Body::Text(tree) => format!("the text `{}`", self.text(tree)),
            Body::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Body::Multipart(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.part(part)).collect();
                format!("multipart: {}", parts.join("; "))
            }
        }
    }

    fn part(&self, part: &Part) -> String {
        let mut text = match &part.name {
            Some(name) => format!("`{}`", self.text(name)),
            None => "a part without a name".to_owned(),
        };
        for tree in [&part.filename, &part.media_type].into_iter().flatten() {
            let _ = write!(text, " {}", self.text(tree));
        }
        let _ = match &part.body {
            PartBody::Text(tree) => write!(text, " = {}", self.text(tree)),
            PartBody::Bytes(bytes) => write!(text, ", {} bytes", bytes.len()),
        };
        text
    }
}

/// A value on one line, shortened.
pub(super) fn json(value: &Value) -> String {
    cut(&one_line(&value.to_string()))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// An assertion on one line: `/id: string`, `the header location: text that matches ...`.
pub(super) fn asserted(one: &Assertion, bound: &[Tree], show: &Show) -> String {
    // What is not known before the run is shown as it is written.
    let bound: Vec<Value> = bound.iter().map(|tree| show.text(tree).into()).collect();
    cut(&one_line(&format!(
        "{}: {}",
        one.place,
        one.matcher.phrase(&bound)
    )))
}

/// The control of a request on one line, where it is not the request itself.
pub(super) fn control(request: &Request) -> Option<String> {
    match &request.control {
        Control::Own => None,
        Control::Of(other) => Some(format!("its control is `{}`", one_line(&other.name))),
        Control::Without(reason) => Some(format!("it has no control: {}", one_line(reason))),
    }
}

/// Where something is written: `cases/usage.toml:7`.
pub(super) fn place(at: &Location) -> String {
    let (line, _) = at.line_column();
    format!("{}:{line}", one_line(at.source.path()))
}
