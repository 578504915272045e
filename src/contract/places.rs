//! Keys of a contract that need a place in the envelope.

use super::Check;
use super::keys::RawContract;
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::Spanned;

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
    let rows = || raw.status.iter().flatten().flatten();
    for Spanned { value: row, .. } in rows() {
        let code = row.code.as_ref().filter(|code| code.value.is_some());
        if let (Some(code), None) = (code, &envelope.code) {
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
    for clause in raw.clause.iter().flatten() {
        let Some(check) = &clause.check else { continue };
        match check.value {
            Check::Code if envelope.code.is_none() => {
                missing(&check.at, "this check", "code", "\"/error/code\"");
            }
            Check::RetryFlag if envelope.retryable.is_none() => {
                missing(&check.at, "this check", "retryable", "\"/error/retryable\"");
            }
            Check::Window if envelope.window.is_none() => {
                let example = "{ header = \"Retry-After\" }";
                missing(&check.at, "this check", "window", example);
            }
            _ => {}
        }
    }
    if envelope.code.is_some() {
        for row in rows().filter(|row| row.value.code.is_none()) {
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
