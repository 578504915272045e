//! A clause: what it promises, where that is published, what holds answers to it, and which cases ask for it.

use std::fmt::Write as _;
use std::sync::Arc;

use super::cases::Cases;
use crate::contract::{Clause, Contract, Excluded, Level};
use crate::input::diagnostic::one_line;
use crate::suite::Suite;

pub(super) fn text(contract: &Contract, suite: &Suite, clause: &Arc<Clause>) -> String {
    let mut text = heading(clause);
    for row in contract.rows() {
        if row.clause == *clause {
            let _ = writeln!(
                text,
                "  promises the row `{}`: {} {}",
                row.name, row.status, row.code
            );
        }
    }
    for (check, of) in contract.checks() {
        if of == clause {
            let _ = writeln!(
                text,
                "  held on every answer by the check `{}`",
                check.name()
            );
        }
    }
    for rule in contract.headers() {
        if rule.clause == *clause {
            let _ = write!(text, "  asks for the header `{}`", rule.name);
            if let Some(directive) = &rule.directive {
                let _ = write!(text, " with `{directive}`");
            }
            text.push('\n');
        }
    }
    for leak in contract.leaks() {
        if leak.clause == *clause {
            let _ = writeln!(text, "  forbids {} in a message", one_line(&leak.what));
        }
    }
    for exclude in contract.excludes() {
        if exclude.of == Excluded::Clause(clause.id.clone()) {
            let _ = writeln!(
                text,
                "  no case can exercise it: {}",
                one_line(&exclude.reason)
            );
        }
    }
    let cases = Cases::of(&suite.trials, |trial| trial.clause == *clause);
    text.push_str(&cases.text("asked for by"));
    text
}

/// The clause itself: its sentence is the reason for whatever names it.
fn heading(clause: &Clause) -> String {
    format!(
        "clause {} ({})\n  {}\n  source: {}\n",
        clause.id,
        level(clause),
        one_line(&clause.text),
        one_line(&clause.source)
    )
}

/// The clause on one line.
pub(super) fn line(clause: &Clause) -> String {
    format!(
        "{} ({}): {} (source: {})",
        clause.id,
        level(clause),
        one_line(&clause.text),
        one_line(&clause.source)
    )
}

fn level(clause: &Clause) -> &'static str {
    match clause.level {
        Level::Must => "must",
        Level::Should => "should",
    }
}
