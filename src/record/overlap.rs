//! Trials of overlapping runs: if one run counts too many effects, the other run may have caused them.

use std::time::{Duration, SystemTime};

use super::read::Recording;
use super::shape::{EndingShape, ItemShape, Line, TrialShape};
use crate::event::{Outcome, Redacted, Role};

/// The start and end of a run.
pub(super) type Span = (SystemTime, SystemTime);

/// The start and end of a recorded run.
pub(super) fn span(record: &Recording) -> Span {
    let began = record.started().began;
    let took = record.ended().took.min(Duration::from_secs(1 << 32));
    (began, began + took)
}

/// The line of a trial made inconclusive, if its only violations are counts that grew while one of the `others` was in progress.
/// Otherwise none: the line stays as it is.
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
    let reason =
        format!("the count of `{probe}` grew while another of the merged runs was in progress");
    trial.ending = EndingShape::Stopped {
        reason: reason.clone(),
    };
    trial.outcome = Outcome::Inconclusive {
        reason: Redacted::known(reason),
    };
    Some(trial)
}
