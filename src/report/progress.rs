//! Says on a terminal how far a run is, and what it waits for. In a pipe it says nothing.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::diagnostic::one_line;
use crate::event::{Event, Listener};

/// Back to the first column, and the rest of the line away (ECMA-48, CR and EL).
const AFRESH: &str = "\r\x1b[K";

/// Writes to standard error, if that is a terminal.
#[derive(Debug)]
pub struct Progress {
    shown: bool,
    /// Whether the last line is a count, which is written over.
    counting: AtomicBool,
}

impl Progress {
    /// Looks once whether there is a terminal.
    pub fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            counting: AtomicBool::new(false),
        }
    }

    /// Says how many of all are done, in one line that is written over and over, and goes when all are.
    pub fn count(&self, done: usize, all: usize, what: &str) {
        if done < all {
            self.write(&format!("  {done} of {all} {what}"));
            self.counting.store(true, Ordering::Relaxed);
        } else {
            self.write("");
        }
    }

    fn write(&self, text: &str) {
        if self.shown {
            let counting = self.counting.swap(false, Ordering::Relaxed);
            let afresh = if counting { AFRESH } else { "" };
            let mut err = std::io::stderr();
            // A terminal that is gone is no reason to end the run.
            let _ = write!(err, "{afresh}{text}").and_then(|()| err.flush());
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Listener for Progress {
    fn hear(&self, event: &Event) {
        if let Event::Notice { trial, text } = event {
            self.write(&format!("  {trial}: {}\n", one_line(text)));
        }
    }
}
