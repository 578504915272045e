//! Counts outcomes: what the exit status follows from.

use std::sync::{Mutex, PoisonError};

use crate::event::{Event, Listener, Outcome};

/// How many trials ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Judged and found right.
    pub conforming: usize,
    /// Judged and found wrong.
    pub violating: usize,
    /// Not judged.
    pub inconclusive: usize,
    /// Not run.
    pub ignored: usize,
    /// Found wrong, and known to be.
    pub waived: usize,
}

impl Counts {
    /// Counts one more.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Conforms => self.conforming += 1,
            Outcome::Violates | Outcome::StaleWaiver { .. } => self.violating += 1,
            Outcome::Inconclusive { .. } => self.inconclusive += 1,
            Outcome::Waived { .. } => self.waived += 1,
            Outcome::Ignored { .. } => self.ignored += 1,
        }
    }
}

/// Counts the outcomes of a run.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<Counts>,
}

impl Tally {
    /// The counts so far.
    pub fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Tally {
    fn hear(&self, event: &Event) {
        if let Event::TrialFinished(finished) = event {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.add(&finished.outcome);
        }
    }
}
