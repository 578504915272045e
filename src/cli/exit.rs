//! The exit statuses, named once.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that ran conforms.
    Conforming,
    /// The command line or a file is wrong; nothing was sent.
    Usage,
    /// Nothing violates, but something could not be judged.
    Inconclusive,
    /// No trial was run.
    NothingRan,
    /// Something violates: libtest's own status for a failed test.
    Violating,
    /// The user ended the run: what a shell says of a program that Ctrl-C ended.
    Interrupted,
}

impl Exit {
    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Conforming => 0,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::NothingRan => 4,
            Self::Violating => 101,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
