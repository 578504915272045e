//! One step: waits, the exchange or the poll, its findings, its captures.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::learner::Source;
use super::pace;
use super::reader::size;
use super::trial::TrialRun;
use super::volley::VolleyRun;
use crate::event::{Bound, Item, Role, Stage};
use crate::exchange::{Exchange, unreached};
use crate::judge;
use crate::suite::{Expectation, Message, Poll, Scope, Step};
use crate::verdict::{Judged, missing};

/// Why a trial cannot be judged further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop(pub(super) String);

impl Stop {
    /// An unreachable target is the whole reason; any other error names the request that it happened to.
    pub(super) fn of(reason: String, told: impl FnOnce(String) -> String) -> Self {
        Self(if unreached::is_unreached(&reason) {
            reason
        } else {
            told(reason)
        })
    }
}

impl<E: std::error::Error> From<E> for Stop {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// A request that waits for the limiter.
pub(super) struct Paced<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) message: &'a Message,
    pub(super) scope: &'a Scope,
    /// The step waited for the limiter already: if it is limited again, that is the answer.
    pub(super) limited_is_final: bool,
    pub(super) accepts: Option<&'a Expectation>,
}

/// A step under way.
pub(super) struct Current<'a> {
    pub(super) step: &'a Step,
    pub(super) source: Source<'a>,
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) bound: Bound,
}

impl TrialRun<'_> {
    /// Takes a step; yields whether it went as expected.
    pub(super) async fn step(
        &mut self,
        number: usize,
        step: &Step,
        scope: &mut Scope,
    ) -> Result<bool, Stop> {
        self.wait(step, scope).await?;
        let mut bound = Bound::new();
        for tree in &step.bound {
            bound.push(self.session.sender.engine.value(tree, scope)?);
        }
        let current = Current {
            step,
            source: Source {
                request: &step.request,
                captures: &step.captures,
                role: Role::Step(number),
            },
            number,
            bound,
        };
        if let Some(volley) = &step.volley {
            let mut run = VolleyRun {
                run: self,
                current: &current,
            };
            return run.fire(volley, scope).await;
        }
        let exchange = match &step.poll {
            Some(poll) => self.poll(&current, poll, scope).await?,
            None => self.once(&current, scope).await?,
        };
        self.conclude(&current, exchange, scope)
    }

    async fn wait(&self, step: &Step, scope: &Scope) -> Result<(), Stop> {
        let Some(tree) = &step.wait else {
            return Ok(());
        };
        let value = self.session.sender.engine.value(tree, scope)?;
        let seconds = match &value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        let Some(time) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        else {
            let shown = judge::excerpt_of(&value);
            return Err(Stop(format!("{shown} is no number of seconds to wait")));
        };
        self.session.within_limit(time)?;
        self.notice(&format!("waits {} s", time.as_secs_f64()));
        tokio::time::sleep(time).await;
        Ok(())
    }

    pub(super) fn notice(&self, text: &str) {
        self.session.notice(&self.trial.name, text);
    }

    async fn once(&mut self, current: &Current<'_>, scope: &Scope) -> Result<Exchange, Stop> {
        let paced = Paced {
            source: &current.source,
            message: &current.step.message,
            scope,
            limited_is_final: current.step.wait.is_some(),
            accepts: Some(&current.step.expect),
        };
        self.paced(&paced).await
    }

    /// Sends a request. A limiter's answer that nobody asked for is judged, waited out, and the request is repeated, with nothing else
    /// of the run under way.
    pub(super) async fn paced(&mut self, paced: &Paced<'_>) -> Result<Exchange, Stop> {
        let session = self.session;
        let outgoing = session.sender.prepared(paced.message, paced.scope).await?;
        let credential = paced.message.credential.as_deref();
        let name = paced.source.request.name.as_str();
        let key = pace::key(credential, name);
        let mut turn = if paced.limited_is_final {
            session.pace.turn_at_once(key).await
        } else {
            session.pace.turn(key).await
        };
        loop {
            let exchange = self.client()?.send(&outgoing).await;
            self.note(paced.source, paced.message, &exchange);
            let Ok(received) = &exchange.answer else {
                return Ok(exchange);
            };
            let asked = paced
                .accepts
                .is_some_and(|expectation| session.reader.accepts(expectation, received));
            if asked || paced.limited_is_final || !session.reader.is_limited(&exchange) {
                return Ok(exchange);
            }
            let window = session.reader.window(received);
            self.evidence
                .take_limited(&paced.source.role, exchange, turn.in_vain())?;
            session.within_limit(window)?;
            self.notice(&format!(
                "`{name}` was limited; waits {} s",
                window.as_secs_f64()
            ));
            turn.wait(window).await;
        }
    }

    /// Repeats a step until its answer shows what the poll waits for, or is not an accepted one.
    async fn poll(
        &mut self,
        current: &Current<'_>,
        poll: &Poll,
        scope: &Scope,
    ) -> Result<Exchange, Stop> {
        let (session, trial) = (self.session, self.trial);
        let end = Instant::now() + poll.within;
        loop {
            let exchange = self.once(current, scope).await?;
            let Current { step, bound, .. } = current;
            let missing = || missing(&session.contract, trial, step, poll, bound, &exchange);
            if session.reader.read(size(&exchange), missing).is_none() {
                return Ok(exchange);
            }
            let late = Instant::now() + poll.every > end;
            let stage = if late { Stage::Late } else { Stage::Polled };
            let item = self.answer_of(current, stage, exchange);
            if let Some(reason) = self.evidence.take(item).stop {
                return Err(Stop(reason));
            }
            tokio::time::sleep(poll.every).await;
        }
    }

    /// Judges a step's answer and captures from it; yields whether it went as expected.
    fn conclude(
        &mut self,
        current: &Current<'_>,
        exchange: Exchange,
        scope: &mut Scope,
    ) -> Result<bool, Stop> {
        if let Err(broken) = &exchange.answer {
            let untold = broken.is_ours() || !self.session.has_answered();
            // What only prepares the test makes no finding by its silence, but ends the trial.
            let prepares =
                current.number < self.trial.steps.len() && current.step.expect.is_success();
            if untold || prepares {
                let told = |broken| format!("step {}: {broken}", current.number);
                return Err(Stop::of(broken.to_string(), told));
            }
        }
        let item = self.answer_of(current, Stage::Last, exchange);
        let judged = self.evidence.take(item);
        follow(judged, scope)
    }

    fn answer_of(&self, current: &Current<'_>, stage: Stage, exchange: Exchange) -> Item {
        Item::Step {
            step: current.number - 1,
            stage,
            bound: current.bound.clone(),
            answer: Box::new(self.session.reader.answer(exchange)),
        }
    }
}

/// Goes on from what a step came to; yields whether it went as expected.
pub(super) fn follow(judged: Judged, scope: &mut Scope) -> Result<bool, Stop> {
    for (name, value) in judged.captured {
        scope.set(name, &value);
    }
    match judged.stop {
        Some(reason) => Err(Stop(reason)),
        None => Ok(judged.as_expected),
    }
}
