//! A response held to what its case asserts of it, and a success to what its request promises.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::body::Body;
use super::matcher::{Matching, mismatches};
use super::{Finding, Held, Place, envelope, read, schema};
use crate::contract::{Contract, Schema};
use crate::exchange::Received;
use crate::suite::{Assertion, CheckedPlace, Expected, Presence};

/// The assertions that a response must fulfil besides the contract.
pub(super) struct Due<'a> {
    /// Those of the request's success, then those of the alternative.
    pub(super) assertions: Vec<&'a Assertion>,
    pub(super) schema: &'a Option<Arc<Schema>>,
    /// Whether it is accepted as a success, and not only as being below a status.
    pub(super) is_success: bool,
}

/// Returns the assertions on a response, if its status and code are accepted.
pub(super) fn due<'a>(
    contract: &Contract,
    held: &'a Held<'_>,
    received: &Received,
    (value, is_head): (Option<&Value>, bool),
) -> Option<Due<'a>> {
    let code = envelope::code(contract, value);
    let (alternative, expected) = held.expectation.matched(received.status, code)?;
    let promises = *expected == Expected::Success;
    // A success of HEAD has the header fields of GET, and no body (RFC 9110, 9.3.2).
    let success = held
        .success
        .iter()
        .filter(|one| promises && !(is_head && is_of_body(one)));
    Some(Due {
        assertions: success.chain(&alternative.assertions).collect(),
        schema: &alternative.schema,
        is_success: contract.is_success(received) && !matches!(expected, Expected::Below(_)),
    })
}

pub(super) fn is_of_body(one: &Assertion) -> bool {
    matches!(one.place, CheckedPlace::Body(_))
}

pub(super) fn judge(
    contract: &Contract,
    held: &Held<'_>,
    received: &Received,
    (body, is_head): (&Body, bool),
    findings: &mut Vec<Finding>,
) {
    let value = body.value();
    let Some(Due {
        assertions, schema, ..
    }) = due(contract, held, received, (value, is_head))
    else {
        return; // The status or the code is not accepted, which is a finding already.
    };
    let needs = |one: &Assertion| {
        is_of_body(one) && (!body.is_empty() || one.matcher.presence == Presence::Required)
    };
    let unread = value.is_none() && (schema.is_some() || assertions.iter().any(|one| needs(one)));
    if unread && !findings.iter().any(|finding| finding.place == Place::Body) {
        let actual = body.missing();
        findings.push(Finding::new(
            held.clause,
            Place::Body,
            "one JSON text",
            actual,
        ));
    }
    for one in assertions {
        if unread && is_of_body(one) {
            continue; // It is said of the body as a whole.
        }
        for (place, expected, actual) in of(one, value, received, held.bound) {
            findings.push(Finding::new(held.clause, place, expected, actual));
        }
    }
    if let (Some(schema), Some(value)) = (schema, value) {
        findings.extend(schema::findings(&schema.validator, value, held.clause, &[]));
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
