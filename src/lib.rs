//! gonogo certifies an HTTP API against its error contract.
//!
//! The program `gonogo` is [`main`] and nothing else. A service can run a suite against itself from its own tests, as a test
//! target without libtest's harness (`harness = false`):
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     // Start the service on a free port here.
//!     let address = "http://127.0.0.1:8080";
//!     let flags = ["--base-url", address, "--cases", "tests/conformance"];
//!     let given = std::env::args().skip(1);
//!     gonogo::main(["gonogo"].into_iter().chain(flags).map(String::from).chain(given)).into()
//! }
//! ```
//!
//! Everything else is hidden: the modules are for gonogo's own tests and benches, and change without notice. `docs/design.md` explains
//! how data flows through them, and `CONTRIBUTING.md` has a map.

mod authoring;
#[doc(hidden)]
pub mod cli;
mod client;
#[doc(hidden)]
pub mod contract;
#[cfg(feature = "reference")]
mod embedded;
#[doc(hidden)]
pub mod event;
#[doc(hidden)]
pub mod exchange;
mod harness;
#[doc(hidden)]
pub mod input;
#[doc(hidden)]
pub mod judge;
mod plan;
#[doc(hidden)]
pub mod prove;
mod replay;
#[doc(hidden)]
pub mod report;
mod runner;
#[doc(hidden)]
pub mod secrets;
#[doc(hidden)]
pub mod suite;
#[doc(hidden)]
pub mod targets;
#[doc(hidden)]
pub mod verdict;

pub use cli::{Exit, main};
