//! A control that the server fails at: a valid request has crashed it.

use std::sync::Arc;

use super::{Finding, Place, body, describe, limiter};
use crate::contract::{Check, Clause, Contract};
use crate::exchange::Exchange;

/// A response to a valid request that tells of a server that failed, or no response at all. `otherwise` is the clause where the
/// contract has no check for it.
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
        "an answer to a valid request, and no failure of the server",
        describe(contract, received, &body),
    ))
}
