//! `gonogo judge`: a recorded run is judged again, without its target.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use libtest_mimic::{Arguments, Completion, Failed};

use super::heard::{Heard, begin, exit, tell_lost, tell_unwritten};
use super::interrupt::Interrupt;
use super::load::{Loaded, load, load_by};
use super::runtime::listening;
use super::{CommandResult, Environment, Exit, SuiteArgs};
use crate::authoring::explain;
use crate::event::{Outcome, is_of_run};
use crate::harness;
use crate::input::diagnostic::{Diagnostic, one};
use crate::input::files;
use crate::replay::{EvidenceError, Judged, Recorded, Recording, Replay};
use crate::report::{Asked, Covered, Gathered, differences, one_line, printable};
use crate::runner::INTERRUPTED;

/// No certificate is larger, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Debug, Clone, Args)]
pub(super) struct JudgeArgs {
    /// The record: what --report jsonl=FILE wrote
    record: PathBuf,
    #[command(flatten)]
    suite: SuiteArgs,
    /// Judge by this contract instead of the suite's
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// Compare this certificate with the record
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Print which clauses and rows were exercised, and which were not
    #[arg(long)]
    coverage: bool,
    /// Write a report, as a run does (repeatable)
    #[arg(long, value_name = "KIND=PATH")]
    report: Vec<Asked>,
}

/// Judges the record that the arguments name.
pub(super) fn judge(arguments: &JudgeArgs, surroundings: &Environment) -> CommandResult {
    let runtime = listening()?;
    let interrupt = Interrupt::listen(&runtime);
    let recording = open(&arguments.record)?;
    let certificate = arguments.certificate.as_deref().map(read).transpose()?;
    let loaded = suite_of(arguments, surroundings, &recording)?;
    let reports = begin(&arguments.report, None)?;
    let heard = Heard::new(&loaded);
    let gathered = Arc::new(Gathered::default());
    let mut listeners = heard.listeners();
    listeners.extend(reports.listeners());
    if certificate.is_some() {
        listeners.push(Arc::clone(&gathered) as _);
    }
    let replay = Replay::new(
        Arc::clone(&loaded.contract),
        &loaded.suite,
        recording,
        listeners,
    );
    let judged = again(&replay, arguments, surroundings, &interrupt)
        .map_err(|error| not_a_record(&arguments.record, &error))?;
    let Some((ended, changed)) = judged else {
        // Nothing is printed and no report written before all is judged.
        let _ = writeln!(
            io::stderr(),
            "interrupted: the record was not judged to its end"
        );
        return Ok(Exit::Interrupted);
    };
    let plain = Arguments::default();
    let (own, of_run) = in_order(&replay, ended);
    let mut printed = harness::print(&plain, own);
    if printed.is_ok() && !of_run.is_empty() {
        printed = harness::print(&plain, of_run);
    }
    tell_lost(&printed);
    let covered = heard.covered(&loaded);
    let started = replay.recording().started();
    let against = (started.target.as_str(), started.base_url.as_str());
    let text = heard.text(&loaded, &covered, against, arguments.coverage);
    let _ = io::stdout().write_all(printable(&text).as_bytes());
    for line in &changed {
        let _ = writeln!(io::stderr(), "differs from the record: {}", one_line(line));
    }
    let unwritten = tell_unwritten(&reports.write(&loaded.contract, &covered));
    let differs = match &certificate {
        Some(certificate) => certified(&gathered, &loaded, &covered, &replay, certificate),
        None => false,
    };
    let early = replay.recording().ended().early.as_deref();
    let exit = exit(heard.counts());
    Ok(if differs {
        Exit::Violating
    } else if early == Some(INTERRUPTED) {
        Exit::Interrupted
    } else if printed.is_err() && exit != Exit::Violating {
        Exit::Inconclusive
    } else if unwritten && exit != Exit::Violating {
        Exit::Usage
    } else {
        exit
    })
}

/// A record as a whole.
pub(super) fn open(path: &Path) -> Result<Recording, Vec<Diagnostic>> {
    Recording::open(path).map_err(|error| not_a_record(path, &error))
}

fn not_a_record(path: &Path, error: &dyn std::error::Error) -> Vec<Diagnostic> {
    one(
        "record",
        format!("{} is not a valid record of a run: {error}", path.display()),
        "expected a complete, unmodified file written by --report jsonl=FILE",
    )
}

/// The suite that the record was made with, and the contract that it is judged by.
fn suite_of(
    arguments: &JudgeArgs,
    surroundings: &Environment,
    recording: &Recording,
) -> Result<Loaded, Vec<Diagnostic>> {
    let own = load(&arguments.suite, surroundings)?;
    let started = recording.started();
    if own.suite.digest != started.digest {
        let short = |digest: &str| one_line(digest.get(..16).unwrap_or(digest));
        let what = if own.contract.digest_text() == started.contract {
            "suite"
        } else {
            "contract"
        };
        return Err(one(
            "other-suite",
            format!(
                "the record is of another {what}: its suite has the digest {}, and the one here {}",
                short(&started.digest),
                short(&own.suite.digest)
            ),
            "expected the contract and the cases of the run (--config, --cases); --contract judges them by another contract",
        ));
    }
    match &arguments.contract {
        Some(file) => load_by(&arguments.suite, surroundings, file),
        None => Ok(own),
    }
}

type Ended = HashMap<String, Result<Completion, Failed>>;
type Lines = Vec<(String, Result<Completion, Failed>)>;

/// Judges all trials again, in the order in which they ended; yields what is printed of them, and which came to something else. None
/// where the user did not wait for it.
fn again(
    replay: &Replay,
    arguments: &JudgeArgs,
    surroundings: &Environment,
    interrupt: &Interrupt,
) -> Result<Option<(Ended, Vec<String>)>, EvidenceError> {
    let styling = surroundings.stdout(None);
    let strict = replay.recording().started().strict;
    let flags = arguments.suite.flags();
    let (mut ended, mut changed) = (HashMap::new(), Vec::new());
    replay.begin();
    for recorded in replay.recording().trials() {
        if interrupt.is_pressed() {
            return Ok(None);
        }
        let Judged { finished, outcome } = replay.again(recorded)?;
        if outcome != recorded.outcome {
            let (was, is) = (word(&recorded.outcome), word(&outcome));
            changed.push(format!("{}: it {was} there, and {is} here", recorded.trial));
        }
        let trial = replay.trial(&recorded.trial);
        let changes = trial.map(|trial| || explain::changed(trial, &flags));
        let completion = harness::completion(&finished, changes, strict, styling);
        ended.insert(recorded.trial.clone(), completion);
    }
    replay.end();
    Ok(Some((ended, changed)))
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "conforms",
        Outcome::Violates => "violates",
        Outcome::Inconclusive { .. } => "is inconclusive",
        Outcome::Waived { .. } => "is waived",
        Outcome::StaleWaiver { .. } => "has a stale waiver",
        Outcome::Ignored { .. } => "is ignored",
    }
}

/// Returns the lines of the suite and of waivers in run order, and separately those of controls and probes.
fn in_order(replay: &Replay, mut ended: Ended) -> (Lines, Lines) {
    let recording = replay.recording();
    let announced = recording.announced().map(str::to_owned);
    let others = recording
        .trials()
        .iter()
        .map(|one: &Recorded| one.trial.clone());
    let names: Vec<String> = announced.chain(others).collect();
    names
        .into_iter()
        .filter_map(|name| ended.remove(&name).map(|result| (name, result)))
        .partition(|(name, _)| !is_of_run(name))
}

/// Holds a certificate against the record; yields whether they differ.
fn certified(
    gathered: &Gathered,
    loaded: &Loaded,
    covered: &Covered,
    replay: &Replay,
    certificate: &serde_json::Value,
) -> bool {
    let sha256 = replay.recording().sha256().to_owned();
    let Some(run) = gathered.run(&loaded.contract, covered, Some(sha256)) else {
        return true;
    };
    let told = differences(&run, certificate);
    for line in &told {
        let _ = writeln!(io::stderr(), "certificate: {}", one_line(line));
    }
    if told.is_empty() {
        let _ = writeln!(io::stderr(), "certificate: matches the record");
    }
    !told.is_empty()
}

fn read(path: &Path) -> Result<serde_json::Value, Vec<Diagnostic>> {
    let wrong = |error: String| {
        one(
            "certificate",
            format!("{} is no certificate: {error}", path.display()),
            "expected a file that --report certificate=FILE wrote",
        )
    };
    let text = files::read(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))
}
