//! Reports: listeners of a run's events, and the text of a failure. None of them knows the runner.

mod attempt;
mod badge;
mod certificate;
mod coverage;
mod curl;
mod failure;
mod faults;
mod files;
mod github;
mod har;
mod hints;
mod html;
mod json;
mod junit;
mod markdown;
mod progress;
mod proof;
mod record;
mod run;
pub mod sarif;
mod styles;
mod summary;
mod tally;
mod time;

pub use attempt::verdict;
pub use certificate::differences;
pub use coverage::{Coverage, Covered, Standing};
pub use curl::quoted;
pub use failure::{failure, is_shared};
pub use files::{Asked, ReportKindError, Reports, ReportsError, Unwritable, Written, beside};
pub use github::Actions;
pub use hints::Hints;
pub use progress::Progress;
pub use proof::ProofReport;
pub use run::{Gathered, Run};
pub use summary::Summary;
pub use tally::Tally;

pub use crate::input::diagnostic::{one_line, printable};
