//! Requests and `send`s read into messages.

use super::body::Bodies;
use super::keys::{RawMessage, RawRequest, RawSend};
use super::model::{Body, Message};
use super::template::Tree;
use crate::contract::Pointer;
use crate::input::diagnostic::Faults;
use crate::input::document::{Key, Node, Spanned, Value};

/// The name that `as` gives to sending without a credential.
pub(super) const NO_CREDENTIAL: &str = "none";

/// What a step changes of a request.
#[derive(Debug, Default)]
pub(super) struct Send {
    pub(super) method: Option<Tree>,
    pub(super) path: Option<Tree>,
    pub(super) headers: Vec<(String, Tree)>,
    pub(super) query: Vec<(String, Tree)>,
    pub(super) body: Option<Body>,
    pub(super) remove: Vec<Spanned<Pointer>>,
}

/// A request's message. What it lacks is noted already, and null here: the cases that use it are not at fault.
pub(super) fn of_request(raw: &RawRequest, bodies: &Bodies<'_>, faults: &mut Faults) -> Message {
    let lacking = || Tree::Literal(serde_json::Value::Null);
    let method = raw.method.as_ref().map(|node| method(node, bodies, faults));
    let path = raw.path.as_ref().map(|node| path(node, bodies, faults));
    let headers = headers(&raw.parts, bodies, faults);
    let query = query(&raw.parts, bodies, faults);
    let body = bodies.body(&raw.parts, faults).unwrap_or(Body::Empty);
    Message {
        method: method.unwrap_or_else(lacking).into(),
        path: path.unwrap_or_else(lacking),
        credential: credential(raw.credential.as_ref()),
        headers,
        query,
        body: body.into(),
    }
}

/// What a `send` says.
pub(super) fn of_send(raw: &RawSend, bodies: &Bodies<'_>, faults: &mut Faults) -> Send {
    Send {
        method: raw.method.as_ref().map(|node| method(node, bodies, faults)),
        path: raw.path.as_ref().map(|node| path(node, bodies, faults)),
        headers: headers(&raw.parts, bodies, faults),
        query: query(&raw.parts, bodies, faults),
        body: bodies.body(&raw.parts, faults),
        remove: raw.remove.clone(),
    }
}

/// The credential that `as` names.
pub(super) fn credential(raw: Option<&Spanned<String>>) -> Option<String> {
    raw.map(|name| name.value.clone())
        .filter(|name| name != NO_CREDENTIAL)
}

fn method(node: &Node, bodies: &Bodies<'_>, faults: &mut Faults) -> Tree {
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase());
    if !node.text().is_some_and(letters) {
        crate::input::document::mismatch(node, "an HTTP method such as \"POST\"", faults);
    }
    (bodies.tree)(node, faults)
}

fn path(node: &Node, bodies: &Bodies<'_>, faults: &mut Faults) -> Tree {
    if !node
        .text()
        .is_some_and(|text| text.starts_with('/') || text.starts_with("{{"))
    {
        crate::input::document::mismatch(node, "a path that begins with \"/\"", faults);
    }
    (bodies.tree)(node, faults)
}

fn headers(raw: &RawMessage, bodies: &Bodies<'_>, faults: &mut Faults) -> Vec<(String, Tree)> {
    for (key, _) in &raw.headers {
        crate::input::document::header_name(&key.name, &key.at, faults);
    }
    flat(&raw.headers, bodies, faults)
}

fn query(raw: &RawMessage, bodies: &Bodies<'_>, faults: &mut Faults) -> Vec<(String, Tree)> {
    flat(&raw.query, bodies, faults)
}

/// A table of scalars, a list as a value standing for several entries, an empty one for nothing in place of what was there.
fn flat(table: &[(Key, Node)], bodies: &Bodies<'_>, faults: &mut Faults) -> Vec<(String, Tree)> {
    let mut entries = Vec::new();
    for (key, node) in table {
        let values = match &node.value {
            Value::Array(items) if items.is_empty() => {
                entries.push((key.name.clone(), Tree::Literal(serde_json::Value::Null)));
                continue;
            }
            Value::Array(items) => items.iter().collect(),
            _ => vec![node],
        };
        for value in values {
            if matches!(value.value, Value::Table(_) | Value::Array(_)) {
                crate::input::document::mismatch(value, "a string or a number", faults);
            }
            entries.push((key.name.clone(), (bodies.tree)(value, faults)));
        }
    }
    entries
}
