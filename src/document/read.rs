//! Reading typed values out of the tree: each fault is noted, and reading goes on.

use super::{Key, Node, Value};
use crate::diagnostic::{Faults, Location, did_you_mean, list};

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

/// The fields of a table: each is asked for once, and what was never asked for is unknown.
#[derive(Debug)]
pub struct Fields<'a> {
    at: &'a Location,
    entries: &'a [(Key, Node)],
    what: &'static str,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The fields of `node`, which is to be `what` (`a case`).
    pub fn of(node: &'a Node, what: &'static str, faults: &mut Faults) -> Option<Self> {
        let Some(entries) = node.table() else {
            mismatch(node, &format!("{what} (a table)"), faults);
            return None;
        };
        Some(Self {
            at: &node.at,
            entries,
            what,
            known: Vec::new(),
        })
    }

    /// The node under `key`.
    pub fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.entries
            .iter()
            .find(|(known, _)| known.name == key)
            .map(|(_, node)| node)
    }

    /// The value of `key`, where it is there and fits.
    pub fn optional<T: Read>(&mut self, key: &'static str, faults: &mut Faults) -> Option<T> {
        self.node(key).and_then(|node| T::read(node, faults))
    }

    /// The value of `key`; its absence is a fault.
    pub fn required<T: Read>(&mut self, key: &'static str, faults: &mut Faults) -> Option<T> {
        if let Some(node) = self.node(key) {
            return T::read(node, faults);
        }
        faults.at(
            self.at,
            "missing-key",
            format!("{} has no `{key}`", self.what),
            format!("expected the key `{key}` here"),
            None,
        );
        None
    }

    /// Notes every key that was not asked for.
    pub fn finish(self, faults: &mut Faults) {
        for (key, _) in self.entries {
            if self.known.contains(&key.name.as_str()) {
                continue;
            }
            let help = did_you_mean(&key.name, self.known.iter().copied())
                .map(|name| format!("did you mean `{name}`?"));
            faults.at(
                &key.at,
                "unknown-key",
                format!("unknown key `{}`", key.name),
                format!(
                    "{} has the keys {}",
                    self.what,
                    list(self.known.iter().copied())
                ),
                help,
            );
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
            mismatch(node, "an array", faults);
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
