//! One trial from its start to its outcome.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::lock::Use;
use super::session::Session;
use super::step::Stop;
use super::waive::waive;
use crate::diagnostic::Location;
use crate::event::{Event, Evidence, Finished, Outcome, Record, Role};
use crate::exchange::Exchange;
use crate::judge::Finding;
use crate::plan::{self, Planned};
use crate::suite::{Trial, Volley};

/// How often a trial with a loose volley is begun.
const ATTEMPTS: usize = 4;
/// How many exchanges of a trial are kept in any case: a poll may make thousands.
const RECORDS: usize = 100;
/// How much of its answers, in bytes; of the rest the beginnings are kept.
const RECORDED: usize = 128 * 1024;

/// What a trial gathers on its way. It outlives the trial's end by time limit.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) trial: &'a str,
    records: Vec<Record>,
    /// How many bytes of answers they hold.
    recorded: usize,
    /// How many were not kept.
    unkept: usize,
    /// The clauses that they tell of, by id.
    told: HashSet<String>,
    /// Whether any of them, kept or not, violates.
    violates: bool,
    /// Why nothing follows from a green, if a race was released too loosely or a burst was too slow.
    pub(super) loose: Option<String>,
    /// The answers that steps remember, by name. They are compared, and never shown.
    pub(super) remembered: HashMap<String, Exchange>,
    pub(super) evidence: Vec<Evidence>,
    /// Whether its last request was answered; none where it has made none.
    pub(super) answered: Option<bool>,
}

impl Context<'_> {
    /// Keeps an exchange with its findings.
    pub(super) fn record(
        &mut self,
        session: &Session,
        role: Role,
        at: &Location,
        exchange: Exchange,
        findings: Vec<Finding>,
    ) {
        let record = Record {
            role,
            at: at.clone(),
            exchange: Some(exchange),
            findings,
            note: None,
            shots: Vec::new(),
        };
        self.keep(session, record);
    }

    /// Keeps a record, the secrets taken out: the first ones of a trial, and all that tell of another clause.
    pub(super) fn keep(&mut self, session: &Session, record: Record) {
        let violates = |finding: &Finding| finding.violates(session.strict());
        self.violates |= record.findings.iter().any(violates);
        let mut new = self.records.len() < RECORDS;
        for finding in &record.findings {
            new |= self.told.insert(finding.clause.id.clone());
        }
        if !new {
            self.unkept += 1;
            return;
        }
        let left = RECORDED.saturating_sub(self.recorded);
        let record = session.shown(record, left);
        if let Some(Ok(answer)) = record.exchange.as_ref().map(|one| &one.answer) {
            let head: usize = answer.headers.iter().map(|(_, value)| value.len()).sum();
            self.recorded += answer.body.len() + head;
        }
        self.records.push(record);
    }

    /// The records, the last with the number of those that were not kept.
    fn into_records(mut self) -> Vec<Record> {
        if let Some(last) = self.records.last_mut().filter(|_| self.unkept > 0) {
            let more = format!("{} more exchanges of this trial are not kept", self.unkept);
            last.note = Some(match last.note.take() {
                Some(note) => format!("{note}; {more}"),
                None => more,
            });
        }
        self.records
    }
}

impl Session {
    /// Runs a trial; its events are emitted on the way.
    pub async fn run(&self, planned: &Planned) -> Arc<Finished> {
        let trial = &planned.trial;
        if let Some(outcome) = self.brake().instead() {
            let outcome = waive(outcome, &planned.waivers, self.today());
            return self.finished(
                planned,
                outcome,
                SystemTime::now(),
                Duration::ZERO,
                Vec::new(),
                Vec::new(),
            );
        }
        let began = SystemTime::now();
        self.emit(&Event::TrialStarted {
            trial: trial.name.clone(),
        });
        let start = Instant::now();
        let mut context = Context {
            trial: &trial.name,
            records: Vec::new(),
            recorded: 0,
            unkept: 0,
            told: HashSet::new(),
            violates: false,
            loose: None,
            remembered: HashMap::new(),
            evidence: Vec::new(),
            answered: None,
        };
        let stopped = tokio::select! {
            ended = self.bounded(&mut context, trial) => ended.err(),
            reason = self.brake().stopped() => Some(Stop(reason)),
        };
        if let Some(answered) = context.answered {
            self.brake().note(answered);
        }
        let violates = context.violates;
        let outcome = match stopped {
            _ if violates => Outcome::Violates,
            Some(Stop(reason)) => Outcome::Inconclusive {
                reason: self.target.redactor.redact(&reason),
            },
            None => Outcome::Conforms,
        };
        let outcome = waive(outcome, &planned.waivers, self.today());
        let evidence = std::mem::take(&mut context.evidence);
        let records = context.into_records();
        self.finished(planned, outcome, began, start.elapsed(), records, evidence)
    }

    fn finished(
        &self,
        planned: &Planned,
        outcome: Outcome,
        began: SystemTime,
        took: Duration,
        records: Vec<Record>,
        evidence: Vec<Evidence>,
    ) -> Arc<Finished> {
        let finished = Arc::new(Finished {
            trial: planned.trial.name.clone(),
            at: planned.trial.at.clone(),
            outcome,
            records,
            began,
            took,
            evidence,
        });
        self.emit(&Event::TrialFinished(Arc::clone(&finished)));
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
        let _held = self.locks.take(&self.uses(trial)).await;
        tokio::time::timeout(limit, self.attempts(context, trial))
            .await
            .map_err(late)?
    }

    /// A volley that was too loose or too slow to show anything is repeated, with all of its trial: its key is used up.
    async fn attempts(&self, context: &mut Context<'_>, trial: &Trial) -> Result<(), Stop> {
        for _ in 0..ATTEMPTS {
            context.loose = None;
            context.evidence.clear();
            let ended = self.steps(context, trial).await;
            if context.loose.is_none() || context.violates {
                return ended;
            }
        }
        Err(Stop(context.loose.take().unwrap_or_default()))
    }

    async fn steps(&self, context: &mut Context<'_>, trial: &Trial) -> Result<(), Stop> {
        let mut scope = self.scope(Some(trial));
        let before = self.counts(context, trial).await?;
        for (index, step) in trial.steps.iter().enumerate() {
            let as_expected = self
                .step(context, trial, index + 1, step, &mut scope)
                .await?;
            if !as_expected {
                break; // What follows builds on it. The effects are counted all the same: they tell more.
            }
        }
        let after = self.counts(context, trial).await?;
        self.judge_effects(context, trial, &before, &after);
        Ok(())
    }

    /// Takes the secrets out of what findings quote of the target's answers.
    pub(super) fn redact(&self, findings: &mut [Finding]) {
        for finding in findings {
            finding.actual = self.target.redactor.redact(&finding.actual);
            finding.expected = self.target.redactor.redact(&finding.expected);
        }
    }

    /// How a trial uses each organization that its requests are of.
    fn uses(&self, trial: &Trial) -> BTreeMap<String, Use> {
        let mut uses = BTreeMap::new();
        for credential in plan::credentials(trial) {
            uses.insert(self.organization(Some(&credential)), Use::Shared);
        }
        for step in &trial.steps {
            // A burst uses up what others need, and others use up what it counts.
            let how = match step.volley {
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
