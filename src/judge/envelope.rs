//! A failure held to the envelope and to its row of the status table.

use std::sync::Arc;

use serde_json::Value;

use super::body::Body;
use super::{Finding, Held, Place, excerpt, excerpt_of, retry, schema};
use crate::contract::{Check, Contract, Pointer, Row};
use crate::exchange::Received;
use crate::suite::Expected;

pub(super) fn judge(
    contract: &Contract,
    held: Option<&Held<'_>>,
    received: &Received,
    body: &Body,
    findings: &mut Vec<Finding>,
) {
    if matches!(body, Body::Absent) {
        return;
    }
    media_type(contract, received, findings);
    let Some(value) = body.value() else { return };
    let rows = candidates(contract, held, received.status);
    let code = contract.envelope().code.get(value);
    let before = findings.len();
    code_of_row(contract, &rows, code, findings);
    // The row that the answer means: the one of its code, otherwise the first.
    let row = rows
        .iter()
        .find(|row| code.and_then(Value::as_str) == Some(row.code.as_str()))
        .or(rows.first())
        .copied();
    retry_flag(contract, row, received.status, value, findings);
    retry::judge(contract, row, received, value, findings);
    let told: Vec<Place> = findings[before..]
        .iter()
        .map(|finding| finding.place.clone())
        .collect();
    fits_schema(contract, value, &told, findings);
}

/// The rows that the answer may be of: the expected ones of this status, otherwise all of it.
fn candidates<'a>(
    contract: &'a Contract,
    held: Option<&'a Held<'_>>,
    status: u16,
) -> Vec<&'a Arc<Row>> {
    let expected: Vec<&Arc<Row>> = held
        .iter()
        .flat_map(|held| &held.expectation.any_of)
        .filter_map(|expected| match expected {
            Expected::Row(row) if row.status == status => Some(row),
            _ => None,
        })
        .collect();
    if expected.is_empty() {
        contract.rows_of(status).collect()
    } else {
        expected
    }
}

fn media_type(contract: &Contract, received: &Received, findings: &mut Vec<Finding>) {
    let expected = &contract.envelope().media_type;
    let actual = received.media_type();
    let is_expected = |actual: &String| actual.eq_ignore_ascii_case(expected);
    if actual.as_ref().is_some_and(is_expected) {
        return;
    }
    if let Some(clause) = contract.check(Check::MediaType) {
        findings.push(Finding::new(
            clause,
            Place::Header("content-type".to_owned()),
            format!("`{expected}`"),
            // All of it: what is found in a text is not found in half of it.
            actual.map_or("no such header".to_owned(), |_| {
                let values: Vec<_> = received.header_values("content-type").collect();
                format!("`{}`", excerpt(&values.join(", ")))
            }),
        ));
    }
}

fn code_of_row(
    contract: &Contract,
    rows: &[&Arc<Row>],
    code: Option<&Value>,
    findings: &mut Vec<Finding>,
) {
    let (Some(Value::String(code)), false) = (code, rows.is_empty()) else {
        return; // Whether there is a code, and of what type, is the schema's to say.
    };
    if rows.iter().any(|row| row.code == *code) {
        return;
    }
    if let Some(clause) = contract.check(Check::Code) {
        let codes: Vec<String> = rows.iter().map(|row| format!("\"{}\"", row.code)).collect();
        findings.push(Finding::new(
            clause,
            Place::Member(contract.envelope().code.to_string()),
            codes.join(" or "),
            format!("\"{}\"", excerpt(code)),
        ));
    }
}

fn retry_flag(
    contract: &Contract,
    row: Option<&Arc<Row>>,
    status: u16,
    value: &Value,
    findings: &mut Vec<Finding>,
) {
    let Some(pointer) = &contract.envelope().retryable else {
        return;
    };
    let expected = match row {
        Some(row) => row.retryable,
        None => contract.other_retryable(status),
    };
    let (Some(expected), Some(Value::Bool(actual))) = (expected, pointer.get(value)) else {
        return; // Not fixed; or its absence or type is the schema's to say.
    };
    if *actual != expected
        && let Some(clause) = contract.check(Check::RetryFlag)
    {
        findings.push(Finding::new(
            clause,
            Place::Member(pointer.to_string()),
            format!("{expected} on a {status}"),
            actual.to_string(),
        ));
    }
}

/// `told` are the places of which a check of its own has spoken already, and better.
fn fits_schema(contract: &Contract, value: &Value, told: &[Place], findings: &mut Vec<Finding>) {
    let Some(clause) = contract.check(Check::Schema) else {
        return;
    };
    let envelope = &contract.envelope().schema;
    findings.extend(schema::findings(envelope, value, clause, told));
}

/// A value for a message: `null`, `"soon"`, `nothing`.
pub(super) fn shown(pointer: &Pointer, value: &Value) -> String {
    pointer.get(value).map_or("nothing".to_owned(), excerpt_of)
}
