//! `gonogo lint`: the files are checked, nothing is sent.

use std::io::{self, Write as _};

use super::load::load;
use super::{Exit, SuiteArgs, Surroundings};
use crate::diagnostic::{one_line, render_all};

/// Checks the files that the arguments name.
pub(super) fn lint(arguments: &SuiteArgs, surroundings: &Surroundings) -> Exit {
    match load(arguments, surroundings) {
        Ok(loaded) => {
            let suite = &loaded.suite;
            let _ = writeln!(
                io::stdout(),
                "{}: {} rows, {} clauses; {} requests, {} trials; no faults",
                one_line(loaded.contract.name()),
                loaded.contract.rows().len(),
                loaded.contract.clauses().len(),
                suite.requests.len(),
                suite.trials.len(),
            );
            Exit::Conforming
        }
        Err(faults) => {
            let text = render_all(&faults, surroundings.stderr());
            let _ = io::stderr().write_all(text.as_bytes());
            Exit::Usage
        }
    }
}
