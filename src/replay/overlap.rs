//! Trials of overlapping runs: if one run counts too many effects, the other run may have caused them.

use std::time::{Duration, SystemTime};

use super::read::Recording;
use crate::event::{Ending, Finished, Item, Outcome, Redacted, Role};

/// The start and end of a run.
pub(super) type Span = (SystemTime, SystemTime);

/// The start and end of a recorded run.
pub(super) fn span(record: &Recording) -> Span {
    let began = record.started().began;
    let took = record.ended().took.min(Duration::from_secs(1 << 32));
    (began, began + took)
}

/// A trial made inconclusive, if its only violations are counts that grew while one of the `others` was in progress. Otherwise none: its
/// line stays as it is.
pub(super) fn unexplained(trial: Finished, strict: bool, others: &[Span]) -> Option<Finished> {
    let ended = trial.began.checked_add(trial.took)?;
    let beside = |(start, end): &Span| *start < ended && trial.began < *end;
    if !others.iter().any(beside) {
        return None;
    }
    let grown = |item: &Item| matches!(item, Item::Effect { before, after, .. } if after > before);
    let mut counted = None;
    let mut records = trial.records.into_iter();
    let (mut kept, mut kept_records) = (Vec::new(), Vec::new());
    for evidence in trial.evidence {
        let records: Vec<_> = records.by_ref().take(evidence.records).collect();
        let mut findings = records.iter().flat_map(|one| &one.findings);
        let violates = findings.any(|finding| finding.violates(strict));
        if grown(&evidence.item) {
            if violates {
                counted = records.first().map(|one| one.role.clone());
            }
        } else if violates {
            return None;
        } else {
            kept.push(evidence);
            kept_records.extend(records);
        }
    }
    let Role::Effect(probe) = counted? else {
        return None;
    };
    let reason = Redacted::without_secrets(format!(
        "the count of `{probe}` grew while another of the merged runs was in progress"
    ));
    Some(Finished {
        evidence: kept,
        records: kept_records,
        ending: Ending::Stopped(reason.clone()),
        outcome: Outcome::Inconclusive { reason },
        ..trial
    })
}
