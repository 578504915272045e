//! `gonogo prove`: mutants, faults and styles.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../support/mod.rs"]
mod support;

mod faults;
mod mutants;
mod styles;
