//! `expect` in all its forms, read into an expectation.

use std::sync::Arc;

use super::body::Bodies;
use super::keys::{RawAlternative, RawAsserted, RawExpect, filled};
use super::matcher::{Assertion, Matchers, Places};
use super::model::{Alternative, Expectation, Expected};
use crate::contract::{Contract, Pointer, Schema};
use crate::input::diagnostic::{Faults, Location, list, suggestion};
use crate::input::document::{Fields, Key, Node, Read, Spanned, Value, mismatch};

/// What `expect` may be, for messages.
const FORMS: &str = "a row, \"success\", a status, a list of these, or a table";

/// The context of an expectation.
pub(super) struct Reading<'a> {
    pub(super) contract: &'a Contract,
    pub(super) bodies: &'a Bodies<'a>,
    pub(super) matchers: &'a Matchers<'a>,
    /// Whether the step is a volley.
    pub(super) volley: bool,
    /// The answers that earlier steps remember.
    pub(super) remembered: &'a [String],
}

impl Reading<'_> {
    /// Reads an `expect`.
    pub(super) fn expectation(&self, node: &Node, faults: &mut Faults) -> Option<Expectation> {
        if node.table().is_none() {
            let alternatives = self.alternatives(node, Vec::new(), None, faults)?;
            return Some(expectation(node.at.clone(), alternatives));
        }
        let fields = Fields::of(node, RawExpect::SHAPE, faults)?;
        let raw = RawExpect::fields(&fields, faults)?;
        let (assertions, schema) = self.asserted(raw.asserted, faults);
        old_keys(node, faults);
        fields.finish_beside(&OLD_KEYS, faults);
        let of_a_volley = raw.each.is_some() || raw.same.is_some() || raw.count.is_some();
        if of_a_volley && !self.volley {
            faults.at(
                &node.at,
                "no-volley",
                "`each`, `same` and `count` need a volley: this step has neither `burst` nor `race`",
                "expected `row` here",
                Some("add a `burst` to the step".to_owned()),
            );
        }
        let mut at = node.at.clone();
        let alternatives = match (&raw.row, &raw.each, &raw.below) {
            (Some(accepted), None, None) | (None, Some(accepted), None) => {
                at = accepted.at.clone();
                self.alternatives(accepted, assertions, schema, faults)
            }
            (None, None, Some(below)) => {
                at = below.at.clone();
                if !assertions.is_empty() || schema.is_some() {
                    faults.at(
                        &node.at,
                        "no-effect",
                        "assertions have no effect beside `below`",
                        "expected `row` beside `body`, `headers` or `schema`",
                        None,
                    );
                }
                let status = status_above(below, faults);
                status.map(|status| vec![plain(vec![Expected::Below(status)])])
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
                    "`expect` lists the accepted responses twice",
                    "expected one of `row`, `each` for a volley, and `below`",
                    None,
                );
                None
            }
        };
        let like = raw.like.as_ref();
        let like = like.map_or_else(Vec::new, |node| names(node, self.remembered, faults));
        let mut counted = Vec::new();
        for (key, number) in filled("count", raw.count.as_ref(), faults) {
            let Some(number) = *number else { continue };
            let name = Node {
                at: key.at.clone(),
                value: Value::String(key.name.clone()),
            };
            if let Some(expected) = expected(&name, self.contract, faults) {
                counted.push((expected, number));
            }
        }
        Some(Expectation {
            like,
            same: raw.same.unwrap_or_default(),
            count: counted,
            ..expectation(at, alternatives?)
        })
    }

    /// What is accepted: one answer, or a list of answers and of tables with assertions of their own. `assertions` and `schema` hold for
    /// all of them.
    fn alternatives(
        &self,
        node: &Node,
        assertions: Vec<Assertion>,
        schema: Option<Arc<Schema>>,
        faults: &mut Faults,
    ) -> Option<Vec<Alternative>> {
        let Value::Array(items) = &node.value else {
            let one = expected(node, self.contract, faults)?;
            return Some(vec![Alternative {
                any_of: vec![one],
                assertions,
                schema,
            }]);
        };
        if items.is_empty() {
            expects_nothing(&node.at, "expected one accepted answer or more", faults);
            return None;
        }
        if items.iter().all(|item| item.table().is_none()) {
            return Some(vec![Alternative {
                any_of: expected_list(node, self.contract, faults)?,
                assertions,
                schema,
            }]);
        }
        let mut alternatives: Vec<Option<Alternative>> = Vec::new();
        let mut said: Vec<Expected> = Vec::new();
        for item in items.iter() {
            let read = if item.table().is_some() {
                self.alternative(item, faults)
            } else {
                expected(item, self.contract, faults).map(|one| plain(vec![one]))
            };
            alternatives.push(read.map(|mut read| {
                if read.any_of.iter().all(|one| said.contains(one)) {
                    faults.at(
                        &item.at,
                        "no-effect",
                        "this entry has no effect: an earlier one accepts the same responses",
                        "expected each row once",
                        None,
                    );
                }
                said.extend(read.any_of.iter().cloned());
                read.assertions.extend(assertions.iter().cloned());
                read.schema = read.schema.or_else(|| schema.clone());
                read
            }));
        }
        alternatives.into_iter().collect()
    }

    /// A table in a list of accepted answers.
    fn alternative(&self, node: &Node, faults: &mut Faults) -> Option<Alternative> {
        let fields = Fields::of(node, RawAlternative::SHAPE, faults)?;
        let raw = RawAlternative::fields(&fields, faults)?;
        let (assertions, schema) = self.asserted(raw.asserted, faults);
        old_keys(node, faults);
        fields.finish_beside(&OLD_KEYS, faults);
        let any_of = expected_list(&raw.row?, self.contract, faults)?;
        Some(Alternative {
            any_of,
            assertions,
            schema,
        })
    }

    /// What a table asserts of the response.
    fn asserted(
        &self,
        raw: RawAsserted,
        faults: &mut Faults,
    ) -> (Vec<Assertion>, Option<Arc<Schema>>) {
        let body = filled("body", raw.body.as_ref(), faults);
        let headers = filled("headers", raw.headers.as_ref(), faults);
        let mut assertions = self.matchers.assertions(body, Places::Body, faults);
        assertions.extend(self.matchers.assertions(headers, Places::Headers, faults));
        let schema = raw
            .schema
            .and_then(|file| schema_file(&file, self.bodies, faults));
        (assertions, schema)
    }
}

fn plain(any_of: Vec<Expected>) -> Alternative {
    Alternative {
        any_of,
        assertions: Vec::new(),
        schema: None,
    }
}

fn expectation(at: Location, alternatives: Vec<Alternative>) -> Expectation {
    let any_of = alternatives
        .iter()
        .flat_map(|one| one.any_of.iter().cloned())
        .collect();
    Expectation {
        at,
        any_of,
        alternatives,
        like: Vec::new(),
        same: Vec::new(),
        count: Vec::new(),
    }
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
                suggestion(&name, known()),
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
                let help = suggestion(name, ["success"]).unwrap_or(help);
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
                mismatch(
                    node,
                    "an HTTP status from 100 to 599, or the name of a row in quotes",
                    faults,
                );
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

/// The keys of 0.1 that `body` replaces.
const OLD_KEYS: [&str; 3] = ["members", "equal", "differ"];

/// Notes the keys of 0.1 in a table, with what they are now.
fn old_keys(node: &Node, faults: &mut Faults) {
    for (key, _) in node.table().unwrap_or_default() {
        if OLD_KEYS.contains(&key.name.as_str()) {
            faults.at(
                &key.at,
                "old-key",
                format!(
                    "`{}` is a key of 0.1; assertions are in `body` now",
                    key.name
                ),
                "expected `body = { \"/pointer\" = matcher }`",
                Some("`gonogo lint --fix` rewrites case files of 0.1".to_owned()),
            );
        }
    }
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
) -> Option<Arc<Schema>> {
    let path = format!("{}{}", bodies.below, file.value);
    match Schema::load(bodies.folder, &path, &file.value) {
        Ok(schema) => Some(Arc::new(schema)),
        Err(error) => {
            faults.at(
                &file.at,
                "schema",
                format!("cannot use the schema `{}`: {error}", file.value),
                "expected a JSON Schema beside this file or below it",
                None,
            );
            None
        }
    }
}
