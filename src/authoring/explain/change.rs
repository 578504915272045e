//! What a step changes of its request, a line each.

use serde_json::Value;

use super::show::{Show, json};
use crate::contract::Pointer;
use crate::suite::{Body, Message, Tree};

/// The differences between a valid request and what is sent in its place; none where it is sent as it stands.
pub(super) fn changes(valid: &Message, sent: &Message, show: &Show) -> Vec<String> {
    let mut lines = Vec::new();
    for (what, was, is) in [
        ("method", &*valid.method, &*sent.method),
        ("path", &valid.path, &sent.path),
    ] {
        let (was, is) = (show.text(was), show.text(is));
        if was != is {
            lines.push(format!("{what}: {is}, in place of {was}"));
        }
    }
    if valid.credential != sent.credential {
        let name = |credential: &Option<String>| {
            let name = credential.as_ref();
            name.map_or("no credential".to_owned(), |name| format!("`{name}`"))
        };
        let (was, is) = (name(&valid.credential), name(&sent.credential));
        lines.push(format!("as {is}, in place of {was}"));
    }
    fields("header", &valid.headers, &sent.headers, show, &mut lines);
    fields("query", &valid.query, &sent.query, show, &mut lines);
    match (&*valid.body, &*sent.body) {
        (was, is) if was == is => {}
        (Body::Json(was), Body::Json(is)) => {
            members("", &show.value(was), &show.value(is), &mut lines);
        }
        (was, is) => {
            let kind = match was {
                Body::Empty => "no body",
                Body::Json(_) => "the JSON",
                Body::Text(_) => "the text",
                Body::Bytes(_) => "the bytes",
                Body::Multipart(_) => "the form",
            };
            lines.push(format!(
                "body: {}, in place of {kind}",
                show.body_phrase(is)
            ));
        }
    }
    lines
}

fn fields(
    what: &str,
    valid: &[(String, Tree)],
    sent: &[(String, Tree)],
    show: &Show,
    lines: &mut Vec<String>,
) {
    let values = |of: &[(String, Tree)], wanted: &str| -> Vec<String> {
        of.iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, tree)| match what {
                "header" => show.header(wanted, tree),
                _ => show.text(tree),
            })
            .collect()
    };
    let mut seen: Vec<String> = Vec::new();
    for (name, _) in valid.iter().chain(sent) {
        let name = name.to_ascii_lowercase();
        if seen.contains(&name) {
            continue;
        }
        let (was, is) = (values(valid, &name), values(sent, &name));
        if was != is {
            lines.push(changed(
                &format!("{what} {name}"),
                &was.join(" and "),
                &is.join(" and "),
                was.is_empty(),
                is.is_empty(),
            ));
        }
        seen.push(name);
    }
}

fn members(at: &str, was: &Value, is: &Value, lines: &mut Vec<String>) {
    let (Value::Object(before), Value::Object(after)) = (was, is) else {
        if was != is {
            let at = if at.is_empty() { "as a whole" } else { at };
            lines.push(format!(
                "json {at}: {}, in place of {}",
                json(is),
                json(was)
            ));
        }
        return;
    };
    let new = after.keys().filter(|name| !before.contains_key(*name));
    for name in before.keys().chain(new) {
        let at = format!("{at}/{}", Pointer::escape(name));
        match (before.get(name), after.get(name)) {
            (Some(was), Some(is)) => members(&at, was, is, lines),
            (was, is) => {
                let text = |value: Option<&Value>| value.map(json).unwrap_or_default();
                let (added, removed) = (was.is_none(), is.is_none());
                lines.push(changed(
                    &format!("json {at}"),
                    &text(was),
                    &text(is),
                    added,
                    removed,
                ));
            }
        }
    }
}

fn changed(what: &str, was: &str, is: &str, added: bool, removed: bool) -> String {
    match (added, removed) {
        (true, _) => format!("{what}: {is}, added"),
        (_, true) => format!("{what}: removed, was {was}"),
        _ => format!("{what}: {is}, in place of {was}"),
    }
}
