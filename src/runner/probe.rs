//! Probes: what a trial has done to the target, counted before and after.

use std::time::Duration;

use tokio::time::Instant;

use super::session::Session;
use super::step::{Paced, Stop};
use super::trial::Context;
use crate::event::{Item, Role};
use crate::judge;
use crate::suite::{Effect, Probe, Trial};

/// How long an effect may take to be counted.
pub(super) const LATE: Duration = Duration::from_secs(2);
/// How long an uncounted write may take to show, so that the next trial is not blamed for it.
const LAG: Duration = Duration::from_millis(500);
/// The least time without requests after which a count is taken for quiet.
const QUIET: Duration = Duration::from_millis(100);
/// Between two counts of an effect that may be late.
pub(super) const RECOUNT: Duration = Duration::from_millis(200);

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

    pub(super) async fn count(
        &self,
        context: &mut Context<'_>,
        probe: &Probe,
    ) -> Result<i64, Stop> {
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
            Ok(received) if self.contract.is_success(received) => self
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

    pub(super) fn last_write(&self, probe: &Probe) -> Option<Instant> {
        let organization = self.organization(probe.credential.as_ref());
        self.ledger.last_write(&organization)
    }

    /// How many requests the organization of a probe has got.
    pub(super) fn touched(&self, probe: &Probe) -> u64 {
        let organization = self.organization(probe.credential.as_ref());
        self.ledger.touched(&organization)
    }

    /// When each organization was last written to whose effects a trial counts, and how many requests it has got.
    pub(super) fn writes(&self, trial: &Trial) -> Vec<(Option<Instant>, u64)> {
        let effects = trial.effects.iter();
        effects
            .map(|effect| (self.last_write(&effect.probe), self.touched(&effect.probe)))
            .collect()
    }

    /// Forgets the writes of a trial whose effects were all counted and as expected.
    pub(super) fn settle(
        &self,
        trial: &Trial,
        writes: Vec<(Option<Instant>, u64)>,
        (before, after): (&[i64], &[i64]),
    ) {
        let counts = before.iter().copied().zip(after.iter().copied());
        for ((effect, (write, touched)), counts) in trial.effects.iter().zip(writes).zip(counts) {
            let touched = (touched, self.touched(&effect.probe));
            self.probes.note_settled(&effect.probe, counts, touched);
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
