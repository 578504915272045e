//! Mutants of what a case asserts, and of what a request's success carries: each operator of each assertion broken once.

use std::borrow::Cow;

use serde_json::Value;

use super::{Maker, edit};
use crate::contract::{Pointer, Schema};
use crate::exchange::Received;
use crate::judge::asserted::{Due, due, is_of_body};
use crate::judge::matcher::Matching;
use crate::judge::{envelope, json};
use crate::suite::{CheckedPlace, Matcher, Operator, Presence, Range, Relation};

/// So many alterations that a schema forbids tell that it is looked at.
const FORBIDDEN: usize = 5;
/// The longest value that is made to be too long, in elements or characters.
const LONGEST: usize = 10_000;
const WEAK: &str = "the case checks nothing in a success: name its members in `success` of the request, or in `expect.body`";

impl Maker<'_> {
    /// What the matched alternative asserts, and a success of the request carries.
    pub(super) fn of_asserted(&mut self) {
        let (received, held) = (self.received, self.held);
        let value = json::read(&received.body).ok().map(|reading| reading.value);
        let is_head = self.exchange.sent.method == "HEAD";
        let Some(Due {
            assertions,
            schema,
            is_success,
        }) = due(self.contract, held, received, (value.as_ref(), is_head))
        else {
            return;
        };
        if assertions.is_empty() && schema.is_none() {
            if is_success && value.is_some() && held.expectation.like.is_empty() {
                self.own("body_of_nothing", edit::body(received, "{}"), WEAK);
            }
            return;
        }
        let reads = schema.is_some() || assertions.iter().any(|one| is_of_body(one));
        for one in assertions {
            match (&one.place, &value) {
                (CheckedPlace::Body(pointer), Some(value)) => {
                    self.of_member(pointer, &one.matcher, value);
                }
                (CheckedPlace::Body(_), None) => {}
                (CheckedPlace::Header(name), _) => self.of_header(name, &one.matcher),
            }
        }
        if let Some(value) = &value {
            let page = edit::header(received, "content-type", Some("text/html"));
            if is_success && reads {
                self.own("body_a_page", edit::body(&page, super::PAGE), "");
            }
            if let Some(schema) = schema {
                self.against_the_schema(schema, value);
            }
        }
    }

    fn of_member(&mut self, pointer: &Pointer, matcher: &Matcher, value: &Value) {
        let received = self.received;
        let old = pointer.get(value);
        match matcher.presence {
            Presence::Absent => {
                let there = edit::put(received, value, pointer, "other".into());
                self.asserted(format!("{pointer}_added"), there);
                return;
            }
            Presence::Required => {
                let dropped = edit::without(received, value, pointer);
                self.asserted(format!("{pointer}_dropped"), dropped);
            }
            Presence::Optional => {}
        }
        let matching = Matching {
            bound: self.held.bound,
            is_text: false,
        };
        for operator in &matcher.operators {
            let broken = candidates(operator, old, self.held.bound)
                .into_iter()
                .find(|new| !matching.holds(operator, &[Cow::Borrowed(new)]));
            let altered = broken.and_then(|new| edit::put(received, value, pointer, new));
            self.asserted(format!("{pointer}_{}", broken_as(operator)), altered);
        }
    }

    fn of_header(&mut self, name: &str, matcher: &Matcher) {
        let received = self.received;
        match matcher.presence {
            Presence::Absent => {
                let there = edit::header(received, name, Some("other"));
                self.asserted(format!("{name}_added"), Some(there));
                return;
            }
            Presence::Required if received.header(name).is_some() => {
                let removed = edit::header(received, name, None);
                let counts = |one: &Operator| matches!(one, Operator::Count(_));
                if !matcher.operators.iter().any(counts) {
                    self.asserted(format!("{name}_removed"), Some(removed));
                }
            }
            Presence::Required | Presence::Optional => {}
        }
        let old = received.header(name).map(Value::from);
        let matching = Matching {
            bound: self.held.bound,
            is_text: true,
        };
        for operator in &matcher.operators {
            let altered = match operator {
                Operator::Count(range) => Some(counted(received, name, *range)),
                Operator::Some(inner) | Operator::All(inner) => {
                    let inner = inner.operators.first();
                    inner.and_then(|inner| self.broken_header(name, inner, old.as_ref(), matching))
                }
                _ => self.broken_header(name, operator, old.as_ref(), matching),
            };
            self.asserted(format!("{name}_{}", broken_as(operator)), altered);
        }
    }

    fn broken_header(
        &self,
        name: &str,
        operator: &Operator,
        old: Option<&Value>,
        matching: Matching<'_>,
    ) -> Option<Received> {
        let candidates = candidates(operator, old, self.held.bound);
        let mut texts = candidates.into_iter().map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        });
        let text = texts.find(|text| {
            let value = Value::from(text.as_str());
            !matching.holds(operator, &[Cow::Owned(value)])
        })?;
        Some(edit::header(self.received, name, Some(&text)))
    }

    /// One more mutant, unless what was altered makes it a response that another alternative accepts.
    fn asserted(&mut self, name: String, altered: Option<Received>) {
        let Some(altered) = altered else { return };
        let expectation = self.held.expectation;
        if let [_, _, ..] = expectation.alternatives.as_slice() {
            let taken = |received: &Received| {
                let value = json::read(&received.body).ok().map(|reading| reading.value);
                let code = envelope::code(self.contract, value.as_ref());
                let matched = expectation.matched(received.status, code);
                matched.map(|(alternative, _)| std::ptr::from_ref(alternative))
            };
            if taken(&altered) != taken(self.received) {
                return;
            }
        }
        self.own(name, altered, "");
    }

    /// Alterations that the case's schema forbids: a member dropped, or of another type.
    fn against_the_schema(&mut self, schema: &Schema, value: &Value) {
        let received = self.received;
        let (file, schema) = (&schema.file, &schema.validator);
        let mut pointers = Vec::new();
        edit::pointers(value, "", &mut pointers);
        let altered = pointers.iter().flat_map(|pointer| {
            let retyped = edit::retyped(pointer.get(value).unwrap_or(&Value::Null));
            [
                edit::without(received, value, pointer),
                edit::member(received, value, pointer, retyped),
            ]
        });
        let forbidden: Vec<Received> = altered
            .flatten()
            .filter(|altered| {
                json::read(&altered.body).is_ok_and(|reading| !schema.is_valid(&reading.value))
            })
            .take(FORBIDDEN)
            .collect();
        if forbidden.is_empty() {
            let advice = "the schema of `expect` asks for nothing that the response has: name its members in `required`, and their `type`";
            let name = format!("any_member_of_{file}");
            self.own(name, received.clone(), advice);
        }
        for altered in forbidden {
            self.asserted(format!("against_{file}"), Some(altered));
        }
    }
}

/// What a mutant does to an operator.
fn broken_as(operator: &Operator) -> String {
    match operator {
        Operator::Is(_) => "retyped".to_owned(),
        Operator::Equal(_) => "changed".to_owned(),
        other => format!("against_{}", other.name()),
    }
}

/// Values that may break an operator, the most telling first.
fn candidates(operator: &Operator, old: Option<&Value>, bound: &[Value]) -> Vec<Value> {
    let mut values = Vec::new();
    match operator {
        Operator::NotEqual(other) => values.push(other.value(bound).clone()),
        Operator::Bound(relation, limit) => {
            let limit = limit.value(bound);
            let number = limit
                .as_f64()
                .or_else(|| limit.as_str()?.trim().parse().ok());
            values.extend(number.map(|number| match relation {
                Relation::Min => (number - 1.0).into(),
                Relation::Max => (number + 1.0).into(),
                Relation::Above | Relation::Below => number.into(),
            }));
        }
        Operator::Length(range) => values.extend(lengths(*range, old)),
        _ => {}
    }
    let old = old.cloned().unwrap_or_default();
    values.push(edit::changed(&old));
    values.push(edit::retyped(&old));
    values.extend(["other".into(), 7.into(), Value::Null, "".into()]);
    values
}

/// A value like the old one that is too short, and one that is too long.
fn lengths(range: Range, old: Option<&Value>) -> Vec<Value> {
    let of = |length: usize| match old {
        Some(Value::Array(_)) => Value::Array(vec![Value::Null; length]),
        Some(Value::Object(_)) => (0..length)
            .map(|index| (index.to_string(), Value::Null))
            .collect(),
        _ => Value::from("x".repeat(length)),
    };
    let short = range.min.checked_sub(1).filter(|length| *length < LONGEST);
    let long = range.max.filter(|length| *length < LONGEST);
    let long = long.map(|length| length + 1);
    [short, long].into_iter().flatten().map(of).collect()
}

/// With one field more or fewer than a number allows.
fn counted(received: &Received, name: &str, range: Range) -> Received {
    let number = match range.min.checked_sub(1) {
        Some(fewer) => fewer,
        None => range.max.map_or(0, |max| (max + 1).min(LONGEST)),
    };
    let value = received.header(name).unwrap_or_else(|| "other".to_owned());
    let mut altered = edit::header(received, name, None);
    let field = (name.to_owned(), value.into_bytes());
    altered.headers.extend(std::iter::repeat_n(field, number));
    altered
}
