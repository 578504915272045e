//! Checks failures against the envelope and their row of the status table, and redirections against their row.

use std::sync::Arc;

use serde_json::Value;

use super::body::Body;
use super::{Finding, Held, Place, excerpt, excerpt_of, retry, schema};
use crate::contract::{Check, Clause, Code, Contract, Pointer, Row, Window, WindowPlace};
use crate::exchange::Received;
use crate::suite::Expected;

/// A failure, or another response that has a row, with everything that it is checked against.
pub(super) struct Failure<'a> {
    pub(super) contract: &'a Contract,
    pub(super) received: &'a Received,
    /// The rows that it may be of: the expected ones of its status, otherwise all of it.
    pub(super) rows: Vec<&'a Arc<Row>>,
    /// The clause of the case that names its row.
    named: Option<&'a Arc<Clause>>,
    /// The row that it means: the one of its code, otherwise the first.
    pub(super) row: Option<&'a Arc<Row>>,
    /// The body, where it is JSON.
    pub(super) value: Option<&'a Value>,
}

pub(super) fn judge(
    contract: &Contract,
    held: Option<&Held<'_>>,
    received: &Received,
    body: &Body,
    findings: &mut Vec<Finding>,
) {
    let value = body.value();
    let failure = Failure::new(contract, held, received, value);
    if contract.is_failure(received) {
        // A failure to HEAD has the header fields of one to GET (RFC 9110, 9.3.2).
        media_type(contract, received, findings);
    } else if failure.row.is_none() {
        return;
    }
    if matches!(body, Body::Absent) {
        retry::judge(&failure, findings);
        return;
    }
    if value.is_some() {
        let (mut of_row, mut of_window) = (Vec::new(), Vec::new());
        failure.code(code(contract, value), &mut of_row);
        failure.retry_flag(&mut of_row);
        retry::judge(&failure, &mut of_window);
        failure.fits_schema(&mut of_row, &of_window, findings);
        findings.extend(of_row);
        findings.extend(of_window);
    } else {
        retry::judge(&failure, findings);
        failure.unread(body, findings);
    }
}

/// The rows of a status that a case names.
fn expected_rows<'a>(held: Option<&'a Held<'_>>, status: u16) -> Vec<&'a Arc<Row>> {
    held.iter()
        .flat_map(|held| &held.expectation.any_of)
        .filter_map(|expected| match expected {
            Expected::Row(row) if row.status == status => Some(row),
            _ => None,
        })
        .collect()
}

/// What is in the code's place, if this API has codes.
pub(super) fn code<'a>(contract: &Contract, value: Option<&'a Value>) -> Option<&'a Value> {
    let pointer = contract.envelope().code.as_ref()?;
    pointer.get(value?)
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
            actual.map_or("missing".to_owned(), |_| {
                let values: Vec<_> = received.header_values("content-type").collect();
                format!("`{}`", excerpt(&values.join(", ")))
            }),
        ));
    }
}

impl<'a> Failure<'a> {
    pub(super) fn new(
        contract: &'a Contract,
        held: Option<&'a Held<'a>>,
        received: &'a Received,
        value: Option<&'a Value>,
    ) -> Self {
        let expected = expected_rows(held, received.status);
        let named = held
            .filter(|_| !expected.is_empty())
            .map(|held| held.clause);
        let rows = if expected.is_empty() {
            contract.rows_of(received.status).collect()
        } else {
            expected
        };
        let code = code(contract, value);
        let own = rows.iter().find(|row| row.code.matches(code));
        let row = own.or(rows.first()).copied();
        Self {
            contract,
            received,
            rows,
            named,
            row,
            value,
        }
    }

    /// The clause by which the response is held to its row: that of the check, otherwise that of the case which names the row.
    pub(super) fn clause(&self, check: Check) -> Option<&Arc<Clause>> {
        self.contract.check(check).or(self.named)
    }

    /// The code is that of a row, compared by type and value. A missing one is no row's, unless the row says so.
    fn code(&self, code: Option<&Value>, findings: &mut Vec<Finding>) {
        let Some(pointer) = &self.contract.envelope().code else {
            return;
        };
        if self.rows.is_empty() || self.rows.iter().any(|row| row.code.matches(code)) {
            return;
        }
        if let Some(clause) = self.clause(Check::Code) {
            let expected: Vec<String> = self.rows.iter().map(|row| coded(row)).collect();
            let mut others = self.contract.rows_of(self.received.status);
            let actual = match (code, others.find(|row| row.code.matches(code))) {
                (Some(_), Some(row)) => coded(row),
                (code, _) => code.map_or("nothing".to_owned(), excerpt_of),
            };
            findings.push(Finding::new(
                clause,
                Place::Member(pointer.to_string()),
                expected.join(" or "),
                actual,
            ));
        }
    }

    /// The retry flag, where the row or the status fixes it.
    fn retry_flag(&self, findings: &mut Vec<Finding>) {
        let (Some(pointer), Some(value)) = (&self.contract.envelope().retryable, self.value) else {
            return;
        };
        let actual = pointer.get(value);
        let (wrong, expected) = match self.fixed_flag() {
            Some(flag) => (
                actual != Some(&Value::Bool(flag)),
                format!("{flag} on a {}", self.received.status),
            ),
            // Where nothing fixes it, a flag is a boolean all the same.
            None => (
                actual.is_some_and(|actual| !actual.is_boolean()),
                "true or false".to_owned(),
            ),
        };
        if wrong && let Some(clause) = self.clause(Check::RetryFlag) {
            let place = Place::Member(pointer.to_string());
            findings.push(Finding::new(clause, place, expected, shown(pointer, value)));
        }
    }

    /// The retry flag that the row or the status fixes.
    pub(super) fn fixed_flag(&self) -> Option<bool> {
        match self.row {
            Some(row) => row.retryable,
            None => self.contract.other_retryable(self.received.status),
        }
    }

    /// The clause of the envelope's schema, which applies only to failures.
    pub(super) fn schema(&self) -> Option<&Arc<Clause>> {
        let schema = self.contract.check(Check::Schema);
        schema.filter(|_| self.contract.is_failure(self.received))
    }

    /// Each fault is reported once: by the schema where a value is missing or of another type, otherwise by the check of the row.
    fn fits_schema(
        &self,
        of_row: &mut Vec<Finding>,
        of_window: &[Finding],
        findings: &mut Vec<Finding>,
    ) {
        let (Some(clause), Some(value)) = (self.schema(), self.value) else {
            return;
        };
        let envelope = &self.contract.envelope().schema.validator;
        let binding = of_row
            .iter()
            .chain(of_window)
            .filter(|one| one.clause.level <= clause.level && !self.is_mistyped(&one.place));
        let told: Vec<Place> = binding.map(|one| one.place.clone()).collect();
        let (found, missing) = schema::told_apart(envelope, value, clause, &told);
        of_row.retain(|one| match &one.place {
            Place::Member(pointer) if clause.level <= one.clause.level => {
                let within = |outer: &String| {
                    let rest = pointer.strip_prefix(outer.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                !missing.iter().any(within)
            }
            _ => true,
        });
        findings.extend(found);
    }

    /// Whether a code or a flag is of another type than its row's.
    fn is_mistyped(&self, place: &Place) -> bool {
        let Place::Member(at) = place else {
            return false;
        };
        let envelope = self.contract.envelope();
        let of = |pointer: &Option<Pointer>| {
            let pointer = pointer.as_ref().filter(|pointer| pointer.as_str() == at)?;
            pointer.get(self.value?)
        };
        let wrong = |row: &&Arc<Row>, actual: &Value| match row.code {
            Code::Text(_) => !actual.is_string(),
            Code::Integer(_) => !actual.is_number(),
            Code::Absent => false,
        };
        let flag = of(&envelope.retryable).is_some_and(|actual| !actual.is_boolean());
        let code = of(&envelope.code);
        flag || code.is_some_and(|actual| self.rows.iter().all(|row| wrong(row, actual)))
    }

    /// Reports a body that is not JSON: it has no code, flag or window, and matches no schema. The first check that needs one reports it.
    fn unread(&self, body: &Body, findings: &mut Vec<Finding>) {
        let binding = |finding: &Finding| finding.place == Place::Body && finding.violates(false);
        if findings.iter().any(binding) {
            return;
        }
        let envelope = self.contract.envelope();
        let has_code = self.rows.iter().all(|row| row.code != Code::Absent);
        let coded = envelope.code.is_some() && has_code && !self.rows.is_empty();
        let flagged = envelope.retryable.is_some() && self.fixed_flag().is_some();
        let in_body = |window: &Window| matches!(window.place, WindowPlace::Body(_));
        let promised = self.row.is_some_and(|row| row.window);
        let windowed = promised && envelope.window.as_ref().is_some_and(in_body);
        let asked = [
            self.schema(),
            self.clause(Check::Code).filter(|_| coded),
            self.clause(Check::RetryFlag).filter(|_| flagged),
            self.clause(Check::Window).filter(|_| windowed),
        ];
        for clause in asked.into_iter().flatten() {
            findings.push(Finding::new(
                clause,
                Place::Body,
                "one JSON text",
                body.missing(),
            ));
            if findings.iter().any(binding) {
                return;
            }
        }
    }
}

/// The code of a row for a message: `"not_found"`, `21211 (unknown_number)`, `nothing`.
fn coded(row: &Row) -> String {
    match &row.code {
        Code::Integer(code) if row.name != code.to_string() => format!("{code} ({})", row.name),
        code => code
            .json()
            .map_or("nothing".to_owned(), |code| code.to_string()),
    }
}

/// A value for a message: `null`, `"soon"`, `nothing`.
pub(super) fn shown(pointer: &Pointer, value: &Value) -> String {
    pointer.get(value).map_or("nothing".to_owned(), excerpt_of)
}
