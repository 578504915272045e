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
    let code = ("code", r#""/error/code""#, envelope.code.is_some());
    let retryable = (
        "retryable",
        r#""/error/retryable""#,
        envelope.retryable.is_some(),
    );
    let window = (
        "window",
        r#"{ header = "Retry-After" }"#,
        envelope.window.is_some(),
    );
    let mut needs = |at: &Location, what: &str, (key, example, is_there): (&str, &str, bool)| {
        if !is_there {
            faults.at(
                at,
                "no-place",
                format!("{what} has no effect: the envelope does not say where to look"),
                format!("expected the key `{key}` in `[envelope]`"),
                Some(format!("add `{key} = {example}`, or remove this")),
            );
        }
    };
    let rows = || raw.status.iter().flatten().flatten();
    for Spanned { value: row, .. } in rows() {
        if let Some(own) = row.code.as_ref().filter(|code| code.value.is_some()) {
            needs(&own.at, "this code", code);
        }
    }
    let flags = rows().map(|row| &row.value.retryable);
    let flags = flags.chain(raw.other.iter().map(|other| &other.retryable));
    for flag in flags.flatten() {
        needs(&flag.at, "this retry flag", retryable);
    }
    for check in raw
        .clause
        .iter()
        .flatten()
        .filter_map(|clause| clause.check.as_ref())
    {
        match check.value {
            Check::Code => needs(&check.at, "this check", code),
            Check::RetryFlag => needs(&check.at, "this check", retryable),
            Check::Window => needs(&check.at, "this check", window),
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
