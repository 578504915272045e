//! Proving: every green can go red.
//!
//! [`proof_of`] alters what a trial was judged on, one clause at a time, and judges it again: the trial's own checks must
//! reject every mutant. `Bench` runs the suite against a reference server with a fault: some trial must notice, and for the clause
//! that the fault breaks. Making the mutants is left to `judge`, printing to `report`.

#[cfg(feature = "reference")]
mod faults;
mod filter;
mod mutants;
mod reasons;

#[cfg(feature = "reference")]
pub use faults::Bench;
pub use filter::Filter;
pub use mutants::{Proof, Survivor, proof_of};
pub use reasons::{Reasons, file_schema};
