//! Rows and clauses of the contract that no case exercises, as `--coverage` counts them after a run in which every trial conforms.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{Contract, Excluded, Pair};
use crate::input::diagnostic::{Faults, did_you_mean, list};
use crate::suite::{Expected, Step, Suite};

/// Warns about clauses that apply to no response.
pub(super) fn clauses(contract: &Contract, suite: &Suite, warnings: &mut Faults) {
    let mut held: BTreeSet<&str> = BTreeSet::new();
    held.extend(suite.trials.iter().map(|trial| trial.clause.id.as_str()));
    for (status, row) in responses(suite) {
        held.extend(contract.held_to(status, row));
    }
    for clause in contract.clauses() {
        let id = clause.id.as_str();
        if !held.contains(id) && contract.excluded_clause(id).is_none() {
            warnings.warn(
                &clause.at,
                "unexercised-clause",
                format!("no case exercises `{id}`"),
                "expected a case for each clause, or a response that its check, row, header rule or leak applies to",
                Some("if no case can exercise it, add an `[[exclude]]` with the reason".to_owned()),
            );
        }
    }
}

/// The statuses that may occur, with the expected row if there is one.
fn responses(suite: &Suite) -> BTreeSet<(u16, Option<&str>)> {
    let mut found = BTreeSet::new();
    let success = || (200..300).map(|status| (status, None));
    for trial in &suite.trials {
        if !trial.effects.is_empty() || trial.steps.iter().any(|step| step.control().is_some()) {
            found.extend(success());
        }
        for expected in trial.steps.iter().flat_map(|step| &step.expect.any_of) {
            match expected {
                Expected::Success | Expected::Below(_) => found.extend(success()),
                Expected::Status(status) => found.extend([(*status, None)]),
                Expected::Row(row) => found.extend([(row.status, Some(row.name.as_str()))]),
            }
        }
    }
    found
}

/// Warns about rows that no case expects, on each request that lists its documented rows, otherwise on any request. And about rows that
/// no request documents: a case cannot expect them.
pub(super) fn rows(contract: &Contract, suite: &Suite, warnings: &mut Faults) {
    let steps = suite.trials.iter().flat_map(|trial| &trial.steps);
    let expected: BTreeSet<Pair> = steps.flat_map(pairs).collect();
    let all = contract.pairs(suite.documented());
    let possible = all.iter().filter(|(_, excluded)| excluded.is_none());
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut anywhere: BTreeMap<&str, bool> = BTreeMap::new();
    for (pair, _) in possible {
        let (row, request) = (pair.0.as_str(), pair.1.as_str());
        let is_expected = expected.contains(pair);
        *anywhere.entry(row).or_default() |= is_expected;
        let documented = suite
            .requests
            .get(request)
            .and_then(|one| one.rows.as_ref());
        if documented.is_some() && !is_expected {
            missing.entry(request).or_default().push(row);
        }
    }
    for (request, rows) in missing {
        let Some(known) = suite.requests.get(request) else {
            continue;
        };
        warnings.warn(
            &known.at,
            "unexercised-row",
            format!(
                "no case expects {} on `{request}`",
                list(rows.iter().copied())
            ),
            "expected a case for each row that the request documents",
            Some("if no case can exercise it, add an `[[exclude]]` with the reason".to_owned()),
        );
        for row in rows {
            anywhere.insert(row, true);
        }
    }
    let lists = suite
        .requests
        .values()
        .any(|request| request.rows.is_some());
    let excluded = |name: &str| {
        let mut excludes = contract.excludes().iter();
        excludes.any(|exclude| matches!(&exclude.of, Excluded::Row(row) if row == name))
    };
    for row in contract.rows() {
        // An exclusion of such a row is warned of itself.
        let documented = all.keys().any(|(name, _)| *name == row.name);
        if lists && !documented && !excluded(&row.name) {
            warnings.warn(
                &row.at,
                "unexercised-row",
                format!("no request documents the row `{}`", row.name),
                "expected each row in the `rows` of a request",
                Some("add it to the `rows` of a request, or delete the row".to_owned()),
            );
        }
        if anywhere.get(row.name.as_str()) == Some(&false) {
            warnings.warn(
                &row.at,
                "unexercised-row",
                format!("no case expects the row `{}`", row.name),
                "expected a case for each row, on a request that can get this response",
                Some("if no case can exercise it, add an `[[exclude]]` with the reason".to_owned()),
            );
        }
    }
}

/// Warns about exclusions that match nothing.
pub(super) fn excludes(contract: &Contract, suite: &Suite, warnings: &mut Faults) {
    let mut earlier = BTreeSet::new();
    for exclude in contract.excludes() {
        let mut warn = |message: String, help: Option<String>| {
            warnings.warn(
                &exclude.at,
                "unmatched-exclude",
                message,
                "expected an exclusion that removes something from the coverage; otherwise delete it",
                help,
            );
        };
        let row = match &exclude.of {
            Excluded::Clause(id) => {
                if !earlier.insert((id.as_str(), None)) {
                    warn(format!("the clause `{id}` is excluded already"), None);
                }
                continue;
            }
            Excluded::Row(row) => row.as_str(),
        };
        let names = || suite.requests.keys().map(String::as_str);
        let asked = exclude.requests.iter().flatten();
        if let Some(unknown) = asked
            .clone()
            .find(|name| !suite.requests.contains_key(*name))
        {
            let near = did_you_mean(unknown, names());
            warn(
                format!("this exclusion names no request of the suite: `{unknown}`"),
                near.map(|near| format!("did you mean `{near}`?")),
            );
            continue;
        }
        let matched = suite.documented().filter(|(request, documented)| {
            documented.is_none_or(|rows| rows.iter().any(|name| name == row))
                && (exclude.requests.is_none() || asked.clone().any(|name| name == request))
        });
        let matched: Vec<&str> = matched.map(|(request, _)| request).collect();
        if matched.is_empty() {
            warn(format!("no request here documents the row `{row}`"), None);
            continue;
        }
        let known = earlier.len();
        earlier.extend(matched.into_iter().map(|request| (row, Some(request))));
        if earlier.len() == known {
            warn(
                format!("the row `{row}` is excluded on these requests already"),
                None,
            );
        }
    }
}

fn pairs(step: &Step) -> impl Iterator<Item = Pair> {
    step.expect
        .any_of
        .iter()
        .filter_map(|expected| match expected {
            Expected::Row(row) => Some((row.name.clone(), step.request.name.clone())),
            _ => None,
        })
}
