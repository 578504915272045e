//! Trials of runs that were under way at the same time: what one of them counted too much may be the other one's doing.

use std::time::{Duration, SystemTime};

use super::read::Recording;
use super::shape::{EndingShape, ItemShape, Line, TrialShape};
use crate::event::{Outcome, Role};

/// When a run was under way.
pub(super) type Span = (SystemTime, SystemTime);

/// When a recorded run was under way.
pub(super) fn span(record: &Recording) -> Span {
    let began = record.started().began;
    let took = record.ended().took.min(Duration::from_secs(1 << 32));
    (began, began + took)
}

/// The line of a trial that violates by nothing but a count that grew while one of the `others` was under way: the same trial, which is
/// inconclusive. None where it stays what it is.
pub(super) fn unexplained(line: &[u8], strict: bool, others: &[Span]) -> Option<TrialShape> {
    let Ok(Line::Trial(mut trial)) = serde_json::from_slice(line) else {
        return None;
    };
    let (began, ended) = trial.span()?;
    let beside = |(start, end): &Span| *start < ended && began < *end;
    if !others.iter().any(beside) {
        return None;
    }
    let mut counted = None;
    for evidence in &trial.evidence {
        let mut findings = evidence.records.iter().flat_map(|one| &one.findings);
        if !findings.any(|finding| strict || finding.level == "must") {
            continue;
        }
        match &evidence.item {
            ItemShape::Effect { before, after, .. } if after > before => {
                counted = evidence.records.first().map(|one| one.role.clone());
            }
            _ => return None,
        }
    }
    let Role::Effect(probe) = counted? else {
        return None;
    };
    let grown = |item: &ItemShape| matches!(item, ItemShape::Effect { before, after, .. } if after > before);
    trial.evidence.retain(|evidence| !grown(&evidence.item));
    let reason = format!(
        "the count of `{probe}` grew, and another of the merged runs was under way against this target"
    );
    trial.ending = EndingShape::Stopped {
        reason: reason.clone(),
    };
    trial.outcome = Outcome::Inconclusive { reason };
    Some(trial)
}
