//! Reading typed values out of the tree: each fault is noted, and reading goes on.

use std::cell::LazyCell;

use super::{Entry, Form, Key, Node, Shape, Value};
use crate::input::diagnostic::{Faults, Location, did_you_mean, list, misspelt};

/// A type that a file's author writes.
pub trait Read: Sized {
    /// Reads it; where it does not fit, notes why and yields none.
    fn read(node: &Node, faults: &mut Faults) -> Option<Self>;
}

/// A value with its place, for messages about it later on.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// Where it stands.
    pub at: Location,
    /// The value.
    pub value: T,
}

/// Notes that `node` is not what is expected there.
pub fn mismatch(node: &Node, expected: &str, faults: &mut Faults) {
    let found = match &node.value {
        Value::String(text) if text.len() <= 40 => format!("the string {text:?}"),
        Value::Integer(number) => format!("the integer {number}"),
        Value::Boolean(flag) => format!("the boolean {flag}"),
        _ => node.kind().to_owned(),
    };
    faults.at(
        &node.at,
        "wrong-type",
        format!("found {found}, expected {expected}"),
        format!("expected {expected}"),
        None,
    );
}

/// Returns the name of a header field in lower case (RFC 9110, 5.1), or notes that `name` cannot be one.
pub fn header_name(name: &str, at: &Location, faults: &mut Faults) -> Option<String> {
    if http::HeaderName::from_bytes(name.as_bytes()).is_ok() {
        return Some(name.to_ascii_lowercase());
    }
    faults.at(
        at,
        "header-name",
        format!("`{name}` cannot name a header"),
        "expected letters, digits and `-` (RFC 9110, 5.1)",
        None,
    );
    None
}

/// Adds a fix to the last fault if `word` can only mean one of the `known` words.
fn mend<'a>(word: &Spanned<String>, known: impl IntoIterator<Item = &'a str>, faults: &mut Faults) {
    // What templates or escapes have made of a text is not what stands there.
    let written = word.at.text() == format!("\"{}\"", word.value);
    if let Some(name) = misspelt(&word.value, known).filter(|_| written) {
        faults.mend(&word.at, format!("\"{name}\""));
    }
}

/// Returns the meaning of a word of the format, or notes that it is unknown. `what` is the code of the fault, and what the words are.
pub fn one_of<T: Copy>(
    known: &[(&'static str, T)],
    word: &Spanned<String>,
    (code, what): (&'static str, &str),
    faults: &mut Faults,
) -> Option<T> {
    let found = known.iter().find(|(known, _)| *known == word.value);
    if found.is_none() {
        let names = || known.iter().map(|(name, _)| *name);
        faults.at(
            &word.at,
            code,
            format!("unknown {what} `{}`", word.value),
            format!("expected {}", list(names())),
            did_you_mean(&word.value, names()).map(|name| format!("did you mean `{name}`?")),
        );
        mend(word, names(), faults);
    }
    found.map(|(_, meaning)| *meaning)
}

/// The fields of a table, as its shape names them.
#[derive(Debug)]
pub struct Fields<'a> {
    at: &'a Location,
    entries: &'a [(Key, Node)],
    what: &'static str,
    known: Vec<&'static Entry>,
}

impl<'a> Fields<'a> {
    /// The fields of `node`, which is to be of this shape.
    pub fn of(node: &'a Node, shape: &'static Shape, faults: &mut Faults) -> Option<Self> {
        let Some(entries) = node.table() else {
            mismatch(node, &format!("{} (a table)", shape.what), faults);
            return None;
        };
        let mut known: Vec<&Entry> = shape.entries().collect();
        if let Some((key, other)) = shape.or
            && entries.iter().all(|(written, _)| written.name != key)
        {
            known.extend(other.entries());
        }
        Some(Self {
            at: &node.at,
            entries,
            what: shape.what,
            known,
        })
    }

    /// The node under `key`.
    pub fn node(&self, key: &'static str) -> Option<&'a Node> {
        debug_assert!(
            self.known.iter().any(|entry| entry.name == key),
            "{} is read of {}, and its shape does not have it",
            key,
            self.what
        );
        self.entries
            .iter()
            .find(|(known, _)| known.name == key)
            .map(|(_, node)| node)
    }

    /// The value of `key`, where it is there and fits.
    pub fn get<T: Read>(&self, key: &'static str, faults: &mut Faults) -> Option<T> {
        let node = self.node(key)?;
        if node.text().is_none()
            && let Some(words) = self.words(key)
        {
            let expected = format!("one of the strings {}", list(words));
            mismatch(node, &expected, faults);
            return None;
        }
        T::read(node, faults)
    }

    /// The words of which the value of `key` is one, where it is.
    fn words(&self, key: &str) -> Option<Vec<&'static str>> {
        let entry = self.known.iter().find(|entry| entry.name == key)?;
        match entry.form {
            Form::Word(words) => Some(words()),
            _ => None,
        }
    }

    /// Notes every key that the shape does not have, and every one that it needs and that is absent.
    pub fn finish(self, faults: &mut Faults) {
        self.finish_beside(&[], faults);
    }

    /// The same; keys of these names are noted by the caller.
    pub fn finish_beside(self, others: &[&str], faults: &mut Faults) {
        let written = |name: &str| self.entries.iter().any(|(key, _)| key.name == name);
        for entry in &self.known {
            if entry.needed && !written(entry.name) {
                faults.at(
                    self.at,
                    "missing-key",
                    format!("{} has no `{}`", self.what, entry.name),
                    format!("expected the key `{}` here", entry.name),
                    None,
                );
            }
        }
        let names = || self.known.iter().map(|entry| entry.name);
        let absent = LazyCell::new(|| names().filter(|name| !written(name)).collect::<Vec<_>>());
        for (key, _) in self.entries {
            if names().any(|name| name == key.name) || others.contains(&key.name.as_str()) {
                continue;
            }
            let help =
                did_you_mean(&key.name, names()).map(|name| format!("did you mean `{name}`?"));
            faults.at(
                &key.at,
                "unknown-key",
                format!("unknown key `{}`", key.name),
                format!("{} has the keys {}", self.what, list(names())),
                help,
            );
            // A word of the format, not a name of the author's: it can mean nothing else.
            if let Some(name) = misspelt(&key.name, absent.iter().copied()) {
                faults.mend(&key.at, name);
            }
        }
    }
}

impl Read for Node {
    fn read(node: &Node, _: &mut Faults) -> Option<Self> {
        Some(node.clone())
    }
}

impl<T: Read> Read for Spanned<T> {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        Some(Self {
            at: node.at.clone(),
            value: T::read(node, faults)?,
        })
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let Value::Array(items) = &node.value else {
            let expected = match &node.value {
                Value::String(text) if text.len() <= 40 => format!("an array such as [{text:?}]"),
                _ => "an array".to_owned(),
            };
            mismatch(node, &expected, faults);
            return None;
        };
        // A faulty item is noted and left out: the others are checked all the same.
        Some(
            items
                .iter()
                .filter_map(|item| T::read(item, faults))
                .collect(),
        )
    }
}

/// A table whose keys the author chooses.
impl<T: Read> Read for Vec<(Key, T)> {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let Some(entries) = node.table() else {
            mismatch(node, "a table", faults);
            return None;
        };
        Some(
            entries
                .iter()
                .filter_map(|(key, node)| Some((key.clone(), T::read(node, faults)?)))
                .collect(),
        )
    }
}

macro_rules! scalar {
    ($type:ty, $expected:literal, $pattern:pat => $value:expr) => {
        impl Read for $type {
            fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
                match &node.value {
                    $pattern => $value,
                    _ => None,
                }
                .or_else(|| {
                    mismatch(node, $expected, faults);
                    None
                })
            }
        }
    };
}

scalar!(String, "a string", Value::String(text) => Some(text.clone()));
scalar!(bool, "true or false", Value::Boolean(flag) => Some(*flag));
scalar!(i64, "a whole number", Value::Integer(number) => Some(*number));
scalar!(u16, "a whole number from 0 to 65535", Value::Integer(number) => u16::try_from(*number).ok());
scalar!(usize, "a whole number that is not negative", Value::Integer(number) => usize::try_from(*number).ok());

/// Whole or with a fraction: TOML tells them apart, a person does not.
impl Read for f64 {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        match &node.value {
            Value::Float(number) => Some(*number),
            // Exact below 2^53; no author writes more.
            #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
            Value::Integer(number) => Some(*number as Self),
            _ => {
                mismatch(node, "a number", faults);
                None
            }
        }
    }
}
