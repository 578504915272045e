//! From a file's text to the tree, with all the syntax faults that the TOML parser can recover from.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};
use toml_parser::Source as Text;

use super::{Key, Node, Value};
use crate::input::diagnostic::{Faults, Location, Source, Span};

/// The most tokens of a file: each takes a hundred times its length in memory, and hand-written files have fewer.
const MOST: usize = 500_000;

/// Parses a file. Every fault of its syntax goes to `faults`; the tree holds what could be read all the same. Of a
/// file that is too large nothing is.
pub fn parse(source: &Arc<Source>, faults: &mut Faults) -> Option<Node> {
    let (mut root, homeless) = parsed(source, faults)?;
    if !homeless.is_empty() {
        prune(&mut root, &homeless);
    }
    Some(root)
}

/// The same, with what stands below a broken header: secrets may be there that no message is to show.
pub fn parse_broken(source: &Arc<Source>, faults: &mut Faults) -> Option<Node> {
    Some(parsed(source, faults)?.0)
}

/// The tree, and the lines whose keys were read as those of another table.
fn parsed(source: &Arc<Source>, faults: &mut Faults) -> Option<(Node, Vec<Span>)> {
    // Each has a byte at least.
    let may_have_more = source.text().len() > MOST;
    let more = may_have_more.then(|| Text::new(source.text()).lex().nth(MOST));
    if let Some(token) = more.flatten() {
        let at = place(source, token.span().start()..token.span().end());
        faults.at(
            &at,
            "too-large",
            format!("the file has more than {MOST} tokens"),
            "expected what a person writes",
            Some("share it out among several files".to_owned()),
        );
        return None;
    }
    let (root, errors) = DeTable::parse_recoverable(source.text());
    let mut homeless = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        homeless.extend(below_header(source.text(), span.start));
        let at = place(source, span);
        faults.at(
            &at,
            "toml-syntax",
            error.message().lines().next().unwrap_or("invalid TOML"),
            "this is not valid TOML 1.0",
            None,
        );
    }
    let whole = root.span();
    Some((table(source, root.into_inner(), whole, faults), homeless))
}

/// The lines below a table's header in which there is a fault, up to the next header. Their keys were read as those of the table before.
fn below_header(text: &str, fault: usize) -> Option<Span> {
    let begin = text.get(..fault)?.rfind('\n').map_or(0, |at| at + 1);
    let is_header = |line: &str| line.trim_start().starts_with('[');
    let mut end = begin;
    let mut lines = text.get(begin..)?.split_inclusive('\n');
    if !lines.next().is_some_and(is_header) {
        return None;
    }
    for line in text.get(begin..)?.split_inclusive('\n') {
        if end > begin && is_header(line) {
            break;
        }
        end += line.len();
    }
    Some(begin..end)
}

/// Takes the entries out whose keys stand in these lines: what is said of them would be wrong.
fn prune(node: &mut Node, lines: &[Span]) {
    match &mut node.value {
        Value::Table(entries) => {
            let stays = |key: &Key| !lines.iter().any(|span| span.contains(&key.at.span.start));
            *entries = entries
                .iter()
                .filter(|(key, _)| stays(key))
                .map(|(key, node)| {
                    let mut node = node.clone();
                    prune(&mut node, lines);
                    (key.clone(), node)
                })
                .collect();
        }
        Value::Array(items) => {
            *items = items
                .iter()
                .map(|item| {
                    let mut item = item.clone();
                    prune(&mut item, lines);
                    item
                })
                .collect();
        }
        _ => {}
    }
}

fn place(source: &Arc<Source>, span: Span) -> Location {
    Location {
        source: Arc::clone(source),
        span,
    }
}

fn table(source: &Arc<Source>, table: DeTable<'_>, span: Span, faults: &mut Faults) -> Node {
    let mut entries: Vec<(Key, Node)> = table
        .into_iter()
        .map(|(key, value)| {
            let at = place(source, key.span());
            let name = key.into_inner().into_owned();
            let span = value.span();
            let mut node = node(source, value.into_inner(), span, faults);
            // A table made by a dotted key has no place of its own: show the key.
            if node.at.span.is_empty() {
                node.at = at.clone();
            }
            (Key { at, name }, node)
        })
        .collect();
    // The map is sorted by name; a person expects the order of the file.
    entries.sort_by_key(|(key, _)| key.at.span.start);
    Node {
        at: place(source, span),
        value: Value::Table(entries.into()),
    }
}

fn node(source: &Arc<Source>, value: DeValue<'_>, span: Span, faults: &mut Faults) -> Node {
    let at = place(source, span.clone());
    let value = match value {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Datetime(date) => Value::Datetime(date.to_string()),
        DeValue::Integer(number) => {
            if let Ok(number) = i64::from_str_radix(number.as_str(), number.radix()) {
                Value::Integer(number)
            } else {
                out_of_range(&at, faults);
                Value::Integer(0)
            }
        }
        DeValue::Float(number) => {
            if let Ok(number) = number.as_str().parse() {
                Value::Float(number)
            } else {
                out_of_range(&at, faults);
                Value::Float(0.0)
            }
        }
        DeValue::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| {
                    let span = item.span();
                    node(source, item.into_inner(), span, faults)
                })
                .collect(),
        ),
        DeValue::Table(entries) => return table(source, entries, span, faults),
    };
    Node { at, value }
}

fn out_of_range(at: &Location, faults: &mut Faults) {
    faults.at(
        at,
        "number-out-of-range",
        "this number does not fit",
        "expected a number of 64 bits",
        None,
    );
}
