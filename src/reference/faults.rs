//! Faults: deviations that the server can be told to show, each one that a real team could ship. Without one it conforms.
//!
//! Here they are only named; each is told apart from the conforming path where it happens.

use std::time::Duration;

/// How long [`Fault::CheckThenInsert`] lies between the check and the write: a round trip to a database.
pub(super) const CHECK_THEN_INSERT: Duration = Duration::from_millis(2);

/// A deviation from the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A write looks for its idempotency record, and makes its own only after the work is done: two equal writes at the same
    /// instant are both done.
    CheckThenInsert,
}

impl Fault {
    /// All faults.
    pub const ALL: [Self; 1] = [Self::CheckThenInsert];

    /// The name that it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckThenInsert => "check-then-insert",
        }
    }
}
