//! Matchers in words, for messages: "1 or 2", "a length of 3".

use std::fmt;

use serde_json::Value;

use super::{CheckedPlace, Matcher, Operand, Operator, Presence, Range, Relation};

impl Matcher {
    /// The accepted values as a phrase. `bound` has the values of the step's templates.
    pub fn phrase(&self, bound: &[Value]) -> String {
        let operators = self.operators.iter();
        let phrases: Vec<String> = operators.map(|operator| operator.phrase(bound)).collect();
        let phrases = phrases.join(", ");
        match self.presence {
            Presence::Absent => "nothing".to_owned(),
            Presence::Optional => format!("{phrases}, or nothing"),
            Presence::Required => phrases,
        }
    }
}

impl Operator {
    /// The operator's name in files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Is(_) => "is",
            Self::Equal(_) => "equal",
            Self::NotEqual(_) => "not_equal",
            Self::OneOf(_) => "one_of",
            Self::Matches(_) => "matches",
            Self::Contains(_) => "contains",
            Self::Bound(relation, _) => relation.name(),
            Self::Length(_) => "length",
            Self::AnyOrder(_) => "any_order",
            Self::Some(_) => "some",
            Self::All(_) => "all",
            Self::Count(_) => "count",
        }
    }

    /// The accepted values as a phrase.
    pub fn phrase(&self, bound: &[Value]) -> String {
        let shown = |operand: &Operand| operand.value(bound).to_string();
        match self {
            Self::Is(kinds) => {
                let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                names.join(" or ")
            }
            Self::Equal(expected) => shown(expected),
            Self::NotEqual(other) => format!("anything but {}", shown(other)),
            Self::OneOf(list) => match list.value(bound) {
                Value::Array(items) => {
                    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                    items.join(" or ")
                }
                other => other.to_string(),
            },
            Self::Matches(pattern) => format!("text that matches `{pattern}`"),
            Self::Contains(part) => format!("text or an array that contains {}", shown(part)),
            Self::Bound(relation, limit) => {
                let words = match relation {
                    Relation::Min => "at least",
                    Relation::Max => "at most",
                    Relation::Above => "more than",
                    Relation::Below => "less than",
                };
                format!("a number of {words} {}", shown(limit))
            }
            Self::Length(range) => format!("a length of {range}"),
            Self::AnyOrder(list) => format!("{} in any order", shown(list)),
            Self::Some(matcher) => format!("some value: {}", matcher.phrase(bound)),
            Self::All(matcher) => format!("every value: {}", matcher.phrase(bound)),
            Self::Count(range) => format!("{range} such fields"),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (min, Some(max)) if min == max => write!(f, "{min}"),
            (0, Some(max)) => write!(f, "at most {max}"),
            (min, Some(max)) => write!(f, "{min} to {max}"),
            (min, None) => write!(f, "at least {min}"),
        }
    }
}

impl fmt::Display for CheckedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(pointer) => pointer.fmt(f),
            Self::Header(name) => write!(f, "the header {name}"),
        }
    }
}
