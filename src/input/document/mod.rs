//! A TOML file as a tree in which every value knows its place.
//!
//! serde stops at the first fault of a file; a reader of this tree ([`Fields`]) goes on and reports them all. Which
//! keys there are ([`Shape`]), and what they mean, is left to `contract`, `suite`, `target` and `prove`.

mod parse;
mod read;
mod schema;
mod shape;
mod table;

pub use parse::{parse, parse_broken};
pub use read::{Fields, Read, Spanned, header_name, mismatch, one_of};
pub use schema::schema;
pub use shape::{Entry, Form, Keys, Shape};
pub(crate) use table::{tables, words};

use std::sync::Arc;

use crate::input::diagnostic::Location;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub at: Location,
    /// What it is.
    pub value: Value,
}

/// A TOML value. Lists and tables are shared: readers keep what they are given, and one case makes many trials.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date, a time, or both, as written.
    Datetime(String),
    /// A list.
    Array(Arc<[Node]>),
    /// A table, in the order of the file.
    Table(Arc<[(Key, Node)]>),
}

/// A key and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Where it stands.
    pub at: Location,
    /// The name.
    pub name: String,
}

impl Node {
    /// The entries, where it is a table.
    pub fn table(&self) -> Option<&[(Key, Self)]> {
        match &self.value {
            Value::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The text, where it is a string.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, for a message: `a string`, `a table`.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::String(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Boolean(_) => "a boolean",
            Value::Datetime(_) => "a date",
            Value::Array(_) => "an array",
            Value::Table(_) => "a table",
        }
    }
}
