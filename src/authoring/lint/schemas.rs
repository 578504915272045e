//! Schemas with keywords that do nothing, and schemas that accept everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::contract::{Contract, Schema, SchemaWarning};
use crate::input::diagnostic::{Faults, Location, Source};
use crate::suite::Suite;

/// What is likely a mistake in the schema of the envelope, and in those that cases name.
pub(super) fn schemas(contract: &Contract, suite: &Suite, warnings: &mut Faults) {
    let mut sources: BTreeMap<String, Arc<Source>> = BTreeMap::new();
    let mut told = BTreeSet::new();
    let steps = suite.trials.iter().flat_map(|trial| &trial.steps);
    let alternatives = steps.flat_map(|step| &step.expect.alternatives);
    let of_cases = alternatives.filter_map(|one| one.schema.as_deref());
    // Many trials share a file: each is looked through once.
    let mut seen = BTreeSet::new();
    let first = |schema: &&Schema| seen.insert(schema.path().to_owned());
    let all = std::iter::once(&contract.envelope().schema).chain(of_cases);
    for warning in all.filter(first).flat_map(Schema::warnings) {
        let SchemaWarning {
            file,
            text,
            span,
            message,
            expected,
            help,
        } = warning;
        if !told.insert((file.clone(), span.start, message.clone())) {
            continue;
        }
        let source = sources
            .entry(file.clone())
            .or_insert_with(|| Source::new(file, text));
        let at = Location {
            source: Arc::clone(source),
            span,
        };
        warnings.warn(&at, "schema-keyword", message, expected, help);
    }
}
