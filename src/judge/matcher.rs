//! Matching values: each operator of a matcher, and its phrase for a value that it rejects.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::{excerpt, excerpt_of};
use crate::suite::{Kind, Matcher, Operator, Presence, Relation};

/// What was expected at a place, and what was there.
pub(super) type Mismatch = (String, String);

/// What a matcher is held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matching<'a> {
    /// What the step's templates yielded.
    pub(super) bound: &'a [Value],
    /// Whether the values are text in which numbers are written, as header fields are.
    pub(super) is_text: bool,
}

/// How the values of a place differ from what a matcher accepts: one entry for each operator that does not hold.
pub(super) fn mismatches(
    matcher: &Matcher,
    values: &[Cow<'_, Value>],
    matching: Matching<'_>,
) -> Vec<Mismatch> {
    let counts = |operator: &Operator| matches!(operator, Operator::Count(_));
    match (matcher.presence, values) {
        (Presence::Absent, [value, ..]) => {
            return vec![("nothing".to_owned(), excerpt_of(value))];
        }
        (Presence::Absent | Presence::Optional, []) => return Vec::new(),
        (Presence::Required, []) if !matcher.operators.iter().any(counts) => {
            let expected: Vec<String> = matcher
                .operators
                .iter()
                .map(|operator| operator.phrase(matching.bound))
                .collect();
            return vec![(excerpt(&expected.join(", ")), "nothing".to_owned())];
        }
        _ => {}
    }
    let mut found = Vec::new();
    for operator in &matcher.operators {
        if !matching.holds(operator, values) {
            let actual = match (operator, values) {
                (Operator::Count(_), _) => values.len().to_string(),
                (_, [value]) => excerpt_of(value),
                _ => {
                    let values: Vec<&Value> = values.iter().map(AsRef::as_ref).collect();
                    let shown = serde_json::to_string(&values).unwrap_or_default();
                    excerpt(&shown)
                }
            };
            found.push((excerpt(&operator.phrase(matching.bound)), actual));
        }
    }
    found
}

impl Matching<'_> {
    /// Whether an operator holds. One that concerns one value does not hold for several.
    pub(super) fn holds(&self, operator: &Operator, values: &[Cow<'_, Value>]) -> bool {
        match operator {
            Operator::Some(matcher) => values.iter().any(|value| self.accepts(matcher, value)),
            Operator::All(matcher) => {
                !values.is_empty() && values.iter().all(|value| self.accepts(matcher, value))
            }
            Operator::Count(range) => range.contains(values.len()),
            _ => match values {
                [value] => self.one(operator, value),
                _ => false,
            },
        }
    }

    fn accepts(&self, matcher: &Matcher, value: &Value) -> bool {
        mismatches(matcher, &[Cow::Borrowed(value)], *self).is_empty()
    }

    fn one(&self, operator: &Operator, value: &Value) -> bool {
        match operator {
            Operator::Is(kinds) => {
                let number = self.number(value);
                kinds.iter().any(|kind| match (kind, &number) {
                    (Kind::Number | Kind::Integer, Some(number)) => kind.fits(number),
                    _ => kind.fits(value),
                })
            }
            Operator::Equal(expected) => self.equal(value, expected.value(self.bound)),
            Operator::NotEqual(other) => !self.equal(value, other.value(self.bound)),
            Operator::OneOf(list) => match list.value(self.bound) {
                Value::Array(items) => items.iter().any(|item| self.equal(value, item)),
                other => self.equal(value, other),
            },
            Operator::Matches(pattern) => value.as_str().is_some_and(|text| pattern.is_match(text)),
            Operator::Contains(part) => match (value, part.value(self.bound)) {
                (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
                (Value::Array(items), part) => items.iter().any(|item| same(item, part)),
                _ => false,
            },
            Operator::Bound(relation, bound) => {
                // A template may yield a number as text.
                let bound = match bound.value(self.bound) {
                    Value::String(text) => parsed(text).map(Cow::Owned),
                    other => Some(Cow::Borrowed(other)),
                };
                let (Some(number), Some(bound)) = (self.number(value), bound) else {
                    return false;
                };
                let order = compared(&number, &bound);
                match relation {
                    Relation::Min => order.is_some_and(Ordering::is_ge),
                    Relation::Max => order.is_some_and(Ordering::is_le),
                    Relation::Above => order == Some(Ordering::Greater),
                    Relation::Below => order == Some(Ordering::Less),
                }
            }
            Operator::Length(range) => length(value).is_some_and(|length| range.contains(length)),
            Operator::AnyOrder(list) => match (value, list.value(self.bound)) {
                (Value::Array(actual), Value::Array(expected)) => permuted(actual, expected),
                _ => false,
            },
            Operator::Some(_) | Operator::All(_) | Operator::Count(_) => false,
        }
    }

    /// The number that a value is, or that a header field has as its text.
    fn number<'v>(&self, value: &'v Value) -> Option<Cow<'v, Value>> {
        match value {
            Value::Number(_) => Some(Cow::Borrowed(value)),
            Value::String(text) if self.is_text => parsed(text).map(Cow::Owned),
            _ => None,
        }
    }

    fn equal(&self, actual: &Value, expected: &Value) -> bool {
        let number = expected.is_number().then(|| self.number(actual)).flatten();
        same(number.as_deref().unwrap_or(actual), expected)
    }
}

/// The number that a text has in it.
fn parsed(text: &str) -> Option<Value> {
    let number: serde_json::Number = text.trim().parse().ok()?;
    Some(Value::Number(number))
}

/// How two numbers are ordered. Integers are not compared as doubles: large ones that differ become the same.
fn compared(a: &Value, b: &Value) -> Option<Ordering> {
    let integer = |value: &Value| {
        let signed = value.as_i64().map(i128::from);
        signed.or_else(|| value.as_u64().map(i128::from))
    };
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

/// Whether two arrays have the same elements, each as often.
fn permuted(actual: &[Value], expected: &[Value]) -> bool {
    let mut left: Vec<&Value> = actual.iter().collect();
    actual.len() == expected.len()
        && expected.iter().all(|one| {
            let found = left.iter().position(|other| same(other, one));
            found.map(|index| left.swap_remove(index)).is_some()
        })
}

/// Equal as JSON values: numbers by value, so that 1 is 1.0; objects in any order.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            // Two integers are not compared as doubles: large ones that differ become the same.
            a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
