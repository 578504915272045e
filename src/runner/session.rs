//! What all trials of a run share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::brake::Brake;
use super::control::Controls;
use super::counts::{self, Probes};
use super::finish::{Closing, Finish};
use super::learner::Learner;
use super::ledger::Ledger;
use super::lock::Locks;
use super::neighbours::Neighbours;
use super::pace::Pace;
use super::reader::Reader;
use super::sender::Sender;
use super::step::Stop;
use super::trial::TrialRun;
use crate::client::Unusable;
use crate::contract::Contract;
use crate::event::{Event, Finished, Listener, Redacted};
use crate::plan::Planned;
use crate::secrets::{Redact, Secret};
use crate::suite::Trial;
use crate::targets::{Day, Profile, Target, Waiver};
use crate::verdict::control_trials;

/// A run against a target.
pub struct Session {
    pub(super) contract: Arc<Contract>,
    pub(super) target: Arc<Target>,
    pub(super) sender: Sender,
    pub(super) reader: Arc<Reader>,
    pub(super) learner: Learner,
    pub(super) controls: Controls,
    pub(super) locks: Locks,
    pub(super) pace: Pace,
    pub(super) ledger: Ledger,
    pub(super) probes: Probes,
    /// Whether the target has ever answered: only then is silence its fault.
    answered: AtomicBool,
    strict: bool,
    pub(super) today: Day,
    pub(super) keeps_evidence: bool,
    pub(super) is_partial: bool,
    brake: Brake,
    /// Other runs, if this one is announced to them.
    pub(super) neighbours: Option<Neighbours>,
    /// Whether a trial has reported that too many requests on kept connections got no response.
    pub(super) unanswered: AtomicBool,
    listeners: Vec<Arc<dyn Listener>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("target", &self.target.profile.name)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Prepares a run. `strict` makes a finding of a `should` clause a violation; waivers are held against `today`.
    pub fn new(
        contract: Arc<Contract>,
        target: Target,
        strict: bool,
        today: Day,
        listeners: Vec<Arc<dyn Listener>>,
    ) -> Result<Self, Unusable> {
        let target = Arc::new(target);
        let reader = Arc::new(Reader::new(&contract, &target));
        Ok(Self {
            sender: Sender::new(&contract, &target, &reader)?,
            learner: Learner::new(&reader, &target.redactor),
            ledger: Ledger::new(&target),
            contract,
            target,
            reader,
            controls: Controls::default(),
            locks: Locks::default(),
            pace: Pace::default(),
            probes: Probes::default(),
            answered: AtomicBool::new(false),
            strict,
            today,
            keeps_evidence: false,
            is_partial: false,
            brake: Brake::default(),
            neighbours: None,
            unanswered: AtomicBool::new(false),
            listeners,
        })
    }

    /// The same run, knowing which captures its trials send as credentials, and which controls they build on.
    #[must_use]
    pub fn knowing<'a>(mut self, trials: impl IntoIterator<Item = &'a Arc<Trial>> + Clone) -> Self {
        for trial in trials.clone() {
            self.learner.look_through(trial);
        }
        self.probes.movers = counts::movers(trials.clone());
        self.controls.lines = control_trials(trials);
        self
    }

    /// The same run, keeping what each trial is judged on.
    #[must_use]
    pub fn keeping_evidence(self) -> Self {
        Self {
            keeps_evidence: true,
            ..self
        }
    }

    /// The same run, of a suite of which only a part was loaded.
    #[must_use]
    pub fn partly(self, is_partial: bool) -> Self {
        Self { is_partial, ..self }
    }

    /// The same run, ending early when so many trials in a row got no answer; never where it is 0.
    #[must_use]
    pub fn stopping_after(self, silent: usize) -> Self {
        Self {
            brake: Brake::after(silent),
            ..self
        }
    }

    /// The same run, announced to other runs on this machine.
    #[must_use]
    pub fn among(self, neighbours: Option<Neighbours>) -> Self {
        Self { neighbours, ..self }
    }

    /// What ends the run early.
    pub fn brake(&self) -> &Brake {
        &self.brake
    }

    /// Whether a finding of a `should` clause is a violation.
    pub fn strict(&self) -> bool {
        self.strict
    }

    /// Whom it runs against: the target's name, and its address without secrets.
    pub fn against(&self) -> (String, Redacted<String>) {
        let profile = &self.target.profile;
        let address = self.redacted(profile.base_url.to_string());
        (profile.name.clone(), address)
    }

    /// How many requests were repeated because a kept connection closed.
    pub fn repeated(&self) -> usize {
        self.sender.client.unanswered().closed
    }

    /// Something of this run that its listeners may receive.
    pub fn redacted<T: Redact>(&self, value: T) -> Redacted<T> {
        Redacted::new(value, &self.target.redactor)
    }

    /// The target as it was declared.
    pub fn profile(&self) -> &Profile {
        &self.target.profile
    }

    /// SHA-256 over the contract's files, in hexadecimal.
    pub fn contract_digest(&self) -> String {
        self.contract.digest_text()
    }

    /// The target's known failures.
    pub fn waivers(&self) -> &[Waiver] {
        &self.target.profile.waivers
    }

    /// Tells the listeners of something.
    pub fn emit(&self, event: &Event) {
        for listener in &self.listeners {
            listener.hear(event);
        }
    }

    pub(super) fn notice(&self, trial: &str, text: &str) {
        self.emit(&Event::Notice {
            trial: trial.to_owned(),
            text: self.redacted(text.to_owned()),
        });
    }

    /// Runs a trial; its events are emitted on the way.
    pub async fn run(&self, planned: &Planned) -> Arc<Finished> {
        TrialRun::new(self, &planned.trial).run(planned).await
    }

    /// Finishes the run after its last trial. If the run ended early, nothing more is sent.
    pub async fn finish(&self) -> Finish {
        Closing::new(self).close().await
    }

    /// Warnings about secret places that no successful response had.
    pub fn missing_secrets(&self) -> String {
        self.learner.missing()
    }

    pub(super) fn note_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// The secrets that templates know, to see whether one comes back.
    pub fn secrets(&self) -> Vec<&str> {
        let credentials = self.target.credentials.values();
        credentials
            .filter_map(|credential| credential.secret.as_ref().map(Secret::expose))
            .collect()
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
}
