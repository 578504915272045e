//! A run as the reports that are written at its end see it: everything that was heard of it, gathered once for all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Hints;
use super::coverage::Covered;
use crate::contract::Contract;
use crate::event::{
    Announced, Counts, Ended, Event, Finished, Listener, Started, WAIVER, is_of_run,
};
use crate::input::diagnostic::one_line;

/// Gathers a run.
#[derive(Debug, Default)]
pub struct Gathered {
    heard: Mutex<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    started: Option<Arc<Started>>,
    finished: Vec<Arc<Finished>>,
    ended: Option<Arc<Ended>>,
}

/// All of a run.
#[derive(Debug)]
pub struct Run<'a> {
    /// What it was held to.
    pub contract: &'a Contract,
    /// What it covered of that.
    pub covered: &'a Covered,
    /// How it began.
    pub started: Arc<Started>,
    /// Its trials, by name.
    pub finished: Vec<Arc<Finished>>,
    /// How it ended.
    pub ended: Arc<Ended>,
    /// SHA-256 over its record, in hexadecimal, where one was written.
    pub record: Option<String>,
}

/// The verdict of a run about its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The whole suite was run, and conforms.
    Go,
    /// Nothing violates, but a part of the suite was not run.
    Partial,
    /// Something violates.
    Violated,
    /// The whole suite was run, but something could not be judged.
    Inconclusive,
    /// Nothing was judged.
    Nothing,
}

/// How much of the whole suite a run shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// How many trials were run, or were known before the run to be ignored on this target.
    pub(super) run: usize,
    /// How many trials the suite has.
    pub(super) of: usize,
    /// Whether the run covers the whole suite, including waivers that match no trial.
    pub(super) is_whole: bool,
}

impl Run<'_> {
    /// How much of the whole suite it shows.
    pub(super) fn extent(&self) -> Extent {
        let announced = self.announced();
        let ran = |finished: &&Arc<Finished>| {
            announced.contains_key(finished.trial.as_str()) && !finished.ending.is_cut_off()
        };
        let run = self.finished.iter().filter(ran).count();
        let of = self.started.suite_trials;
        // Whether a control or a probe has a line is known at the end only.
        let waivers = self.started.waivers.iter();
        let waivers = waivers.filter(|waiver| !is_of_run(&waiver.pattern));
        let told = |pattern: &str| {
            let name = format!("{WAIVER}{}", one_line(pattern));
            self.finished.iter().any(|finished| finished.trial == name)
        };
        let mut idle = waivers.filter(|waiver| !announced.keys().any(|trial| waiver.covers(trial)));
        Extent {
            run,
            of,
            is_whole: run == of
                && self.ended.early.is_none()
                && idle.all(|waiver| told(&waiver.pattern)),
        }
    }

    /// The verdict; `go` requires a run of the whole suite.
    pub(super) fn verdict(&self) -> Verdict {
        let counts = self.counts();
        if counts.violating > 0 {
            Verdict::Violated
        } else if counts.conforming + counts.inconclusive == 0 {
            Verdict::Nothing
        } else if !self.extent().is_whole {
            Verdict::Partial
        } else if counts.inconclusive > 0 {
            Verdict::Inconclusive
        } else {
            Verdict::Go
        }
    }

    /// What each trial asks for, by its name. Waivers that cover no trial are among those that ended, and not here.
    pub fn announced(&self) -> BTreeMap<&str, &Announced> {
        let trials = self.started.trials.iter();
        trials.map(|one| (one.trial.as_str(), one)).collect()
    }

    /// What is wrong with it as a whole, and how to mend it.
    pub fn hints(&self) -> Vec<String> {
        let hints = Hints::default();
        hints.hear(&Event::RunStarted(Arc::clone(&self.started)));
        for finished in &self.finished {
            hints.take(finished);
        }
        hints.lines()
    }

    /// How many trials ended how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for finished in &self.finished {
            counts.add(&finished.outcome);
        }
        counts
    }
}

impl Gathered {
    /// What was heard; none where the run has not begun or has not ended.
    pub fn run<'a>(
        &self,
        contract: &'a Contract,
        covered: &'a Covered,
        record: Option<String>,
    ) -> Option<Run<'a>> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut finished = heard.finished.clone();
        finished.sort_by(|a, b| a.trial.cmp(&b.trial));
        Some(Run {
            contract,
            covered,
            started: heard.started.clone()?,
            finished,
            ended: heard.ended.clone()?,
            record,
        })
    }
}

impl Listener for Gathered {
    fn hear(&self, event: &Event) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::RunStarted(started) => heard.started = Some(Arc::clone(started)),
            Event::TrialFinished(finished) if finished.evidence.is_empty() => {
                heard.finished.push(Arc::clone(finished));
            }
            // What is kept of it for a record is no report's.
            Event::TrialFinished(finished) => {
                heard.finished.push(Arc::new(finished.without_evidence()));
            }
            Event::TrialRevised(revised) => {
                let mut finished = heard.finished.iter_mut();
                if let Some(one) = finished.find(|one| one.trial == revised.trial) {
                    Arc::make_mut(one).outcome = revised.outcome.clone();
                }
            }
            Event::RunFinished(ended) => heard.ended = Some(Arc::clone(ended)),
            Event::TrialStarted { .. } | Event::Notice { .. } => {}
        }
    }
}
