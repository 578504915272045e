//! A response held to what its case asserts of it, and a success to what its request promises.

use std::borrow::Cow;

use serde_json::Value;

use super::body::Body;
use super::matcher::{Matching, mismatches};
use super::{Finding, Held, Place, envelope, read, schema};
use crate::contract::Contract;
use crate::exchange::Received;
use crate::suite::{Assertion, CheckedPlace, Expected, Presence};

pub(super) fn judge(
    contract: &Contract,
    held: &Held<'_>,
    received: &Received,
    (body, is_head): (&Body, bool),
    findings: &mut Vec<Finding>,
) {
    let code = envelope::code(contract, body.value());
    let Some((alternative, expected)) = held.expectation.matched(received.status, code) else {
        return; // It is not accepted, and that is said.
    };
    let is_success = *expected == Expected::Success;
    let of_body = |one: &Assertion| matches!(one.place, CheckedPlace::Body(_));
    // A success of HEAD has the header fields of GET, and no body (RFC 9110, 9.3.2).
    let success = held
        .success
        .iter()
        .filter(|one| is_success && !(is_head && of_body(one)));
    let asserted = || success.clone().chain(&alternative.assertions);
    let value = body.value();
    let needs = |one: &Assertion| {
        of_body(one) && (!body.is_empty() || one.matcher.presence == Presence::Required)
    };
    let unread = value.is_none() && (alternative.schema.is_some() || asserted().any(needs));
    if unread && !findings.iter().any(|finding| finding.place == Place::Body) {
        let actual = body.missing();
        findings.push(Finding::new(
            held.clause,
            Place::Body,
            "one JSON text",
            actual,
        ));
    }
    for one in asserted() {
        if unread && of_body(one) {
            continue; // It is said of the body as a whole.
        }
        for (place, expected, actual) in of(one, value, received, held.bound) {
            findings.push(Finding::new(held.clause, place, expected, actual));
        }
    }
    if let (Some((_, schema)), Some(value)) = (&alternative.schema, value) {
        findings.extend(schema::findings(schema, value, held.clause, &[]));
    }
}

/// The first of some assertions that a response does not fulfil, as a phrase: `body, /ok: expected true, was false`.
pub fn unmatched(
    assertions: &[Assertion],
    bound: &[Value],
    received: &Received,
) -> Option<(Place, String, String)> {
    if assertions.is_empty() {
        return None;
    }
    let reading = read(&received.body).ok();
    let value = reading.as_ref().map(|reading| &reading.value);
    let mut broken = assertions.iter();
    broken.find_map(|one| of(one, value, received, bound).into_iter().next())
}

fn of(
    assertion: &Assertion,
    body: Option<&Value>,
    received: &Received,
    bound: &[Value],
) -> Vec<(Place, String, String)> {
    let (place, values) = match &assertion.place {
        CheckedPlace::Body(pointer) => {
            let value = body.and_then(|body| pointer.get(body)).map(Cow::Borrowed);
            (
                Place::Member(pointer.to_string()),
                mismatches(
                    &assertion.matcher,
                    value.as_slice(),
                    Matching {
                        bound,
                        is_text: false,
                    },
                ),
            )
        }
        CheckedPlace::Header(name) => {
            let values = received
                .header_values(name)
                .map(|value| Cow::Owned(Value::String(value.into_owned())));
            let values: Vec<Cow<'_, Value>> = values.collect();
            (
                Place::Header(name.clone()),
                mismatches(
                    &assertion.matcher,
                    &values,
                    Matching {
                        bound,
                        is_text: true,
                    },
                ),
            )
        }
    };
    values
        .into_iter()
        .map(|(expected, actual)| (place.clone(), expected, actual))
        .collect()
}
