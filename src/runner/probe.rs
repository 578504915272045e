//! Probes: what a trial has done to the target, counted before and after.

use super::session::Session;
use super::step::{Paced, Stop};
use super::trial::Context;
use crate::event::{Item, Role};
use crate::judge;
use crate::suite::{Probe, Trial};

impl Session {
    /// The counts of all probes of a trial.
    pub(super) async fn counts(
        &self,
        context: &mut Context<'_>,
        trial: &Trial,
    ) -> Result<Vec<i64>, Stop> {
        let mut counts = Vec::new();
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
            Ok(received) => Err(format!("it was refused with {}", received.status)),
            Err(broken) => Err(broken.to_string()),
        };
        if exchange.answer.is_ok() {
            self.take_aside(context, &paced.role, exchange);
        }
        count.map_err(|reason| {
            Stop::of(reason, |reason| {
                format!("the probe `{}` counts nothing: {reason}", probe.name)
            })
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
