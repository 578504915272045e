//! The reports in formats of others: each is read back by a reader of its format, of an ordinary target, of a hostile one, and of a run
//! that was interrupted.
#![expect(
    clippy::unwrap_used,
    reason = "a report that cannot be read is a test that fails"
)]

#[path = "../support/server.rs"]
#[expect(dead_code, reason = "these tests take what they need")]
mod server;
#[path = "../support/mod.rs"]
mod support;

mod github;
mod har;
mod junit;
mod markdown;
mod sarif;
mod suite;
mod whole;
