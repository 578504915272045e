//! What the mutants of a suite's trials show.

use crate::event::NOT_RUN;
use crate::input::diagnostic::one_line;

/// What is proven of one trial.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The trial.
    pub trial: String,
    /// The mutants that were rejected, and the clause that each was rejected for.
    pub killed: Vec<(String, String)>,
    /// The mutants that were accepted.
    pub survivors: Vec<Survivor>,
    /// Why nothing could be proven, if so.
    pub unproven: Option<Unproven>,
}

/// A mutant that a trial accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// What was altered, and in which step.
    pub mutant: String,
    /// The clause that nobody holds it to.
    pub clause: String,
    /// What to add.
    pub advice: String,
}

/// Why nothing could be proven of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unproven {
    /// It violates, so that there is no accepted answer to alter.
    Violates,
    /// It could not be judged, for this reason.
    Inconclusive(String),
    /// A waiver of it is of no use, for this reason.
    StaleWaiver(String),
    /// It violates, which is known until this day.
    Waived(String),
}

impl std::fmt::Display for Unproven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Violates => f.write_str("it violates: run it without `prove` to see how"),
            Self::Inconclusive(reason) => write!(f, "inconclusive: {}", one_line(reason)),
            Self::StaleWaiver(reason) => f.write_str(&one_line(reason)),
            Self::Waived(until) => write!(f, "waived until {until}"),
        }
    }
}

impl Proof {
    /// Whether the trial would notice everything, and something at all; of a waived one that is not asked.
    pub fn holds(&self) -> bool {
        match &self.unproven {
            None => self.survivors.is_empty() && !self.killed.is_empty(),
            Some(unproven) => matches!(unproven, Unproven::Waived(_)),
        }
    }
}

/// What a proof shows of all trials.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    /// The trials that were run, in the order of the suite.
    pub trials: Vec<Proof>,
    /// How many were not, since the target lacks something for them.
    pub ignored: usize,
}

impl Proofs {
    /// Whether every trial would notice.
    pub fn hold(&self) -> bool {
        self.trials.iter().all(Proof::holds)
    }

    /// Whether the others could not be judged, and nothing else is wrong with them.
    pub fn are_only_inconclusive(&self) -> bool {
        self.trials
            .iter()
            .filter(|one| !one.holds())
            .all(|one| matches!(one.unproven, Some(Unproven::Inconclusive(_))))
    }

    /// How many trials the end of the run left out.
    pub fn unrun(&self) -> usize {
        let unrun = |one: &&Proof| matches!(&one.unproven, Some(Unproven::Inconclusive(reason)) if reason.starts_with(NOT_RUN));
        self.trials.iter().filter(unrun).count()
    }

    /// The mutants that were killed, and those that were made.
    pub fn score(&self) -> (usize, usize) {
        let killed: usize = self.trials.iter().map(|one| one.killed.len()).sum();
        let survived: usize = self.trials.iter().map(|one| one.survivors.len()).sum();
        (killed, killed + survived)
    }
}
