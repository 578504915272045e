//! `gonogo explain`: what a name stands for. Nothing is sent, and no target is needed.

use std::io::{self, Write as _};

use clap::Args;

use super::load::load;
use super::{CommandResult, Environment, Exit, SuiteArgs};
use crate::authoring::explain::{self, Unknown};
use crate::input::diagnostic::{Diagnostic, one, printable};

#[derive(Debug, Clone, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    /// A clause, a row, a status, a request, a probe, a case, a trial, `control::NAME` or `probe::NAME`; `*` in the name of a trial
    /// matches anything
    name: String,
}

/// Tells what the name stands for.
pub(super) fn explain(arguments: &ExplainArgs, surroundings: &Environment) -> CommandResult {
    let loaded = load(&arguments.suite, surroundings)?;
    let text = explain::explain(&loaded.contract, &loaded.suite, &arguments.name)
        .map_err(|unknown| faults(&unknown))?;
    let _ = io::stdout().write_all(printable(&text).as_bytes());
    Ok(Exit::Conforming)
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
