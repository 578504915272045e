//! The body that was sent, as the changes to a request's.

use serde_json::{Map, Value};

use super::difference::Difference;
use super::secrets::{Known, is_secret};
use super::{Recorded, RecordedBody, RecordedPart};
use crate::contract::Pointer;
use crate::judge::{read, same};
use crate::suite::{Body, Part, PartBody, Tree};

/// What of a body differs from the request's.
pub(super) fn body(
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
            let parts: Value = parts
                .iter()
                .map(|one| form_part(known, one, made))
                .collect();
            made.set(&["send", "multipart"], parts);
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
                    let sent = known.json(&without_secrets("", sent, made));
                    made.set(&["send", "json"], sent);
                }
                (None, Body::Text(tree)) if is_text(known, tree, text) => {}
                (None, _) if is_form => {
                    let text = urlencoded(known, text, made);
                    made.set(&["send", "text"], text);
                }
                (None, _) => made.set(&["send", "text"], known.text(text)),
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
        let rendered = known.render(valid);
        if rendered.is_none() {
            let what = match at {
                "" => "The body".to_owned(),
                at => format!("The member {at}"),
            };
            made.notes.push(format!(
                "{what} was left out: the request computes it with a template whose value changes or is unknown here."
            ));
        }
        let as_before = rendered.is_none_or(|valid| same(&valid, sent));
        let name = at.rsplit('/').next().unwrap_or_default();
        let hidden = is_secret(name)
            && sent
                .as_str()
                .is_some_and(|sent| !sent.is_empty() && known.text(sent) == sent);
        if !as_before && hidden {
            made.notes
                .push(format!("The member {at} was left out: it may be a secret."));
        } else if !as_before {
            set_member(at, known, sent, made);
        }
        return;
    };
    for (name, tree) in entries {
        let at = format!("{at}/{}", Pointer::escape(name));
        match sent.get(name) {
            Some(sent) => members(&at, known, tree, sent, made, remove),
            None => remove.push(format!("/json{at}")),
        }
    }
    for (name, added) in sent {
        let at = format!("{at}/{}", Pointer::escape(name));
        if entries.iter().any(|(known, _)| known == name) {
            continue;
        }
        if is_secret(name) {
            made.notes
                .push(format!("The member {at} was left out: it may be a secret."));
            continue;
        }
        set_member(&at, known, added, made);
    }
}

/// Sets the member that a pointer leads to.
fn set_member(at: &str, known: &Known, sent: &Value, made: &mut Difference) {
    let sent = known.json(&without_secrets(at, sent.clone(), made));
    let pointer = Pointer::parse(at);
    let parts = pointer.iter().flat_map(Pointer::parts).map(String::as_str);
    let path: Vec<&str> = ["send", "json"].into_iter().chain(parts).collect();
    made.set(&path, sent);
}

/// A value without the members that are named like secrets.
fn without_secrets(at: &str, value: Value, made: &mut Difference) -> Value {
    match value {
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, member) in members {
                let at = format!("{at}/{}", Pointer::escape(&name));
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

fn form_part(known: &Known, part: &RecordedPart, made: &mut Difference) -> Value {
    let names = [
        ("name", &part.name),
        ("filename", &part.filename),
        ("type", &part.media_type),
    ];
    let mut fields: Map<String, Value> = names
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), known.text(text.as_ref()?).into())))
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
    fields.insert("text".to_owned(), text.into());
    Value::Object(fields)
}
