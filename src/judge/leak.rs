//! What no answer may show: the insides of the server, and the caller's own secrets.

use serde_json::Value;

use super::body::Body;
use super::{Finding, Place, excerpt};
use crate::contract::{Check, Contract};
use crate::exchange::Exchange;

/// Holds a failure's message to what the contract forbids in it; a body without its message is searched as a whole.
pub(super) fn judge(contract: &Contract, body: &Body, findings: &mut Vec<Finding>) {
    let Some((pointer, value)) = contract.envelope().message.as_ref().zip(body.value()) else {
        return;
    };
    let (place, message) = match pointer.get(value) {
        Some(message) => (Place::Member(pointer.to_string()), message),
        None => (Place::Body, value),
    };
    let mut texts = Vec::new();
    gather(message, &mut texts);
    for leak in contract.leaks() {
        if let Some(found) = texts.iter().find_map(|text| leak.pattern.find(text)) {
            findings.push(Finding::new(
                &leak.clause,
                place.clone(),
                format!("nothing like {}", leak.what),
                format!("`{}`", excerpt(found.as_str())),
            ));
        }
    }
}

/// The texts of a message, which may be a list or an object.
fn gather<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Object(members) => members.values().for_each(|member| gather(member, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What an answer breaks that sends back a secret at a place, where the contract forbids it.
pub fn judge_echo(contract: &Contract, place: &Place) -> Option<Finding> {
    let clause = contract.check(Check::SecretEcho)?;
    let actual = match place {
        Place::Status => "the credential that was sent, in the reason phrase",
        _ => "the credential that was sent",
    };
    Some(Finding::new(clause, place.clone(), "no credential", actual))
}

/// Where an answer sends back one of the secrets that requests are made with; `echoes` finds them in a text, however it is escaped.
pub fn echoed(echoes: &dyn Fn(&[u8]) -> bool, exchange: &Exchange) -> Option<Place> {
    let received = exchange.answer.as_ref().ok()?;
    if echoes(&received.body) {
        return Some(Place::Body);
    }
    if echoes(&received.reason) {
        return Some(Place::Status);
    }
    let mut fields = received.headers.iter().chain(&received.trailers);
    fields
        .find(|(name, value)| echoes(value) || echoes(name.as_bytes()))
        .map(|(name, _)| Place::Header(name.clone()))
}
