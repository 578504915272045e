//! Probes: what a trial has done to the target, counted before and after.

use super::session::Session;
use super::step::{Paced, Stop};
use super::trial::Context;
use crate::event::{Evidence, Record, Role};
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
            at: &probe.request.at,
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
            let findings = self.judge(None, &exchange);
            context.record(self, paced.role, &probe.request.at, exchange, findings);
        }
        count.map_err(|reason| {
            Stop(format!(
                "the probe `{}` counts nothing: {reason}",
                probe.name
            ))
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
        for (index, effect) in trial.effects.iter().enumerate() {
            let (Some(before), Some(after)) = (before.get(index), after.get(index)) else {
                continue;
            };
            context.evidence.push(Evidence::Effect {
                effect: index,
                growth: after.saturating_sub(*before),
            });
            let finding = judge::judge_effect(&trial.clause, effect, *before, *after);
            let Some(finding) = finding else { continue };
            let record = Record {
                role: Role::Effect(effect.probe.name.clone()),
                at: effect.at.clone(),
                exchange: None,
                findings: vec![finding],
                note: None,
                shots: Vec::new(),
            };
            context.keep(self, record);
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
