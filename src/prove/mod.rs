//! Proving: every green can go red.
//!
//! [`proof_of`] alters what a trial was judged on, one clause at a time, and judges it again: the trial's own checks must
//! reject every mutant. Making the mutants is left to `judge`, printing to `report`.

mod mutants;

pub use mutants::{Proof, Survivor, proof_of};
