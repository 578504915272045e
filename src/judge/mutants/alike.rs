//! Mutants of an answer that must be like others: each can be told from them by one thing.

use super::edit;
use crate::contract::Contract;
use crate::exchange::Received;
use crate::judge::json;

/// A text that no answer has.
const OTHER: &str = "of another";

/// All mutants of an answer that was found to be like others.
pub fn likeness_mutants(contract: &Contract, received: &Received) -> Vec<(&'static str, Received)> {
    let media_type = |value| edit::header(received, "content-type", value);
    let mut made = vec![
        (
            "telling_status",
            edit::status(received, received.status + 1),
        ),
        (
            "telling_header",
            edit::header(received, "x-reason", Some(OTHER)),
        ),
        ("other_members", edit::body(received, "{\"error\":{}}")),
        ("no_json", edit::body(received, OTHER)),
    ];
    if received.header("content-type").is_some() {
        made.push(("header_less", media_type(None)));
        made.push(("other_header", media_type(Some(OTHER))));
    }
    if let Some(message) = &contract.envelope().message
        && let Ok(reading) = json::read(&received.body)
        && let Some(telling) = edit::member(received, &reading.value, message, OTHER.into())
    {
        made.push(("telling_message", telling));
    }
    made
}
