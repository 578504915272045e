//! Joins records of one suite against one target, whose trials were shared out among several runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::file::{Out, Sealed};
use super::overlap::{Span, span, unexplained};
use super::read::{Recording, finished};
use crate::event::{Counts, Ended, Event, Outcome, Redacted, Started, WAIVER, is_of_run};

/// Why records make no one.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Some are of another run.
    #[error("the {what} of {file} is {first}, that of {other_file} is {other}")]
    Other {
        /// What they do not share.
        what: &'static str,
        /// The first file.
        file: String,
        /// What the first has.
        first: String,
        /// The other file.
        other_file: String,
        /// What the other has.
        other: String,
    },
    /// A trial stands in two of them.
    #[error("the trial `{trial}` is in {first} and in {second}")]
    Twice {
        /// The trial.
        trial: String,
        /// The first file and the line in it.
        first: String,
        /// The second one.
        second: String,
    },
    /// One cannot be read.
    #[error("cannot read {file}: {error}")]
    Unreadable {
        /// The file and the line in it.
        file: String,
        /// Why not.
        error: io::Error,
    },
    /// The whole cannot be written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Merged records.
#[derive(Debug)]
pub struct Merged {
    /// The merged record.
    pub sealed: Sealed,
    /// The trials that are inconclusive in it because another of the runs was in progress at the same time.
    pub unexplained: Vec<String>,
}

/// Joins records in a file.
pub fn merge(records: &[Recording], file: NamedTempFile) -> Result<Merged, MergeError> {
    let mut out = Out::new(file)?;
    let Some(first) = records.first() else {
        return Err(io::Error::other("there is no record").into());
    };
    let mut head = first.started().clone();
    for record in records.iter().skip(1) {
        alike(first, record)?;
        head.trials.extend(record.started().trials.iter().cloned());
    }
    head.selection = selection(records, &head).map(Redacted::without_secrets);
    let spans: Vec<Span> = records.iter().map(span).collect();
    let ends = spans.iter().map(|(_, end)| *end);
    let began = spans.iter().map(|(began, _)| *began);
    head.began = began.min().unwrap_or(head.began);
    let took = ends
        .max()
        .and_then(|end| end.duration_since(head.began).ok());
    out.event(&Event::RunStarted(Arc::new(head)))?;
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let mut counts = Counts::default();
    let mut unexplained_trials = Vec::new();
    let of_runs = of_runs(records);
    for (index, record) in records.iter().enumerate() {
        let others = spans
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let others: Vec<Span> = others.map(|(_, span)| *span).collect();
        for trial in record.trials() {
            let worst = of_runs.get(trial.trial.as_str());
            if worst.is_some_and(|worst| *worst != index) {
                continue;
            }
            let place = format!("{}:{}", record.shown, trial.line());
            if let Some(first) = seen.get(trial.trial.as_str()) {
                if trial.trial.starts_with(WAIVER) {
                    continue;
                }
                return Err(MergeError::Twice {
                    trial: trial.trial.clone(),
                    first: first.clone(),
                    second: place,
                });
            }
            let bytes = record
                .bytes(trial)
                .map_err(|error| MergeError::Unreadable {
                    file: place.clone(),
                    error,
                })?;
            seen.insert(trial.trial.as_str(), place);
            if trial.outcome == Outcome::Violates
                && let Some(finished) = finished(&bytes)
                && let Some(changed) = unexplained(finished, record.started().strict, &others)
            {
                counts.add(&changed.outcome);
                unexplained_trials.push(trial.trial.clone());
                out.event(&Event::TrialFinished(Arc::new(changed)))?;
                continue;
            }
            counts.add(&trial.outcome);
            out.bytes(&bytes)?;
            if let Some(revision) = &trial.revised {
                out.event(&Event::TrialRevised(Arc::clone(&revision.revised)))?;
            }
        }
    }
    let early = records
        .iter()
        .find_map(|record| record.ended().early.clone());
    let ended = Ended {
        early,
        took: took.unwrap_or_default(),
        repeated: records
            .iter()
            .fold(0, |sum, record| sum.saturating_add(record.ended().repeated)),
    };
    out.event(&Event::RunFinished(Arc::new(ended)))?;
    Ok(Merged {
        sealed: out.seal(counts)?,
        unexplained: unexplained_trials,
    })
}

/// What was selected of the suite; none if the records together have all of it.
fn selection(records: &[Recording], head: &Started) -> Option<String> {
    if head.trials.len() == head.suite_trials {
        return None;
    }
    let asked = records
        .iter()
        .filter_map(|one| one.started().selection.as_deref().cloned());
    let asked: BTreeSet<String> = asked.collect();
    Some(asked.into_iter().collect::<Vec<_>>().join("; "))
}

/// The lines of controls and probes, each with the record in which its outcome is worst.
fn of_runs(records: &[Recording]) -> BTreeMap<&str, usize> {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Violates | Outcome::StaleWaiver { .. } => 0,
        Outcome::Inconclusive { .. } => 1,
        Outcome::Waived { .. } => 2,
        Outcome::Conforms | Outcome::Ignored { .. } => 3,
    };
    let mut worst: BTreeMap<&str, (u8, usize)> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        let lines = record.trials().iter();
        for line in lines.filter(|line| is_of_run(&line.trial)) {
            let this = (rank(&line.outcome), index);
            let known = worst.entry(&line.trial).or_insert(this);
            *known = this.min(*known);
        }
    }
    let worst = worst.into_iter();
    worst.map(|(line, (_, index))| (line, index)).collect()
}

fn alike(one: &Recording, two: &Recording) -> Result<(), MergeError> {
    let (first, other) = (one.started(), two.started());
    let waivers = |head: &Started| format!("{:?}", head.waivers);
    let members = [
        ("gonogo", first.gonogo.clone(), other.gonogo.clone()),
        ("suite digest", first.digest.clone(), other.digest.clone()),
        (
            "contract digest",
            first.contract.clone(),
            other.contract.clone(),
        ),
        (
            "number of trials of the suite",
            first.suite_trials.to_string(),
            other.suite_trials.to_string(),
        ),
        ("target", first.target.clone(), other.target.clone()),
        (
            "address",
            first.base_url.to_string(),
            other.base_url.to_string(),
        ),
        (
            "strictness",
            first.strict.to_string(),
            other.strict.to_string(),
        ),
        ("day", first.today.to_string(), other.today.to_string()),
        ("list of waivers", waivers(first), waivers(other)),
    ];
    for (what, first, other) in members {
        if first != other {
            return Err(MergeError::Other {
                what,
                file: one.shown.clone(),
                first,
                other_file: two.shown.clone(),
                other,
            });
        }
    }
    Ok(())
}
