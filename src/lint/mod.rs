//! Warnings about something that is valid but probably a mistake. The loaders report faults, which keep a file from loading.

mod cases;
mod form;
mod schemas;
mod suite;

use std::collections::BTreeSet;

use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, Faults};
use crate::suite::Suite;

/// The warnings of a suite, for targets that have these `credentials`. Unused requests and clauses are reported only for a
/// `whole` suite.
pub fn lint(
    contract: &Contract,
    suite: &Suite,
    credentials: &BTreeSet<&str>,
    whole: bool,
) -> Vec<Diagnostic> {
    let mut warnings = Faults::new();
    cases::unchanged(suite, &mut warnings);
    cases::alike(suite, &mut warnings);
    cases::deleted_fixtures(suite, &mut warnings);
    cases::weak(contract, suite, &mut warnings);
    suite::misspelt_credentials(suite, credentials, &mut warnings);
    suite::without_source(contract, &mut warnings);
    schemas::schemas(contract, suite, &mut warnings);
    if whole {
        suite::unused_requests(suite, &mut warnings);
        suite::unexercised_clauses(contract, suite, &mut warnings);
    }
    warnings.into_sorted()
}
