//! Unused requests, windows without a source, and rows that no response tells apart.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::contract::{Code, Contract, Row};
use crate::input::diagnostic::Faults;
use crate::suite::Suite;

/// Requests that no case and no probe sends.
pub(super) fn unused_requests(suite: &Suite, warnings: &mut Faults) {
    let steps = suite.trials.iter().flat_map(|trial| &trial.steps);
    let sent = steps.flat_map(|step| [Some(&step.request), step.control()]);
    let sent = sent.flatten();
    let counted = suite.probes.values().map(|probe| &probe.request);
    let used: BTreeSet<&str> = sent
        .chain(counted)
        .map(|request| request.name.as_str())
        .collect();
    for request in suite.requests.values() {
        if !used.contains(request.name.as_str()) {
            warnings.warn(
                &request.at,
                "unused-request",
                format!("no case and no probe sends `{}`", request.name),
                "expected a case for each request",
                Some(format!(
                    "gonogo new NAME --request {} --row ROW begins one",
                    request.name
                )),
            );
        }
    }
}

/// Rows with a retry window, where the envelope has no source of one.
pub(super) fn without_source(contract: &Contract, warnings: &mut Faults) {
    if contract.envelope().window.is_some() {
        return;
    }
    for row in contract.rows().iter().filter(|row| row.window) {
        warnings.warn(
            &row.at,
            "window-without-source",
            format!(
                "the row `{}` advertises a retry window, but the envelope does not say where",
                row.name
            ),
            "expected `window` in `[envelope]`, so that the window is judged",
            Some("add `window = { header = \"Retry-After\" }`, or a JSON Pointer".to_owned()),
        );
    }
}

/// Rows with the same status and code: no response tells them apart.
pub(super) fn same_rows(contract: &Contract, warnings: &mut Faults) {
    for (index, row) in contract.rows().iter().enumerate() {
        let mut earlier = contract.rows().iter().take(index);
        let same = |other: &&Arc<Row>| {
            other.status == row.status && other.code == row.code && row.code != Code::Absent
        };
        if let Some(first) = earlier.find(same) {
            warnings.warn(
                &row.at,
                "same-row",
                format!(
                    "the rows `{}` and `{}` have the same status and code",
                    first.name, row.name
                ),
                "expected another code: no response tells the two apart",
                Some("remove one of the two rows".to_owned()),
            );
        }
    }
}
