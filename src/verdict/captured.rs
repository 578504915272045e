//! What a step takes from its answer: the values that it captures, and what a poll still waits for.

use std::borrow::Cow;

use serde_json::Value;

use crate::contract::Contract;
use crate::exchange::{Exchange, Received};
use crate::judge::{self, Finding, Place};
use crate::suite::{Assertion, CaptureFrom, CheckedPlace, Poll, Step, Trial};

/// The largest body that is compared with another, in bytes.
const COMPARED: usize = 1024 * 1024;
/// The longest text that is captured, in bytes: later requests are made of it.
const CAPTURED: usize = 64 * 1024;

/// Whether an answer can be compared with others: they are read at the same time. Otherwise why not.
pub(super) fn comparable(exchange: &Exchange) -> Result<(), String> {
    let bytes = exchange.answer.as_ref().map_or(0, |one| one.body.len());
    if bytes <= COMPARED {
        return Ok(());
    }
    Err(format!(
        "an answer of {bytes} bytes is not compared with others: the most is {COMPARED}"
    ))
}

/// A step's captures from an answer; otherwise why one cannot be made.
pub(super) fn captured(step: &Step, received: &Received) -> Result<Vec<(String, Value)>, String> {
    let mut made = Vec::new();
    if step.captures.is_empty() {
        return Ok(made);
    }
    let reading = judge::read(&received.body).ok();
    for (name, from) in &step.captures {
        let (value, place) = match from {
            CaptureFrom::Body(pointer) => {
                let value = reading
                    .as_ref()
                    .and_then(|reading| pointer.get(&reading.value))
                    .filter(|value| !value.is_null());
                (value.map(Cow::Borrowed), format!("the body's {pointer}"))
            }
            CaptureFrom::Header(header) => (
                received.header(header).map(Value::from).map(Cow::Owned),
                format!("the header {header}"),
            ),
        };
        let why = match value {
            Some(value) if text_length(&value) <= CAPTURED => {
                made.push((name.clone(), value.into_owned()));
                continue;
            }
            Some(_) => format!("has more than {CAPTURED} bytes"),
            None => "is not in the answer".to_owned(),
        };
        return Err(format!("nothing to capture as `{name}`: {place} {why}"));
    }
    Ok(made)
}

/// The bytes of a value's text, about; at least one for each value in it.
fn text_length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| text_length(item) + 1).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len() + 4 + text_length(value))
            .sum(),
        _ => 4,
    }
}

/// What a poll still waits for; none where it is over.
pub fn missing(
    contract: &Contract,
    trial: &Trial,
    step: &Step,
    poll: &Poll,
    bound: &[Value],
    exchange: &Exchange,
) -> Option<Finding> {
    let received = exchange.answer.as_ref().ok()?;
    let mut accepted = step.expect.any_of.iter();
    if !accepted.any(|one| judge::is_of(contract, one, received)) {
        return None;
    }
    let in_body = |one: &Assertion| matches!(one.place, CheckedPlace::Body(_));
    if poll.until.iter().any(in_body)
        && let Err(faulty) = judge::read(&received.body)
    {
        // An empty 202, a 204, a page: what it waits for may be there later.
        let expected = "one JSON text in the end";
        let place = Place::Body;
        return Some(Finding::new(
            &trial.clause,
            place,
            expected,
            faulty.to_string(),
        ));
    }
    let (place, expected, actual) = judge::unmatched(&poll.until, bound, received)?;
    let expected = format!("{expected} in the end");
    Some(Finding::new(&trial.clause, place, expected, actual))
}
