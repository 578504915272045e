//! `send` merged into a request: a table into a table, anything else in place of what was there; then what must go, goes.

use serde_json::Value;

use super::message::Send;
use super::model::{Body, Message};
use super::template::Tree;
use crate::contract::Pointer;
use crate::diagnostic::Faults;

/// The request as a step sends it. `of` names the request for messages.
pub(super) fn merge(request: &Message, send: Send, of: &str, faults: &mut Faults) -> Message {
    let mut message = request.clone();
    if let Some(method) = send.method {
        message.method = method;
    }
    if let Some(path) = send.path {
        message.path = path;
    }
    replace(
        &mut message.headers,
        send.headers,
        str::eq_ignore_ascii_case,
    );
    replace(&mut message.query, send.query, |a, b| a == b);
    if let Some(body) = send.body {
        message.body = match (message.body, body) {
            (Body::Json(request), Body::Json(send)) => Body::Json(merge_tree(request, send)),
            (_, body) => body,
        };
    }
    for pointer in send.remove {
        if !remove(&mut message, &pointer.value) {
            faults.at(
                &pointer.at,
                "nothing-to-remove",
                format!("the request `{of}` has nothing at `{}`", pointer.value),
                "expected a pointer such as /headers/authorization, /query/limit or /json/mode",
                None,
            );
        }
    }
    message
}

fn replace(
    entries: &mut Vec<(String, Tree)>,
    new: Vec<(String, Tree)>,
    same: fn(&str, &str) -> bool,
) {
    entries.retain(|(name, _)| !new.iter().any(|(replaced, _)| same(name, replaced)));
    entries.extend(new);
}

fn merge_tree(request: Tree, send: Tree) -> Tree {
    match (entries(request), entries(send)) {
        (Ok(mut into), Ok(from)) => {
            for (name, tree) in from {
                match into.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, old)) => {
                        let before = std::mem::replace(old, Tree::Literal(Value::Null));
                        *old = merge_tree(before, tree);
                    }
                    None => into.push((name, tree)),
                }
            }
            Tree::Object(into)
        }
        (_, Ok(send)) => Tree::Object(send),
        (_, Err(send)) => send,
    }
}

/// The entries of an object; otherwise the tree as it was.
fn entries(tree: Tree) -> Result<Vec<(String, Tree)>, Tree> {
    match tree {
        Tree::Object(entries) => Ok(entries),
        other => Err(other),
    }
}

/// Takes away what the pointer names; false where there is nothing.
fn remove(message: &mut Message, pointer: &Pointer) -> bool {
    let parts: Vec<String> = pointer.parts().collect();
    let Some((area, rest)) = parts.split_first() else {
        return false;
    };
    match (area.as_str(), rest) {
        ("headers", [name]) => {
            let before = message.headers.len();
            message
                .headers
                .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            let mut gone = message.headers.len() < before;
            if name.eq_ignore_ascii_case("authorization") {
                gone |= message.credential.take().is_some();
            }
            gone
        }
        ("query", [name]) => {
            let before = message.query.len();
            message.query.retain(|(known, _)| known != name);
            message.query.len() < before
        }
        ("json" | "text" | "base64" | "file" | "multipart" | "body", []) => {
            std::mem::replace(&mut message.body, Body::Empty) != Body::Empty
        }
        ("json", path) => match &mut message.body {
            Body::Json(tree) => remove_from(tree, path),
            _ => false,
        },
        ("multipart", [index]) => match (&mut message.body, index.parse::<usize>()) {
            (Body::Multipart(parts), Ok(index)) if index < parts.len() => {
                parts.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

fn remove_from(tree: &mut Tree, path: &[String]) -> bool {
    let Some((name, rest)) = path.split_first() else {
        return false;
    };
    match tree {
        Tree::Object(entries) => {
            let Some(at) = entries.iter().position(|(known, _)| known == name) else {
                return false;
            };
            if rest.is_empty() {
                entries.remove(at);
                return true;
            }
            remove_from(&mut entries[at].1, rest)
        }
        Tree::Array(items) => {
            let Some(at) = name.parse().ok().filter(|at: &usize| *at < items.len()) else {
                return false;
            };
            if rest.is_empty() {
                items.remove(at);
                return true;
            }
            remove_from(&mut items[at], rest)
        }
        Tree::Literal(_) | Tree::Template(_) => false,
    }
}
