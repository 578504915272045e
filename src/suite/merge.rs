//! Merging `send` into a request: tables are merged, other values are replaced, then the `remove` pointers are applied.

use std::sync::Arc;

use serde_json::Value;

use super::message::Send;
use super::model::{Body, Message};
use super::template::Tree;
use crate::contract::Pointer;
use crate::input::diagnostic::Faults;

/// The request as a step sends it. `of` names the request for messages.
pub(super) fn merge(request: &Message, send: Send, of: &str, faults: &mut Faults) -> Message {
    let mut message = request.clone();
    if let Some(method) = send.method {
        message.method = method.into();
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
        message.body = Arc::new(match (&*message.body, body) {
            (Body::Json(request), Body::Json(send)) => {
                Body::Json(merge_tree(request.clone(), send))
            }
            (_, body) => body,
        });
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

/// Removes the value at a pointer. Returns false if nothing is there.
fn remove(message: &mut Message, pointer: &Pointer) -> bool {
    let parts = pointer.parts();
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
            *std::mem::replace(&mut message.body, Body::Empty.into()) != Body::Empty
        }
        ("json", path) => match Arc::make_mut(&mut message.body) {
            Body::Json(tree) => remove_from(tree, path),
            _ => false,
        },
        ("multipart", [index]) => {
            match (Arc::make_mut(&mut message.body), index.parse::<usize>()) {
                (Body::Multipart(parts), Ok(index)) if index < parts.len() => {
                    parts.remove(index);
                    true
                }
                _ => false,
            }
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::suite::{Engine, Scope};

    /// A tree as a file writes it: names that repeat often, so that tables meet.
    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(|number| Tree::Literal(number.into())),
            "[a-c]{0,3}".prop_map(|text| Tree::Literal(text.into())),
        ];
        leaf.prop_recursive(4, 30, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::Array),
                prop::collection::btree_map("[a-c]", inner, 0..4)
                    .prop_map(|entries| Tree::Object(entries.into_iter().collect())),
            ]
        })
    }

    fn value(tree: &Tree) -> Value {
        Engine::default().value(tree, &Scope::default()).unwrap()
    }

    /// Merging as RFC 7396 has it, where nothing is null.
    fn patched(into: Value, from: Value) -> Value {
        match (into, from) {
            (Value::Object(mut into), Value::Object(from)) => {
                for (name, member) in from {
                    let before = into.get(&name).cloned().unwrap_or_default();
                    into.insert(name, patched(before, member));
                }
                Value::Object(into)
            }
            (_, Value::Object(from)) => {
                patched(Value::Object(serde_json::Map::new()), Value::Object(from))
            }
            (_, from) => from,
        }
    }

    proptest! {
        #[test]
        fn merging_is_that_of_a_merge_patch(request in trees(), send in trees()) {
            let merged = merge_tree(request.clone(), send.clone());
            prop_assert_eq!(value(&merged), patched(value(&request), value(&send)));
            prop_assert_eq!(merge_tree(merged.clone(), send), merged);
        }

        #[test]
        fn what_is_removed_is_gone_and_the_rest_stays(tree in trees(), name in "[a-c]", inner in "[a-c]") {
            let mut removed = tree.clone();
            let gone = remove_from(&mut removed, &[name.clone(), inner.clone()]);
            let pointer = format!("/{name}/{inner}");
            let before = value(&tree);
            let Value::Object(_) = before.pointer(&format!("/{name}")).unwrap_or(&Value::Null) else {
                return Ok(());
            };
            prop_assert_eq!(gone, before.pointer(&pointer).is_some());
            let mut expected = before;
            if let Some(Value::Object(members)) = expected.pointer_mut(&format!("/{name}")) {
                members.shift_remove(&inner);
            }
            prop_assert_eq!(value(&removed), expected);
        }
    }
}
