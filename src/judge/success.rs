//! A success held to what its request and its case say of it.

use serde_json::Value;

use super::body::Body;
use super::envelope::shown;
use super::{Finding, Held, Place, excerpt_of, schema};

pub(super) fn judge(held: &Held<'_>, body: &Body, findings: &mut Vec<Finding>) {
    let expectation = held.expectation;
    let nothing = expectation.members.is_empty()
        && expectation.equal.is_empty()
        && expectation.differ.is_empty()
        && expectation.schema.is_none();
    if nothing {
        return;
    }
    let Some(value) = body.value() else {
        let said = findings.iter().any(|finding| finding.place == Place::Body);
        if !said {
            let actual = match body {
                Body::Faulty(faulty) => faulty.to_string(),
                _ => "no body".to_owned(),
            };
            findings.push(Finding::new(
                held.clause,
                Place::Body,
                "one JSON text",
                actual,
            ));
        }
        return;
    };
    for (pointer, kind) in &expectation.members {
        if !pointer.get(value).is_some_and(|member| kind.fits(member)) {
            findings.push(Finding::new(
                held.clause,
                Place::Member(pointer.to_string()),
                kind.name(),
                shown(pointer, value),
            ));
        }
    }
    for ((pointer, _, _), expected) in expectation.equal.iter().zip(&held.equal) {
        if !pointer
            .get(value)
            .is_some_and(|actual| same(actual, expected))
        {
            findings.push(Finding::new(
                held.clause,
                Place::Member(pointer.to_string()),
                excerpt_of(expected),
                shown(pointer, value),
            ));
        }
    }
    for ((pointer, _), other) in expectation.differ.iter().zip(&held.differ) {
        if pointer.get(value).is_some_and(|actual| same(actual, other)) {
            findings.push(Finding::new(
                held.clause,
                Place::Member(pointer.to_string()),
                format!("anything but {}", excerpt_of(other)),
                shown(pointer, value),
            ));
        }
    }
    if let Some((_, schema)) = &expectation.schema {
        findings.extend(schema::findings(schema, value, held.clause, &[]));
    }
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
