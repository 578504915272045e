//! One request by itself, once, for a person who wants to see what comes back.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::learner::Source;
use super::session::Session;
use super::step::Stop;
use crate::contract::Clause;
use crate::event::{Ending, Finished, Outcome, Record, Role};
use crate::judge::{Held, unmatched};
use crate::suite::{Expectation, Expected, Message, Request};

/// Sends `message`, a form of a valid request, and judges the answer by the contract. A success is held to what the request
/// promises, too, where there is a `clause` that asks for it.
pub async fn attempt(
    session: &Session,
    request: &Request,
    message: &Message,
    clause: Option<&Arc<Clause>>,
) -> Finished {
    let (began, start) = (SystemTime::now(), Instant::now());
    let (outcome, records) = match attempted(session, request, message, clause).await {
        Ok((record, rejected)) => {
            let mut findings = record.findings.iter();
            let outcome = if findings.any(|finding| finding.violates(session.strict())) {
                Outcome::Violates
            } else if let Some(reason) = rejected {
                let reason = session.redacted(reason);
                Outcome::Inconclusive { reason }
            } else {
                Outcome::Conforms
            };
            (outcome, vec![record])
        }
        Err(Stop(reason)) => {
            let reason = session.redacted(reason);
            (Outcome::Inconclusive { reason }, Vec::new())
        }
    };
    Finished {
        trial: request.name.clone(),
        at: session.redacted(request.at.clone()),
        outcome,
        records,
        began,
        took: start.elapsed(),
        ending: Ending::Whole,
        evidence: Vec::new(),
    }
}

async fn attempted(
    session: &Session,
    request: &Request,
    message: &Message,
    clause: Option<&Arc<Clause>>,
) -> Result<(Record, Option<String>), Stop> {
    let sender = &session.sender;
    let outgoing = sender.prepared(message, &sender.scope(None)).await?;
    let exchange = sender.client.send(&outgoing).await;
    let source = Source {
        request,
        captures: &[],
        role: Role::Control(request.name.clone()),
    };
    session.learner.learn(&source, &exchange);
    // Nothing else was asked of the target, so its silence says nothing of it.
    let received = exchange.answer.clone()?;
    let bound = sender.promised(request)?;
    let expectation = Expectation::plain(request.at.clone(), vec![Expected::Success]);
    // Where no clause covers it, it is no success of this request all the same.
    let rejected = unmatched(&request.success, &bound, &received)
        .filter(|_| clause.is_none() && session.contract.is_success(&received));
    let rejected = rejected.map(|(place, expected, actual)| {
        format!("the request was rejected: {place}: expected {expected}, was {actual}")
    });
    let held = clause
        .filter(|_| session.contract.is_success(&received))
        .map(|clause| Held {
            clause,
            expectation: &expectation,
            success: &request.success,
            bound: &bound,
        });
    let findings = session.reader.judge(held.as_ref(), &exchange);
    let mut exchange = session.redacted(exchange);
    exchange.cut(usize::MAX);
    let record = Record {
        role: source.role,
        at: session.redacted(request.at.clone()),
        exchange: Some(exchange),
        shot: None,
        rows: Vec::new(),
        findings: session.redacted(findings),
        note: None,
        shots: Vec::new(),
    };
    Ok((record, rejected))
}
