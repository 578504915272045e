//! The lines of a new request, or the changes to a known one, for a recorded request.

use std::collections::BTreeMap;

use serde_json::Value;

use super::body::body;
use super::secrets::{Known, Sender, is_secret};
use super::{Recorded, RecordedBody};
use crate::contract::Pointer;
use crate::suite::{Body, Message, Request, Suite, Tree};

/// Header fields that clients add. A case has them only where its request has.
const OF_CLIENTS: [&str; 15] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "dnt",
    "expect",
    "origin",
    "pragma",
    "priority",
    "referer",
    "te",
    "traceparent",
    "upgrade-insecure-requests",
    "user-agent",
];

/// The entries that make one message of another, and what a reader should know of them.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) entries: Vec<(Vec<String>, Value)>,
    pub(super) notes: Vec<String>,
}

impl Difference {
    pub(super) fn set(&mut self, path: &[&str], value: impl Into<Value>) {
        let path = path.iter().map(ToString::to_string);
        self.entries.push((path.collect(), value.into()));
    }
}

/// What `send` must say, so that a request becomes what was recorded.
pub(super) fn of_request(
    known: &Known,
    request: &Request,
    recorded: &Recorded,
    anonymous: bool,
) -> Difference {
    let valid = &request.message;
    let mut made = Difference::default();
    let mut remove = Vec::new();
    let sender = known.sender(recorded);
    let credential = match &sender {
        Sender::Credential(name) => Some(name.as_str()),
        Sender::Nobody => None,
        Sender::Unknown if anonymous => None,
        Sender::Unknown => valid.credential.as_deref(),
    };
    if credential != valid.credential.as_deref() {
        made.set(&["as"], credential.unwrap_or("none"));
    }
    if sender == Sender::Unknown {
        made.notes
            .push("Its secret is not one of the target's, and was left out.".to_owned());
    }
    path(known, valid, recorded, &mut made);
    query(known, valid, credential, recorded, &mut made, &mut remove);
    headers(known, valid, credential, recorded, &mut made, &mut remove);
    body(known, &valid.body, recorded, &mut made, &mut remove);
    if !remove.is_empty() {
        made.set(&["send", "remove"], remove);
    }
    made
}

/// What was recorded as a request of its own.
pub(super) fn whole(known: &Known, recorded: &Recorded, suite: &Suite) -> Difference {
    let nothing = Message {
        method: Tree::Literal(Value::Null).into(),
        path: Tree::Literal(Value::Null),
        credential: None,
        headers: Vec::new(),
        query: Vec::new(),
        body: Body::Empty.into(),
    };
    let mut made = Difference::default();
    made.set(&["method"], recorded.method.as_str());
    made.set(&["path"], known.path(&recorded.url));
    let credential = match known.sender(recorded) {
        Sender::Credential(name) => Some(name),
        Sender::Nobody => None,
        Sender::Unknown => {
            made.notes
                .push("Its secret is not one of the target's: check `as`.".to_owned());
            usual(suite)
        }
    };
    if let Some(name) = &credential {
        made.set(&["as"], name.as_str());
    }
    let mut remove = Vec::new();
    let credential = credential.as_deref();
    query(
        known,
        &nothing,
        credential,
        recorded,
        &mut made,
        &mut remove,
    );
    headers(
        known,
        &nothing,
        credential,
        recorded,
        &mut made,
        &mut remove,
    );
    body(known, &nothing.body, recorded, &mut made, &mut remove);
    for (path, _) in &mut made.entries {
        if path.first().is_some_and(|part| part == "send") {
            path.remove(0);
        }
    }
    made
}

/// The credential that most requests of a suite are sent as.
fn usual(suite: &Suite) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for request in suite.requests.values() {
        if let Some(name) = &request.message.credential {
            *counts.entry(name).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, number)| *number);
    most.map(|(name, _)| name.to_owned())
}

fn path(known: &Known, valid: &Message, recorded: &Recorded, made: &mut Difference) {
    let rendered = known.render(&valid.path);
    let rendered = rendered.as_ref().and_then(Value::as_str);
    let rendered = rendered.map(|path| path.split('?').next().unwrap_or_default());
    if rendered != Some(recorded.url.path()) {
        made.set(&["send", "path"], known.path(&recorded.url));
    }
}

fn query(
    known: &Known,
    valid: &Message,
    credential: Option<&str>,
    recorded: &Recorded,
    made: &mut Difference,
    remove: &mut Vec<String>,
) {
    let mut sent: Vec<(String, String)> = Vec::new();
    let mut hidden: Vec<String> = Vec::new();
    for (name, value) in recorded.url.query_pairs() {
        if let Some(holder) = known.holder(&name, &value) {
            let note = held("parameter", &name, &holder, credential);
            made.notes.push(note);
            hidden.push(pointer("query", &name));
        } else if is_secret(&name) {
            made.notes.push(format!(
                "The parameter {name} was left out: it may be a secret."
            ));
            hidden.push(pointer("query", &name));
        } else {
            sent.push((name.into_owned(), value.into_owned()));
        }
    }
    fields("query", known, &valid.query, &sent, made, remove);
    // They were sent, only not with a value that can be told.
    remove.retain(|pointer| !hidden.contains(pointer));
}

/// The note about a secret in a place where its credential does not send it.
fn held(what: &str, name: &str, holder: &str, credential: Option<&str>) -> String {
    if credential == Some(holder) {
        format!(
            "The {what} {name} held the secret of `{holder}`, which `as` sends in its own place."
        )
    } else {
        format!("The {what} {name} was left out: it held the secret of `{holder}`.")
    }
}

fn headers(
    known: &Known,
    valid: &Message,
    credential: Option<&str>,
    recorded: &Recorded,
    made: &mut Difference,
    remove: &mut Vec<String>,
) {
    let mut sent: Vec<(String, String)> = Vec::new();
    let mut hidden: Vec<String> = Vec::new();
    let mut of_clients: Vec<&str> = Vec::new();
    let unknown = known.sender(recorded) == Sender::Unknown;
    for (name, value) in &recorded.headers {
        let in_request = valid
            .headers
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name));
        let holder = known.holder(name, value);
        // What `as` says of a caller is not said again.
        if name != "authorization" && (holder.is_some() || is_secret(name)) {
            hidden.push(pointer("headers", name));
        }
        if let Some(holder) = holder {
            if credential != Some(&holder) || !known.sends(credential, name) {
                made.notes.push(held("header", name, &holder, credential));
            } else if name == "cookie" && value.contains(';') {
                made.notes
                    .push("The other cookies were left out: they may be secrets.".to_owned());
            }
        } else if is_secret(name) || known.sends(credential, name) {
            // Of an unknown sender there is a note already.
            if name != "authorization" || !unknown {
                made.notes.push(format!(
                    "The header {name} was left out: it may be a secret."
                ));
            }
        } else if is_added(recorded, name, value) || known.adds(credential, name, value) {
            // It is sent without being named.
        } else if !in_request && is_of_clients(name, value) {
            let name = if name.starts_with("sec-") {
                "sec-*"
            } else {
                name
            };
            if !of_clients.contains(&name) {
                of_clients.push(name);
            }
        } else {
            sent.push((name.clone(), value.clone()));
        }
    }
    if !of_clients.is_empty() {
        let names = of_clients.join(", ");
        made.notes
            .push(format!("Left out, since clients add them: {names}."));
    }
    fields("headers", known, &valid.headers, &sent, made, remove);
    remove.retain(|pointer| !hidden.contains(pointer));
    let mut names = recorded.headers.iter().map(|(name, _)| name);
    if matches!(recorded.body, RecordedBody::Text(_)) && names.all(|name| name != "content-type") {
        remove.retain(|pointer| pointer != "/headers/content-type");
        made.set(&["send", "headers", "content-type"], Value::Null);
    }
}

/// Whether a header field is one that every client sends with this request anyway.
fn is_added(recorded: &Recorded, name: &str, value: &str) -> bool {
    match name {
        "host" => {
            let host = recorded.url.host_str().unwrap_or_default();
            let port = recorded.url.port_or_known_default();
            value == host && recorded.url.port().is_none()
                || port.is_some_and(|port| value == format!("{host}:{port}"))
        }
        "accept" => value == "*/*",
        "content-length" => true, // Only a HAR file can have it: the body's.
        "connection" => value.eq_ignore_ascii_case("keep-alive"),
        "content-type" => is_usual_type(value, &recorded.body),
        name => name.starts_with(':'),
    }
}

fn is_of_clients(name: &str, value: &str) -> bool {
    match name {
        // One that asks for something is a part of the request.
        "accept" => value.contains("*/*"),
        name => OF_CLIENTS.contains(&name) || name.starts_with("sec-"),
    }
}

/// Whether a media type is the one that a body is sent with anyway.
fn is_usual_type(value: &str, body: &RecordedBody) -> bool {
    match body {
        RecordedBody::Empty => false,
        RecordedBody::Text(_) => value.eq_ignore_ascii_case("application/json"),
        RecordedBody::Form(_) => value
            .to_ascii_lowercase()
            .starts_with("multipart/form-data"),
    }
}

fn fields(
    area: &str,
    known: &Known,
    valid: &[(String, Tree)],
    sent: &[(String, String)],
    made: &mut Difference,
    remove: &mut Vec<String>,
) {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in sent {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    for name in names {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        let values: Vec<&str> = sent
            .iter()
            .filter(|(other, _)| is(other))
            .map(|(_, value)| value.as_str())
            .collect();
        let before: Vec<&Tree> = valid
            .iter()
            .filter(|(other, _)| is(other))
            .map(|(_, tree)| tree)
            .collect();
        let as_before = values.len() == before.len()
            && before.iter().zip(&values).all(|(tree, value)| {
                // What is new each time, or names a fixture that is not known, is what was meant.
                known
                    .render(tree)
                    .is_none_or(|known| text(&known) == **value)
            });
        if as_before {
            continue;
        }
        let values: Value = match values.as_slice() {
            [one] => known.text(one).into(),
            several => several.iter().map(|value| known.text(value)).collect(),
        };
        made.set(&["send", area, name], values);
    }
    for (name, _) in valid {
        if !sent
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name))
        {
            remove.push(pointer(area, name));
        }
    }
}

/// Where a header or a parameter is in a request.
fn pointer(area: &str, name: &str) -> String {
    format!("/{area}/{}", Pointer::escape(&name.to_ascii_lowercase()))
}

/// A rendered value as a header or a parameter has it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
