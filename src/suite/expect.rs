//! `expect` in all its forms, read into an expectation.

use std::sync::Arc;

use super::body::Bodies;
use super::keys;
use super::model::{Expectation, Expected, Kind};
use super::template::Tree;
use crate::contract::{Contract, Pointer, compile_schema};
use crate::diagnostic::{Faults, Location, did_you_mean, list};
use crate::document::{Fields, Key, Node, Read, Spanned, Value, mend, mismatch};

/// What `expect` may be, for messages.
const FORMS: &str = "a row, \"success\", a status, a list of these, or a table";

/// Reads an `expect`; `volley` says whether the step is one.
pub(super) fn expectation(
    node: &Node,
    success: &[(Pointer, Kind)],
    volley: bool,
    remembered: &[String],
    contract: &Contract,
    bodies: &Bodies<'_>,
    faults: &mut Faults,
) -> Option<Expectation> {
    let mut expectation = Expectation {
        at: node.at.clone(),
        any_of: Vec::new(),
        members: success.to_vec(),
        equal: Vec::new(),
        differ: Vec::new(),
        like: Vec::new(),
        schema: None,
        same: Vec::new(),
        count: Vec::new(),
    };
    if node.table().is_none() {
        expectation.any_of = expected_list(node, contract, faults)?;
        return Some(expectation);
    }
    let fields = Fields::of(node, &keys::EXPECT, faults)?;
    let row = fields.node("row");
    let each = fields.node("each");
    let members: Option<Vec<(Key, Spanned<String>)>> = fields.get("members", faults);
    let equal: Option<Vec<(Key, Node)>> = fields.get("equal", faults);
    let differ: Option<Vec<(Key, Node)>> = fields.get("differ", faults);
    let schema: Option<Spanned<String>> = fields.get("schema", faults);
    let like: Option<Node> = fields.get("like", faults);
    let below = fields.node("below");
    let same: Option<Vec<Pointer>> = fields.get("same", faults);
    let count: Option<Vec<(Key, Spanned<usize>)>> = fields.get("count", faults);
    fields.finish(faults);
    let of_a_volley = each.is_some() || same.is_some() || count.is_some();
    if of_a_volley && !volley {
        faults.at(
            &node.at,
            "no-volley",
            "`each`, `same` and `count` are of a volley, and this step is none",
            "expected `row` here",
            Some("add a `burst` to the step".to_owned()),
        );
    }
    let any_of = match (row, each, below) {
        (Some(accepted), None, None) | (None, Some(accepted), None) => {
            expectation.at = accepted.at.clone();
            expected_list(accepted, contract, faults)
        }
        (None, None, Some(below)) => {
            expectation.at = below.at.clone();
            status_above(below, faults).map(|status| vec![Expected::Below(status)])
        }
        (None, None, None) => {
            let expected = "expected `row`, `each` for a volley, or `below`";
            expects_nothing(&node.at, expected, faults);
            None
        }
        _ => {
            faults.at(
                &node.at,
                "two-expectations",
                "this `expect` says twice what is accepted",
                "expected one of `row`, `each` for a volley, and `below`",
                None,
            );
            None
        }
    };
    expectation
        .members
        .extend(kinds(&members.unwrap_or_default(), faults));
    for (key, node) in equal.unwrap_or_default() {
        if let Some(pointer) = pointer_key(&key, faults) {
            let tree: Tree = (bodies.tree)(&node, faults);
            expectation.equal.push((pointer, tree, node.at.clone()));
        }
    }
    for (key, node) in differ.unwrap_or_default() {
        if let Some(pointer) = pointer_key(&key, faults) {
            expectation
                .differ
                .push((pointer, (bodies.tree)(&node, faults)));
        }
    }
    expectation.like = like.map_or_else(Vec::new, |node| names(&node, remembered, faults));
    expectation.schema = schema.and_then(|file| schema_file(&file, bodies, faults));
    expectation.same = same.unwrap_or_default();
    for (key, number) in count.unwrap_or_default() {
        let name = Node {
            at: key.at.clone(),
            value: Value::String(key.name.clone()),
        };
        if let Some(expected) = expected(&name, contract, faults) {
            expectation.count.push((expected, number.value));
        }
    }
    expectation.any_of = any_of?;
    Some(expectation)
}

/// The remembered answers that `like` names: one, or a list.
fn names(node: &Node, remembered: &[String], faults: &mut Faults) -> Vec<String> {
    let items = match &node.value {
        Value::Array(items) => items,
        _ => std::slice::from_ref(node),
    };
    let mut names = Vec::new();
    for item in items {
        let Some(name) = String::read(item, faults) else {
            continue;
        };
        if !remembered.contains(&name) {
            let known = || remembered.iter().map(String::as_str);
            faults.at(
                &item.at,
                "unknown-answer",
                format!("no earlier step remembers `{name}`"),
                format!("expected {}", list(known())),
                did_you_mean(&name, known()).map(|name| format!("did you mean `{name}`?")),
            );
        }
        names.push(name);
    }
    names
}

fn expected_list(node: &Node, contract: &Contract, faults: &mut Faults) -> Option<Vec<Expected>> {
    let Value::Array(items) = &node.value else {
        return expected(node, contract, faults).map(|one| vec![one]);
    };
    if items.is_empty() {
        expects_nothing(&node.at, "expected one accepted answer or more", faults);
        return None;
    }
    let read: Vec<_> = items
        .iter()
        .map(|item| expected(item, contract, faults))
        .collect();
    read.into_iter().collect()
}

/// One accepted answer as an author names it.
pub(super) fn expected(node: &Node, contract: &Contract, faults: &mut Faults) -> Option<Expected> {
    match &node.value {
        Value::String(name) if name == "success" => Some(Expected::Success),
        Value::String(name) => match contract.row(name) {
            Ok(row) => Some(Expected::Row(Arc::clone(row))),
            Err(help) => {
                let rows = contract.rows().iter().map(|row| row.name.as_str());
                let help = did_you_mean(name, ["success"])
                    .map_or(help, |_| "did you mean `success`?".to_owned());
                faults.at(
                    &node.at,
                    "unknown-row",
                    format!("unknown row `{name}`"),
                    format!("expected {}", list(rows.chain(["success"]))),
                    Some(help),
                );
                None
            }
        },
        Value::Integer(number) => {
            let status = u16::try_from(*number).ok();
            let status = status.filter(|status| (100..600).contains(status));
            if status.is_none() {
                mismatch(node, "an HTTP status from 100 to 599", faults);
            }
            status.map(Expected::Status)
        }
        _ => {
            mismatch(node, FORMS, faults);
            None
        }
    }
}

/// What `below` says: some status is below it.
fn status_above(node: &Node, faults: &mut Faults) -> Option<u16> {
    let status = match &node.value {
        Value::Integer(number) => u16::try_from(*number).ok(),
        _ => None,
    };
    let status = status.filter(|status| (101..=600).contains(status));
    if status.is_none() {
        mismatch(node, "an HTTP status from 101 to 600", faults);
    }
    status
}

fn expects_nothing(at: &Location, expected: &str, faults: &mut Faults) {
    faults.at(
        at,
        "expects-nothing",
        "this case expects nothing",
        expected,
        None,
    );
}

/// Pointers and the kinds of what they point at.
pub(super) fn kinds(table: &[(Key, Spanned<String>)], faults: &mut Faults) -> Vec<(Pointer, Kind)> {
    let mut kinds = Vec::new();
    for (key, name) in table {
        let names = || Kind::NAMES.iter().map(|(name, _)| *name);
        let kind = Kind::NAMES
            .iter()
            .find(|(known, _)| *known == name.value)
            .map(|(_, kind)| *kind);
        if kind.is_none() {
            faults.at(
                &name.at,
                "unknown-kind",
                format!("unknown kind `{}`", name.value),
                format!("expected {}", list(names())),
                did_you_mean(&name.value, names()).map(|name| format!("did you mean `{name}`?")),
            );
            mend(name, names(), faults);
        }
        if let (Some(pointer), Some(kind)) = (pointer_key(key, faults), kind) {
            kinds.push((pointer, kind));
        }
    }
    kinds
}

/// A key that is a JSON Pointer.
pub(super) fn pointer_key(key: &Key, faults: &mut Faults) -> Option<Pointer> {
    let node = Node {
        at: key.at.clone(),
        value: Value::String(key.name.clone()),
    };
    Pointer::read(&node, faults)
}

fn schema_file(
    file: &Spanned<String>,
    bodies: &Bodies<'_>,
    faults: &mut Faults,
) -> Option<(String, Arc<jsonschema::Validator>)> {
    let path = format!("{}{}", bodies.below, file.value);
    let compiled = bodies
        .folder
        .text(&path)
        .map_err(|error| error.to_string())
        .and_then(|text| compile_schema(&text));
    match compiled {
        Ok(schema) => Some((file.value.clone(), Arc::new(schema))),
        Err(error) => {
            faults.at(
                &file.at,
                "schema",
                format!("cannot use the schema `{}`: {error}", file.value),
                "expected a JSON Schema (2020-12) beside this file or below it",
                None,
            );
            None
        }
    }
}
