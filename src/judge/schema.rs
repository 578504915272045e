//! What a JSON Schema asks for at a place, and what is there, in the words of a finding.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use super::{Finding, Place, excerpt, excerpt_of};
use crate::contract::{Clause, Pointer};
use std::sync::Arc;

/// The most findings that a schema makes of one body: the first ones tell the rest.
const MOST: usize = 5;

/// The most levels of a body of which it is told what breaks the schema. Alternatives that lead back to the whole schema are looked into
/// from each level to the next, so that what there is to tell doubles; whether a body is valid is remembered, and found out at once.
const DEEPEST: usize = 12;

/// What a body breaks of a schema, but for the places of which a check of its own has spoken already, and better.
pub(super) fn findings(
    schema: &jsonschema::Validator,
    value: &Value,
    clause: &Arc<Clause>,
    told: &[Place],
) -> Vec<Finding> {
    told_apart(schema, value, clause, told).0
}

/// The same, with the JSON Pointers whose values are missing.
pub(super) fn told_apart(
    schema: &jsonschema::Validator,
    value: &Value,
    clause: &Arc<Clause>,
    told: &[Place],
) -> (Vec<Finding>, Vec<String>) {
    let (mut findings, mut missing) = (Vec::new(), Vec::new());
    // Nearly all are valid, and to say so is quicker than to look for what is not.
    if schema.is_valid(value) {
        return (findings, missing);
    }
    if is_deeper(value, DEEPEST) {
        let expected = format!("a value that the schema accepts (details end at {DEEPEST} levels)");
        let place = Place::Member(String::new());
        findings.push(Finding::new(clause, place, expected, excerpt_of(value)));
        return (findings, missing);
    }
    for error in schema.iter_errors(value).take(MOST) {
        let place = Place::Member(excerpt(error.instance_path().as_str()));
        if told.contains(&place) {
            continue;
        }
        let at = error.instance_path().as_str();
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                missing.push(format!("{at}/{}", Pointer::escape(name)));
            }
            ValidationErrorKind::Type { .. } => missing.push(at.to_owned()),
            _ => {}
        }
        let (expected, actual) = told_of(&error);
        findings.push(Finding::new(clause, place, expected, actual));
    }
    (findings, missing)
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let within = |value: &Value| levels == 0 || is_deeper(value, levels - 1);
    match value {
        Value::Array(items) => items.iter().any(within),
        Value::Object(members) => members.values().any(within),
        _ => false,
    }
}

/// What is expected, and what is there.
fn told_of(error: &ValidationError<'_>) -> (String, String) {
    let there = || excerpt_of(error.instance());
    let at_least = |limit: &u64, what: &str| format!("{limit} or more {what}");
    let at_most = |limit: &u64, what: &str| format!("{limit} or fewer {what}");
    let expected = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let member = property.as_str().unwrap_or_default();
            return (format!("a member `{member}`"), "missing".to_owned());
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let expected = "only members that the schema names";
            return (expected.to_owned(), excerpt(&unexpected.join(", ")));
        }
        ValidationErrorKind::Type { kind } => match kind {
            TypeKind::Single(kind) => kind.to_string(),
            TypeKind::Multiple(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
                kinds.join(" or ")
            }
        },
        ValidationErrorKind::Constant { expected_value } => excerpt_of(expected_value),
        ValidationErrorKind::Enum { options } => {
            format!("one of {}", excerpt_of(options))
        }
        ValidationErrorKind::MinLength { limit } => at_least(limit, "characters"),
        ValidationErrorKind::MaxLength { limit } => at_most(limit, "characters"),
        ValidationErrorKind::MinItems { limit } => at_least(limit, "elements"),
        ValidationErrorKind::MaxItems { limit } => at_most(limit, "elements"),
        ValidationErrorKind::Minimum { limit } => format!("{limit} or more"),
        ValidationErrorKind::Maximum { limit } => format!("{limit} or less"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        ValidationErrorKind::Pattern { pattern } => format!("text that matches `{pattern}`"),
        ValidationErrorKind::Format { format } => format!("the format `{format}`"),
        // What is rarer is told by the validator.
        other => {
            let expected = format!("a value that `{}` in the schema accepts", other.keyword());
            return (expected, excerpt_of(error));
        }
    };
    (expected, there())
}
