//! One request by itself, once, for a person who wants to see what comes back.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::learned::Source;
use super::session::Session;
use super::step::Stop;
use crate::contract::Clause;
use crate::event::{Ending, Finished, Outcome, Record, Role};
use crate::exchange::Received;
use crate::judge::Held;
use crate::suite::{Expectation, Expected, Message, Request};

impl Session {
    /// Sends `message`, a form of a valid request, and judges the answer by the contract. A success is held to what the request
    /// promises, too, where there is a `clause` that asks for it.
    pub async fn attempt(
        &self,
        request: &Request,
        message: &Message,
        clause: Option<&Arc<Clause>>,
    ) -> Finished {
        let (began, start) = (SystemTime::now(), Instant::now());
        let (outcome, records) = match self.attempted(request, message, clause).await {
            Ok(record) => {
                let mut findings = record.findings.iter();
                let outcome = if findings.any(|finding| finding.violates(self.strict())) {
                    Outcome::Violates
                } else {
                    Outcome::Conforms
                };
                (outcome, vec![record])
            }
            Err(Stop(reason)) => {
                let reason = self.target.redactor.redact(&reason);
                (Outcome::Inconclusive { reason }, Vec::new())
            }
        };
        Finished {
            trial: request.name.clone(),
            at: request.at.clone(),
            outcome,
            records,
            began,
            took: start.elapsed(),
            ending: Ending::Whole,
            evidence: Vec::new(),
        }
    }

    async fn attempted(
        &self,
        request: &Request,
        message: &Message,
        clause: Option<&Arc<Clause>>,
    ) -> Result<Record, Stop> {
        let outgoing = self.prepared(message, &self.scope(None)).await?;
        let exchange = self.client.send(&outgoing).await;
        let role = Role::Control(request.name.clone());
        let source = Source {
            request,
            captures: &[],
            role: &role,
        };
        self.learn(source, &exchange);
        // Nothing else was asked of the target, so its silence says nothing of it.
        let received = exchange.answer.clone()?;
        let expectation = promised(request);
        let held = clause
            .filter(|_| Received::is_success(&received))
            .map(|clause| Held {
                clause,
                expectation: &expectation,
                equal: Vec::new(),
                differ: Vec::new(),
            });
        let findings = self.judge(held.as_ref(), &exchange);
        let record = Record {
            role,
            at: request.at.clone(),
            exchange: Some(exchange),
            shot: None,
            findings,
            note: None,
            shots: Vec::new(),
        };
        Ok(self.shown(record, usize::MAX))
    }
}

/// A success with the members that the request names.
fn promised(request: &Request) -> Expectation {
    Expectation {
        at: request.at.clone(),
        any_of: vec![Expected::Success],
        members: request.success.clone(),
        equal: Vec::new(),
        differ: Vec::new(),
        like: Vec::new(),
        schema: None,
        same: Vec::new(),
        count: Vec::new(),
    }
}
