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

/// Notes that a trial conforms.
pub(super) fn note_passed(session: &Session, planned: &Planned, outcome: &Outcome) {
    let passed = Arc::new(Passed {
        trial: planned.trial.name.clone(),
        waivers: planned.waivers.clone(),
        outcome: outcome.clone(),
    });
    session.controls.rely(&planned.trial, &passed);
    session.probes.note_passed(&planned.trial, &passed);
}

/// The end of a run in progress.
pub(super) struct Closing<'a> {
    pub(super) session: &'a Session,
    finish: Finish,
}

/// How much longer than a request a repeated control may take, so that the request's own limit ends it.
const MARGIN: Duration = Duration::from_secs(1);

impl<'a> Closing<'a> {
    pub(super) fn new(session: &'a Session) -> Self {
        let finish = Finish::default();
        Self { session, finish }
    }

    pub(super) async fn close(mut self) -> Finish {
        let brake = self.session.brake();
        let controls = self.session.controls.all();
        let mut unsupported = Vec::new();
        if brake.reason().is_none() {
            unsupported = tokio::select! {
                unsupported = self.again(&controls) => unsupported,
                _ = brake.stopped() => Vec::new(),
            };
        }
        self.finish_controls(&controls).await;
        for Unsupported {
            probe,
            reason,
            passed,
        } in unsupported
        {
            self.revise(&passed, &reason);
            self.end_line(Line {
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
            });
        }
        self.finish
    }

    /// Repeats the controls, and counts before and after them.
    async fn again(&self, controls: &[Arc<Control>]) -> Vec<Unsupported> {
        let mut unsupported = self.surplus().await;
        let mut accepted = BTreeMap::new();
        for control in controls {
            if control.is_repeatable() && !control.relied().is_empty() {
                // Waits for a limiter are cut off here, which is not a rejection. A control that gets no response is rejected.
                let limits = &self.session.target.profile.limits;
                let limit = limits.trial.max(limits.request + MARGIN);
                let again = tokio::time::timeout(limit, control.again(self.session)).await;
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
    async fn finish_controls(&mut self, controls: &[Arc<Control>]) {
        for same in controls.chunk_by(|one, next| one.request.name == next.request.name) {
            let Some(request) = same.first().map(|control| &control.request) else {
                continue;
            };
            let mut broke: Vec<Broke> = Vec::new();
            let mut stopped = None;
            for control in same {
                broke.extend(control.broke(self.session.has_answered()).await);
                let relied = std::mem::take(&mut *control.relied());
                let Some(reason) = control.rejected().await.filter(|_| !relied.is_empty()) else {
                    continue;
                };
                let reason = format!(
                    "the control, the valid request `{}`, {reason} when it was repeated, so rejections since it was last accepted prove nothing",
                    request.name
                );
                self.revise(&relied, &reason);
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
            self.end_line(Line {
                name: format!("{CONTROL}{}", request.name),
                at: request.at.clone(),
                stopped,
                broken,
                records,
                evidence,
                began,
                took,
            });
        }
    }

    /// Makes conforming trials inconclusive, each of them once.
    fn revise(&mut self, passed: &[Arc<Passed>], reason: &str) {
        let session = self.session;
        let reason = session.redacted(reason.to_owned());
        for passed in passed {
            if !self.finish.revised.insert(passed.trial.clone()) {
                continue;
            }
            let inconclusive = Outcome::Inconclusive {
                reason: reason.clone(),
            };
            session.emit(&Event::TrialRevised(Arc::new(Revised {
                trial: passed.trial.clone(),
                was: passed.outcome.clone(),
                outcome: waive(
                    inconclusive,
                    &BTreeSet::new(),
                    &passed.waivers,
                    session.today,
                ),
                reason: reason.clone(),
            })));
        }
    }

    /// Ends a line. Conforming controls and probes get none, unless a waiver names them.
    fn end_line(&mut self, line: Line) {
        let session = self.session;
        let stopped = line.stopped.map(|reason| session.redacted(reason));
        let ending = stopped.map_or(Ending::Whole, Ending::Stopped);
        let outcome = verdict::outcome(&ending, !line.broken.is_empty());
        let waivers = of_line(session.waivers(), &line.name, &outcome);
        let outcome = waive(outcome, &line.broken, &waivers, session.today);
        if outcome == Outcome::Conforms {
            return;
        }
        let finished = Arc::new(Finished {
            trial: line.name,
            at: session.redacted(line.at),
            outcome,
            records: line.records,
            began: line.began,
            took: line.took,
            ending,
            evidence: line.evidence,
        });
        session.emit(&Event::TrialFinished(Arc::clone(&finished)));
        self.finish.lines.push(finished);
    }
}
