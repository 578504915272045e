//! `each`: from one case to its variants, by putting the values into the case's tree before anything of it is read.
//!
//! A string that is `{{ each.NAME }}` and nothing else becomes the value, of whatever kind; inside a longer string the value's
//! text is put in. What is left (`{{ each.n + 1 }}`) is rendered like any template.

use std::collections::BTreeSet;

use crate::input::diagnostic::Faults;
use crate::input::document::{Key, Node, Spanned, Value};

use super::names::unknown_each;
use super::template::{inner, is_expression};

/// The most trials of one case: no author means more, and a few keys multiply to billions.
const MOST: usize = 20_000;

/// One combination of the values.
#[derive(Debug, Clone, Default)]
pub(super) struct Variant {
    /// The names of the values, in the order of the keys.
    pub(super) names: Vec<String>,
    /// The values by key.
    pub(super) values: Vec<(Key, Node)>,
}

/// All combinations; one without values where there is no `each`.
pub(super) fn variants(
    each: Option<&Spanned<Vec<(Key, Node)>>>,
    faults: &mut Faults,
) -> Vec<Variant> {
    let Some(each) = each else {
        return vec![Variant::default()];
    };
    if each.value.is_empty() {
        empty(&each.at, faults);
    }
    let of_all: Vec<_> = each
        .value
        .iter()
        .map(|(key, node)| (key, choices(node, faults)))
        .collect();
    let number = of_all.iter().fold(1_usize, |number, (_, choices)| {
        number.saturating_mul(choices.len())
    });
    if number > MOST {
        let factors: Vec<String> = of_all
            .iter()
            .map(|(_, choices)| choices.len().to_string())
            .collect();
        faults.at(
            &each.at,
            "too-many-trials",
            format!("this `each` makes {} trials", factors.join(" × ")),
            format!("expected at most {MOST} trials per case"),
            Some("remove combinations, or split the case".to_owned()),
        );
        return Vec::new();
    }
    let mut all = vec![Variant::default()];
    for (key, choices) in &of_all {
        all = all
            .iter()
            .flat_map(|variant| {
                choices.iter().map(move |(name, value)| {
                    let mut variant = variant.clone();
                    variant.names.push(name.clone());
                    variant.values.push(((*key).clone(), value.clone()));
                    variant
                })
            })
            .collect();
    }
    all
}

fn empty(at: &crate::input::diagnostic::Location, faults: &mut Faults) {
    faults.at(
        at,
        "empty-each",
        "this `each` has no values, so the case has no trials",
        "expected a table or a list with one value or more",
        None,
    );
}

/// The named values of one key.
fn choices(node: &Node, faults: &mut Faults) -> Vec<(String, Node)> {
    let mut seen = BTreeSet::new();
    let choices: Vec<(String, Node)> = match &node.value {
        Value::Table(entries) => entries
            .iter()
            .map(|(key, node)| (key.name.clone(), node.clone()))
            .collect(),
        Value::Array(items) => items
            .iter()
            .filter_map(|item| {
                let name = scalar(item);
                if name.as_ref().is_some_and(|name| !seen.insert(name.clone())) {
                    faults.at(
                        &item.at,
                        "duplicate-name",
                        "duplicate value",
                        "expected each value once: values name their variants",
                        None,
                    );
                    return None;
                }
                if name.is_none() {
                    faults.at(
                        &item.at,
                        "unnamed-variant",
                        format!("{} cannot name a variant", item.kind()),
                        "expected a string or a number",
                        Some("use a table: its keys name the variants".to_owned()),
                    );
                }
                Some((name?, item.clone()))
            })
            .collect(),
        _ => {
            crate::input::document::mismatch(node, "a table or a list of values", faults);
            return Vec::new();
        }
    };
    if choices.is_empty() {
        empty(&node.at, faults);
    }
    for (name, node) in &choices {
        if !super::check::is_name(name) {
            faults.at(
                &node.at,
                "bad-name",
                format!("`{name}` cannot name a variant"),
                "expected letters, digits, `_`, `-` and `.`",
                Some("use a table: its keys name the variants".to_owned()),
            );
        }
    }
    choices
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Whether a tree has a string in it that may name a value of `each`.
pub(super) fn mentions_each(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains("each."),
        Value::Array(items) => items.iter().any(mentions_each),
        Value::Table(entries) => entries.iter().any(|(_, node)| mentions_each(node)),
        _ => false,
    }
}

/// The case's tree with a variant's values put in. What names none is shared by all variants.
pub(super) fn substitute(node: &Node, variant: &Variant, faults: &mut Faults) -> Node {
    if !mentions_each(node) {
        return node.clone();
    }
    let value = match &node.value {
        Value::String(text) => {
            if let Some(path) = reference(text) {
                return match find(path, node, variant, faults) {
                    // The value's own place is kept: a fault in it is shown where it stands.
                    Some(value) => value.clone(),
                    None => node.clone(),
                };
            }
            Value::String(inline(text, node, variant, faults))
        }
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| substitute(item, variant, faults))
                .collect(),
        ),
        Value::Table(entries) => Value::Table(
            entries
                .iter()
                .map(|(key, node)| (key.clone(), substitute(node, variant, faults)))
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        at: node.at.clone(),
        value,
    }
}

/// `each.a.b` of a string that is `{{ each.a.b }}`.
fn reference(text: &str) -> Option<&str> {
    let path = is_expression(text).then(|| inner(text))?;
    path.starts_with("each.").then_some(path).filter(|path| {
        path.chars()
            .all(|letter| letter.is_alphanumeric() || "._".contains(letter))
    })
}

fn find<'a>(
    path: &str,
    node: &Node,
    variant: &'a Variant,
    faults: &mut Faults,
) -> Option<&'a Node> {
    let mut parts = path.split('.').skip(1);
    let first = parts.next().unwrap_or_default();
    let mut found = variant
        .values
        .iter()
        .find(|(key, _)| key.name == first)
        .map(|(_, value)| value);
    let mut known: Vec<&str> = variant
        .values
        .iter()
        .map(|(key, _)| key.name.as_str())
        .collect();
    let mut missing = first;
    for part in parts {
        let Some(value) = found else { break };
        let entries = value.table().unwrap_or_default();
        known = entries.iter().map(|(key, _)| key.name.as_str()).collect();
        missing = part;
        found = entries
            .iter()
            .find(|(key, _)| key.name == part)
            .map(|(_, value)| value);
    }
    if found.is_none() {
        unknown_each(path, missing, &known, &node.at, faults);
    }
    found
}

/// A longer string with the texts of the values put in.
fn inline(text: &str, node: &Node, variant: &Variant, faults: &mut Faults) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        let end = start + length + 2;
        let value = reference(&rest[start..end])
            .and_then(|path| find(path, node, variant, faults))
            .and_then(scalar);
        made.push_str(&rest[..start]);
        match value {
            Some(value) => made.push_str(&value),
            None => made.push_str(&rest[start..end]),
        }
        rest = &rest[end..];
    }
    made.push_str(rest);
    made
}
