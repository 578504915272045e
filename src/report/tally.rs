//! Counts outcomes: what the exit status follows from.

use std::sync::{Mutex, PoisonError};

use crate::event::{Counts, Event, Listener};

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
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::TrialFinished(finished) => counts.add(&finished.outcome),
            Event::TrialRevised(revised) => counts.revise(&revised.was, &revised.outcome),
            _ => {}
        }
    }
}
