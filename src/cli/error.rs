//! Why a command could not do what was asked, and the one place that says so.

use std::io::{self, Write as _};

use super::{Environment, Exit};
use crate::input::diagnostic::{Diagnostic, one_line, render_all};

/// The exit status of a command, or why it has none of its own.
pub(super) type CommandResult = Result<Exit, CommandError>;

/// Why a command could not do what was asked.
#[derive(Debug)]
pub(super) enum CommandError {
    /// Faults of files or arguments.
    Faults(Vec<Diagnostic>),
    /// Anything else, in a line.
    Other(String),
}

impl CommandError {
    /// Prints it, and yields the exit status that it comes to.
    pub(super) fn print(&self, surroundings: &Environment) -> Exit {
        let text = match self {
            Self::Faults(faults) => render_all(faults, surroundings.stderr()),
            Self::Other(line) => one_line(line) + "\n",
        };
        let _ = io::stderr().write_all(text.as_bytes());
        Exit::Usage
    }
}

impl From<Vec<Diagnostic>> for CommandError {
    fn from(faults: Vec<Diagnostic>) -> Self {
        Self::Faults(faults)
    }
}
