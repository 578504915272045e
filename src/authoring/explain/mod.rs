//! What a name stands for, as text: a clause, a row, a request, a case, a trial, or all the trials that a pattern fits.
//!
//! It reads the contract and the suite, and needs no target. What a run makes of them is left to `runner`.

mod cases;
mod change;
mod clause;
mod request;
mod row;
mod show;
mod trial;

use std::fmt::Write as _;
use std::sync::Arc;

use cases::Cases;
use change::changes;
use show::Show;

use crate::contract::Contract;
use crate::input::diagnostic::{list, one_line, suggestion};
use crate::plan::lines;
use crate::suite::{Suite, Trial};
use crate::targets::matches;

/// What the line of a control begins with.
const CONTROL: &str = "control::";
/// What the line of a probe begins with.
const PROBE: &str = "probe::";
/// How many names are offered for an unknown one.
const OFFERED: usize = 8;

/// A name that stands for nothing.
#[derive(Debug, thiserror::Error)]
#[error("nothing is named `{name}`")]
pub struct Unknown {
    /// What was asked for.
    pub name: String,
    /// What might have been meant.
    pub help: Option<String>,
}

/// Everything that a name stands for: clauses and rows may be named alike. A number stands for the rows of that status.
pub fn explain(contract: &Contract, suite: &Suite, name: &str) -> Result<String, Unknown> {
    let mut found = Vec::new();
    if let Ok(clause) = contract.clause(name) {
        found.push(clause::text(contract, suite, clause));
    }
    let status: Option<u16> = name.parse().ok();
    for row in contract.rows() {
        if row.name == name || row.code.to_string() == name || Some(row.status) == status {
            found.push(row::text(contract, suite, row));
        }
    }
    if let Some(request) = suite.requests.get(name) {
        found.push(request::text(suite, request));
    }
    if let Some(probe) = suite.probes.get(name) {
        found.push(request::probe(suite, probe));
    }
    if let Some(request) = name.strip_prefix(CONTROL)
        && let Some(request) = suite.requests.get(request)
    {
        found.push(request::control_line(suite, request));
    }
    if let Some(probe) = name.strip_prefix(PROBE)
        && let Some(probe) = suite.probes.get(probe)
    {
        found.push(request::probe_line(suite, probe));
    }
    let trials = trials(suite, name);
    match trials.as_slice() {
        [] => {}
        [one] => found.push(trial::text(contract, one)),
        many => found.push(several(many)),
    }
    if found.is_empty() {
        return Err(Unknown {
            name: one_line(name),
            help: help(contract, suite, name),
        });
    }
    Ok(found.join("\n"))
}

/// What a trial changes of its valid requests, a line a step, and how to learn more: what a failure is to be read with. `flags` name
/// the suite that it is of.
pub fn changed(trial: &Trial, flags: &str) -> String {
    let show = Show::new(&trial.each).hiding();
    let mut text = String::new();
    for (number, step) in (1..).zip(&trial.steps) {
        let request = &step.request;
        let mut changes = changes(&request.message, &step.message, &show);
        if changes.is_empty() {
            changes.push("nothing".to_owned());
        }
        let _ = writeln!(
            text,
            "step {number} changes of `{}`: {}",
            one_line(&request.name),
            one_line(&changes.join("; "))
        );
    }
    let _ = write!(
        text,
        "help: gonogo explain {}{flags}",
        one_line(&trial.name)
    );
    text
}

/// The trial of a name, those of a case or a file, or those that a pattern fits.
fn trials<'a>(suite: &'a Suite, name: &str) -> Vec<&'a Arc<Trial>> {
    let of = |fits: &dyn Fn(&str) -> bool| {
        let trials = suite.trials.iter();
        trials.filter(|trial| fits(&trial.name)).collect::<Vec<_>>()
    };
    if name.contains('*') {
        return of(&|trial| matches(name, trial));
    }
    let one = of(&|trial| trial == name);
    if one.is_empty() {
        let below = format!("{name}::");
        return of(&|trial| trial.starts_with(&below));
    }
    one
}

/// A list of trials, a line each.
fn several(trials: &[&Arc<Trial>]) -> String {
    let mut text = format!("{} trials\n", trials.len());
    let width = trials.iter().map(|trial| trial.name.len()).max();
    let width = width.unwrap_or_default();
    for trial in trials {
        let _ = writeln!(
            text,
            "  {:width$}  {}  {}",
            trial.name,
            trial.clause.id,
            show::place(&trial.at)
        );
    }
    text
}

/// The names that hold what was asked for, otherwise the nearest one.
fn help(contract: &Contract, suite: &Suite, name: &str) -> Option<String> {
    let clauses = contract.clauses().iter().map(|clause| clause.id.as_str());
    let rows = contract.rows().iter().map(|row| row.name.as_str());
    let requests = suite.requests.keys().chain(suite.probes.keys());
    let cases = Cases::of(&suite.trials, |_| true);
    let mut known: Vec<&str> = clauses
        .chain(rows)
        .chain(requests.map(String::as_str))
        .chain(cases.patterns())
        .collect();
    let of_run = lines(suite);
    if [CONTROL, PROBE]
        .iter()
        .any(|prefix| name.starts_with(prefix))
    {
        known.extend(of_run.iter().map(String::as_str));
    }
    known.sort_unstable();
    known.dedup();
    let near: Vec<&str> = known
        .iter()
        .copied()
        .filter(|known| known.contains(name))
        .take(OFFERED)
        .collect();
    if !near.is_empty() {
        return Some(format!("did you mean {}?", list(near)));
    }
    suggestion(name, known)
}
