//! Proving: every green can go red.
//!
//! [`prove_all`] alters what each trial was judged on, one clause at a time, and judges it again: the trial's own checks must
//! reject every mutant. `Schedule` runs the suite against reference servers with a fault: some trial must notice, and for the clause
//! that the fault breaks. Making the mutants is left to `judge`, printing to `report`.

#[cfg(feature = "reference")]
mod faults;
mod filter;
mod kill_table;
mod mutants;
mod proof;
mod reasons;
#[cfg(feature = "reference")]
mod schedule;
mod styles;

#[cfg(feature = "reference")]
pub use faults::Bench;
pub use filter::Filter;
pub use kill_table::{Fate, Idle, Kill, KillTable, Seeded};
pub use mutants::{proof_of, prove_all};
pub use proof::{Proof, Proofs, Survivor, Unproven};
pub use reasons::{Reasons, file_schema};
#[cfg(feature = "reference")]
pub use schedule::Schedule;
pub use styles::{Alarm, Styled, Styles};
