//! Reading typed values out of the tree: each fault is noted, and reading goes on.

use std::cell::LazyCell;

use super::{Form, Key, Node, Shape, Value};
use crate::input::diagnostic::{Faults, Location, list, misspelt, suggestion};

/// A type that a file's author writes.
pub trait Read: Sized {
    /// What its value may be.
    const FORM: Form = Form::Any;

    /// Reads it; where it does not fit, notes why and yields none.
    fn read(node: &Node, faults: &mut Faults) -> Option<Self>;

    /// What it is where its key is absent, or its value faulty. Where that is none, the table of the key cannot be read.
    fn absent() -> Option<Self> {
        None
    }
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
    node: &Node,
    (code, what): (&'static str, &str),
    faults: &mut Faults,
) -> Option<T> {
    let word = &Spanned::<String>::read(node, faults)?;
    let found = known.iter().find(|(known, _)| *known == word.value);
    if found.is_none() {
        let names = || known.iter().map(|(name, _)| *name);
        faults.unknown(&word.at, (code, what), &word.value, names());
        mend(word, names(), faults);
    }
    found.map(|(_, meaning)| *meaning)
}

/// The fields of a table, as its shape names them.
#[derive(Debug)]
pub struct Fields<'a> {
    at: &'a Location,
    entries: &'a [(Key, Node)],
    shape: &'static Shape,
}

impl<'a> Fields<'a> {
    /// The fields of `node`, which is to be of this shape.
    pub fn of(node: &'a Node, shape: &'static Shape, faults: &mut Faults) -> Option<Self> {
        let Some(entries) = node.table() else {
            mismatch(node, &format!("{} (a table)", shape.what), faults);
            return None;
        };
        Some(Self {
            at: &node.at,
            entries,
            shape,
        })
    }

    /// The value of `key`, or what stands for it where it is absent or does not fit.
    pub fn take<T: Read>(&self, key: &str, faults: &mut Faults) -> Option<T> {
        self.read(key, faults).or_else(T::absent)
    }

    fn read<T: Read>(&self, key: &str, faults: &mut Faults) -> Option<T> {
        let mut entries = self.entries.iter();
        let (_, node) = entries.find(|(written, _)| written.name == key)?;
        if node.text().is_none()
            && let Form::Word(words) = T::FORM
        {
            let expected = format!("one of the strings {}", list(words()));
            mismatch(node, &expected, faults);
            return None;
        }
        T::read(node, faults)
    }

    /// Notes every key that the shape does not have, and every one that it needs and that is absent.
    pub fn finish(self, faults: &mut Faults) {
        self.finish_beside(&[], faults);
    }

    /// The same; keys of these names are noted by the caller.
    pub fn finish_beside(self, others: &[&str], faults: &mut Faults) {
        let written = |name: &str| self.entries.iter().any(|(key, _)| key.name == name);
        let mut known = self.shape.entries();
        if let Some((key, other)) = self.shape.or
            && !written(key)
        {
            known.extend(other.entries());
        }
        for entry in &known {
            if entry.needed && !written(entry.name) {
                faults.at(
                    self.at,
                    "missing-key",
                    format!("{} has no `{}`", self.shape.what, entry.name),
                    format!("expected the key `{}` here", entry.name),
                    None,
                );
            }
        }
        let names = || known.iter().map(|entry| entry.name);
        let absent = LazyCell::new(|| names().filter(|name| !written(name)).collect::<Vec<_>>());
        for (key, _) in self.entries {
            if names().any(|name| name == key.name) || others.contains(&key.name.as_str()) {
                continue;
            }
            let help = suggestion(&key.name, names());
            faults.at(
                &key.at,
                "unknown-key",
                format!("unknown key `{}`", key.name),
                format!("{} has the keys {}", self.shape.what, list(names())),
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

/// A value that may be absent, or faulty: what stands beside it is read all the same.
impl<T: Read> Read for Option<T> {
    const FORM: Form = T::FORM;

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        Some(T::read(node, faults))
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Spanned<T> {
    const FORM: Form = T::FORM;

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        Some(Self {
            at: node.at.clone(),
            value: T::read(node, faults)?,
        })
    }
}

impl<T: Read> Read for Vec<T> {
    const FORM: Form = Form::List(&T::FORM);

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

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

/// A table whose keys the author chooses.
impl<T: Read> Read for Vec<(Key, T)> {
    const FORM: Form = Form::Map(&T::FORM);

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

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

macro_rules! scalar {
    ($type:ty, $form:expr, $expected:literal, $pattern:pat => $value:expr) => {
        impl Read for $type {
            const FORM: Form = $form;

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

scalar!(String, Form::Text, "a string", Value::String(text) => Some(text.clone()));
scalar!(bool, Form::Flag, "true or false", Value::Boolean(flag) => Some(*flag));
scalar!(i64, Form::Integer, "a whole number", Value::Integer(number) => Some(*number));
scalar!(u16, Form::Whole(0, 65_535), "a whole number from 0 to 65535", Value::Integer(number) => u16::try_from(*number).ok());
scalar!(usize, Form::Whole(0, usize::MAX), "a whole number that is not negative", Value::Integer(number) => usize::try_from(*number).ok());

/// Whole or with a fraction: TOML tells them apart, a person does not.
impl Read for f64 {
    const FORM: Form = Form::Number;

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
