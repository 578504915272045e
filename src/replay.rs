//! A recorded run once more, without its target: its evidence is judged again, and the same events are emitted.
//!
//! The judging is `verdict`'s, as in a run. `read` takes a whole record in or refuses it, `merge` joins records, `file` is what one looks
//! like; writing that of a run is left to `report`.

mod file;
mod fit;
mod merge;
mod overlap;
mod read;
mod stray;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::contract::Contract;
use crate::event::{
    Ending, Event, Evidence, Finished, Item, Listener, Outcome, PROBE, Redacted, Revised, Stage,
    Started,
};
use crate::input::diagnostic::Location;
use crate::suite::{Engine, Suite, Trial};
use crate::targets::Waiver;
use crate::verdict::{Bench, Told, announced, control_trials, of_line, outcome, waive};

pub use file::{LONGEST, Out, Sealed, escaped, line};
pub use merge::merge;
use read::Revision;
pub use read::{Faulty, Recorded, Recording};

/// A recorded run, to be judged again.
pub struct Replay {
    contract: Arc<Contract>,
    trials: HashMap<String, Arc<Trial>>,
    /// The lines of the controls by name.
    lines: HashMap<String, Arc<Trial>>,
    recording: Recording,
    started: Started,
    /// Whether the contract is the one that the run was held to.
    same: bool,
    listeners: Vec<Arc<dyn Listener>>,
    engine: Engine,
    /// The revisions of the trials so far that have not been emitted, by their lines.
    revisions: Mutex<BTreeMap<usize, Revised>>,
}

/// A trial, judged again.
#[derive(Debug)]
pub struct Judged {
    /// The trial as it ended.
    pub finished: Arc<Finished>,
    /// Its outcome at the end of the run.
    pub outcome: Outcome,
}

/// A record that no run can have written: it has evidence under the wrong trial.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: evidence of the trial `{trial}` belongs to another trial: {what}")]
pub struct EvidenceError {
    line: usize,
    trial: String,
    what: String,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay")
            .field("target", &self.started.target)
            .finish_non_exhaustive()
    }
}

impl Replay {
    /// Prepares a record to be judged by a contract.
    pub fn new(
        contract: Arc<Contract>,
        suite: &Suite,
        recording: Recording,
        listeners: Vec<Arc<dyn Listener>>,
    ) -> Self {
        let trials: HashMap<String, Arc<Trial>> = suite
            .trials
            .iter()
            .map(|trial| (trial.name.clone(), Arc::clone(trial)))
            .collect();
        let controls = control_trials(&suite.trials).into_values();
        let lines = controls.map(|line| (line.name.clone(), line)).collect();
        let asked = recording.announced().filter_map(|name| trials.get(name));
        let started = Started {
            digest: suite.digest.clone(),
            contract: contract.digest_text(),
            trials: asked.map(|trial| announced(trial)).collect(),
            suite_trials: suite.trials.len(),
            ..recording.started().clone()
        };
        Self {
            same: started.contract == recording.started().contract,
            contract,
            trials,
            lines,
            recording,
            started,
            listeners,
            engine: Engine::default(),
            revisions: Mutex::default(),
        }
    }

    /// The record.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// A trial of the suite.
    pub fn trial(&self, name: &str) -> Option<&Trial> {
        self.trials.get(name).map(AsRef::as_ref)
    }

    /// Tells the listeners that the run begins.
    pub fn begin(&self) {
        self.emit(&Event::RunStarted(Arc::new(self.started.clone())));
    }

    /// Tells them that it has ended.
    pub fn end(&self) {
        self.revise_until(usize::MAX);
        self.emit(&Event::RunFinished(Arc::new(
            self.recording.ended().clone(),
        )));
    }

    /// Judges a trial again, and tells the listeners what came of it.
    pub fn again(&self, recorded: &Recorded) -> Result<Judged, EvidenceError> {
        self.revise_until(recorded.line());
        let finished = match self.recording.finished(recorded) {
            Ok(finished) => {
                self.check(recorded, &finished)?;
                self.judged(finished)
            }
            Err(error) => self.unread(recorded, &error),
        };
        let revised = recorded.revised.as_ref();
        let outcome = revised
            .and_then(|revision| self.revised(&finished, revision))
            .unwrap_or_else(|| finished.outcome.clone());
        let finished = Arc::new(finished);
        self.emit(&Event::TrialFinished(Arc::clone(&finished)));
        Ok(Judged { finished, outcome })
    }

    /// The outcome of a trial that conformed and was revised. It is emitted when its line comes.
    fn revised(&self, finished: &Finished, revision: &Revision) -> Option<Outcome> {
        let violates = finished.records.iter().any(|record| {
            let mut findings = record.findings.iter();
            findings.any(|finding| finding.violates(self.started.strict))
        });
        let ended = outcome(&finished.ending, violates);
        if ended != Outcome::Conforms {
            return None;
        }
        let inconclusive = Outcome::Inconclusive {
            reason: revision.revised.reason.clone(),
        };
        let waivers = self.waivers(&finished.trial);
        let outcome = waive(inconclusive, &BTreeSet::new(), &waivers, self.started.today);
        let revised = Revised {
            trial: finished.trial.clone(),
            was: finished.outcome.clone(),
            outcome: outcome.clone(),
            reason: revision.revised.reason.clone(),
        };
        self.revisions().insert(revision.line, revised);
        Some(outcome)
    }

    fn revisions(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, Revised>> {
        let revisions = self.revisions.lock();
        revisions.unwrap_or_else(PoisonError::into_inner)
    }

    /// Emits the revisions before a line of the record.
    fn revise_until(&self, line: usize) {
        let later = self.revisions().split_off(&line);
        let before = mem::replace(&mut *self.revisions(), later);
        for revised in before.into_values() {
            self.emit(&Event::TrialRevised(Arc::new(revised)));
        }
    }

    /// The waivers that cover a trial.
    fn waivers(&self, trial: &str) -> Vec<Waiver> {
        let waivers = self.started.waivers.iter();
        waivers
            .filter(|waiver| waiver.covers(trial))
            .cloned()
            .collect()
    }

    /// Checks that the evidence belongs to its trial.
    fn check(&self, recorded: &Recorded, finished: &Finished) -> Result<(), EvidenceError> {
        let Some(trial) = self.trials.get(&finished.trial) else {
            return Ok(());
        };
        let known = (&self.engine, self.started.base_url.as_str());
        let mut evidence = finished.evidence.iter();
        match evidence.find_map(|one| stray::stray(trial, one, known)) {
            None => Ok(()),
            Some(what) => Err(EvidenceError {
                line: recorded.line(),
                trial: finished.trial.clone(),
                what,
            }),
        }
    }

    fn emit(&self, event: &Event) {
        for listener in &self.listeners {
            listener.hear(event);
        }
    }

    fn judged(&self, recorded: Finished) -> Finished {
        let line = self.lines.get(&recorded.trial);
        let Some(trial) = self.trials.get(&recorded.trial).or(line) else {
            return self.strange(recorded);
        };
        let mut finished = Finished {
            at: Redacted::without_secrets(trial.at.clone()),
            ..recorded
        };
        let mut taken = Taken {
            bench: Bench::again(&self.contract, trial, &Arc::default()),
            told: Told::new(self.started.strict),
            steps: BTreeSet::new(),
            effects: BTreeSet::new(),
            off: false,
            stop: None,
            lost: None,
        };
        for evidence in &mut finished.evidence {
            taken.take(evidence);
        }
        if taken.lost.is_none() && !taken.off {
            taken.lost = taken.missing(trial);
        }
        let broken = taken.told.broken().clone();
        finished.records = taken.told.into_records();
        finished.ending = match (finished.ending, taken.stop, taken.lost) {
            (_, Some(reason), _) | (Ending::Whole, None, Some(reason)) => {
                Ending::Stopped(Redacted::without_secrets(reason))
            }
            (Ending::Stopped(reason), None, _) if !self.same => Ending::Stopped(
                Redacted::without_secrets(format!("the recorded run ended here: {reason}")),
            ),
            (ending, ..) => ending,
        };
        let outcome = outcome(&finished.ending, !broken.is_empty());
        let waivers = match line {
            Some(_) => of_line(&self.started.waivers, &finished.trial, &outcome),
            None => self.waivers(&finished.trial),
        };
        finished.outcome = waive(outcome, &broken, &waivers, self.started.today);
        finished
    }

    /// A line that is of no trial of the suite: of a waiver that covers none, for which nothing was sent.
    fn strange(&self, recorded: Finished) -> Finished {
        if let Ending::Unrun(Outcome::StaleWaiver { .. }) = &recorded.ending {
            let place = |at: &Location| (at.source.path().to_owned(), at.line_column().0);
            let waivers = self.started.waivers.iter();
            let mut written = waivers.map(|waiver| &waiver.at);
            let here = written.find(|at| place(at) == place(&recorded.at));
            return Finished {
                at: Redacted::without_secrets(here.unwrap_or(&recorded.at).clone()),
                ..recorded
            };
        }
        // The record has only the reason.
        if let (Some(probe), Ending::Stopped(_)) =
            (recorded.trial.strip_prefix(PROBE), &recorded.ending)
        {
            let mut effects = self.trials.values().flat_map(|trial| &trial.effects);
            let known = effects.find(|effect| effect.probe.name == probe);
            let at = known.map(|effect| Redacted::without_secrets(effect.probe.at.clone()));
            let outcome = outcome(&recorded.ending, false);
            let waivers = of_line(&self.started.waivers, &recorded.trial, &outcome);
            return Finished {
                at: at.unwrap_or_else(|| recorded.at.clone()),
                outcome: waive(outcome, &BTreeSet::new(), &waivers, self.started.today),
                evidence: Vec::new(),
                ..recorded
            };
        }
        let reason = Redacted::without_secrets("the suite has no such trial".to_owned());
        Finished {
            outcome: Outcome::Inconclusive {
                reason: reason.clone(),
            },
            ending: Ending::Stopped(reason),
            evidence: Vec::new(),
            ..recorded
        }
    }

    fn unread(&self, recorded: &Recorded, error: &Faulty) -> Finished {
        let reason =
            Redacted::without_secrets(format!("its record cannot be read any more: {error}"));
        let at = self.trials.get(&recorded.trial).map(|trial| &trial.at);
        Finished {
            trial: recorded.trial.clone(),
            at: Redacted::without_secrets(at.cloned().unwrap_or_default()),
            outcome: Outcome::Inconclusive {
                reason: reason.clone(),
            },
            records: Vec::new(),
            began: self.started.began,
            took: Duration::ZERO,
            ending: Ending::Stopped(reason),
            evidence: Vec::new(),
        }
    }
}

/// The evidence of a trial so far.
struct Taken<'a> {
    bench: Bench<'a>,
    told: Told,
    /// The steps and effects that there is evidence of.
    steps: BTreeSet<usize>,
    effects: BTreeSet<usize>,
    /// Whether a step did not go as expected: a run takes no further one.
    off: bool,
    stop: Option<String>,
    /// Why a piece of evidence could not be judged again.
    lost: Option<String>,
}

impl Taken<'_> {
    fn take(&mut self, evidence: &mut Evidence) {
        evidence.records = 0;
        let of_step = matches!(*evidence.item, Item::Step { .. } | Item::Volley { .. });
        // What a run held to this contract would not have asked.
        if self.stop.is_some() || (self.off && of_step) {
            return;
        }
        if let Some(reason) = &evidence.lost {
            let told = || format!("{} cannot be judged again: {reason}", what(&evidence.item));
            self.lost.get_or_insert_with(told);
            return;
        }
        match &*evidence.item {
            Item::Again => {
                self.off = false;
                self.steps.clear();
                self.effects.clear();
            }
            Item::Step {
                step,
                stage: Stage::Last,
                ..
            }
            | Item::Volley { step, .. } => {
                self.steps.insert(*step);
            }
            Item::Effect { effect, .. } => {
                self.effects.insert(*effect);
            }
            Item::Step { .. } | Item::Aside { .. } | Item::Rest => {}
        }
        let judged = self.bench.judge(&evidence.item);
        self.off |= !judged.as_expected;
        let before = self.told.len();
        for record in judged.records {
            self.told.keep(record);
        }
        evidence.records = self.told.len() - before;
        self.stop = judged.stop;
    }
}

impl Taken<'_> {
    /// What a trial that came to its end has no evidence of: it is not green by that.
    fn missing(&self, trial: &Trial) -> Option<String> {
        let step = (0..trial.steps.len()).find(|step| !self.steps.contains(step));
        let effect = (0..trial.effects.len()).find(|effect| !self.effects.contains(effect));
        let told = |what: &str, index: usize| {
            format!(
                "{what} {} cannot be judged again: it is not in the record",
                index + 1
            )
        };
        let step = step.map(|step| told("step", step));
        step.or_else(|| effect.map(|effect| told("effect", effect)))
    }
}

fn what(item: &Item) -> String {
    match item {
        Item::Again | Item::Rest => "the trial".to_owned(),
        Item::Aside { role, .. } => role.to_string(),
        Item::Step { step, .. } | Item::Volley { step, .. } => format!("step {}", step + 1),
        Item::Effect { effect, .. } => format!("effect {}", effect + 1),
    }
}
