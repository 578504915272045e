//! A row of the status table: what an answer of it must show, and which cases expect one.

use std::fmt::Write as _;

use super::cases::Cases;
use super::clause;
use crate::contract::{Contract, Excluded, Row};
use crate::input::diagnostic::one_line;
use crate::suite::{Expected, Suite};

pub(super) fn text(contract: &Contract, suite: &Suite, row: &Row) -> String {
    let mut text = format!(
        "row {}\n  {}\n  clause {}\n",
        row.name,
        phrase(contract, row),
        clause::line(&row.clause)
    );
    for exclude in contract.excludes() {
        if exclude.of == Excluded::Row(row.name.clone()) {
            let requests = exclude.requests.as_ref();
            let on = requests.map_or("any request".to_owned(), |names| names.join(", "));
            let _ = writeln!(
                text,
                "  no case can exercise it on {on}: {}",
                one_line(&exclude.reason)
            );
        }
    }
    let cases = Cases::of(&suite.trials, |trial| {
        let expected = trial.steps.iter().flat_map(|step| &step.expect.any_of);
        let mut rows = expected.filter_map(|expected| match expected {
            Expected::Row(row) => Some(&row.name),
            _ => None,
        });
        rows.any(|name| *name == row.name)
    });
    text.push_str(&cases.text("expected by"));
    text
}

/// What an answer of a row must show.
pub(super) fn phrase(contract: &Contract, row: &Row) -> String {
    let envelope = contract.envelope();
    let mut text = row.status.to_string();
    if let Some(pointer) = &envelope.code {
        let _ = match row.code.json() {
            Some(code) => write!(text, ", {pointer} = {code}"),
            None => write!(text, ", no {pointer}"),
        };
    }
    if let (Some(flag), Some(pointer)) = (row.retryable, &envelope.retryable) {
        let _ = write!(text, ", {pointer} = {flag}");
    }
    if row.window {
        text.push_str(", a retry window");
        if let Some(window) = &envelope.window {
            let _ = write!(text, " at {}", window.place);
        }
    }
    text
}
