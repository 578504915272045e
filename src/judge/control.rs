//! Controls that crash the server: a valid request should never cause a server error.

use std::sync::Arc;

use super::{Finding, Place, body, describe, limiter};
use crate::contract::{Check, Clause, Contract};
use crate::exchange::Exchange;

/// A finding for a server error, or a missing response, to a valid request. It names the clause `otherwise` if the contract has no check
/// for it.
pub fn judge_control(
    contract: &Contract,
    otherwise: &Arc<Clause>,
    exchange: &Exchange,
) -> Option<Finding> {
    let known = contract.check(Check::KnownStatus);
    let answer = contract.check(Check::Answer);
    let received = match &exchange.answer {
        Ok(received) => received,
        Err(broken) => {
            let clause = answer.or(known).unwrap_or(otherwise);
            let expected = "a complete HTTP response";
            let actual = broken.to_string();
            return Some(Finding::new(clause, Place::Connection, expected, actual));
        }
    };
    let failed = (500..600).contains(&received.status);
    if !failed || limiter(contract, received).is_some() {
        return None;
    }
    let rowless = contract.rows_of(received.status).next().is_none();
    let clause = known.filter(|_| rowless).or(answer).or(known);
    let body = body::Body::read(contract, received, &exchange.sent.method);
    Some(Finding::new(
        clause.unwrap_or(otherwise),
        Place::Status,
        "a response to a valid request, not a server error",
        describe(contract, received, &body),
    ))
}
