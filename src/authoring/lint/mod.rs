//! Warnings about something that is valid but probably a mistake. The loaders report faults, which keep a file from loading.

mod cases;
mod exercise;
mod form;
mod schemas;
mod suite;
mod unknown;

pub use unknown::Targets;

use crate::contract::Contract;
use crate::input::diagnostic::{Diagnostic, Faults};
use crate::suite::Suite;

/// The warnings of a suite, for these targets, where the project has any. Unused requests, clauses and rows are reported only for a
/// `whole` suite.
pub fn lint(
    contract: &Contract,
    suite: &Suite,
    targets: Option<&Targets<'_>>,
    whole: bool,
) -> Vec<Diagnostic> {
    let mut warnings = Faults::new();
    cases::unchanged(suite, &mut warnings);
    cases::alike(suite, &mut warnings);
    cases::deleted_fixtures(suite, &mut warnings);
    cases::weak(contract, suite, &mut warnings);
    if let Some(targets) = targets {
        unknown::names(suite, targets, &mut warnings);
    }
    suite::without_source(contract, &mut warnings);
    suite::same_rows(contract, &mut warnings);
    schemas::schemas(contract, suite, &mut warnings);
    if whole {
        suite::unused_requests(suite, &mut warnings);
        exercise::clauses(contract, suite, &mut warnings);
        exercise::rows(contract, suite, &mut warnings);
        exercise::excludes(contract, suite, &mut warnings);
    }
    warnings.into_sorted()
}
