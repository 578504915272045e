//! What was sent, as the lines of a request or as the changes to one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::secrets::{Known, Sender, is_secret};
use super::toml::{key, string, value};
use super::{Recorded, RecordedBody, RecordedPart};
use crate::judge::{read, same};
use crate::suite::{Body, Message, Part, PartBody, Request, Suite, Tree};

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
    let sender = known.sender(recorded);
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
            .push("Its secret is not one of the target's, and was left out.".to_owned());
    }
    path(known, valid, recorded, &mut made);
    query(known, valid, credential, recorded, &mut made, &mut remove);
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
    let credential = match known.sender(recorded) {
        Sender::Credential(name) => Some(name),
        Sender::Nobody => None,
        Sender::Unknown => {
            made.notes
                .push("Its secret is not one of the target's: check `as`.".to_owned());
            usual(suite)
        }
    };
    lines.extend(
        credential
            .iter()
            .map(|name| format!("as = {}", string(name))),
    );
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
    credential: Option<&str>,
    recorded: &Recorded,
    made: &mut Difference,
    remove: &mut Vec<String>,
) {
    let mut sent: Vec<(String, String)> = Vec::new();
    for (name, value) in recorded.url.query_pairs() {
        if let Some(holder) = known.holder(&name, &value) {
            let note = held("parameter", &name, &holder, credential);
            made.notes.push(note);
        } else if is_secret(&name) {
            made.notes.push(format!(
                "The parameter {name} was left out: it may be a secret."
            ));
        } else {
            sent.push((name.into_owned(), value.into_owned()));
        }
    }
    fields("query", known, &valid.query, &sent, made, remove);
}

/// What a reader should know of a secret in a place that its credential does not send it in.
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
    let mut of_clients: Vec<&str> = Vec::new();
    let unknown = known.sender(recorded) == Sender::Unknown;
    for (name, value) in &recorded.headers {
        let in_request = valid
            .headers
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name));
        if let Some(holder) = known.holder(name, value) {
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
    let mut names = recorded.headers.iter().map(|(name, _)| name);
    if matches!(recorded.body, RecordedBody::Text(_)) && names.all(|name| name != "content-type") {
        remove.retain(|pointer| pointer != "/headers/content-type");
        made.lines
            .push(r#"send.headers.content-type = "{{ null }}""#.to_owned());
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
        (RecordedBody::Form(parts), Body::Multipart(valid))
            if parts.len() == valid.len()
                && parts
                    .iter()
                    .zip(valid)
                    .all(|(part, valid)| is_same(known, part, valid)) => {}
        (RecordedBody::Form(parts), _) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|one| form_part(known, one, made))
                .collect();
            made.lines
                .push(format!("send.multipart = [{}]", parts.join(", ")));
        }
        (RecordedBody::Text(text), valid) => {
            let is_form = recorded.headers.iter().any(|(name, value)| {
                name == "content-type" && value.starts_with("application/x-www-form-urlencoded")
            });
            let reading = read(text.as_bytes()).ok();
            let strict = reading.filter(|reading| reading.duplicates.is_empty() && !reading.bom);
            let sent = strict.map(|reading| reading.value);
            // A form such as `1` can be read as JSON, too.
            let sent = sent.filter(|sent| !is_form || sent.is_object() || sent.is_array());
            match (sent, valid) {
                (Some(sent), Body::Json(tree)) => {
                    members("", known, tree, &sent, made, remove);
                }
                (Some(sent), _) => {
                    let sent = value(&known.json(&without_secrets("", sent, made)));
                    made.lines.push(format!("send.json = {sent}"));
                }
                (None, Body::Text(tree)) if is_text(known, tree, text) => {}
                (None, _) if is_form => {
                    let text = string(&urlencoded(known, text, made));
                    made.lines.push(format!("send.text = {text}"));
                }
                (None, _) => {
                    let text = string(&known.text(text));
                    made.lines.push(format!("send.text = {text}"));
                }
            }
        }
    }
}

/// Whether a tree yields this text.
fn is_text(known: &Known, tree: &Tree, text: &str) -> bool {
    known.render(tree).as_ref().and_then(Value::as_str) == Some(text)
}

/// A form of pairs without those that are named like secrets.
fn urlencoded(known: &Known, text: &str, made: &mut Difference) -> String {
    let mut kept = Vec::new();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = url::form_urlencoded::parse(pair.as_bytes()).next();
        let decoded = decoded.unwrap_or_default();
        let written = known.text(value);
        if is_secret(&decoded.0) && !value.is_empty() && written == value {
            made.notes.push(format!(
                "The field {name} was left out: it may be a secret."
            ));
        } else if pair.contains('=') {
            kept.push(format!("{}={written}", known.text(name)));
        } else {
            kept.push(known.text(pair));
        }
    }
    kept.join("&")
}

/// Whether a part is the request's own. The content of a file is not recorded, and counts as the same.
fn is_same(known: &Known, part: &RecordedPart, valid: &Part) -> bool {
    let is = |recorded: &Option<String>, tree: &Option<Tree>| match (recorded, tree) {
        (None, None) => true,
        (Some(text), Some(tree)) => is_text(known, tree, text),
        _ => false,
    };
    let content = match (&part.text, &valid.body) {
        (None, _) => true,
        (Some(text), PartBody::Text(tree)) => is_text(known, tree, text),
        (Some(text), PartBody::Bytes(bytes)) => text.as_bytes() == bytes,
    };
    content
        && is(&part.name, &valid.name)
        && is(&part.filename, &valid.filename)
        && is(&part.media_type, &valid.media_type)
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
        let name = at.rsplit('/').next().unwrap_or_default();
        let hidden = is_secret(name)
            && sent
                .as_str()
                .is_some_and(|sent| !sent.is_empty() && known.text(sent) == sent);
        if !as_before && hidden {
            made.notes
                .push(format!("The member {at} was left out: it may be a secret."));
        } else if !as_before {
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
    let names = [
        ("name", &part.name),
        ("filename", &part.filename),
        ("type", &part.media_type),
    ];
    let mut fields: Vec<String> = names
        .into_iter()
        .filter_map(|(key, text)| Some(format!("{key} = {}", string(&known.text(text.as_ref()?)))))
        .collect();
    let name = part.name.as_deref().unwrap_or_default();
    let text = match &part.text {
        None => {
            let file = part.filename.as_deref().unwrap_or(name);
            made.notes.push(format!(
                "The content of {file} is not recorded: put it beside this file, and `file` in place of `text`."
            ));
            String::new()
        }
        Some(text) if is_secret(name) && !text.is_empty() && known.text(text) == *text => {
            made.notes.push(format!(
                "The part {name} was left empty: it may be a secret."
            ));
            String::new()
        }
        Some(text) => known.text(text),
    };
    fields.push(format!("text = {}", string(&text)));
    format!("{{ {} }}", fields.join(", "))
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
