//! Matchers as written in files: `{ place = matcher }`, the same wherever a value of a response is checked.
//!
//! `judge` decides whether a value matches.

mod phrase;
mod possible;
mod read;

use regex::Regex;
use serde_json::Value;

pub(super) use read::{Matchers, Places};

use super::model::Kind;
use crate::contract::Pointer;
use crate::input::diagnostic::Location;

/// One checked value of a response.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// Where the value is.
    pub place: CheckedPlace,
    /// What it must be.
    pub matcher: Matcher,
    /// Where that is written.
    pub at: Location,
}

/// Where a checked value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckedPlace {
    /// In the body.
    Body(Pointer),
    /// In a header field, its name in lower case.
    Header(String),
}

/// What a value must be: all operators hold.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// Whether there must be a value.
    pub presence: Presence,
    /// The operators, in the order of the format.
    pub operators: Vec<Operator>,
}

/// Whether a checked value must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// A missing value does not match.
    Required,
    /// A missing value matches.
    Optional,
    /// Only a missing value matches.
    Absent,
}

/// One condition on a value.
#[derive(Debug, Clone)]
pub enum Operator {
    /// Of one of these kinds.
    Is(Vec<Kind>),
    /// Equal: numbers by value, objects in any order.
    Equal(Operand),
    /// Not equal.
    NotEqual(Operand),
    /// Equal to an element of this array.
    OneOf(Operand),
    /// A text in which the pattern is found.
    Matches(Regex),
    /// A text with this substring, or an array with an equal element.
    Contains(Operand),
    /// A number within a bound.
    Bound(Relation, Operand),
    /// So many Unicode scalar values, elements or members.
    Length(Range),
    /// An array with these elements, in any order.
    AnyOrder(Operand),
    /// At least one of several values matches.
    Some(Matcher),
    /// All of several values match, and there is at least one.
    All(Matcher),
    /// So many values.
    Count(Range),
}

/// How a number relates to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// At least the bound.
    Min,
    /// At most the bound.
    Max,
    /// More than the bound.
    Above,
    /// Less than the bound.
    Below,
}

/// A number of things, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// At least so many.
    pub min: usize,
    /// At most so many; none: any number.
    pub max: Option<usize>,
}

/// The value that an operator compares with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// As written.
    Literal(Value),
    /// The value of a template, by its index among the templates of the step.
    Bound(usize),
}

impl Operand {
    /// Returns the value. `bound` has the values of the step's templates.
    pub fn value<'a>(&'a self, bound: &'a [Value]) -> &'a Value {
        match self {
            Self::Literal(value) => value,
            Self::Bound(index) => bound.get(*index).unwrap_or(&Value::Null),
        }
    }
}

impl Range {
    /// Whether a number is within it.
    pub fn contains(self, number: usize) -> bool {
        number >= self.min && self.max.is_none_or(|max| number <= max)
    }
}

impl Relation {
    /// The operator's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Above => "above",
            Self::Below => "below",
        }
    }
}
