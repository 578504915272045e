//! The end of a run: repeats controls and counts, and revises the trials that they no longer support.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::control::{Broke, Control};
use super::counts::Unsupported;
use super::session::Session;
use crate::event::{CONTROL, Ending, Event, Evidence, Finished, Outcome, PROBE, Record, Revised};
use crate::input::diagnostic::{Location, number};
use crate::plan::Planned;
use crate::targets::Waiver;
use crate::verdict::{self, of_line, waive};

/// A trial that conforms so far.
#[derive(Debug)]
pub(super) struct Passed {
    trial: String,
    waivers: Vec<Waiver>,
    outcome: Outcome,
}

/// What the end of a run has shown.
#[derive(Debug, Default)]
pub struct Finish {
    /// Lines of the controls and probes that have something to report.
    pub lines: Vec<Arc<Finished>>,
    /// The trials that were revised.
    revised: BTreeSet<String>,
}

/// A line of a control or of a probe.
struct Line {
    name: String,
    at: Location,
    stopped: Option<String>,
    /// The clauses of the findings that violate.
    broken: BTreeSet<String>,
    records: Vec<Record>,
    evidence: Vec<Evidence>,
    began: SystemTime,
    took: Duration,
}

impl Session {
    /// Notes that a trial conforms.
    pub(super) fn note_passed(&self, planned: &Planned, outcome: &Outcome) {
        let passed = Arc::new(Passed {
            trial: planned.trial.name.clone(),
            waivers: planned.waivers.clone(),
            outcome: outcome.clone(),
        });
        self.controls.rely(&planned.trial, &passed);
        self.probes.note_passed(&planned.trial, &passed);
    }

    /// Finishes the run after its last trial. If the run ended early, nothing more is sent.
    pub async fn finish(&self) -> Finish {
        let mut finish = Finish::default();
        let controls = self.controls.all();
        let mut unsupported = Vec::new();
        if self.brake().reason().is_none() {
            unsupported = tokio::select! {
                unsupported = self.again(&controls) => unsupported,
                _ = self.brake().stopped() => Vec::new(),
            };
        }
        self.finish_controls(&controls, &mut finish).await;
        for Unsupported {
            probe,
            reason,
            passed,
        } in unsupported
        {
            self.revise(&mut finish, &passed, &reason);
            self.end_line(
                &mut finish,
                Line {
                    name: format!("{PROBE}{}", probe.name),
                    at: probe.at.clone(),
                    stopped: Some(format!(
                        "{reason} ({} revised)",
                        number(passed.len(), "trial")
                    )),
                    broken: BTreeSet::new(),
                    records: Vec::new(),
                    evidence: Vec::new(),
                    began: SystemTime::now(),
                    took: Duration::ZERO,
                },
            );
        }
        finish
    }

    /// Repeats the controls, and counts before and after them.
    async fn again(&self, controls: &[Arc<Control>]) -> Vec<Unsupported> {
        let mut unsupported = self.surplus().await;
        let mut accepted = BTreeMap::new();
        for control in controls {
            if control.is_repeatable() && !control.relied().is_empty() {
                let limit = self.target.profile.limits.trial;
                // A timeout is not a rejection.
                let again = tokio::time::timeout(limit, self.control_again(control)).await;
                if again.is_ok_and(|accepted| accepted) {
                    let request = &control.request;
                    accepted.insert(request.name.clone(), Arc::clone(request));
                }
            }
        }
        let known: BTreeSet<String> = unsupported
            .iter()
            .map(|one| one.probe.name.clone())
            .collect();
        let unmoved = self.unmoved(&accepted).await.into_iter();
        unsupported.extend(unmoved.filter(|one| !known.contains(&one.probe.name)));
        unsupported
    }

    /// Ends the lines of the controls, and revises the trials that depend on a control that is now rejected.
    async fn finish_controls(&self, controls: &[Arc<Control>], finish: &mut Finish) {
        for same in controls.chunk_by(|one, next| one.request.name == next.request.name) {
            let Some(request) = same.first().map(|control| &control.request) else {
                continue;
            };
            let mut broke: Vec<Broke> = Vec::new();
            let mut stopped = None;
            for control in same {
                broke.extend(control.broke(self.has_answered()).await);
                let relied = std::mem::take(&mut *control.relied());
                let Some(reason) = control.rejected().await.filter(|_| !relied.is_empty()) else {
                    continue;
                };
                let reason = format!(
                    "the control, the valid request `{}`, {reason} when it was repeated, so rejections since it was last accepted prove nothing",
                    request.name
                );
                self.revise(finish, &relied, &reason);
                stopped = Some(format!(
                    "{reason} ({} revised)",
                    number(relied.len(), "trial")
                ));
            }
            let began = broke.first().map_or_else(SystemTime::now, |one| one.began);
            let broken = broke
                .iter()
                .flat_map(|one| one.broken.iter().cloned())
                .collect();
            let took = broke.iter().map(|one| one.took).sum();
            let (mut records, mut evidence) = (Vec::new(), Vec::new());
            for one in broke {
                records.extend(one.records);
                evidence.extend(one.evidence);
            }
            self.end_line(
                finish,
                Line {
                    name: format!("{CONTROL}{}", request.name),
                    at: request.at.clone(),
                    stopped,
                    broken,
                    records,
                    evidence,
                    began,
                    took,
                },
            );
        }
    }

    /// Makes conforming trials inconclusive, each of them once.
    fn revise(&self, finish: &mut Finish, passed: &[Arc<Passed>], reason: &str) {
        let reason = self.redacted(reason.to_owned());
        for passed in passed {
            if !finish.revised.insert(passed.trial.clone()) {
                continue;
            }
            let inconclusive = Outcome::Inconclusive {
                reason: reason.clone(),
            };
            self.emit(&Event::TrialRevised(Arc::new(Revised {
                trial: passed.trial.clone(),
                was: passed.outcome.clone(),
                outcome: waive(
                    inconclusive,
                    &BTreeSet::new(),
                    &passed.waivers,
                    self.today(),
                ),
                reason: reason.clone(),
            })));
        }
    }

    /// Ends a line. Conforming controls and probes get none, unless a waiver names them.
    fn end_line(&self, finish: &mut Finish, line: Line) {
        let stopped = line.stopped.map(|reason| self.redacted(reason));
        let ending = stopped.map_or(Ending::Whole, Ending::Stopped);
        let outcome = verdict::outcome(&ending, !line.broken.is_empty());
        let waivers = of_line(self.waivers(), &line.name, &outcome);
        let outcome = waive(outcome, &line.broken, &waivers, self.today());
        if outcome == Outcome::Conforms {
            return;
        }
        let finished = Arc::new(Finished {
            trial: line.name,
            at: self.redacted(line.at),
            outcome,
            records: line.records,
            began: line.began,
            took: line.took,
            ending,
            evidence: line.evidence,
        });
        self.emit(&Event::TrialFinished(Arc::clone(&finished)));
        finish.lines.push(finished);
    }
}
