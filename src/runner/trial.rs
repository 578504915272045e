//! One trial from its start to its outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Instant, SystemTime};

use super::evidence::TrialEvidence;
use super::finish::note_passed;
use super::learner::Source;
use super::lock::Use;
use super::session::Session;
use super::step::Stop;
use crate::client::{Client, Last, Unanswered};
use crate::contract::Check;
use crate::event::{Ending, Event, Finished, Item, Outcome, Role};
use crate::exchange::{Broken, Exchange};
use crate::plan::{self, Planned};
use crate::suite::{Message, Trial, Volley};
use crate::verdict::{self, waive};

/// How often a trial with a loose volley is begun.
const ATTEMPTS: usize = 4;

/// So many requests may be closed on unanswered in any run.
const FEW: usize = 10;
/// In longer runs, one of this many requests may.
const SHARE: usize = 200;

/// A trial in progress. What it has gathered outlives its end by time limit.
#[derive(Debug)]
pub(super) struct TrialRun<'a> {
    pub(super) session: &'a Session,
    pub(super) trial: &'a Trial,
    pub(super) evidence: TrialEvidence<'a>,
    /// Why nothing follows from a green, if a race was released too loosely, a burst was too slow, or a request that must not be sent
    /// twice met the closing of its connection.
    pub(super) loose: Option<String>,
    /// The last exchange that failed because a kept connection closed.
    unanswered: Last,
    /// Whether each further request has a connection of its own, since one met the closing of a kept one.
    unkept: bool,
    /// Whether its last request was answered; none where it has made none.
    pub(super) answered: Option<bool>,
}

/// By the wall clock, and to measure from.
fn now() -> (SystemTime, Instant) {
    (SystemTime::now(), Instant::now())
}

impl<'a> TrialRun<'a> {
    pub(super) fn new(session: &'a Session, trial: &'a Trial) -> Self {
        Self {
            session,
            trial,
            evidence: TrialEvidence::new(session, trial),
            loose: None,
            unanswered: Last::default(),
            unkept: false,
            answered: None,
        }
    }

    /// Takes over a control that was made for this trial.
    pub(super) fn take_over(&mut self, other: TrialRun<'_>) {
        self.evidence.take_over(other.evidence);
        self.unkept |= other.unkept;
    }

    /// Runs the trial to its outcome; its events are emitted on the way.
    pub(super) async fn run(mut self, planned: &Planned) -> Arc<Finished> {
        let session = self.session;
        if let Some(outcome) = session.brake().instead() {
            return self.finished(planned, Ending::Unrun(outcome), now());
        }
        let now = now();
        session.emit(&Event::TrialStarted {
            trial: self.trial.name.clone(),
        });
        let stopped = tokio::select! {
            ended = self.bounded() => ended.err(),
            reason = session.brake().stopped() => Some(Stop(reason)),
        };
        let stopped = stopped.or(self.judge_unanswered());
        if let Some(answered) = self.answered {
            session.brake().note(answered);
        }
        let ending = match stopped {
            Some(Stop(reason)) => Ending::Stopped(session.redacted(reason)),
            None => Ending::Whole,
        };
        self.finished(planned, ending, now)
    }

    /// The client for the next request.
    pub(super) fn client(&self) -> Result<Client, Broken> {
        let client = self.session.sender.client.of_trial(&self.unanswered);
        if self.unkept {
            client.unkept()
        } else {
            Ok(client)
        }
    }

    /// Notes a response as it comes, before anything is shown of it.
    pub(super) fn note(&mut self, source: &Source<'_>, message: &Message, exchange: &Exchange) {
        let session = self.session;
        session.learner.learn(source, exchange);
        if !session.reader.is_limited(exchange) {
            session.pace.note_through();
        }
        match &exchange.answer {
            Err(broken @ (Broken::Closed | Broken::Calmed)) => {
                self.unkept = true;
                self.loose = Some(broken.to_string());
            }
            Ok(_) => {
                session.note_answered();
                self.answered = Some(true);
            }
            // Too much of an answer is one, and what cannot be sent says nothing of the target.
            Err(Broken::Connect(_) | Broken::Timeout(_) | Broken::Protocol(_)) => {
                self.answered = Some(false);
            }
            Err(_) => {}
        }
        session.ledger.note_sent(message, &source.role, exchange);
    }

    /// Checks how many requests on kept connections got no response, and reports too many of them once. A server may close an idle
    /// connection just when a request arrives. If this happens too often, the server reads the requests and does not respond.
    fn judge_unanswered(&mut self) -> Option<Stop> {
        let session = self.session;
        let last = {
            let mut last = self
                .unanswered
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            last.take()?
        };
        let Unanswered { sent, read, .. } = session.sender.client.unanswered();
        if read <= FEW || read * SHARE <= sent || session.unanswered.swap(true, Ordering::Relaxed) {
            return None;
        }
        let reason = format!(
            "the server closed kept connections without a response to {read} of {sent} requests of this run, which were repeated"
        );
        if session.contract.check(Check::Answer).is_none() {
            return Some(Stop(reason));
        }
        let exchange = Exchange {
            answer: Err(Broken::Protocol(reason)),
            ..last
        };
        self.evidence.take_aside(&Role::Step(1), exchange);
        None
    }

    fn finished(
        self,
        planned: &Planned,
        ending: Ending,
        (began, start): (SystemTime, Instant),
    ) -> Arc<Finished> {
        let session = self.session;
        let TrialEvidence { told, pieces, .. } = self.evidence;
        let outcome = verdict::outcome(&ending, told.violates());
        let conforms = outcome == Outcome::Conforms;
        let outcome = waive(outcome, told.broken(), &planned.waivers, session.today);
        let finished = Arc::new(Finished {
            trial: planned.trial.name.clone(),
            at: session.redacted(planned.trial.at.clone()),
            outcome,
            records: told.into_records(),
            began,
            took: start.elapsed(),
            ending,
            evidence: pieces,
        });
        session.emit(&Event::TrialFinished(Arc::clone(&finished)));
        if conforms {
            note_passed(session, planned, &finished.outcome);
        }
        finished
    }

    /// The trial within its time limit, which does not count the time for which it waits for other trials.
    async fn bounded(&mut self) -> Result<(), Stop> {
        let session = self.session;
        let limit = session.target.profile.limits.trial;
        let late = |_| {
            Stop(format!(
                "it did not end within the target's `limits.trial` of {} s",
                limit.as_secs_f64()
            ))
        };
        tokio::time::timeout(limit, self.controls())
            .await
            .map_err(late)??;
        let uses = self.uses();
        let _held = session.locks.take(&uses).await;
        self.note_uncounted(&uses);
        let ended = tokio::time::timeout(limit, self.attempts()).await;
        self.note_uncounted(&uses);
        ended.map_err(late)?
    }

    /// Notes the uncounted writes of a trial, even if the case writes the credential by hand.
    fn note_uncounted(&self, uses: &BTreeMap<String, Use>) {
        let (trial, ledger) = (self.trial, &self.session.ledger);
        if trial.effects.is_empty() {
            for used in uses.keys() {
                ledger.touch(used.clone());
            }
        }
        if trial.steps.iter().any(|step| step.message.writes()) {
            let counted = trial.effects.iter();
            let counted = counted.map(|effect| effect.probe.credential.as_ref());
            let steps = trial.steps.iter();
            let noted = counted.chain(steps.map(|step| step.message.credential.as_ref()));
            let noted: BTreeSet<String> = noted
                .map(|credential| ledger.organization(credential))
                .collect();
            for organization in uses.keys().filter(|used| !noted.contains(*used)) {
                ledger.note_write(organization.clone());
            }
        }
    }

    /// What was too loose or too slow to show anything, or met the closing of a connection, is repeated with all of its trial: its key is
    /// used up.
    async fn attempts(&mut self) -> Result<(), Stop> {
        for attempt in 0..ATTEMPTS {
            self.loose = None;
            if attempt > 0 {
                self.evidence.take(Item::Again);
            }
            let ended = self.steps().await;
            if self.loose.is_none() || self.evidence.told.violates() {
                return ended;
            }
        }
        Err(Stop(self.loose.take().unwrap_or_default()))
    }

    async fn steps(&mut self) -> Result<(), Stop> {
        let trial = self.trial;
        let mut scope = self.session.sender.scope(Some(trial));
        let counted = Instant::now();
        let outstanding = self.outstanding();
        let writes = self.writes();
        let before = self.counts().await?;
        let mut whole = true;
        for (index, step) in trial.steps.iter().enumerate() {
            let as_expected = self.step(index + 1, step, &mut scope).await?;
            if !as_expected {
                whole = false;
                break; // What follows builds on it. The effects are counted all the same: they tell more.
            }
        }
        let mut after = self.counts().await?;
        let took = counted.elapsed();
        if whole && !self.evidence.told.violates() {
            self.late_effects(&before, &mut after).await?;
            self.settled_effects(&before, &mut after).await?;
            if outstanding.is_none() && self.is_exact(&before, &after) {
                self.settle(writes, (&before, &after));
            } else if let (Some(effect), Some(wait)) = (self.too_high(&before, &after), outstanding)
            {
                self.loose = Some(format!(
                    "the count of `{}` grew by more than expected: either earlier writes of this run were counted late, or the trial wrote too much",
                    effect.probe.name
                ));
                tokio::time::sleep(wait).await;
                return Ok(());
            }
        }
        self.foreign_effects((&before, &after), took).await?;
        self.judge_effects(&before, &after);
        Ok(())
    }

    /// How a trial uses each organization that its requests are of.
    fn uses(&self) -> BTreeMap<String, Use> {
        let (trial, ledger) = (self.trial, &self.session.ledger);
        let mut uses = BTreeMap::new();
        for credential in plan::credentials(trial) {
            uses.insert(ledger.organization(Some(&credential)), Use::Shared);
        }
        for step in &trial.steps {
            // A burst uses up what others need, and others use up what it counts.
            let how = match step.volley.as_deref() {
                Some(Volley::Burst(_)) => Use::Alone,
                _ => Use::Shared,
            };
            let credential = step.message.credential.as_ref();
            let known = uses.entry(ledger.organization(credential)).or_insert(how);
            *known = how.max(*known);
        }
        for effect in &trial.effects {
            let credential = effect.probe.credential.as_ref();
            uses.insert(ledger.organization(credential), Use::Alone);
        }
        uses
    }
}
