//! Judging: is this exchange what the contract and the case say? Pure: no clock, no network, no output.
//!
//! [`judge`] checks one exchange, [`judge_volley`] a volley as a whole. `runner` decides what follows from a finding.

mod alike;
mod asserted;
mod body;
mod coding;
mod control;
mod effect;
mod envelope;
mod finding;
mod headers;
mod json;
mod leak;
mod matcher;
pub mod mutants;
mod retry;
mod schema;
mod volley;

use std::sync::Arc;

use serde_json::Value;

pub use alike::judge_alike;
pub use asserted::unmatched;
pub use control::judge_control;
pub use effect::judge_effect;
pub use finding::{Finding, Place, excerpt, excerpt_of};
pub use json::{Faulty, Reading, read};
pub use leak::{echoed, judge_echo};
pub use matcher::same;
pub use retry::{Useless, is_absolute, judge_useless, too_long, window};
pub use volley::judge_volley;

use crate::contract::{Check, Clause, Contract, Row};
use crate::exchange::{Exchange, Received};
use crate::suite::{Assertion, Expectation, Expected};

/// What a step expects, its templates rendered.
#[derive(Debug, Clone)]
pub struct Held<'a> {
    /// The clause that a failure breaks.
    pub clause: &'a Arc<Clause>,
    /// What is accepted.
    pub expectation: &'a Expectation,
    /// What a success of the request carries.
    pub success: &'a [Assertion],
    /// What the step's templates yielded.
    pub bound: &'a [Value],
}

/// What an exchange breaks, the most telling first.
///
/// Without `held`, as for a probe, only what the contract says of every answer is judged.
pub fn judge(contract: &Contract, held: Option<&Held<'_>>, exchange: &Exchange) -> Vec<Finding> {
    let received = match &exchange.answer {
        Ok(received) => received,
        Err(broken) => {
            let clause = contract
                .check(Check::Answer)
                .or(held.map(|held| held.clause));
            return clause
                .map(|clause| {
                    Finding::new(
                        clause,
                        Place::Connection,
                        "a complete HTTP response",
                        broken.to_string(),
                    )
                })
                .into_iter()
                .collect();
        }
    };
    let body = body::Body::read(contract, received, &exchange.sent.method);
    let mut findings = Vec::new();
    status(contract, held, received, &body, &mut findings);
    if held.is_some_and(|held| held.expectation.is_only_below()) {
        finding::sort(&mut findings);
        return findings;
    }
    headers::judge(contract, received, &mut findings);
    coding::judge(contract, &exchange.sent, received, &mut findings);
    body::judge(contract, received, &body, &mut findings);
    envelope::judge(contract, held, received, &body, &mut findings);
    if contract.is_failure(received) {
        leak::judge(contract, &body, &mut findings);
    }
    if let Some(held) = held {
        let is_head = exchange.sent.method == "HEAD";
        asserted::judge(contract, held, received, (&body, is_head), &mut findings);
    }
    finding::sort(&mut findings);
    findings
}

/// The row of the status table that an answer is of: the one of its status and its code.
pub fn row_of<'a>(contract: &'a Contract, received: &Received) -> Option<&'a Arc<Row>> {
    let reading = read(&received.body).ok();
    let code = envelope::code(contract, reading.as_ref().map(|reading| &reading.value));
    contract
        .rows_of(received.status)
        .find(|row| row.code.matches(code))
}

/// The code of a response, if this API has codes.
pub fn code_of(contract: &Contract, received: &Received) -> Option<Value> {
    let reading = read(&received.body).ok()?;
    envelope::code(contract, Some(&reading.value)).cloned()
}

/// The rows that a response can match, by its status and code. A response to HEAD has no code, so it can match any row of its status.
pub fn rows_of<'a>(contract: &'a Contract, exchange: &Exchange) -> Vec<&'a Arc<Row>> {
    let Ok(received) = &exchange.answer else {
        return Vec::new();
    };
    if contract.rows_of(received.status).next().is_none() {
        return Vec::new();
    }
    if exchange.sent.method == "HEAD" {
        return contract.rows_of(received.status).collect();
    }
    row_of(contract, received).into_iter().collect()
}

/// The row of the limiter that a response is of: the row advertises a window. Where several rows share the status, the code decides.
pub fn limiter<'a>(contract: &'a Contract, received: &Received) -> Option<&'a Arc<Row>> {
    let mut rows = contract.rows_of(received.status);
    rows.find(|row| row.window && is_of(contract, &Expected::Row(Arc::clone(row)), received))
}

/// Whether a response is the one that is meant: of rows that share a status, the one with its code.
pub fn is_of(contract: &Contract, expected: &Expected, received: &Received) -> bool {
    if !expected.accepts(received.status) {
        return false;
    }
    match expected {
        Expected::Row(row) if contract.rows_of(received.status).nth(1).is_some() => {
            row_of(contract, received).is_some_and(|own| own == row)
        }
        _ => true,
    }
}

/// Whether the status is an accepted one, and whether a failure's status has a row.
fn status(
    contract: &Contract,
    held: Option<&Held<'_>>,
    received: &Received,
    body: &body::Body,
    findings: &mut Vec<Finding>,
) {
    let accepted = held.is_some_and(|held| held.expectation.accepts(received.status));
    let actual = || describe(contract, received, body);
    if let Some(held) = held
        && !accepted
    {
        findings.push(Finding::new(
            held.clause,
            Place::Status,
            held.expectation.phrase(),
            actual(),
        ));
    }
    let rowless = contract.rows_of(received.status).next().is_none();
    if received.status >= 300
        && !(500..600).contains(&received.status)
        && rowless
        && !accepted
        && let Some(clause) = contract.check(Check::KnownStatus)
    {
        let statuses: Vec<String> = contract
            .rows()
            .iter()
            .map(|row| row.status.to_string())
            .collect();
        let known = format!("a status of the table: {}", statuses.join(", "));
        findings.push(Finding::new(clause, Place::Status, known, actual()));
    }
}

/// The status with the code that the body shows, as in `422 validation_error`.
fn describe(contract: &Contract, received: &Received, body: &body::Body) -> String {
    match envelope::code(contract, body.value()) {
        Some(Value::String(code)) => format!("{} {}", received.status, excerpt(code)),
        Some(code @ Value::Number(_)) => format!("{} {code}", received.status),
        _ => received.status.to_string(),
    }
}
