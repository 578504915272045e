//! Says on a terminal what a run waits for. In a pipe it says nothing.

use std::io::{IsTerminal as _, Write as _};

use crate::diagnostic::one_line;
use crate::event::{Event, Listener};

/// Writes notices to standard error, if that is a terminal.
#[derive(Debug)]
pub struct Progress {
    shown: bool,
}

impl Progress {
    /// Looks once whether there is a terminal.
    pub fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
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
        if let Event::Notice { trial, text } = event
            && self.shown
        {
            // A terminal that is gone is no reason to end the run.
            let _ = writeln!(std::io::stderr(), "  {trial}: {}", one_line(text));
        }
    }
}
