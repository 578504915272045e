//! Reports: listeners of a run's events, and the text of a failure. None of them knows the runner.

mod attempt;
mod badge;
mod coverage;
mod curl;
mod failure;
mod files;
mod progress;
mod proof;
mod run;
mod summary;
mod tally;

pub use attempt::verdict;
pub use coverage::{Coverage, Covered, Standing};
pub use failure::failure;
pub use files::{Asked, NoReport, Reports, Unwritable};
pub use progress::Progress;
pub use proof::{Proven, proof_json, proof_text};
pub use run::{Gathered, Run};
pub use summary::Summary;
pub use tally::{Counts, Tally};

pub use crate::diagnostic::{one_line, printable};
