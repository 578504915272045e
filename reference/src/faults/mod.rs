//! Faults: deviations that the server can be told to show, each one that a real team could ship. Without one it conforms.
//!
//! `table` names them. A deviation sits where its decision sits, as a question to [`App`](super::app::App); what is one of many alike
//! has a table here: of finished answers (`reply`), of a request's text (`text`) and fields (`fields`), of what a refused write does
//! all the same (`effect`), of other organizations' objects (`foreign`), of the connection (`wire`), of servers that do nothing (`idle`). `hooks` brings the last ones into a request's course.

mod effect;
pub(super) mod fields;
mod foreign;
pub(super) mod hooks;
pub(super) mod idle;
pub(super) mod reply;
mod table;
pub(super) mod text;
pub(super) mod wire;

use std::time::Duration;

pub use table::{Category, Fault};

/// How long [`Fault::CheckThenInsert`] lies between the check and the write: a round trip to a database.
pub(super) const CHECK_THEN_INSERT: Duration = Duration::from_millis(2);

/// How long [`Fault::RaceNoId`] waits for other writes under its key.
pub(super) const TOGETHER: Duration = Duration::from_millis(20);
/// How long after rejecting a write [`Fault::WritesLate`] carries it out.
pub(super) const LATE: Duration = Duration::from_millis(500);
/// How many writes [`Fault::WritesRunOut`] accepts.
pub(super) const ACCEPTED: u64 = 2;

impl Fault {
    /// The fault of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    /// Whether the server does nothing at all: then no trial may conform without a reason.
    pub fn is_idle(self) -> bool {
        self.category() == Category::Idle
    }
}
