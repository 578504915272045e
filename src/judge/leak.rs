//! What no answer may show: the insides of the server, and the caller's own secrets.

use super::body::Body;
use super::{Finding, Place, excerpt};
use crate::contract::{Check, Contract};
use crate::exchange::Exchange;

/// Holds a failure's message to what the contract forbids in it.
pub(super) fn judge(contract: &Contract, body: &Body, findings: &mut Vec<Finding>) {
    let Some((pointer, text)) = contract.envelope().message.as_ref().and_then(|pointer| {
        let text = pointer.get(body.value()?)?.as_str()?;
        Some((pointer, text))
    }) else {
        return;
    };
    for leak in contract.leaks() {
        if let Some(found) = leak.pattern.find(text) {
            findings.push(Finding::new(
                &leak.clause,
                Place::Member(pointer.to_string()),
                format!("nothing like {}", leak.what),
                format!("`{}`", excerpt(found.as_str())),
            ));
        }
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
