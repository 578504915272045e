//! One trial from its start to its outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Instant, SystemTime};

use super::lock::Use;
use super::session::Session;
use super::step::Stop;
use crate::client::{Last, Unanswered};
use crate::contract::Check;
use crate::event::{Ending, Event, Evidence, Finished, Item, Outcome, Role};
use crate::exchange::{Broken, Exchange};
use crate::plan::{self, Planned};
use crate::suite::{Trial, Volley};
use crate::verdict::{self, Bench, Told, waive};

/// How often a trial with a loose volley is begun.
const ATTEMPTS: usize = 4;

/// So many requests may be closed on unanswered in any run.
const FEW: usize = 10;
/// In longer runs, one of this many requests may.
const SHARE: usize = 200;

/// What a trial gathers on its way. It outlives the trial's end by time limit.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) trial: &'a str,
    /// What is told of it.
    pub(super) told: Told,
    /// Why nothing follows from a green, if a race was released too loosely, a burst was too slow, or a request that must not be sent
    /// twice met the closing of its connection.
    pub(super) loose: Option<String>,
    /// The last exchange that failed because a kept connection closed.
    pub(super) unanswered: Last,
    /// Whether each further request has a connection of its own, since one met the closing of a kept one.
    pub(super) unkept: bool,
    pub(super) evidence: Vec<Evidence>,
    /// How much the evidence takes, in bytes, about.
    pub(super) kept: usize,
    /// Whether its last request was answered; none where it has made none.
    pub(super) answered: Option<bool>,
    /// Judges what came, as it came.
    pub(super) bench: Bench<'a>,
    /// Judges what is kept of it.
    pub(super) again: Bench<'a>,
}

impl<'a> Context<'a> {
    pub(super) fn new(session: &'a Session, trial: &'a Trial) -> Self {
        Self {
            trial: &trial.name,
            told: Told::new(session.strict()),
            loose: None,
            unanswered: Last::default(),
            unkept: false,
            evidence: Vec::new(),
            kept: 0,
            answered: None,
            bench: Bench::new(&session.contract, trial, &session.target.redactor),
            // What it judges is redacted already.
            again: Bench::new(&session.contract, trial, &Arc::default()),
        }
    }

    /// Takes over the evidence of a context that was begun for this trial.
    pub(super) fn take_over(&mut self, other: Context<'_>) {
        for record in other.told.into_records() {
            self.told.keep(record);
        }
        self.evidence.extend(other.evidence);
        self.kept += other.kept;
        self.answered = other.answered.or(self.answered);
        self.unkept |= other.unkept;
    }

    /// Whether no more evidence is kept: its end says so.
    pub(super) fn is_full(&self) -> bool {
        let last = self.evidence.last();
        last.is_some_and(|last| matches!(*last.item, Item::Rest))
    }
}

/// By the wall clock, and to measure from.
fn now() -> (SystemTime, Instant) {
    (SystemTime::now(), Instant::now())
}

impl Session {
    /// Runs a trial; its events are emitted on the way.
    pub async fn run(&self, planned: &Planned) -> Arc<Finished> {
        let trial = &planned.trial;
        if let Some(outcome) = self.brake().instead() {
            let told = Told::new(self.strict());
            return self.finished(planned, Ending::Unrun(outcome), now(), told, Vec::new());
        }
        let now = now();
        self.emit(&Event::TrialStarted {
            trial: trial.name.clone(),
        });
        let mut context = Context::new(self, trial);
        let stopped = tokio::select! {
            ended = self.bounded(&mut context, trial) => ended.err(),
            reason = self.brake().stopped() => Some(Stop(reason)),
        };
        let stopped = stopped.or(self.judge_unanswered(&mut context));
        if let Some(answered) = context.answered {
            self.brake().note(answered);
        }
        let ending = match stopped {
            Some(Stop(reason)) => Ending::Stopped(self.redacted(reason)),
            None => Ending::Whole,
        };
        self.finished(planned, ending, now, context.told, context.evidence)
    }

    /// Checks how many requests on kept connections got no response, and reports too many of them once. A server may close an idle
    /// connection just when a request arrives. If this happens too often, the server reads the requests and does not respond.
    fn judge_unanswered(&self, context: &mut Context<'_>) -> Option<Stop> {
        let last = {
            let mut last = context
                .unanswered
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            last.take()?
        };
        let Unanswered { sent, read, .. } = self.client.unanswered();
        if read <= FEW || read * SHARE <= sent || self.unanswered.swap(true, Ordering::Relaxed) {
            return None;
        }
        let reason = format!(
            "the server closed kept connections without a response to {read} of {sent} requests of this run, which were repeated"
        );
        if self.contract.check(Check::Answer).is_none() {
            return Some(Stop(reason));
        }
        let exchange = Exchange {
            answer: Err(Broken::Protocol(reason)),
            ..last
        };
        self.take_aside(context, &Role::Step(1), exchange);
        None
    }

    fn finished(
        &self,
        planned: &Planned,
        ending: Ending,
        (began, start): (SystemTime, Instant),
        told: Told,
        evidence: Vec<Evidence>,
    ) -> Arc<Finished> {
        let outcome = verdict::outcome(&ending, told.violates());
        let conforms = outcome == Outcome::Conforms;
        let outcome = waive(outcome, told.broken(), &planned.waivers, self.today());
        let finished = Arc::new(Finished {
            trial: planned.trial.name.clone(),
            at: self.redacted(planned.trial.at.clone()),
            outcome,
            records: told.into_records(),
            began,
            took: start.elapsed(),
            ending,
            evidence,
        });
        self.emit(&Event::TrialFinished(Arc::clone(&finished)));
        if conforms {
            self.note_passed(planned, &finished.outcome);
        }
        finished
    }

    /// The trial within its time limit, which does not count the time for which it waits for other trials.
    async fn bounded(&self, context: &mut Context<'_>, trial: &Trial) -> Result<(), Stop> {
        let limit = self.target.profile.limits.trial;
        let late = |_| {
            Stop(format!(
                "it did not end within the target's `limits.trial` of {} s",
                limit.as_secs_f64()
            ))
        };
        tokio::time::timeout(limit, self.controls(context, trial))
            .await
            .map_err(late)??;
        let uses = self.uses(trial);
        let _held = self.locks.take(&uses).await;
        self.note_uncounted(trial, &uses);
        let ended = tokio::time::timeout(limit, self.attempts(context, trial)).await;
        self.note_uncounted(trial, &uses);
        ended.map_err(late)?
    }

    /// Notes the uncounted writes of a trial, even if the case writes the credential by hand.
    fn note_uncounted(&self, trial: &Trial, uses: &BTreeMap<String, Use>) {
        if trial.effects.is_empty() {
            for used in uses.keys() {
                self.ledger.touch(used.clone());
            }
        }
        if trial.steps.iter().any(|step| step.message.writes()) {
            let counted = trial.effects.iter();
            let counted = counted.map(|effect| effect.probe.credential.as_ref());
            let steps = trial.steps.iter();
            let noted = counted.chain(steps.map(|step| step.message.credential.as_ref()));
            let noted: BTreeSet<String> = noted
                .map(|credential| self.organization(credential))
                .collect();
            for organization in uses.keys().filter(|used| !noted.contains(*used)) {
                self.ledger.note_write(organization.clone());
            }
        }
    }

    /// What was too loose or too slow to show anything, or met the closing of a connection, is repeated with all of its trial: its key is
    /// used up.
    async fn attempts(&self, context: &mut Context<'_>, trial: &Trial) -> Result<(), Stop> {
        for attempt in 0..ATTEMPTS {
            context.loose = None;
            if attempt > 0 {
                self.take(context, Item::Again);
            }
            let ended = self.steps(context, trial).await;
            if context.loose.is_none() || context.told.violates() {
                return ended;
            }
        }
        Err(Stop(context.loose.take().unwrap_or_default()))
    }

    async fn steps(&self, context: &mut Context<'_>, trial: &Trial) -> Result<(), Stop> {
        let mut scope = self.scope(Some(trial));
        let counted = Instant::now();
        let outstanding = self.outstanding(trial);
        let writes = self.writes(trial);
        let before = self.counts(context, trial).await?;
        let mut whole = true;
        for (index, step) in trial.steps.iter().enumerate() {
            let as_expected = self
                .step(context, trial, index + 1, step, &mut scope)
                .await?;
            if !as_expected {
                whole = false;
                break; // What follows builds on it. The effects are counted all the same: they tell more.
            }
        }
        let mut after = self.counts(context, trial).await?;
        let took = counted.elapsed();
        if whole && !context.told.violates() {
            self.late_effects(context, trial, &before, &mut after)
                .await?;
            self.settled_effects(context, trial, &before, &mut after)
                .await?;
            if outstanding.is_none() && Self::is_exact(trial, &before, &after) {
                self.settle(trial, writes, (&before, &after));
            } else if let (Some(effect), Some(wait)) =
                (Self::too_high(trial, &before, &after), outstanding)
            {
                context.loose = Some(format!(
                    "the count of `{}` grew by more than expected: either earlier writes of this run were counted late, or the trial wrote too much",
                    effect.probe.name
                ));
                tokio::time::sleep(wait).await;
                return Ok(());
            }
        }
        self.foreign_effects(context, trial, (&before, &after), took)
            .await?;
        self.judge_effects(context, trial, &before, &after);
        Ok(())
    }

    /// How a trial uses each organization that its requests are of.
    fn uses(&self, trial: &Trial) -> BTreeMap<String, Use> {
        let mut uses = BTreeMap::new();
        for credential in plan::credentials(trial) {
            uses.insert(self.organization(Some(&credential)), Use::Shared);
        }
        for step in &trial.steps {
            // A burst uses up what others need, and others use up what it counts.
            let how = match step.volley.as_deref() {
                Some(Volley::Burst(_)) => Use::Alone,
                _ => Use::Shared,
            };
            let credential = step.message.credential.as_ref();
            let known = uses.entry(self.organization(credential)).or_insert(how);
            *known = how.max(*known);
        }
        for effect in &trial.effects {
            let credential = effect.probe.credential.as_ref();
            uses.insert(self.organization(credential), Use::Alone);
        }
        uses
    }

    /// The organization that a credential is of. Requests without one are of one of their own: what they do is counted, too.
    pub(super) fn organization(&self, credential: Option<&String>) -> String {
        credential
            .and_then(|name| self.target.credentials.get(name))
            .map(|credential| credential.organization.clone())
            .unwrap_or_default()
    }
}
