//! Reading matchers from files. Matchers that no value can fail, or none can pass, are faults.

use std::cell::RefCell;

use regex::{Regex, RegexBuilder};

use super::possible::checked;
use super::{Assertion, CheckedPlace, Matcher, Operand, Operator, Presence, Range, Relation};
use crate::input::diagnostic::Faults;
use crate::input::document::{self, Key, Node, Read, mismatch};
use crate::suite::keys::{RawMatcher, RawMatcherOfMany, RawRange};
use crate::suite::model::Kind;
use crate::suite::template::{Tree, is_template, literal};

/// The most that a compiled pattern may take, in bytes.
const LARGEST_PATTERN: usize = 1024 * 1024;

/// Which places a table of matchers may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::suite) enum Places {
    /// JSON Pointers: `expect.body`.
    Body,
    /// Header names: `expect.headers`.
    Headers,
    /// Both: `success`, `poll.until`.
    Any,
}

/// What kind of value a matcher is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A JSON value, or none.
    Body,
    /// The fields of a header: text, any number of them.
    Header,
    /// One field of a header, in `some` or `all`.
    Field,
}

/// Reads matchers, and gathers the templates of their operands.
pub(in crate::suite) struct Matchers<'a> {
    tree: &'a dyn Fn(&Node, &mut Faults) -> Tree,
    bound: RefCell<Vec<Tree>>,
}

impl<'a> Matchers<'a> {
    /// Creates a reader that appends to the templates of `bound`.
    pub(in crate::suite) fn new(
        tree: &'a dyn Fn(&Node, &mut Faults) -> Tree,
        bound: &[Tree],
    ) -> Self {
        Self {
            tree,
            bound: RefCell::new(bound.to_vec()),
        }
    }

    /// The templates of all operands, in the order of their indices.
    pub(in crate::suite) fn into_bound(self) -> Vec<Tree> {
        self.bound.into_inner()
    }

    /// Reads a table of places and matchers.
    pub(in crate::suite) fn assertions(
        &self,
        table: &[(Key, Node)],
        places: Places,
        faults: &mut Faults,
    ) -> Vec<Assertion> {
        let mut assertions = Vec::with_capacity(table.len());
        for (key, node) in table {
            let place = place(key, places, faults);
            let of = match place {
                Some(CheckedPlace::Header(_)) => Of::Header,
                _ => Of::Body,
            };
            let matcher = self.matcher(node, of, faults);
            if let (Some(place), Some(matcher)) = (place, matcher) {
                assertions.push(Assertion {
                    place,
                    matcher,
                    at: node.at.clone(),
                });
            }
        }
        assertions
    }

    /// Reads a matcher of such values.
    fn matcher(&self, node: &Node, of: Of, faults: &mut Faults) -> Option<Matcher> {
        if node.table().is_some() {
            return self.operators(node, of, faults);
        }
        if let Some(word) = node.text().filter(|word| Kind::named(word).is_some()) {
            faults.at(
                &node.at,
                "bare-kind",
                format!("\"{word}\" is ambiguous: a kind, or a text"),
                format!("expected `{{ is = \"{word}\" }}` for the kind, or `{{ equal = \"{word}\" }}` for the text"),
                Some("`gonogo lint --fix` rewrites case files of 0.1".to_owned()),
            );
            return None;
        }
        let operators = vec![Operator::Equal(self.operand(node, faults)?)];
        checked(node, of, Presence::Required, operators, faults)
    }

    fn operators(&self, node: &Node, of: Of, faults: &mut Faults) -> Option<Matcher> {
        let raw = if of == Of::Header {
            RawMatcherOfMany::read(node, faults)?
        } else {
            RawMatcherOfMany {
                one: RawMatcher::read(node, faults)?,
                some: None,
                all: None,
                count: None,
            }
        };
        let one = raw.one;
        let mut operators = Vec::new();
        let mut sound = true;
        let mut add = |operator: Option<Operator>| match operator {
            Some(operator) => operators.push(operator),
            None => sound = false,
        };
        if let Some(kinds) = &one.is {
            add(self::kinds(kinds, faults).map(Operator::Is));
        }
        for (node, make) in [
            (&one.equal, Operator::Equal as fn(Operand) -> Operator),
            (&one.not_equal, Operator::NotEqual),
            (&one.contains, Operator::Contains),
        ] {
            if let Some(node) = node {
                add(self.operand(node, faults).map(make));
            }
        }
        for (node, make) in [
            (&one.one_of, Operator::OneOf as fn(Operand) -> Operator),
            (&one.any_order, Operator::AnyOrder),
        ] {
            if let Some(node) = node {
                add(self.list(node, faults).map(make));
            }
        }
        if let Some(node) = &one.matches {
            add(pattern(node, faults).map(Operator::Matches));
        }
        for (node, relation) in [
            (&one.min, Relation::Min),
            (&one.max, Relation::Max),
            (&one.above, Relation::Above),
            (&one.below, Relation::Below),
        ] {
            if let Some(node) = node {
                let bound = self.number(node, faults);
                add(bound.map(|bound| Operator::Bound(relation, bound)));
            }
        }
        if let Some(node) = &one.length {
            add(range(node, faults).map(Operator::Length));
        }
        for (node, make) in [
            (&raw.some, Operator::Some as fn(Matcher) -> Operator),
            (&raw.all, Operator::All),
        ] {
            if let Some(node) = node {
                add(self.matcher(node, Of::Field, faults).map(make));
            }
        }
        if let Some(node) = &raw.count {
            add(range(node, faults).map(Operator::Count));
        }
        let absent = one.absent.map(|node| flag(&node, faults));
        let optional = one.optional.map(|node| flag(&node, faults));
        if let (Some(()), Some(())) = (absent, optional) {
            faults.at(
                &node.at,
                "matcher",
                "`optional` has no effect beside `absent`",
                "expected one of the two",
                None,
            );
        }
        let presence = match (absent, optional) {
            (Some(()), _) => Presence::Absent,
            (None, Some(())) => Presence::Optional,
            (None, None) => Presence::Required,
        };
        let written = |(key, _): &(Key, Node)| !["absent", "optional"].contains(&key.name.as_str());
        if operators.is_empty() && node.table().is_some_and(|table| table.iter().any(written)) {
            return None; // The unknown keys are reported already.
        }
        sound.then(|| checked(node, of, presence, operators, faults))?
    }

    fn operand(&self, node: &Node, faults: &mut Faults) -> Option<Operand> {
        let tree = (self.tree)(node, faults);
        if tree.templates().is_empty() {
            return is_finite(node, faults).then(|| Operand::Literal(literal(node)));
        }
        let mut bound = self.bound.borrow_mut();
        bound.push(tree);
        Some(Operand::Bound(bound.len() - 1))
    }

    /// An array, or a template that yields one.
    fn list(&self, node: &Node, faults: &mut Faults) -> Option<Operand> {
        let empty = matches!(&node.value, document::Value::Array(items) if items.is_empty());
        let array = matches!(&node.value, document::Value::Array(_));
        if empty || !(array || node.text().is_some_and(is_template)) {
            mismatch(node, "an array of one value or more", faults);
            return None;
        }
        self.operand(node, faults)
    }

    /// A number, or a template that yields one.
    fn number(&self, node: &Node, faults: &mut Faults) -> Option<Operand> {
        if !node.text().is_some_and(is_template) {
            f64::read(node, faults)?;
        }
        self.operand(node, faults)
    }
}

fn place(key: &Key, places: Places, faults: &mut Faults) -> Option<CheckedPlace> {
    let name = key.name.as_str();
    let in_body = name.is_empty() || name.starts_with('/');
    if name.starts_with('$') && places != Places::Headers {
        faults.at(
            &key.at,
            "json-path",
            format!("`{name}` is a JSONPath, which is not supported yet"),
            "expected a JSON Pointer such as \"/error/code\"",
            None,
        );
        return None;
    }
    if (in_body && places != Places::Headers) || places == Places::Body {
        return crate::suite::expect::pointer_key(key, faults).map(CheckedPlace::Body);
    }
    let header = document::header_name(name, &key.at, faults);
    if in_body {
        faults.help("a member of the body is checked in `expect.body`");
    }
    header.map(CheckedPlace::Header)
}

/// Whether every number of a literal is one of JSON.
fn is_finite(node: &Node, faults: &mut Faults) -> bool {
    match &node.value {
        document::Value::Float(number) if !number.is_finite() => {
            faults.at(
                &node.at,
                "matcher",
                format!("{number} is not a JSON number"),
                "expected a finite number",
                Some("omit the bound for an unlimited range".to_owned()),
            );
            false
        }
        document::Value::Array(items) => items.iter().all(|item| is_finite(item, faults)),
        document::Value::Table(entries) => entries.iter().all(|(_, item)| is_finite(item, faults)),
        _ => true,
    }
}

/// The kinds of `is`: a name, or a list of names.
fn kinds(node: &Node, faults: &mut Faults) -> Option<Vec<Kind>> {
    let items = match &node.value {
        document::Value::Array(items) if !items.is_empty() => items,
        _ => std::slice::from_ref(node),
    };
    let read: Vec<Option<Kind>> = items.iter().map(|item| Kind::read(item, faults)).collect();
    read.into_iter().collect()
}

/// An unanchored regular expression, without templates.
fn pattern(node: &Node, faults: &mut Faults) -> Option<Regex> {
    let text = String::read(node, faults)?;
    if text.contains("{{") {
        faults.at(
            &node.at,
            "pattern",
            "`matches` takes no template",
            "expected a regular expression of the Rust crate `regex`",
            Some("use `contains` or `equal` with a template".to_owned()),
        );
        return None;
    }
    let built = RegexBuilder::new(&text).size_limit(LARGEST_PATTERN).build();
    built
        .map_err(|error| {
            faults.at(
                &node.at,
                "pattern",
                format!("this pattern does not parse: {error}"),
                "expected a regular expression of the Rust crate `regex`",
                None,
            );
        })
        .ok()
}

/// A whole number, or a table with `min` and `max`.
fn range(node: &Node, faults: &mut Faults) -> Option<Range> {
    if node.table().is_none() {
        let number = usize::read(node, faults)?;
        return Some(Range {
            min: number,
            max: Some(number),
        });
    }
    let raw = RawRange::read(node, faults)?;
    let said = raw.min.is_some() || raw.max.is_some();
    let range = Range {
        min: raw.min.flatten().unwrap_or(0),
        max: raw.max.flatten(),
    };
    let possible = range.max.is_none_or(|max| range.min <= max);
    if !said || !possible {
        mismatch(node, "`min`, `max` or both, in that order", faults);
        return None;
    }
    Some(range)
}

/// Notes a flag that is not `true`.
fn flag(node: &Node, faults: &mut Faults) {
    if bool::read(node, faults) == Some(false) {
        mismatch(node, "true", faults);
    }
}
