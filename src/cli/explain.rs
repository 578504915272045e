//! `gonogo explain`: what a name stands for. Nothing is sent, and no target is needed.

use std::io::{self, Write as _};

use clap::Args;

use super::load::{load, one};
use super::{Exit, SuiteArgs, Surroundings};
use crate::authoring::explain::{self, Unknown};
use crate::input::diagnostic::{Diagnostic, printable, render_all};

#[derive(Debug, Clone, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    /// A clause, a row, a status, a request, a probe, a case, a trial, `control::NAME` or `probe::NAME`; `*` in the name of a trial
    /// matches anything
    name: String,
}

/// Tells what the name stands for.
pub(super) fn explain(arguments: &ExplainArgs, surroundings: &Surroundings) -> Exit {
    match explained(arguments, surroundings) {
        Ok(text) => {
            let _ = io::stdout().write_all(printable(&text).as_bytes());
            Exit::Conforming
        }
        Err(faults) => {
            let text = render_all(&faults, surroundings.stderr());
            let _ = io::stderr().write_all(text.as_bytes());
            Exit::Usage
        }
    }
}

fn explained(
    arguments: &ExplainArgs,
    surroundings: &Surroundings,
) -> Result<String, Vec<Diagnostic>> {
    let loaded = load(&arguments.suite, surroundings)?;
    explain::explain(&loaded.contract, &loaded.suite, &arguments.name)
        .map_err(|unknown| faults(&unknown))
}

fn faults(unknown: &Unknown) -> Vec<Diagnostic> {
    let mut faults = one(
        "unknown-name",
        unknown.to_string(),
        "expected a clause, a row, a status, a request, a probe, a case, a trial, `control::NAME` or `probe::NAME`",
    );
    if let Some(fault) = faults.first_mut() {
        fault.help.clone_from(&unknown.help);
    }
    faults
}
