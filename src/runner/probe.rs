//! Probes: what a trial has done to the target, counted before and after.

use std::time::Duration;

use tokio::time::Instant;

use super::learner::Source;
use super::step::{Paced, Stop};
use super::trial::TrialRun;
use crate::event::{Item, Role};
use crate::judge;
use crate::suite::{Effect, Probe};

/// How long an effect may take to be counted.
pub(super) const LATE: Duration = Duration::from_secs(2);
/// How long an uncounted write may take to show, so that the next trial is not blamed for it.
const LAG: Duration = Duration::from_millis(500);
/// The least time without requests after which a count is taken for quiet.
const QUIET: Duration = Duration::from_millis(100);
/// Between two counts of an effect that may be late.
pub(super) const RECOUNT: Duration = Duration::from_millis(200);

impl TrialRun<'_> {
    /// The counts of all probes of a trial.
    pub(super) async fn counts(&mut self) -> Result<Vec<i64>, Stop> {
        let trial = self.trial;
        let mut counts = Vec::new();
        if let (Some(neighbours), false) = (&self.session.neighbours, trial.effects.is_empty()) {
            neighbours.look();
        }
        for effect in &trial.effects {
            counts.push(self.count(&effect.probe).await?);
        }
        Ok(counts)
    }

    pub(super) async fn count(&mut self, probe: &Probe) -> Result<i64, Stop> {
        let session = self.session;
        let mut message = probe.request.message.clone();
        message.credential.clone_from(&probe.credential);
        let source = Source {
            request: &probe.request,
            captures: &[],
            role: Role::Probe(probe.name.clone()),
        };
        let paced = Paced {
            source: &source,
            message: &message,
            scope: &session.sender.scope(None),
            limited_is_final: false,
            accepts: None,
        };
        let exchange = self.paced(&paced).await?;
        let count = match &exchange.answer {
            Ok(received) if session.contract.is_success(received) => session
                .reader
                .read(received.body.len(), || {
                    let reading = judge::read(&received.body).ok()?;
                    whole(probe.pointer.get(&reading.value)?)
                })
                .ok_or_else(|| format!("there is no whole number at {}", probe.pointer)),
            Ok(received) => Err(format!("it was rejected with {}", received.status)),
            Err(broken) => Err(broken.to_string()),
        };
        if exchange.answer.is_ok() {
            self.evidence.take_aside(&source.role, exchange);
        }
        if let Ok(count) = &count {
            session.probes.note_count(&probe.name, *count);
        }
        count.map_err(|reason| {
            Stop::of(reason, |reason| {
                format!("the probe `{}` counts nothing: {reason}", probe.name)
            })
        })
    }

    /// Counts again what grew by less than expected, for as long as an effect may take to be counted.
    pub(super) async fn late_effects(
        &mut self,
        before: &[i64],
        after: &mut [i64],
    ) -> Result<(), Stop> {
        let trial = self.trial;
        let begun = Instant::now();
        for ((effect, before), after) in trial.effects.iter().zip(before).zip(after) {
            let end = begun + effect.probe.settle.unwrap_or(LATE);
            while growth(effect, *before, *after) == Growth::TooLow && Instant::now() < end {
                tokio::time::sleep(RECOUNT).await;
                *after = self.count(&effect.probe).await?;
            }
        }
        Ok(())
    }

    /// Repeats the counts that should not grow, after the `settle` time of their probes.
    pub(super) async fn settled_effects(
        &mut self,
        before: &[i64],
        after: &mut [i64],
    ) -> Result<(), Stop> {
        let trial = self.trial;
        let begun = Instant::now();
        for ((effect, before), after) in trial.effects.iter().zip(before).zip(after) {
            let none = effect.growth.iter().all(|growth| *growth <= 0);
            let as_expected = growth(effect, *before, *after) == Growth::AsExpected;
            if let (Some(settle), true) = (effect.probe.settle, none && as_expected) {
                tokio::time::sleep_until(begun + settle).await;
                *after = self.count(&effect.probe).await?;
            }
        }
        Ok(())
    }

    /// How long uncounted writes of this run may still change the counts of a trial that is about to begin, if they can.
    pub(super) fn outstanding(&self) -> Option<Duration> {
        let trial = self.trial;
        let effects = trial.effects.iter();
        effects
            .filter_map(|effect| {
                let window = effect.probe.settle.unwrap_or(LAG);
                let written = self.session.ledger.last_write(&effect.probe)?;
                (written.elapsed() < window).then_some(window)
            })
            .max()
    }

    /// When each organization was last written to whose effects a trial counts, and how many requests it has got.
    pub(super) fn writes(&self) -> Vec<(Option<Instant>, u64)> {
        let ledger = &self.session.ledger;
        let effects = self.trial.effects.iter();
        effects
            .map(|effect| {
                (
                    ledger.last_write(&effect.probe),
                    ledger.touched(&effect.probe),
                )
            })
            .collect()
    }

    /// Forgets the writes of a trial whose effects were all counted and as expected.
    pub(super) fn settle(
        &self,
        writes: Vec<(Option<Instant>, u64)>,
        (before, after): (&[i64], &[i64]),
    ) {
        let (session, trial) = (self.session, self.trial);
        let counts = before.iter().copied().zip(after.iter().copied());
        for ((effect, (write, touched)), counts) in trial.effects.iter().zip(writes).zip(counts) {
            let touched = (touched, session.ledger.touched(&effect.probe));
            session.probes.note_settled(&effect.probe, counts, touched);
            session.ledger.settle(&effect.probe, write);
        }
    }

    /// Whether a count that grew by more than expected also grows without requests of this run, which has the probe's organization to
    /// itself: then the growth says nothing. It waits as long as the trial `took` from the first count to the last.
    pub(super) async fn foreign_effects(
        &mut self,
        (before, after): (&[i64], &[i64]),
        took: Duration,
    ) -> Result<(), Stop> {
        let trial = self.trial;
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
            (&self.session.neighbours, grown.first())
            && neighbours.within(took)
        {
            return Err(Stop(format!(
                "the count of `{}` grew by {} while another run against this target was in progress on this machine",
                effect.probe.name,
                after.saturating_sub(**before)
            )));
        }
        let wait = took.max(QUIET).min(self.session.target.profile.limits.wait);
        let text = format!(
            "a count grew by more than expected; waits {:.1} s to see whether other traffic is the cause",
            wait.as_secs_f64()
        );
        self.notice(&text);
        tokio::time::sleep(wait).await;
        for ((effect, before), after) in grown {
            let again = self.count(&effect.probe).await?;
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
    pub(super) fn too_high(&self, before: &[i64], after: &[i64]) -> Option<&Effect> {
        let mut counts = self.trial.effects.iter().zip(before).zip(after);
        counts
            .find(|((effect, before), after)| growth(effect, **before, **after) == Growth::TooHigh)
            .map(|((effect, _), _)| effect)
    }

    /// Whether each effect accepts a single growth, and has it.
    pub(super) fn is_exact(&self, before: &[i64], after: &[i64]) -> bool {
        let mut counts = self.trial.effects.iter().zip(before).zip(after);
        counts.all(|((effect, before), after)| {
            effect.growth.len() == 1 && growth(effect, *before, *after) == Growth::AsExpected
        })
    }

    /// Holds the growth of each count to what the case says of it.
    pub(super) fn judge_effects(&mut self, before: &[i64], after: &[i64]) {
        let trial = self.trial;
        for effect in 0..trial.effects.len() {
            let (Some(before), Some(after)) = (before.get(effect), after.get(effect)) else {
                continue;
            };
            let (before, after) = (*before, *after);
            if let Some(effect) = trial.effects.get(effect) {
                self.session.probes.note_expected(effect);
            }
            self.evidence.take(Item::Effect {
                effect,
                before,
                after,
            });
        }
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
