//! What a run learns of its probes from one count to the next: whether they move, and what nothing explains.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::finish::Passed;
use crate::suite::{Effect, Probe, Step, Trial};

/// What a run knows about its probes.
#[derive(Debug, Default)]
pub(super) struct Probes {
    of: Mutex<BTreeMap<String, Known>>,
    /// The requests that some trial of the suite expects to move a probe, by the probe's name.
    pub(super) movers: BTreeMap<String, BTreeSet<String>>,
}

/// The state of a probe.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// A trial that relies on it.
    pub(super) trial: Option<Arc<Trial>>,
    /// The last count.
    pub(super) last: Option<i64>,
    /// Whether any count differed from the one before it.
    pub(super) moved: bool,
    /// Whether a trial of this run expected it to grow.
    pub(super) expected: bool,
    /// The trials that have passed because it did not grow, for as long as it has not moved.
    pub(super) still: Vec<Arc<Passed>>,
    /// The controls of these trials that write.
    pub(super) controls: BTreeSet<String>,
    /// The latest count after which every write of the run was counted.
    pub(super) settled: Option<Settled>,
    /// Growth that no write of this run explains; `suspects` are the trials before it.
    pub(super) surplus: i64,
    pub(super) suspects: Vec<Arc<Passed>>,
}

/// A count that only counted trials may change.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) count: i64,
    /// How many requests the organization had got by then.
    pub(super) touched: u64,
    pub(super) passed: Vec<Arc<Passed>>,
}

/// A probe whose counts do not support the trials that relied on it.
pub(super) struct Unsupported {
    pub(super) probe: Arc<Probe>,
    pub(super) reason: String,
    pub(super) passed: Vec<Arc<Passed>>,
}

/// The requests that trials expect to move a probe, by the probe's name.
pub(super) fn movers<'a>(
    trials: impl IntoIterator<Item = &'a Arc<Trial>>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut movers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for trial in trials {
        for effect in trial.effects.iter().filter(|effect| grows(effect)) {
            let requests = trial.steps.iter().map(|step| step.request.name.clone());
            let of = movers.entry(effect.probe.name.clone()).or_default();
            of.extend(requests);
        }
    }
    movers
}

/// Whether an effect is expected in any case.
fn grows(effect: &Effect) -> bool {
    effect.growth.iter().all(|growth| *growth > 0)
}

impl Probes {
    pub(super) fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note_count(&self, probe: &str, count: i64) {
        let mut known = self.known();
        let known = known.entry(probe.to_owned()).or_default();
        known.moved |= known.last.is_some_and(|last| last != count);
        known.last = Some(count);
        if known.moved {
            known.still = Vec::new();
        }
    }

    /// Notes that a trial expects a probe to grow.
    pub(super) fn note_expected(&self, effect: &Effect) {
        if grows(effect) {
            self.known()
                .entry(effect.probe.name.clone())
                .or_default()
                .expected = true;
        }
    }

    /// Notes that a trial that relies on probes has passed.
    pub(super) fn note_passed(&self, trial: &Arc<Trial>, passed: &Arc<Passed>) {
        let mut known = self.known();
        for effect in &trial.effects {
            let known = known.entry(effect.probe.name.clone()).or_default();
            if grows(effect) {
                continue;
            }
            known.trial.get_or_insert_with(|| Arc::clone(trial));
            if let Some(settled) = &mut known.settled {
                settled.passed.push(Arc::clone(passed));
            }
            if !known.moved {
                let controls = trial.steps.iter().filter_map(Step::control);
                let writing = controls.filter(|control| control.message.writes());
                known
                    .controls
                    .extend(writing.map(|control| control.name.clone()));
                known.still.push(Arc::clone(passed));
            }
        }
    }

    /// Notes counts that a trial explains in whole. `touched` says how many requests the organization had got before it, and after it.
    pub(super) fn note_settled(
        &self,
        probe: &Probe,
        (before, after): (i64, i64),
        touched: (u64, u64),
    ) {
        let mut known = self.known();
        let known = known.entry(probe.name.clone()).or_default();
        match &mut known.settled {
            Some(settled) if settled.touched == touched.0 => {
                settled.touched = touched.1;
                let surplus = before.saturating_sub(settled.count);
                settled.count = after;
                if surplus > 0 {
                    known.surplus = known.surplus.saturating_add(surplus);
                    known.suspects.append(&mut settled.passed);
                }
            }
            settled => {
                *settled = Some(Settled {
                    count: after,
                    touched: touched.1,
                    passed: Vec::new(),
                });
            }
        }
    }

    /// All that trials rely on.
    pub(super) fn relied(&self) -> Vec<(Arc<Trial>, Arc<Probe>)> {
        let known = self.known();
        let relied = known.iter().filter_map(|(name, known)| {
            let trial = known.trial.as_ref()?;
            let mut effects = trial.effects.iter();
            let effect = effects.find(|effect| effect.probe.name == *name)?;
            Some((Arc::clone(trial), Arc::clone(&effect.probe)))
        });
        relied.collect()
    }
}
