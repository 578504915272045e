//! A JSON Pointer (RFC 6901) that is known to be well-formed.

use serde_json::Value;

use crate::input::diagnostic::Faults;
use crate::input::document::{Form, Node, Read, mismatch};

/// A JSON Pointer: empty, or each part begun by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer {
    text: String,
    /// Taken apart once: every answer is looked into with it.
    parts: Vec<String>,
}

impl Pointer {
    /// Takes a pointer as written (RFC 6901, 3).
    pub fn parse(text: &str) -> Option<Self> {
        let begun = text.is_empty() || text.starts_with('/');
        let escaped = text
            .split('~')
            .skip(1)
            .all(|rest| rest.starts_with(['0', '1']));
        (begun && escaped).then(|| Self {
            text: text.to_owned(),
            parts: text
                .split('/')
                .skip(1)
                .map(|part| part.replace("~1", "/").replace("~0", "~"))
                .collect(),
        })
    }

    /// Escapes a name as a part of a pointer (RFC 6901, 4).
    pub fn escape(name: &str) -> String {
        name.replace('~', "~0").replace('/', "~1")
    }

    /// The pointer as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it points at.
    pub fn get<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.parts
            .iter()
            .try_fold(value, |value, part| match value {
                Value::Object(members) => members.get(part),
                Value::Array(items) => items.get(index(part)?),
                _ => None,
            })
    }

    /// Its parts, unescaped (RFC 6901, 4).
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// The pointers to the objects that it leads through, the root first.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.text
            .char_indices()
            .filter(|(_, letter)| *letter == '/')
            .map(|(at, _)| &self.text[..at])
    }
}

/// A part as the index of an array: digits, and no leading zero (RFC 6901, 4).
fn index(part: &str) -> Option<usize> {
    let plain = part.bytes().all(|byte| byte.is_ascii_digit());
    let leads_with_zero = part.len() > 1 && part.starts_with('0');
    if leads_with_zero || !plain {
        return None;
    }
    part.parse().ok()
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Read for Pointer {
    const FORM: Form = Form::POINTER;

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let pointer = node.text().and_then(Self::parse);
        if pointer.is_none() {
            let path = node.text().unwrap_or_default();
            let example = match path.len() {
                1..=40 if !path.starts_with('/') => format!("/{path}"),
                _ => "/error/code".to_owned(),
            };
            mismatch(node, &format!("a JSON Pointer such as {example:?}"), faults);
        }
        pointer
    }
}
