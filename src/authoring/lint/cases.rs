//! Cases that prove nothing, or less than they seem to.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::form;
use crate::contract::{Contract, Row};
use crate::input::diagnostic::Faults;
use crate::suite::{Expected, Step, Suite, Trial, Volley};

/// A case that expects a rejection of the request that its control sends, too: one of the two must fail.
pub(super) fn unchanged(suite: &Suite, warnings: &mut Faults) {
    for trial in &suite.trials {
        let [step] = trial.steps.as_slice() else {
            continue;
        };
        if step.volley.is_none()
            && step.wait.is_none()
            && step.expect.any_of.iter().all(Expected::is_rejection)
            && let Some(control) = step.control()
            && form::of_message(&step.message) == form::of_message(&control.message)
        {
            let request = &control.name;
            warnings.warn(
                &trial.at,
                "same-as-control",
                format!("this case sends `{request}` unchanged, and expects a rejection"),
                "its control is the same request, and must be accepted",
                Some("add a change in `send`, or another credential in `as`".to_owned()),
            );
        }
    }
}

/// A DELETE whose control would delete a fixture, so that only the first run is conclusive.
pub(super) fn deleted_fixtures(suite: &Suite, warnings: &mut Faults) {
    let steps = suite.trials.iter().flat_map(|trial| &trial.steps);
    let mut seen = BTreeSet::new();
    for control in steps.filter_map(Step::control) {
        if !seen.insert(&control.name) {
            continue;
        }
        if let Some(fixture) = control.message.deletes() {
            warnings.warn(
                &control.at,
                "control-deletes-fixture",
                format!("the control of `{}` deletes `{fixture}`", control.name),
                "expected `control`: a request that can be sent in every run",
                Some(
                    "write `control = \"read_it\"`, a request that reads the same resource, or `control = { none = \"why\" }`"
                        .to_owned(),
                ),
            );
        }
    }
}

/// Two trials that ask and expect the same.
pub(super) fn alike(suite: &Suite, warnings: &mut Faults) {
    let mut seen: HashMap<[u8; 32], &Trial> = HashMap::new();
    for trial in &suite.trials {
        let asked = form::of_trial(trial);
        let Some(first) = seen.get(&asked) else {
            seen.insert(asked, trial);
            continue;
        };
        let (line, _) = first.at.line_column();
        warnings.warn(
            &trial.at,
            "alike",
            format!(
                "`{}` sends and expects the same as `{}`",
                trial.name, first.name
            ),
            format!(
                "the first is in {}:{line}; expected a different change or expectation",
                first.at.source.path()
            ),
            None,
        );
    }
}

/// Expectations that ask for less than the row does.
pub(super) fn weak(contract: &Contract, suite: &Suite, warnings: &mut Faults) {
    for trial in &suite.trials {
        bare_status(contract, trial, warnings);
        escape(contract, trial, warnings);
    }
}

/// A status in place of its row.
fn bare_status(contract: &Contract, trial: &Trial, warnings: &mut Faults) {
    for step in &trial.steps {
        for expected in &step.expect.any_of {
            let Expected::Status(status) = expected else {
                continue;
            };
            let rows: Vec<&str> = contract
                .rows_of(*status)
                .map(|row| row.name.as_str())
                .collect();
            let Some((first, others)) = rows.split_first() else {
                continue;
            };
            let at = &step.expect.at;
            warnings.warn(
                at,
                "weak-expectation",
                format!("the status {status} is weaker than its row"),
                "a row also checks the code, and counts as exercised",
                Some(match others {
                    [] => format!("write \"{first}\""),
                    _ => format!("write one of \"{}\"", rows.join("\", \"")),
                }),
            );
            // Of the one row of a status the answer is judged just the same.
            if others.is_empty() && at.text() == status.to_string() && !is_variant(trial) {
                warnings.mend(at, format!("\"{first}\""));
            }
        }
    }
}

/// Whether it is one of several, whose values may stand for more than they do in this place.
fn is_variant(trial: &Trial) -> bool {
    trial
        .each
        .as_object()
        .is_some_and(|values| !values.is_empty())
}

/// A case for the clause of a row that can pass without the row.
fn escape(contract: &Contract, trial: &Trial, warnings: &mut Faults) {
    let rows = contract.rows().iter();
    let promised = |row: &&Arc<Row>| row.clause.id == trial.clause.id;
    let names: Vec<&str> = rows.filter(promised).map(|row| row.name.as_str()).collect();
    if names.is_empty() {
        return;
    }
    let asks = |expected: &Expected| match expected {
        Expected::Row(row) => names.contains(&row.name.as_str()),
        _ => false,
    };
    let passes = |expected: &Expected| !expected.is_rejection();
    let demanded = trial.steps.iter().any(|step| {
        let expect = &step.expect;
        // Who counts the answers of a volley says how many are no success, too.
        let counted = !expect.count.is_empty();
        let ends = step.volley.as_deref().is_some_and(|volley| match volley {
            Volley::Burst(burst) => burst.until.as_ref().is_some_and(asks),
            Volley::Race(_) => false,
        });
        counted || ends || (expect.any_of.iter().any(asks) && !expect.any_of.iter().any(passes))
    });
    if !demanded {
        let last = trial.steps.last().map_or(&trial.at, |step| &step.expect.at);
        warnings.warn(
            last,
            "weak-expectation",
            format!(
                "this case is for `{}`, but can pass without its row",
                trial.clause.id
            ),
            format!(
                "expected a step that accepts \"{}\" and no success",
                names.join("\" or \"")
            ),
            Some("or set `clause` to the one that these responses satisfy".to_owned()),
        );
    }
}
