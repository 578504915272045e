//! What was sent, as the lines of a request or as the changes to one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::secrets::{Known, Sender, is_secret};
use super::toml::{key, string, value};
use super::{Recorded, RecordedBody, RecordedPart};
use crate::judge::{read, same};
use crate::suite::{Body, Message, Request, Suite, Tree};

/// Header fields that a client adds, of which no API says anything.
const OF_CLIENTS: [&str; 18] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "dnt",
    "expect",
    "host",
    "origin",
    "pragma",
    "priority",
    "referer",
    "te",
    "traceparent",
    "transfer-encoding",
    "upgrade-insecure-requests",
    "user-agent",
];

/// The lines that make one message of another, and what a reader should know of them.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) lines: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// What `send` must say, so that a request becomes what was recorded.
pub(super) fn of_request(known: &Known, request: &Request, recorded: &Recorded) -> Difference {
    let valid = &request.message;
    let mut made = Difference::default();
    let mut remove = Vec::new();
    let sender = known.sender(&recorded.headers);
    let credential = match &sender {
        Sender::Credential(name) => Some(name.as_str()),
        Sender::Nobody => None,
        Sender::Unknown => valid.credential.as_deref(),
    };
    if credential != valid.credential.as_deref() {
        let name = credential.unwrap_or("none");
        made.lines.push(format!("as = {}", string(name)));
    }
    if sender == Sender::Unknown {
        made.notes
            .push("Its secret is none of the target's, and was left out.".to_owned());
    }
    path(known, valid, recorded, &mut made);
    query(known, valid, recorded, &mut made, &mut remove);
    headers(known, valid, credential, recorded, &mut made, &mut remove);
    body(known, &valid.body, recorded, &mut made, &mut remove);
    if !remove.is_empty() {
        let remove: Vec<String> = remove.iter().map(|pointer| string(pointer)).collect();
        made.lines
            .push(format!("send.remove = [{}]", remove.join(", ")));
    }
    made
}

/// What was recorded as a request of its own, and what a reader should know of it.
pub(super) fn whole(
    known: &Known,
    recorded: &Recorded,
    suite: &Suite,
) -> (Vec<String>, Vec<String>) {
    let nothing = Message {
        method: Tree::Literal(Value::Null).into(),
        path: Tree::Literal(Value::Null),
        credential: None,
        headers: Vec::new(),
        query: Vec::new(),
        body: Body::Empty.into(),
    };
    let mut made = Difference::default();
    let mut lines = vec![
        format!("method = {}", string(&recorded.method)),
        format!("path = {}", string(&known.path(&recorded.url))),
    ];
    let credential = match known.sender(&recorded.headers) {
        Sender::Credential(name) => Some(name),
        Sender::Nobody => None,
        Sender::Unknown => {
            made.notes
                .push("Its secret is none of the target's: see whether `as` is right.".to_owned());
            usual(suite)
        }
    };
    lines.extend(
        credential
            .iter()
            .map(|name| format!("as = {}", string(name))),
    );
    let mut remove = Vec::new();
    query(known, &nothing, recorded, &mut made, &mut remove);
    let credential = credential.as_deref();
    headers(
        known,
        &nothing,
        credential,
        recorded,
        &mut made,
        &mut remove,
    );
    body(known, &nothing.body, recorded, &mut made, &mut remove);
    let made_lines = made.lines.iter();
    lines.extend(made_lines.map(|line| line.strip_prefix("send.").unwrap_or(line).to_owned()));
    (lines, made.notes)
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
        let path = string(&known.path(&recorded.url));
        made.lines.push(format!("send.path = {path}"));
    }
}

fn query(
    known: &Known,
    valid: &Message,
    recorded: &Recorded,
    made: &mut Difference,
    remove: &mut Vec<String>,
) {
    let mut sent: Vec<(String, String)> = Vec::new();
    for (name, value) in recorded.url.query_pairs() {
        if is_secret(&name) {
            made.notes.push(format!(
                "The parameter {name} was left out: it may be a secret."
            ));
        } else {
            sent.push((name.into_owned(), value.into_owned()));
        }
    }
    fields("query", known, &valid.query, &sent, made, remove);
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
    for (name, value) in &recorded.headers {
        let of_client = OF_CLIENTS.contains(&name.as_str())
            || name.starts_with("sec-")
            || name.starts_with(':')
            || known.sends(credential, name);
        if is_secret(name) {
            // The credential stands for it.
            if name != "authorization" && !known.sends(credential, name) {
                made.notes.push(format!(
                    "The header {name} was left out: it may be a secret."
                ));
            }
        } else if !of_client && !is_usual_type(name, value, &recorded.body) {
            sent.push((name.clone(), value.clone()));
        }
    }
    fields("headers", known, &valid.headers, &sent, made, remove);
}

/// Whether a media type is the one that a body is sent with anyway.
fn is_usual_type(name: &str, value: &str, body: &RecordedBody) -> bool {
    name == "content-type"
        && match body {
            RecordedBody::Empty => true,
            RecordedBody::Text(_) => value.eq_ignore_ascii_case("application/json"),
            RecordedBody::Form(_) => value.starts_with("multipart/form-data"),
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
        let values: Vec<String> = values
            .iter()
            .map(|value| string(&known.text(value)))
            .collect();
        let values = match values.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        made.lines
            .push(format!("send.{area}.{} = {values}", key(name)));
    }
    for (name, _) in valid {
        if !sent
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name))
        {
            remove.push(format!("/{area}/{}", part(&name.to_ascii_lowercase())));
        }
    }
}

fn body(
    known: &Known,
    valid: &Body,
    recorded: &Recorded,
    made: &mut Difference,
    remove: &mut Vec<String>,
) {
    match (&recorded.body, valid) {
        (RecordedBody::Empty, Body::Empty) => {}
        (RecordedBody::Empty, _) => remove.push("/body".to_owned()),
        (RecordedBody::Form(parts), Body::Multipart(valid)) if parts.len() == valid.len() => {
            // Files are not recorded: a form of the same parts counts as the same.
        }
        (RecordedBody::Form(parts), _) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|one| form_part(known, one, made))
                .collect();
            made.lines
                .push(format!("send.multipart = [{}]", parts.join(", ")));
        }
        (RecordedBody::Text(text), valid) => {
            let reading = read(text.as_bytes()).ok();
            let strict = reading.filter(|reading| reading.duplicates.is_empty() && !reading.bom);
            match (strict.map(|reading| reading.value), valid) {
                (Some(sent), Body::Json(tree)) => {
                    members("", known, tree, &sent, made, remove);
                }
                (Some(sent), _) => {
                    let sent = value(&known.json(&without_secrets("", sent, made)));
                    made.lines.push(format!("send.json = {sent}"));
                }
                (None, _) => {
                    let text = string(&known.text(text));
                    made.lines.push(format!("send.text = {text}"));
                }
            }
        }
    }
}

fn members(
    at: &str,
    known: &Known,
    valid: &Tree,
    sent: &Value,
    made: &mut Difference,
    remove: &mut Vec<String>,
) {
    let (Tree::Object(entries), Value::Object(sent)) = (valid, sent) else {
        let as_before = known.render(valid).is_none_or(|valid| same(&valid, sent));
        if !as_before {
            let sent = value(&known.json(&without_secrets(at, sent.clone(), made)));
            made.lines.push(format!("send.json{} = {sent}", dotted(at)));
        }
        return;
    };
    for (name, tree) in entries {
        let at = format!("{at}/{}", part(name));
        match sent.get(name) {
            Some(sent) => members(&at, known, tree, sent, made, remove),
            None => remove.push(format!("/json{at}")),
        }
    }
    for (name, added) in sent {
        let at = format!("{at}/{}", part(name));
        if entries.iter().any(|(known, _)| known == name) {
            continue;
        }
        if is_secret(name) {
            made.notes
                .push(format!("The member {at} was left out: it may be a secret."));
            continue;
        }
        let added = value(&known.json(&without_secrets(&at, added.clone(), made)));
        made.lines
            .push(format!("send.json{} = {added}", dotted(&at)));
    }
}

/// A value without the members that are named like secrets.
fn without_secrets(at: &str, value: Value, made: &mut Difference) -> Value {
    match value {
        Value::Object(members) => {
            let mut kept = serde_json::Map::new();
            for (name, member) in members {
                let at = format!("{at}/{}", part(&name));
                if is_secret(&name) && !member.is_object() {
                    made.notes
                        .push(format!("The member {at} was left out: it may be a secret."));
                } else {
                    kept.insert(name, without_secrets(&at, member, made));
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| without_secrets(at, item, made))
            .collect(),
        other => other,
    }
}

fn form_part(known: &Known, part: &RecordedPart, made: &mut Difference) -> String {
    let name = string(&known.text(&part.name));
    match &part.filename {
        Some(filename) => {
            made.notes.push(format!(
                "The content of {filename} is not recorded: put it beside this file, and `file` in place of `text`."
            ));
            let filename = string(&known.text(filename));
            format!("{{ name = {name}, filename = {filename}, text = \"\" }}")
        }
        None if is_secret(&part.name) => format!("{{ name = {name}, text = \"\" }}"),
        None => {
            let text = string(&known.text(&part.text));
            format!("{{ name = {name}, text = {text} }}")
        }
    }
}

/// A part of a JSON Pointer, escaped (RFC 6901, 4).
fn part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A pointer as the rest of a dotted key.
fn dotted(pointer: &str) -> String {
    let mut made = String::new();
    for part in pointer.split('/').skip(1) {
        made.push('.');
        made.push_str(&key(&part.replace("~1", "/").replace("~0", "~")));
    }
    made
}

/// A rendered value as a header or a parameter has it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
