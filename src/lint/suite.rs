//! Unused requests and clauses, windows without a source, and credentials that no target has.

use std::collections::BTreeSet;

use crate::contract::{Contract, Excluded};
use crate::diagnostic::{Faults, misspelt};
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

/// Credentials that no target has, with a name similar to one that some target has. Their trials would be ignored.
pub(super) fn misspelt_credentials(
    suite: &Suite,
    declared: &BTreeSet<&str>,
    warnings: &mut Faults,
) {
    let of_steps = suite.trials.iter().flat_map(|trial| {
        let steps = trial.steps.iter();
        steps.filter_map(|step| Some((step.message.credential.as_ref()?, &trial.at)))
    });
    let of_requests = suite.requests.values();
    let of_requests =
        of_requests.filter_map(|request| Some((request.message.credential.as_ref()?, &request.at)));
    let of_probes = suite.probes.values();
    let of_probes = of_probes.filter_map(|probe| Some((probe.credential.as_ref()?, &probe.at)));
    for (name, at) in of_steps.chain(of_requests).chain(of_probes) {
        if declared.contains(name.as_str()) {
            continue;
        }
        if let Some(meant) = misspelt(name, declared.iter().copied()) {
            warnings.warn(
                at,
                "unknown-credential",
                format!("no target has the credential `{name}`"),
                "trials that need it are ignored on every target",
                Some(format!("did you mean `{meant}`?")),
            );
        }
    }
}

/// Clauses that nothing exercises.
pub(super) fn unexercised_clauses(contract: &Contract, suite: &Suite, warnings: &mut Faults) {
    let mut held: BTreeSet<&str> = BTreeSet::new();
    held.extend(contract.checks().map(|(_, clause)| clause.id.as_str()));
    held.extend(
        contract
            .headers()
            .iter()
            .map(|rule| rule.clause.id.as_str()),
    );
    held.extend(contract.leaks().iter().map(|leak| leak.clause.id.as_str()));
    // What of the table no case expects is the coverage's to say.
    held.extend(contract.rows().iter().map(|row| row.clause.id.as_str()));
    held.extend(suite.trials.iter().map(|trial| trial.clause.id.as_str()));
    for exclude in contract.excludes() {
        if let Excluded::Clause(id) = &exclude.of {
            held.insert(id);
        }
    }
    for clause in contract.clauses() {
        if !held.contains(clause.id.as_str()) {
            warnings.warn(
                &clause.at,
                "unexercised-clause",
                format!("nothing exercises the clause `{}`", clause.id),
                "expected a case, a `check`, a row or a header for each clause",
                Some("add an `[[exclude]]` with a reason if no case can exercise it".to_owned()),
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
