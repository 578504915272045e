//! The place and unit of the retry window in a limiter's response.

use std::fmt;

use super::Pointer;
use super::keys::RawWindow;
use crate::input::diagnostic::Faults;
use crate::input::document::{Form, Node, Read, header_name, mismatch, words};

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

words! {
    /// How a retry window is written.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Unit: "unknown-unit", "unit" {
        /// Seconds. In a header an HTTP date is accepted, too (RFC 9110, 10.2.3).
        Seconds = "seconds",
        /// Milliseconds.
        Milliseconds = "milliseconds",
        /// The time at which it ends, in seconds since 1970.
        Epoch = "epoch",
        /// A number of seconds followed by `s`: `1.5s`.
        Duration = "duration",
    }
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
    const FORM: Form = Form::Either(&[Form::POINTER, RawWindow::FORM]);

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
        let raw = RawWindow::read(node, faults)?;
        let place = match (raw.place, raw.header) {
            (Some(pointer), None) => pointer.map(WindowPlace::Body),
            (None, Some(name)) => name.and_then(|name| {
                header_name(&name.value, &name.at, faults).map(WindowPlace::Header)
            }),
            _ => {
                mismatch(node, "a table with one of `place` and `header`", faults);
                None
            }
        };
        Some(Self {
            place: place?,
            unit: raw.unit.unwrap_or(Some(Unit::Seconds))?,
        })
    }
}
