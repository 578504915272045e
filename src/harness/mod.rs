//! The adapter to libtest-mimic: planned trials become its trials, and it prints them as `cargo test` prints tests.
//!
//! It is no engine: what a trial does is `runner`'s, and the exit status follows from the outcomes, not from what is printed. The
//! trials run in `lanes`, many at a time; libtest-mimic prints one after the other, in the order of the suite.

mod lanes;
mod output;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Handle;

use lanes::Lanes;
pub use output::OutputError;

pub use crate::event::WAIVER;
use crate::event::{Ended, Ending, Event, Finished, Outcome, Redacted, Started};
use crate::input::diagnostic::{Location, Styling, one_line, printable};
use crate::plan::Planned;
use crate::report::{failure, is_shared};
use crate::runner::{Finish, Session};
use crate::suite;
use crate::targets::{Day, Waiver};
use crate::verdict::{announced, unmatched, waive};

/// How many trials are under way at a time, unless the user says otherwise: they mostly wait for the network.
pub const THREADS: usize = 16;

/// How a run is to be carried out.
#[derive(Debug, Clone)]
pub struct Run {
    /// What all trials share.
    pub session: Arc<Session>,
    /// Where the exchanges run.
    pub runtime: Handle,
    /// Whether a trial that cannot run fails.
    pub deny_ignored: bool,
    /// How failures look.
    pub styling: Styling,
    /// What waivers are held against.
    pub today: Day,
    /// The title of the suite and its version, where it has them.
    pub suite: Option<(String, String)>,
    /// SHA-256 over the suite's files, in hexadecimal.
    pub digest: String,
    /// How many trials the whole suite has.
    pub suite_trials: usize,
    /// The selection of trials, as it was typed; none if the whole suite was selected.
    pub selection: Option<String>,
    /// Describes what a trial changes of its requests, below a failure.
    pub changes: fn(&suite::Trial, &str) -> String,
    /// The flags that name the suite, each after a space, as a shell takes them.
    pub flags: String,
}

/// One line of the output.
#[derive(Debug, Clone)]
pub enum Line {
    /// A trial of the suite.
    Trial(Planned),
    /// A waiver that covers no trial.
    Waiver(Box<Waiver>),
}

impl Line {
    /// The name that is printed, listed and filtered by.
    pub fn name(&self) -> String {
        match self {
            Self::Trial(planned) => planned.trial.name.clone(),
            Self::Waiver(waiver) => format!("{WAIVER}{}", one_line(&waiver.pattern)),
        }
    }

    fn is_ignored(&self) -> bool {
        matches!(self, Self::Trial(planned) if planned.ignored.is_some())
    }
}

/// The lines that the arguments select, in their order.
pub fn select(arguments: &Arguments, lines: Vec<Line>) -> Vec<Line> {
    let stand_in =
        |line: &Line| Trial::test(line.name(), || Ok(())).with_ignored_flag(line.is_ignored());
    lines
        .into_iter()
        .filter(|line| !arguments.is_filtered_out(&stand_in(line)))
        .collect()
}

/// Runs the lines and prints them, in their order.
///
/// libtest-mimic panics where it cannot print. Then the run ends, and the caller is told why.
pub fn run(arguments: &Arguments, lines: Vec<Line>, run: &Run) -> Result<(), OutputError> {
    let trials = lines.iter().filter_map(|line| match line {
        Line::Trial(planned) => Some(announced(&planned.trial)),
        Line::Waiver(_) => None,
    });
    let began = Instant::now();
    let (target, base_url) = run.session.against();
    run.session.emit(&Event::RunStarted(Arc::new(Started {
        gonogo: env!("CARGO_PKG_VERSION").to_owned(),
        suite: run.suite.clone(),
        digest: run.digest.clone(),
        contract: run.session.contract_digest(),
        target,
        base_url,
        strict: run.session.strict(),
        began: SystemTime::now(),
        today: run.today,
        waivers: run.session.waivers().to_vec(),
        trials: trials.collect(),
        suite_trials: run.suite_trials,
        selection: run
            .selection
            .clone()
            .map(|typed| run.session.redacted(typed)),
    })));
    let names: Vec<(String, bool)> = lines
        .iter()
        // Flagged only where the user asks for ignored trials alone: libtest would not print the reason otherwise.
        .map(|line| (line.name(), arguments.ignored && line.is_ignored()))
        .collect();
    let at_once = arguments.test_threads.unwrap_or(THREADS);
    let limit = run.session.profile().limits.run.map(|limit| {
        let session = Arc::clone(&run.session);
        let over = async move { session.brake().stop_after(limit).await };
        run.runtime.spawn(over)
    });
    let (lanes, results) = Lanes::start(lines, at_once, run);
    let trials = names
        .into_iter()
        .zip(results)
        .map(|((name, flagged), result)| {
            Trial::ignorable_test(name, || result.wait()).with_ignored_flag(flagged)
        })
        .collect();
    let arguments = Arguments {
        test_threads: Some(1),
        ..arguments.clone()
    };
    let session = Arc::clone(&run.session);
    // The trials under way are waited for: they have nobody to tell anything.
    let give_up = move || session.brake().stop("the output cannot be written");
    // Its conclusion knows two outcomes; the listeners know all of them.
    let printed = output::guarded(give_up, || {
        let _ = libtest_mimic::run(&arguments, trials);
    });
    lanes.end(&run.runtime);
    let finish = run.runtime.block_on(run.session.finish());
    if let Some(limit) = limit {
        limit.abort();
    }
    run.session.emit(&Event::RunFinished(Arc::new(Ended {
        early: run.session.brake().reason(),
        took: began.elapsed(),
        repeated: run.session.repeated(),
    })));
    printed.and_then(|()| print_lines(&arguments, &finish, run))
}

/// Prints the lines that only the end of a run has, in a list of their own below the others: their number was not known before.
fn print_lines(arguments: &Arguments, finish: &Finish, run: &Run) -> Result<(), OutputError> {
    if finish.lines.is_empty() {
        return Ok(());
    }
    let lines = finish.lines.iter().map(|line| {
        let changes: Option<fn() -> String> = None;
        let completion = completion(line, changes, run.session.strict(), run.styling);
        (line.trial.clone(), completion)
    });
    let arguments = Arguments {
        quiet: arguments.quiet,
        color: arguments.color,
        format: arguments.format,
        ..Arguments::default()
    };
    print(&arguments, lines.collect())
}

/// Prints what came of lines that have ended already, in their order.
pub fn print(
    arguments: &Arguments,
    ended: Vec<(String, Result<Completion, Failed>)>,
) -> Result<(), OutputError> {
    let trials = ended
        .into_iter()
        .map(|(name, result)| Trial::ignorable_test(name, || result))
        .collect();
    let arguments = Arguments {
        test_threads: Some(1),
        ..arguments.clone()
    };
    output::guarded(
        || {},
        || {
            let _ = libtest_mimic::run(&arguments, trials);
        },
    )
}

async fn one(line: &Line, run: &Run) -> Result<Completion, Failed> {
    let finished = match line {
        Line::Waiver(waiver) => unrun(line.name(), &waiver.at, unmatched(waiver), &[], run),
        Line::Trial(planned) => match &planned.ignored {
            None => run.session.run(planned).await,
            Some(reason) => {
                let (at, outcome) = (&planned.trial.at, ignored(reason, run));
                unrun(line.name(), at, outcome, &planned.waivers, run)
            }
        },
    };
    let trial = match line {
        Line::Trial(planned) => Some(planned.trial.as_ref()),
        Line::Waiver(_) => None,
    };
    let changes = |trial| run.session.redacted((run.changes)(trial, &run.flags));
    let changes = trial.map(|trial| || changes(trial).to_string());
    completion(&finished, changes, run.session.strict(), run.styling)
}

/// The failure text of a trial for libtest, with the changes to its requests.
pub fn completion(
    finished: &Finished,
    changes: Option<impl Fn() -> String>,
    strict: bool,
    styling: Styling,
) -> Result<Completion, Failed> {
    match &finished.outcome {
        Outcome::Conforms => Ok(Completion::Completed),
        Outcome::Ignored { reason } => Ok(Completion::ignored_with(one_line(reason))),
        Outcome::Waived { until, reason } => Ok(Completion::ignored_with(format!(
            "waived until {until}: {}",
            one_line(reason)
        ))),
        Outcome::Violates | Outcome::Inconclusive { .. } | Outcome::StaleWaiver { .. } => {
            let mut text = failure(finished, strict, styling);
            if let Some(changes) = changes.filter(|_| !is_shared(finished)) {
                text.push_str("\n\n");
                text.push_str(&printable(&changes()));
            }
            Err(Failed::from(text))
        }
    }
}

fn ignored(reason: &str, run: &Run) -> Outcome {
    if run.deny_ignored {
        Outcome::Inconclusive {
            reason: Redacted::without_secrets(format!(
                "ignored, which --deny-ignored forbids: {reason}"
            )),
        }
    } else {
        Outcome::Ignored {
            reason: Redacted::without_secrets(reason.to_owned()),
        }
    }
}

/// A line that ends without running.
fn unrun(
    trial: String,
    at: &Location,
    outcome: Outcome,
    waivers: &[Waiver],
    run: &Run,
) -> Arc<Finished> {
    let finished = Arc::new(Finished {
        trial,
        at: Redacted::without_secrets(at.clone()),
        outcome: waive(outcome.clone(), &BTreeSet::new(), waivers, run.today),
        ending: Ending::Unrun(outcome),
        records: Vec::new(),
        began: SystemTime::now(),
        took: Duration::ZERO,
        evidence: Vec::new(),
    });
    run.session
        .emit(&Event::TrialFinished(Arc::clone(&finished)));
    finished
}
