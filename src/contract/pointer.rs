//! A JSON Pointer (RFC 6901) that is known to be well-formed.

use serde_json::Value;

use crate::diagnostic::Faults;
use crate::document::{Node, Read, mismatch};

/// A JSON Pointer: empty, or each part begun by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// Takes a pointer as written (RFC 6901, 3).
    pub fn parse(text: &str) -> Option<Self> {
        let begun = text.is_empty() || text.starts_with('/');
        let escaped = text
            .split('~')
            .skip(1)
            .all(|rest| rest.starts_with(['0', '1']));
        (begun && escaped).then(|| Self(text.to_owned()))
    }

    /// The pointer as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it points at.
    pub fn get<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        value.pointer(&self.0)
    }

    /// Its parts, unescaped (RFC 6901, 4).
    pub fn parts(&self) -> impl Iterator<Item = String> + '_ {
        self.0
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
    }

    /// The pointers to the objects that it leads through, the root first.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.0
            .char_indices()
            .filter(|(_, letter)| *letter == '/')
            .map(|(at, _)| &self.0[..at])
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Read for Pointer {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let pointer = node.text().and_then(Self::parse);
        if pointer.is_none() {
            mismatch(node, "a JSON Pointer such as \"/error/code\"", faults);
        }
        pointer
    }
}
