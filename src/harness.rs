//! The adapter to libtest-mimic: planned trials become its trials, and it prints them as `cargo test` prints tests.
//!
//! It is no engine: what a trial does is `runner`'s, and the exit status follows from the outcomes, not from what is printed.

use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Handle;

use crate::diagnostic::Styling;
use crate::event::{Event, Finished, Listener, Outcome};
use crate::plan::Planned;
use crate::report::{failure, one_line};
use crate::runner::Session;

/// How many trials are under way at a time, unless the user says otherwise: they mostly wait for the network.
pub const THREADS: usize = 16;

/// How a run is to be carried out.
#[derive(Clone)]
pub struct Run {
    /// What all trials share.
    pub session: Arc<Session>,
    /// Where the exchanges run.
    pub runtime: Handle,
    /// Who hears of trials that do not run.
    pub listeners: Vec<Arc<dyn Listener>>,
    /// Whether a trial that cannot run fails.
    pub deny_ignored: bool,
    /// How failures look.
    pub styling: Styling,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").finish_non_exhaustive()
    }
}

/// The planned trials that the arguments select, in the order of the plan.
pub fn select(arguments: &Arguments, planned: Vec<Planned>) -> Vec<Planned> {
    planned
        .into_iter()
        .filter(|planned| !arguments.is_filtered_out(&stand_in(planned)))
        .collect()
}

/// Runs trials and prints them.
pub fn run(arguments: &Arguments, planned: Vec<Planned>, run: &Run) {
    let trials = planned
        .into_iter()
        .map(|planned| {
            let run = run.clone();
            let name = planned.trial.name.clone();
            // Flagged only where the user asks for ignored trials alone: libtest would not print the reason otherwise.
            let flagged = arguments.ignored && planned.ignored.is_some();
            Trial::ignorable_test(name, move || one(&planned, &run)).with_ignored_flag(flagged)
        })
        .collect();
    let arguments = Arguments {
        test_threads: Some(arguments.test_threads.unwrap_or(THREADS)),
        ..arguments.clone()
    };
    // Its conclusion knows two outcomes; the listeners know all of them.
    let _ = libtest_mimic::run(&arguments, trials);
}

/// A trial that only has a name and a flag, to ask libtest what it would do with it.
fn stand_in(planned: &Planned) -> Trial {
    Trial::test(planned.trial.name.clone(), || Ok(())).with_ignored_flag(planned.ignored.is_some())
}

fn one(planned: &Planned, run: &Run) -> Result<Completion, Failed> {
    if let Some(reason) = &planned.ignored {
        return ignored(planned, reason, run);
    }
    let finished = run.runtime.block_on(run.session.run(&planned.trial));
    match &finished.outcome {
        Outcome::Conforms => Ok(Completion::Completed),
        Outcome::Ignored { reason } => Ok(Completion::ignored_with(one_line(reason))),
        Outcome::Violates | Outcome::Inconclusive { .. } => {
            Err(Failed::from(failure(&finished, run.styling)))
        }
    }
}

fn ignored(planned: &Planned, reason: &str, run: &Run) -> Result<Completion, Failed> {
    let outcome = if run.deny_ignored {
        Outcome::Inconclusive {
            reason: format!("ignored, which --deny-ignored forbids: {reason}"),
        }
    } else {
        Outcome::Ignored {
            reason: reason.to_owned(),
        }
    };
    let finished = Finished {
        trial: planned.trial.name.clone(),
        at: planned.trial.at.clone(),
        outcome,
        records: Vec::new(),
        took: std::time::Duration::ZERO,
    };
    let event = Event::TrialFinished(Arc::new(finished));
    for listener in &run.listeners {
        listener.hear(&event);
    }
    match event {
        Event::TrialFinished(finished) if run.deny_ignored => {
            Err(Failed::from(failure(&finished, run.styling)))
        }
        _ => Ok(Completion::ignored_with(one_line(reason))),
    }
}
