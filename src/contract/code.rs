//! The machine-readable code of a row: compared by type and value, never coerced.

use std::fmt;

use serde_json::Value;

use super::keys::RawNoCode;
use crate::input::diagnostic::Faults;
use crate::input::document::{self, Form, Node, Read, mismatch};

/// The code of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A string.
    Text(String),
    /// An integer; `1.0` is one.
    Integer(i64),
    /// The row has no code: the member must be absent.
    Absent,
}

impl Code {
    /// Whether a response with this code belongs to the row. A missing code matches only [`Code::Absent`].
    pub fn matches(&self, actual: Option<&Value>) -> bool {
        match (self, actual) {
            (Self::Absent, None) => true,
            (Self::Text(code), Some(Value::String(actual))) => code == actual,
            (Self::Integer(code), Some(actual)) => integer(actual) == Some(*code),
            _ => false,
        }
    }

    /// The code as JSON, or `None` for [`Code::Absent`].
    pub fn json(&self) -> Option<Value> {
        match self {
            Self::Text(code) => Some(code.as_str().into()),
            Self::Integer(code) => Some((*code).into()),
            Self::Absent => None,
        }
    }
}

/// The value of a JSON number that is an integer, however it is written.
fn integer(value: &Value) -> Option<i64> {
    let exact = value.as_i64();
    exact.or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        // Written without a point, as far as a double is exact.
        format!("{number:.0}").parse().ok()
    })
}

/// As in the status line of a message: `422 validation_error`.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(code) => f.write_str(code),
            Self::Integer(code) => write!(f, "{code}"),
            Self::Absent => f.write_str("without a code"),
        }
    }
}

impl Read for Code {
    const FORM: Form = Form::Either(&[Form::Text, Form::Integer, RawNoCode::FORM]);

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        match &node.value {
            document::Value::String(code) => Some(Self::Text(code.clone())),
            document::Value::Integer(code) => Some(Self::Integer(*code)),
            document::Value::Table(_) => {
                if !RawNoCode::read(node, faults)?.absent {
                    mismatch(node, "`{ absent = true }`", faults);
                }
                Some(Self::Absent)
            }
            _ => {
                mismatch(node, "a string, an integer or `{ absent = true }`", faults);
                None
            }
        }
    }
}
