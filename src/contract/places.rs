//! Keys of a contract that need a place in the envelope.

use super::raw::RawContract;
use crate::input::diagnostic::{Faults, Location};

/// Reports keys that cannot influence a verdict because the envelope does not say where to find their value.
pub(super) fn without_place(raw: &RawContract, faults: &mut Faults) {
    let Some(envelope) = &raw.envelope else {
        return; // That is noted.
    };
    let mut missing = |at: &Location, what: &str, key: &str, example: &str| {
        faults.at(
            at,
            "no-place",
            format!("{what} has no effect: the envelope does not say where to look"),
            format!("expected the key `{key}` in `[envelope]`"),
            Some(format!("add `{key} = {example}`, or remove this")),
        );
    };
    for row in &raw.status {
        if let (Some(code), None) = (&row.code, &envelope.code) {
            missing(&code.at, "this code", "code", "\"/error/code\"");
        }
        if let (Some(flag), None) = (&row.retryable, &envelope.retryable) {
            missing(
                &flag.at,
                "this retry flag",
                "retryable",
                "\"/error/retryable\"",
            );
        }
    }
    for other in &raw.other {
        if let (Some(flag), None) = (&other.retryable, &envelope.retryable) {
            missing(
                &flag.at,
                "this retry flag",
                "retryable",
                "\"/error/retryable\"",
            );
        }
    }
    for clause in &raw.clause {
        let Some(check) = &clause.check else { continue };
        match check.value.as_str() {
            "code" if envelope.code.is_none() => {
                missing(&check.at, "this check", "code", "\"/error/code\"");
            }
            "retry-flag" if envelope.retryable.is_none() => {
                missing(&check.at, "this check", "retryable", "\"/error/retryable\"");
            }
            "window" if envelope.window.is_none() => {
                let example = "{ header = \"Retry-After\" }";
                missing(&check.at, "this check", "window", example);
            }
            _ => {}
        }
    }
    if envelope.code.is_some() {
        for row in raw.status.iter().filter(|row| !row.has_code) {
            faults.at(
                &row.at,
                "missing-key",
                "a status row has no `code`",
                "expected the key `code` here",
                Some("write `code = { absent = true }` if its responses have no code".to_owned()),
            );
        }
    }
}
