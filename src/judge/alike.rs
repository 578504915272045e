//! Whether a response can be told from others: a rejection must not reveal its reason.
//!
//! The remembered responses show what may differ: where they differ, so may this one. Beyond that,
//! the ids that were asked for and words with a digit in them (ids of the request, dates, limits left) are not compared.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::{Finding, Place, excerpt, excerpt_of, json};
use crate::contract::{Clause, Pointer};
use crate::exchange::{Exchange, Received};

/// Header fields of the connection or of the clock.
const OF_THE_CONNECTION: [&str; 6] = [
    "age",
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "transfer-encoding",
];
/// Nothing shorter is an id that was asked for, in bytes.
const SHORTEST_ID: usize = 3;

/// One answer with what was asked for in it.
struct Seen<'a> {
    received: &'a Received,
    ids: Vec<String>,
}

/// Compares an answer with those that it must be like. Answers that broke off are not compared.
pub fn judge_alike(
    clause: &Arc<Clause>,
    remembered: &[&Exchange],
    exchange: &Exchange,
) -> Vec<Finding> {
    if remembered.is_empty() {
        return Vec::new();
    }
    let all: Vec<&Exchange> = remembered.iter().copied().chain([exchange]).collect();
    let seen: Vec<Seen<'_>> = all
        .iter()
        .filter_map(|one| {
            let received = one.answer.as_ref().ok()?;
            let ids = own_words(one, &all);
            Some(Seen { received, ids })
        })
        .collect();
    let Some((this, others)) = seen.split_last() else {
        return Vec::new();
    };
    if seen.len() < all.len() {
        return Vec::new();
    }
    let mut comparison = Comparison {
        clause,
        findings: Vec::new(),
    };
    comparison.statuses(this, others);
    comparison.headers(this, others);
    comparison.bodies(this, others);
    comparison.findings
}

struct Comparison<'a> {
    clause: &'a Arc<Clause>,
    findings: Vec<Finding>,
}

impl Comparison<'_> {
    fn push(&mut self, place: Place, expected: impl Into<String>, actual: impl Into<String>) {
        let expected = format!("{}, as in the remembered responses", expected.into());
        self.findings
            .push(Finding::new(self.clause, place, expected, actual));
    }

    fn statuses(&mut self, this: &Seen<'_>, others: &[Seen<'_>]) {
        let status = this.received.status;
        if !others.iter().any(|other| other.received.status == status) {
            let expected = others.first().map_or(0, |other| other.received.status);
            self.push(Place::Status, expected.to_string(), status.to_string());
        }
    }

    fn headers(&mut self, this: &Seen<'_>, others: &[Seen<'_>]) {
        let names = |seen: &Seen<'_>| -> BTreeSet<String> {
            let names = seen.received.headers.iter().map(|(name, _)| name.clone());
            names
                .filter(|name| !OF_THE_CONNECTION.contains(&name.as_str()))
                .collect()
        };
        let place = |name: &str| Place::Header(name.to_owned());
        let here = names(this);
        let known: Vec<BTreeSet<String>> = others.iter().map(names).collect();
        for name in here
            .iter()
            .filter(|name| !known.iter().any(|known| known.contains(*name)))
        {
            self.push(place(name), "no such header", "present");
        }
        let Some(first) = known.first() else { return };
        for name in first {
            if !known.iter().all(|known| known.contains(name)) {
                continue;
            }
            let value = |seen: &Seen<'_>| {
                let values: Vec<Cow<'_, str>> = seen.received.header_values(name).collect();
                without(&values.join(", "), &seen.ids)
            };
            if !here.contains(name) {
                self.push(place(name), "a value", "missing");
                continue;
            }
            let values: Vec<String> = others.iter().map(value).collect();
            self.texts(&place(name), &value(this), &values);
        }
    }

    fn bodies(&mut self, this: &Seen<'_>, others: &[Seen<'_>]) {
        let value = |seen: &Seen<'_>| {
            let reading = json::read(&seen.received.body).ok();
            reading.map(|reading| replaced(&reading.value, &seen.ids))
        };
        let text =
            |seen: &Seen<'_>| without(&String::from_utf8_lossy(&seen.received.body), &seen.ids);
        let values: Vec<Option<Value>> = others.iter().map(value).collect();
        if let (Some(value), true) = (value(this), values.iter().all(Option::is_some)) {
            let values: Vec<&Value> = values.iter().flatten().collect();
            self.values("", &value, &values);
        } else {
            let texts: Vec<String> = others.iter().map(text).collect();
            self.texts(&Place::Body, &text(this), &texts);
        }
    }

    fn values(&mut self, pointer: &str, this: &Value, others: &[&Value]) {
        let Some(first) = others.first() else { return };
        let place = || Place::Member(pointer.to_owned());
        match (this, first) {
            (Value::Object(members), Value::Object(_)) => {
                let objects: Vec<_> = others
                    .iter()
                    .filter_map(|other| other.as_object())
                    .collect();
                if objects.len() < others.len() {
                    return; // They differ among themselves.
                }
                for name in members.keys() {
                    if !objects.iter().any(|object| object.contains_key(name)) {
                        self.push(place(), format!("no member `{}`", excerpt(name)), "present");
                    }
                }
                for name in objects
                    .iter()
                    .flat_map(|object| object.keys())
                    .collect::<BTreeSet<_>>()
                {
                    let inner: Vec<&Value> = objects
                        .iter()
                        .filter_map(|object| object.get(name))
                        .collect();
                    match members.get(name) {
                        Some(value) if inner.len() == objects.len() => {
                            let escaped = Pointer::escape(name);
                            self.values(&format!("{pointer}/{escaped}"), value, &inner);
                        }
                        None if inner.len() == objects.len() => {
                            self.push(place(), format!("a member `{}`", excerpt(name)), "missing");
                        }
                        _ => {}
                    }
                }
            }
            (Value::String(this), Value::String(_)) => {
                let texts: Vec<String> = others
                    .iter()
                    .map(|other| other.as_str().unwrap_or_default().to_owned())
                    .collect();
                self.texts(&place(), this, &texts);
            }
            (Value::Array(items), Value::Array(known)) => {
                let length = |other: &&&Value| other.as_array().map(Vec::len) == Some(known.len());
                if !others.iter().all(|other| length(&other)) {
                    return; // They differ among themselves.
                }
                if items.len() != known.len() {
                    let length = |of: &[Value]| format!("an array of length {}", of.len());
                    self.push(place(), length(known), length(items));
                    return;
                }
                for (at, item) in items.iter().enumerate() {
                    let inner: Vec<&Value> =
                        others.iter().filter_map(|other| other.get(at)).collect();
                    self.values(&format!("{pointer}/{at}"), item, &inner);
                }
            }
            (Value::Number(_), Value::Number(_)) => {}
            (this, first) => {
                let kind = std::mem::discriminant(*first);
                let is_of_kind = |other: &Value| std::mem::discriminant(other) == kind;
                let agreed = others.iter().all(|other| other == first)
                    || !is_of_kind(this) && others.iter().all(|other| is_of_kind(other));
                if agreed && !super::same(this, first) {
                    self.push(place(), excerpt_of(first), excerpt_of(this));
                }
            }
        }
    }

    /// Texts at one place: this one must have what is steady in the others.
    fn texts(&mut self, place: &Place, this: &str, others: &[String]) {
        let Some(first) = others.first() else { return };
        if !is_like(this, others) {
            self.push(
                place.clone(),
                format!("`{}`", excerpt(first)),
                format!("`{}`", excerpt(this)),
            );
        }
    }
}

/// The words of a request that no other of them has: the ids that it asks for.
fn own_words(one: &Exchange, all: &[&Exchange]) -> Vec<String> {
    let others: BTreeSet<String> = all
        .iter()
        .filter(|other| !std::ptr::eq(**other, one))
        .flat_map(|other| words(other))
        .collect();
    let mut own: Vec<String> = words(one)
        .into_iter()
        .filter(|word| word.len() >= SHORTEST_ID && !others.contains(word))
        .collect();
    // The longest first, so that no rest of one stays.
    own.sort_by_key(|word| std::cmp::Reverse(word.len()));
    own
}

/// The segments of a request's address, and the strings of its body.
fn words(exchange: &Exchange) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = exchange
        .sent
        .url
        .split(['/', '?', '&', '='])
        .map(str::to_owned)
        .collect();
    if let Ok(reading) = json::read(&exchange.sent.body) {
        strings(&reading.value, &mut words);
    }
    words
}

fn strings(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(members) => members.values().for_each(|member| strings(member, into)),
        _ => {}
    }
}

fn without(text: &str, ids: &[String]) -> String {
    ids.iter().fold(text.to_owned(), |text, id| {
        text.replace(id.as_str(), "<id>")
    })
}

fn replaced(value: &Value, ids: &[String]) -> Value {
    match value {
        Value::String(text) => Value::String(without(text, ids)),
        Value::Array(items) => items.iter().map(|item| replaced(item, ids)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (without(name, ids), replaced(value, ids)))
            .collect(),
        other => other.clone(),
    }
}

/// Whether a text has what is steady in the others: the words in which they agree, at their places. Of words with a digit (ids of
/// requests, dates, limits left) only that is steady, and only where they are the same.
fn is_like(this: &str, others: &[String]) -> bool {
    let this = words_of(this);
    let others: Vec<Vec<&str>> = others.iter().map(|other| words_of(other)).collect();
    let Some((first, rest)) = others.split_first() else {
        return true;
    };
    // Whether this text has the word of a place; none where the others do not agree about it. Of ids that differ, also one without a
    // digit is meant.
    let fits = |at: usize, from_end: bool| {
        let known = word(first, at, from_end)?;
        let mut same = true;
        for other in rest {
            let other = word(other, at, from_end)?;
            if steady(other) != steady(known) {
                return None;
            }
            same &= other == known;
        }
        let own = word(&this, at, from_end);
        Some(own.is_some_and(|own| !same || steady(own) == steady(known)))
    };
    if rest.iter().all(|other| other.len() == first.len()) {
        return this.len() == first.len()
            && (0..first.len()).all(|at| fits(at, false).unwrap_or(true));
    }
    // They have different numbers of words: what they begin and end with is steady.
    [false, true].into_iter().all(|from_end| {
        (0..first.len())
            .map_while(|at| fits(at, from_end))
            .all(|fits| fits)
    })
}

fn words_of(text: &str) -> Vec<&str> {
    text.split(|letter: char| letter.is_whitespace() || "\"',;=".contains(letter))
        .collect()
}

fn word<'a>(words: &[&'a str], at: usize, from_end: bool) -> Option<&'a str> {
    let at = if from_end {
        words.len().checked_sub(at + 1)?
    } else {
        at
    };
    words.get(at).copied()
}

/// The word, unless it has a digit.
fn steady(word: &str) -> &str {
    if word.chars().any(|letter| letter.is_ascii_digit()) {
        "#"
    } else {
        word
    }
}
