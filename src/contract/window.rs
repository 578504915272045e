//! The place and unit of the retry window in a limiter's response.

use std::fmt;

use super::{Pointer, keys};
use crate::input::diagnostic::Faults;
use crate::input::document::{Fields, Node, Read, Spanned, header_name, mismatch, one_of};

/// The source of the retry window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Where it is.
    pub place: WindowPlace,
    /// What is written there.
    pub unit: Unit,
}

/// Where the retry window is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowPlace {
    /// A member of the body.
    Body(Pointer),
    /// A header field, its name in lower case.
    Header(String),
}

/// How a retry window is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds. In a header an HTTP date is accepted, too (RFC 9110, 10.2.3).
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// The time at which it ends, in seconds since 1970.
    Epoch,
    /// A number of seconds followed by `s`: `1.5s`.
    Duration,
}

impl Unit {
    /// All units by the names that authors write.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("seconds", Self::Seconds),
        ("milliseconds", Self::Milliseconds),
        ("epoch", Self::Epoch),
        ("duration", Self::Duration),
    ];
}

impl fmt::Display for WindowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(pointer) => pointer.fmt(f),
            Self::Header(name) => write!(f, "the header {name}"),
        }
    }
}

impl Read for Window {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        if node.table().is_none() {
            if node.text().is_some_and(|text| !text.starts_with('/')) {
                let expected =
                    "a JSON Pointer such as \"/retry_after\", or `{ header = \"Retry-After\" }`";
                mismatch(node, expected, faults);
                return None;
            }
            let place = WindowPlace::Body(Pointer::read(node, faults)?);
            return Some(Self {
                place,
                unit: Unit::Seconds,
            });
        }
        let fields = Fields::of(node, &keys::WINDOW, faults)?;
        let place: Option<Pointer> = fields.get("place", faults);
        let header: Option<Spanned<String>> = fields.get("header", faults);
        let word: Option<Spanned<String>> = fields.get("unit", faults);
        let said = [fields.node("place"), fields.node("header")];
        fields.finish(faults);
        let place = match (place, header) {
            (Some(pointer), None) => Some(WindowPlace::Body(pointer)),
            (None, Some(name)) => {
                header_name(&name.value, &name.at, faults).map(WindowPlace::Header)
            }
            _ => {
                let one = said.iter().flatten().count() == 1;
                if !one {
                    mismatch(node, "a table with one of `place` and `header`", faults);
                }
                None
            }
        };
        let unit = match &word {
            None => Some(Unit::Seconds),
            Some(word) => one_of(&Unit::NAMES, word, ("unknown-unit", "unit"), faults),
        };
        Some(Self {
            place: place?,
            unit: unit?,
        })
    }
}
