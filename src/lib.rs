//! gonogo certifies an HTTP API against its error contract.
//!
//! Data flows one way: files are loaded into a contract, a suite and a target; the plan says which trials run; the runner
//! sends, the judge judges, and reports listen. `docs/design.md` tells why; each module says what it leaves to others.

pub mod authoring;
pub mod cli;
pub mod client;
pub mod contract;
#[cfg(feature = "reference")]
pub mod embedded;
pub mod event;
pub mod exchange;
pub mod harness;
pub mod input;
pub mod judge;
pub mod plan;
pub mod prove;
pub mod replay;
pub mod report;
pub mod runner;
pub mod secrets;
pub mod suite;
pub mod targets;
pub mod verdict;
