//! Probes: what a trial has done to the target, counted before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::finish::Passed;
use super::session::Session;
use super::step::{Paced, Stop};
use super::trial::Context;
use crate::event::{Item, Role};
use crate::judge;
use crate::suite::{Effect, Probe, Request, Step, Trial};

/// How long an effect may take to be counted.
const LATE: Duration = Duration::from_secs(2);
/// How long an uncounted write may take to show, so that the next trial is not blamed for it.
const LAG: Duration = Duration::from_millis(500);
/// The least time without requests after which a count is taken for quiet.
const QUIET: Duration = Duration::from_millis(100);
/// Between two counts of an effect that may be late.
const RECOUNT: Duration = Duration::from_millis(200);

/// What a run knows about its probes.
#[derive(Debug, Default)]
pub(super) struct Probes {
    of: Mutex<BTreeMap<String, Known>>,
    /// The requests that some trial of the suite expects to move a probe, by the probe's name.
    pub(super) movers: BTreeMap<String, BTreeSet<String>>,
}

/// The state of a probe.
#[derive(Debug, Default)]
struct Known {
    /// A trial that relies on it.
    trial: Option<Arc<Trial>>,
    /// The last count.
    last: Option<i64>,
    /// Whether any count differed from the one before it.
    moved: bool,
    /// Whether a trial of this run expected it to grow.
    expected: bool,
    /// The trials that have passed because it did not grow, for as long as it has not moved.
    still: Vec<Arc<Passed>>,
    /// The controls of these trials that write.
    controls: BTreeSet<String>,
    /// The latest count after which every write of the run was counted.
    settled: Option<Settled>,
    /// Growth that no write of this run explains; `suspects` are the trials before it.
    surplus: i64,
    suspects: Vec<Arc<Passed>>,
}

/// A count that only counted trials may change.
#[derive(Debug)]
struct Settled {
    count: i64,
    /// The last write before it.
    write: Option<Instant>,
    passed: Vec<Arc<Passed>>,
}

/// A probe that does not support the trials that relied on it.
pub(super) struct Unborne {
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
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_count(&self, probe: &str, count: i64) {
        let mut known = self.known();
        let known = known.entry(probe.to_owned()).or_default();
        known.moved |= known.last.is_some_and(|last| last != count);
        known.last = Some(count);
        if known.moved {
            known.still = Vec::new();
        }
    }

    /// Notes that a trial expects a probe to grow.
    fn note_expected(&self, effect: &Effect) {
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

    /// Notes counts that a trial explains completely. `write` is the last uncounted write before the trial.
    fn note_settled(&self, probe: &Probe, (before, after): (i64, i64), write: Option<Instant>) {
        let mut known = self.known();
        let known = known.entry(probe.name.clone()).or_default();
        match &mut known.settled {
            Some(settled) if settled.write == write => {
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
                    write,
                    passed: Vec::new(),
                });
            }
        }
    }

    /// All that trials rely on.
    fn relied(&self) -> Vec<(Arc<Trial>, Arc<Probe>)> {
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

impl Session {
    /// The counts of all probes of a trial.
    pub(super) async fn counts(
        &self,
        context: &mut Context<'_>,
        trial: &Trial,
    ) -> Result<Vec<i64>, Stop> {
        let mut counts = Vec::new();
        if let (Some(neighbours), false) = (&self.neighbours, trial.effects.is_empty()) {
            neighbours.look();
        }
        for effect in &trial.effects {
            counts.push(self.count(context, &effect.probe).await?);
        }
        Ok(counts)
    }

    async fn count(&self, context: &mut Context<'_>, probe: &Probe) -> Result<i64, Stop> {
        let mut message = probe.request.message.clone();
        message.credential.clone_from(&probe.credential);
        let paced = Paced {
            request: &probe.request,
            message: &message,
            scope: &self.scope(None),
            limited_is_final: false,
            accepts: None,
            role: Role::Probe(probe.name.clone()),
            captures: &[],
        };
        let exchange = self.paced(context, &paced).await?;
        let count = match &exchange.answer {
            Ok(received) if received.is_success() => self
                .read(received.body.len(), || {
                    let reading = judge::read(&received.body).ok()?;
                    whole(probe.pointer.get(&reading.value)?)
                })
                .ok_or_else(|| format!("there is no whole number at {}", probe.pointer)),
            Ok(received) => Err(format!("it was rejected with {}", received.status)),
            Err(broken) => Err(broken.to_string()),
        };
        if exchange.answer.is_ok() {
            self.take_aside(context, &paced.role, exchange);
        }
        if let Ok(count) = &count {
            self.probes.note_count(&probe.name, *count);
        }
        count.map_err(|reason| {
            Stop::of(reason, |reason| {
                format!("the probe `{}` counts nothing: {reason}", probe.name)
            })
        })
    }

    /// Counts again what grew by less than expected, for as long as an effect may take to be counted.
    pub(super) async fn late_effects(
        &self,
        context: &mut Context<'_>,
        trial: &Trial,
        before: &[i64],
        after: &mut [i64],
    ) -> Result<(), Stop> {
        let begun = Instant::now();
        for ((effect, before), after) in trial.effects.iter().zip(before).zip(after) {
            let end = begun + effect.probe.settle.unwrap_or(LATE);
            while growth(effect, *before, *after) == Growth::TooLow && Instant::now() < end {
                tokio::time::sleep(RECOUNT).await;
                *after = self.count(context, &effect.probe).await?;
            }
        }
        Ok(())
    }

    /// Repeats the counts that should not grow, after the `settle` time of their probes.
    pub(super) async fn settled_effects(
        &self,
        context: &mut Context<'_>,
        trial: &Trial,
        before: &[i64],
        after: &mut [i64],
    ) -> Result<(), Stop> {
        let begun = Instant::now();
        for ((effect, before), after) in trial.effects.iter().zip(before).zip(after) {
            let none = effect.growth.iter().all(|growth| *growth <= 0);
            let as_expected = growth(effect, *before, *after) == Growth::AsExpected;
            if let (Some(settle), true) = (effect.probe.settle, none && as_expected) {
                tokio::time::sleep_until(begun + settle).await;
                *after = self.count(context, &effect.probe).await?;
            }
        }
        Ok(())
    }

    /// How long uncounted writes of this run may still change the counts of a trial that is about to begin, if they can.
    pub(super) fn outstanding(&self, trial: &Trial) -> Option<Duration> {
        let effects = trial.effects.iter();
        effects
            .filter_map(|effect| {
                let window = effect.probe.settle.unwrap_or(LAG);
                let written = self.last_write(&effect.probe)?;
                (written.elapsed() < window).then_some(window)
            })
            .max()
    }

    fn last_write(&self, probe: &Probe) -> Option<Instant> {
        let organization = self.organization(probe.credential.as_ref());
        self.ledger.last_write(&organization)
    }

    /// The time of the last write to each organization whose effects a trial counts.
    pub(super) fn writes(&self, trial: &Trial) -> Vec<Option<Instant>> {
        let effects = trial.effects.iter();
        effects
            .map(|effect| self.last_write(&effect.probe))
            .collect()
    }

    /// Forgets the writes of a trial whose effects were all counted and as expected.
    pub(super) fn settle(
        &self,
        trial: &Trial,
        writes: Vec<Option<Instant>>,
        (before, after): (&[i64], &[i64]),
    ) {
        let counts = before.iter().copied().zip(after.iter().copied());
        for ((effect, write), counts) in trial.effects.iter().zip(writes).zip(counts) {
            self.probes.note_settled(&effect.probe, counts, write);
            let organization = self.organization(effect.probe.credential.as_ref());
            self.ledger.settle(organization, write);
        }
    }

    /// Whether a count that grew by more than expected also grows without requests of this run, which has the probe's organization to
    /// itself: then the growth says nothing. It waits as long as the trial `took` from the first count to the last.
    pub(super) async fn foreign_effects(
        &self,
        context: &mut Context<'_>,
        trial: &Trial,
        (before, after): (&[i64], &[i64]),
        took: Duration,
    ) -> Result<(), Stop> {
        let counts = trial.effects.iter().zip(before).zip(after);
        let grown: Vec<_> = counts
            .filter(|((effect, before), after)| {
                growth(effect, **before, **after) == Growth::TooHigh
            })
            .collect();
        if grown.is_empty() {
            return Ok(());
        }
        if let (Some(neighbours), Some(((effect, before), after))) =
            (&self.neighbours, grown.first())
            && neighbours.within(took)
        {
            return Err(Stop(format!(
                "the count of `{}` grew by {} while another run against this target was in progress on this machine",
                effect.probe.name,
                after.saturating_sub(**before)
            )));
        }
        let wait = took.max(QUIET).min(self.target.profile.limits.wait);
        let text = format!(
            "a count grew by more than expected; waits {:.1} s to see whether other traffic is the cause",
            wait.as_secs_f64()
        );
        self.notice(context.trial, &text);
        tokio::time::sleep(wait).await;
        for ((effect, before), after) in grown {
            let again = self.count(context, &effect.probe).await?;
            if again > *after {
                return Err(Stop(format!(
                    "the count of `{}` shows other traffic: it grew by {} during the trial, and by {} more while this run sent nothing",
                    effect.probe.name,
                    after.saturating_sub(*before),
                    again.saturating_sub(*after)
                )));
            }
        }
        Ok(())
    }

    /// The effect that grew by more than expected, if one did.
    pub(super) fn too_high<'t>(
        trial: &'t Trial,
        before: &[i64],
        after: &[i64],
    ) -> Option<&'t Effect> {
        let mut counts = trial.effects.iter().zip(before).zip(after);
        counts
            .find(|((effect, before), after)| growth(effect, **before, **after) == Growth::TooHigh)
            .map(|((effect, _), _)| effect)
    }

    /// Whether each effect accepts a single growth, and has it.
    pub(super) fn is_exact(trial: &Trial, before: &[i64], after: &[i64]) -> bool {
        let mut counts = trial.effects.iter().zip(before).zip(after);
        counts.all(|((effect, before), after)| {
            effect.growth.len() == 1 && growth(effect, *before, *after) == Growth::AsExpected
        })
    }

    /// Holds the growth of each count to what the case says of it.
    pub(super) fn judge_effects(
        &self,
        context: &mut Context<'_>,
        trial: &Trial,
        before: &[i64],
        after: &[i64],
    ) {
        for effect in 0..trial.effects.len() {
            let (Some(before), Some(after)) = (before.get(effect), after.get(effect)) else {
                continue;
            };
            let (before, after) = (*before, *after);
            if let Some(effect) = trial.effects.get(effect) {
                self.probes.note_expected(effect);
            }
            self.take(
                context,
                Item::Effect {
                    effect,
                    before,
                    after,
                },
            );
        }
    }
}

impl Session {
    /// Counts once more at the end of the run, to find effects that came after their trial was judged.
    pub(super) async fn surplus(&self) -> Vec<Unborne> {
        let mut unborne = Vec::new();
        for (trial, probe) in self.probes.relied() {
            let settled = self.probes.known().get(&probe.name).and_then(|known| {
                let settled = known.settled.as_ref()?;
                (!settled.passed.is_empty()).then_some(settled.write)
            });
            if let Some(write) = settled
                && self.last_write(&probe) == write
                && let Ok(last) = self.count(&mut Context::new(self, &trial), &probe).await
            {
                self.probes.note_settled(&probe, (last, last), write);
            }
            let mut known = self.probes.known();
            let Some(known) = known.get_mut(&probe.name).filter(|known| known.surplus > 0) else {
                continue;
            };
            unborne.push(Unborne {
                reason: format!(
                    "the probe `{}` grew by {} after its trials had ended, and no write of this run explains the growth: either a rejected write was carried out late, or there was other traffic; set `settle` of the probe to find the trial",
                    probe.name, known.surplus
                ),
                passed: std::mem::take(&mut known.suspects),
                probe,
            });
        }
        unborne
    }

    /// Finds the probes that never moved although a write should have moved them. The controls `again` were accepted after the last count.
    pub(super) async fn unmoved(&self, again: &BTreeMap<String, Arc<Request>>) -> Vec<Unborne> {
        let mut unborne = Vec::new();
        for (trial, probe) in self.probes.relied() {
            let last = {
                let known = self.probes.known();
                let known = known
                    .get(&probe.name)
                    .filter(|known| !known.still.is_empty());
                known
                    .filter(|known| self.should_move(&probe, known, again))
                    .and_then(|known| known.last)
            };
            let Some(last) = last else {
                continue;
            };
            let end = Instant::now() + probe.settle.unwrap_or(LATE);
            let mut context = Context::new(self, &trial);
            let mut moved = false;
            while let Ok(count) = self.count(&mut context, &probe).await {
                moved = count != last;
                if moved || Instant::now() >= end {
                    break;
                }
                tokio::time::sleep(RECOUNT).await;
            }
            if moved {
                continue;
            }
            let passed = match self.probes.known().get_mut(&probe.name) {
                Some(known) => std::mem::take(&mut known.still),
                None => Vec::new(),
            };
            unborne.push(Unborne {
                reason: format!(
                    "the probe `{}` never moved in this run, so a growth of 0 proves nothing",
                    probe.name
                ),
                probe,
                passed,
            });
        }
        unborne
    }

    /// Whether something in this run should have moved a probe: a trial that expects it to grow, or an accepted control with a request
    /// that makes it grow in another trial. If there is no such trial, any accepted POST should have moved it.
    fn should_move(
        &self,
        probe: &Probe,
        known: &Known,
        again: &BTreeMap<String, Arc<Request>>,
    ) -> bool {
        let organization = |credential| self.organization(credential);
        let own = organization(probe.credential.as_ref());
        let movers = self.probes.movers.get(&probe.name);
        let mut controls = known.controls.iter().filter_map(|name| again.get(name));
        known.expected
            || controls.any(|control| {
                let message = &control.message;
                organization(message.credential.as_ref()) == own
                    && match movers {
                        Some(movers) => movers.contains(&control.name),
                        None => !self.is_partial() && message.method.is_literal("POST"),
                    }
            })
    }
}

/// How a count's growth compares to the accepted ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    AsExpected,
    TooLow,
    TooHigh,
}

fn growth(effect: &Effect, before: i64, after: i64) -> Growth {
    let growth = after.saturating_sub(before);
    if effect.growth.contains(&growth) {
        Growth::AsExpected
    } else if effect.growth.iter().all(|expected| *expected < growth) {
        Growth::TooHigh
    } else {
        Growth::TooLow
    }
}

/// A whole number, also one written as `3.0`.
fn whole(value: &serde_json::Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked: it has no fraction and is exact"
        )]
        (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
    })
}
