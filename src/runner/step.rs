//! One step: waits, the exchange or the poll, its findings, its captures.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::pace;
use super::reading::{comparable, size};
use super::session::Session;
use super::trial::Context;
use crate::diagnostic::Location;
use crate::event::{Evidence, Role};
use crate::exchange::{Exchange, Received};
use crate::judge::{self, Finding, Held, Place};
use crate::suite::{Expectation, Message, Poll, Request, Scope, Step, Trial};

/// How often a limiter may send one request back before the trial gives up.
pub(super) const REPEATS: usize = 8;

/// Why a trial cannot be judged further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop(pub(super) String);

impl<E: std::error::Error> From<E> for Stop {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// A request that waits for the limiter.
pub(super) struct Paced<'a> {
    pub(super) request: &'a Arc<Request>,
    pub(super) message: &'a Message,
    pub(super) scope: &'a Scope,
    /// The step waited for the limiter already: if it is limited again, that is the answer.
    pub(super) limited_is_final: bool,
    pub(super) accepts: Option<&'a Expectation>,
    pub(super) role: Role,
    pub(super) at: &'a Location,
}

/// A step under way.
pub(super) struct Current<'a> {
    pub(super) trial: &'a Trial,
    pub(super) step: &'a Step,
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) held: Held<'a>,
}

impl Current<'_> {
    /// Whether it only prepares what is tested: then its failure is no finding, but the end of the trial.
    fn prepares(&self) -> bool {
        self.number < self.trial.steps.len() && self.step.expect.is_success()
    }

    pub(super) fn role(&self) -> Role {
        Role::Step(self.number)
    }

    /// The trial cannot go on, since it is not prepared.
    fn unprepared(&self, broke: &Finding, after: Option<&str>) -> Stop {
        let after = after.map_or(String::new(), |after| format!("; {after}"));
        Stop(format!(
            "step {}, which prepares the trial, failed: {} should be {}, was {}{after}",
            self.number, broke.place, broke.expected, broke.actual
        ))
    }
}

impl Session {
    /// Takes a step; yields whether it went as expected.
    pub(super) async fn step(
        &self,
        context: &mut Context<'_>,
        trial: &Trial,
        number: usize,
        step: &Step,
        scope: &mut Scope,
    ) -> Result<bool, Stop> {
        self.wait(context, step, scope).await?;
        let mut equal = Vec::new();
        for (_, tree, _) in &step.expect.equal {
            equal.push(self.engine.value(tree, scope)?);
        }
        let mut differ = Vec::new();
        for (_, tree) in &step.expect.differ {
            differ.push(self.engine.value(tree, scope)?);
        }
        let current = Current {
            trial,
            step,
            number,
            held: Held {
                clause: &trial.clause,
                expectation: &step.expect,
                equal,
                differ,
            },
        };
        if let Some(volley) = &step.volley {
            return self.volley(context, &current, volley, scope).await;
        }
        let exchange = match &step.poll {
            Some(poll) => self.poll(context, &current, poll, scope).await?,
            None => self.once(context, &current, scope).await?,
        };
        self.conclude(context, &current, exchange, scope)
    }

    async fn wait(&self, context: &Context<'_>, step: &Step, scope: &Scope) -> Result<(), Stop> {
        let Some(tree) = &step.wait else {
            return Ok(());
        };
        let value = self.engine.value(tree, scope)?;
        let seconds = match &value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        let Some(time) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        else {
            let shown = judge::excerpt_of(&value);
            return Err(Stop(format!("{shown} is no number of seconds to wait")));
        };
        self.within_limit(time)?;
        self.notice(context.trial, &format!("waits {} s", time.as_secs_f64()));
        tokio::time::sleep(time).await;
        Ok(())
    }

    pub(super) fn within_limit(&self, time: Duration) -> Result<(), Stop> {
        let limit = self.target.profile.limits.wait;
        if time <= limit {
            return Ok(());
        }
        Err(Stop(format!(
            "it would have to wait {} s, and the target's `limits.wait` is {} s",
            time.as_secs_f64(),
            limit.as_secs_f64()
        )))
    }

    async fn once(
        &self,
        context: &mut Context<'_>,
        current: &Current<'_>,
        scope: &Scope,
    ) -> Result<Exchange, Stop> {
        let paced = Paced {
            request: &current.step.request,
            message: &current.step.message,
            scope,
            limited_is_final: current.step.wait.is_some(),
            accepts: Some(&current.step.expect),
            role: current.role(),
            at: &current.step.expect.at,
        };
        self.paced(context, &paced).await
    }

    /// Sends a request. A limiter's answer that nobody asked for is judged, waited out, and the request is repeated.
    pub(super) async fn paced(
        &self,
        context: &mut Context<'_>,
        paced: &Paced<'_>,
    ) -> Result<Exchange, Stop> {
        let outgoing = self.outgoing(paced.message, paced.scope)?;
        let credential = paced.message.credential.as_deref();
        let name = paced.request.name.as_str();
        for _ in 0..REPEATS {
            if !paced.limited_is_final {
                let remaining = self.pace.remaining(credential, name);
                tokio::time::sleep(remaining).await;
            }
            let exchange = self.client.send(&outgoing).await;
            self.note_answer(context, &exchange);
            self.ledger.note(credential);
            let Ok(received) = &exchange.answer else {
                return Ok(exchange);
            };
            let asked = paced
                .accepts
                .is_some_and(|expectation| expectation.accepts(received.status));
            if asked || paced.limited_is_final || !pace::is_limited(&self.contract, received) {
                return Ok(exchange);
            }
            let window = self.window(received);
            let findings = self.judge(None, &exchange);
            context.record(self, paced.role.clone(), paced.at, exchange, findings);
            self.within_limit(window)?;
            self.notice(
                context.trial,
                &format!("`{name}` was limited; waits {} s", window.as_secs_f64()),
            );
            self.pace.pause(credential, name, window);
        }
        Err(Stop(format!(
            "the target's limit for `{name}` is used up: limited {REPEATS} times in a row"
        )))
    }

    /// Repeats a step until its answer shows what the poll waits for, or is not an accepted one.
    async fn poll(
        &self,
        context: &mut Context<'_>,
        current: &Current<'_>,
        poll: &Poll,
        scope: &Scope,
    ) -> Result<Exchange, Stop> {
        let end = Instant::now() + poll.within;
        let at = &current.step.expect.at;
        // Until it is over, an answer shows what its request promises; the rest is asked of the last one.
        let on_the_way = Expectation {
            members: current.step.request.success.clone(),
            equal: Vec::new(),
            differ: Vec::new(),
            schema: None,
            ..current.step.expect.clone()
        };
        let held = Held {
            expectation: &on_the_way,
            equal: Vec::new(),
            differ: Vec::new(),
            ..current.held
        };
        loop {
            let exchange = self.once(context, current, scope).await?;
            let answer = exchange.answer.as_ref().ok();
            let missing = answer
                .and_then(|answer| self.read(answer.body.len(), || missing(poll, current, answer)));
            let Some(missing) = missing else {
                return Ok(exchange);
            };
            let late = Instant::now() + poll.every > end;
            let mut findings = self.judge(Some(&held), &exchange);
            if current.prepares() {
                let broke = self.take_own(current, &exchange, &mut findings);
                let waited = format!("it was polled for {} s", poll.within.as_secs_f64());
                let failed = match broke.first() {
                    Some(broke) => Some(current.unprepared(broke, None)),
                    None => late.then(|| current.unprepared(&missing, Some(&waited))),
                };
                if let Some(failed) = failed {
                    context.record(self, current.role(), at, exchange, findings);
                    return Err(failed);
                }
            } else if late {
                findings.push(missing);
                context.record(self, current.role(), at, exchange, findings);
                return Err(Stop(format!(
                    "step {} did not show what it waits for within {} s",
                    current.number,
                    poll.within.as_secs_f64()
                )));
            }
            if !findings.is_empty() {
                context.record(self, current.role(), at, exchange, findings);
            }
            tokio::time::sleep(poll.every).await;
        }
    }

    /// Judges a step's answer and captures from it; yields whether it went as expected.
    fn conclude(
        &self,
        context: &mut Context<'_>,
        current: &Current<'_>,
        exchange: Exchange,
        scope: &mut Scope,
    ) -> Result<bool, Stop> {
        let at = &current.step.expect.at;
        if let Err(broken) = &exchange.answer {
            let untold = broken.is_ours() || !self.has_answered();
            if untold || current.prepares() {
                return Err(Stop(format!("step {}: {broken}", current.number)));
            }
        }
        let mut findings = self.judge(Some(&current.held), &exchange);
        let like = like(context, current);
        let compares = !like.is_empty() || current.step.remember.is_some();
        let compared = if compares {
            comparable(&exchange)
        } else {
            Ok(())
        };
        if compared.is_ok() {
            let remembered: Vec<&Exchange> = like.iter().collect();
            let bytes = like.iter().chain([&exchange]).map(size).sum();
            findings.extend(self.read(bytes, || {
                judge::judge_alike(&current.trial.clause, &remembered, &exchange)
            }));
        }
        if self.keeps_evidence() {
            context.evidence.push(Evidence::Answer {
                step: current.number - 1,
                equal: current.held.equal.clone(),
                differ: current.held.differ.clone(),
                exchange: Box::new(exchange.clone()),
                like,
            });
        }
        let broke = self.own(current, &exchange, &findings);
        if current.prepares()
            && let Some(broke) = broke.first()
        {
            self.take_own(current, &exchange, &mut findings);
            context.record(self, current.role(), at, exchange, findings);
            return Err(current.unprepared(broke, None));
        }
        let as_expected = broke.is_empty();
        let captured = match &exchange.answer {
            Ok(received) if as_expected => self.capture(current.step, received, scope),
            _ => Ok(()),
        };
        if let Some(name) = current.step.remember.as_ref().filter(|_| compared.is_ok()) {
            context.remembered.insert(name.clone(), exchange.clone());
        }
        let at = written_at(&current.step.expect, &findings);
        context.record(self, current.role(), at, exchange, findings);
        captured?;
        compared?;
        Ok(as_expected)
    }

    /// What breaks the trial's own clause here. What the contract asks of every answer is not among it, also where it is the same
    /// clause.
    pub(super) fn own(
        &self,
        current: &Current<'_>,
        exchange: &Exchange,
        findings: &[Finding],
    ) -> Vec<Finding> {
        if findings.is_empty() {
            return Vec::new();
        }
        let everywhere = self.judge(None, exchange);
        findings
            .iter()
            .filter(|one| one.clause == current.trial.clause && !everywhere.contains(one))
            .cloned()
            .collect()
    }

    /// The same, taken out of the findings.
    fn take_own(
        &self,
        current: &Current<'_>,
        exchange: &Exchange,
        findings: &mut Vec<Finding>,
    ) -> Vec<Finding> {
        let own = self.own(current, exchange, findings);
        findings.retain(|finding| !own.contains(finding));
        own
    }
}

/// Where the most telling of the findings has its expectation: a value that a member must have stands in a line of its own.
fn written_at<'a>(expect: &'a Expectation, findings: &[Finding]) -> &'a Location {
    let at = findings.first().and_then(|first| match &first.place {
        Place::Member(pointer) => {
            let mut equal = expect.equal.iter();
            equal.find(|(known, ..)| known.as_str() == pointer)
        }
        _ => None,
    });
    at.map_or(&expect.at, |(_, _, at)| at)
}

/// The remembered answers that this one must be like.
fn like(context: &Context<'_>, current: &Current<'_>) -> Vec<Exchange> {
    let like = current.step.expect.like.iter();
    like.filter_map(|name| context.remembered.get(name))
        .cloned()
        .collect()
}

/// What a poll still waits for; none where it is over.
fn missing(poll: &Poll, current: &Current<'_>, received: &Received) -> Option<Finding> {
    if !current.step.expect.accepts(received.status) {
        return None;
    }
    let reading = judge::read(&received.body).ok()?;
    poll.until.iter().find_map(|(pointer, accepted)| {
        let actual = pointer.get(&reading.value);
        let shown =
            actual.is_some_and(|actual| accepted.iter().any(|one| judge::same(actual, one)));
        if shown {
            return None;
        }
        let accepted: Vec<String> = accepted.iter().map(ToString::to_string).collect();
        Some(Finding::new(
            &current.trial.clause,
            Place::Member(pointer.to_string()),
            format!("{} in the end", accepted.join(" or ")),
            actual.map_or("nothing".to_owned(), judge::excerpt_of),
        ))
    })
}
