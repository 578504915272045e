//! Joins records of one suite against one target, whose trials were shared out among several runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::read::Recording;
use super::shape::{Line, RevisedShape, RunShape};
use super::text::{micros, time};
use super::write::{Out, Sealed};
use crate::event::{Counts, Outcome, is_of_run};

/// The beginning of the names of lines that are of a waiver and no trial: each run has them all.
const WAIVERS: &str = "waiver::";

/// Why records make no one.
#[derive(Debug, thiserror::Error)]
pub enum Unmerged {
    /// Some are of another run.
    #[error("the {what} of the first is {first}, and of number {number} {other}")]
    Other {
        /// What they do not share.
        what: &'static str,
        /// Which of them, counted from 1.
        number: usize,
        /// What the first has.
        first: String,
        /// What the other has.
        other: String,
    },
    /// A trial stands in two of them.
    #[error("the trial `{trial}` of number {number} stands in one before it, too")]
    Twice {
        /// The trial.
        trial: String,
        /// Which record, counted from 1.
        number: usize,
    },
    /// One cannot be read, or the whole not be written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Joins records in a file.
pub fn merge(records: &[Recording], file: NamedTempFile) -> Result<Sealed, Unmerged> {
    let mut out = Out::new(file);
    let Some(first) = records.first() else {
        return Err(io::Error::other("there is no record").into());
    };
    let mut head = first.head.clone();
    for (index, record) in records.iter().enumerate().skip(1) {
        alike(&head, &record.head, index + 1)?;
        head.trials.extend(record.head.trials.iter().cloned());
    }
    let begins = records.iter().map(|record| record.started().began);
    let ends = records.iter().map(|record| {
        record.started().began + record.ended().took.min(Duration::from_secs(1 << 32))
    });
    let began = begins.min().unwrap_or(first.started().began);
    let took = ends.max().and_then(|end| end.duration_since(began).ok());
    head.began = time(began);
    out.line(&Line::Run(Box::new(head)))?;
    let mut seen = BTreeSet::new();
    let mut counts = Counts::default();
    let of_runs = of_runs(records);
    for (index, record) in records.iter().enumerate() {
        for trial in record.trials() {
            let worst = of_runs.get(trial.trial.as_str());
            if worst.is_some_and(|worst| *worst != index) {
                continue;
            }
            if !seen.insert(trial.trial.as_str()) {
                if trial.trial.starts_with(WAIVERS) {
                    continue;
                }
                return Err(Unmerged::Twice {
                    trial: trial.trial.clone(),
                    number: index + 1,
                });
            }
            counts.add(&trial.outcome);
            out.bytes(&record.bytes(trial)?)?;
            if let Some(reason) = &trial.revised {
                out.line(&Line::Revised(RevisedShape {
                    trial: trial.trial.clone(),
                    reason: reason.clone(),
                    outcome: trial.outcome.clone(),
                }))?;
            }
        }
    }
    let early = records
        .iter()
        .find_map(|record| record.ended().early.clone());
    out.end(early, micros(took.unwrap_or_default()), counts)?;
    Ok(out.seal()?)
}

/// The lines of controls and probes, each with the record in which it is worst: every run has its own.
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

fn alike(first: &RunShape, other: &RunShape, number: usize) -> Result<(), Unmerged> {
    let waivers = |head: &RunShape| format!("{:?}", head.waivers);
    let members = [
        ("gonogo", first.gonogo.clone(), other.gonogo.clone()),
        ("suite digest", first.digest.clone(), other.digest.clone()),
        (
            "contract digest",
            first.contract.clone(),
            other.contract.clone(),
        ),
        ("target", first.target.clone(), other.target.clone()),
        ("address", first.base_url.clone(), other.base_url.clone()),
        (
            "strictness",
            first.strict.to_string(),
            other.strict.to_string(),
        ),
        ("day", first.today.clone(), other.today.clone()),
        ("list of waivers", waivers(first), waivers(other)),
    ];
    for (what, first, other) in members {
        if first != other {
            return Err(Unmerged::Other {
                what,
                number,
                first,
                other,
            });
        }
    }
    Ok(())
}
