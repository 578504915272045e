//! Checking the effects of a trial against the expectation of its case.

use std::sync::Arc;

use super::{Finding, Place};
use crate::contract::Clause;
use crate::suite::Effect;

/// Whether a probe's count grew as expected; `before` and `after` are shown.
pub fn judge_effect(
    clause: &Arc<Clause>,
    effect: &Effect,
    before: i64,
    after: i64,
) -> Option<Finding> {
    let growth = after.saturating_sub(before);
    if effect.growth.contains(&growth) {
        return None;
    }
    let accepted: Vec<String> = effect.growth.iter().map(ToString::to_string).collect();
    Some(Finding::new(
        clause,
        Place::Effect(effect.probe.name.clone()),
        format!("an increase of {}", accepted.join(" or ")),
        format!("{growth} ({before} before, {after} after)"),
    ))
}
