//! What a step says beside its request: captures, waits, polls, bursts and races.

use std::time::Duration;

use super::matcher::{Matchers, Places};
use super::model::{Burst, CaptureFrom, Poll, Race, Volley};
use super::names::TAKEN;
use super::raw::{RawBurst, RawPoll, RawRace, RawStep};
use super::template::{Tree, is_template};
use super::{expect, keys};
use crate::contract::{Contract, Pointer};
use crate::input::diagnostic::{Faults, list};
use crate::input::document::{self, Fields, Key, Node, Read, Spanned, mismatch};

/// Between two requests of a poll, unless its author says otherwise, in seconds.
const POLL_EVERY: f64 = 0.2;
/// How long a poll goes on, unless its author says otherwise, in seconds.
const POLL_WITHIN: f64 = 30.0;
/// The longest time that a file may ask for, in seconds: a day.
pub(super) const LONGEST: f64 = 86_400.0;
/// The most requests of one burst.
pub(super) const LARGEST_BURST: usize = 100_000;
/// The most requests of a burst that are under way at a time: each may have a connection of its own.
pub(super) const MOST_AT_ONCE: usize = 1000;
/// The most requests of one race: each has a connection of its own.
pub(super) const LARGEST_RACE: usize = 1000;
/// How far apart the first and the last request of a race may be released, unless its author says otherwise, in seconds: a few
/// round trips to a database, which is what lies between a check and an insert.
const RACE_WITHIN: f64 = 0.02;
/// How many requests of a burst are under way at a time, unless its author says otherwise.
const AT_ONCE: usize = 16;

/// A step's volley: a burst, a race, or none.
pub(super) fn volley(
    contract: &Contract,
    raw: &RawStep,
    tree: &dyn Fn(&Node, &mut Faults) -> Tree,
    faults: &mut Faults,
) -> Option<Volley> {
    let race = raw.race.as_ref().map(|raw| race(raw, faults));
    let burst = raw
        .burst
        .as_ref()
        .map(|raw| burst(contract, raw, tree, faults));
    if let (Some(_), Some(race)) = (&burst, &raw.race) {
        faults.at(
            &race.at,
            "two-volleys",
            "a step is a burst or a race, not both",
            "expected one of `burst` and `race`",
            None,
        );
    }
    burst.map(Volley::Burst).or(race.map(Volley::Race))
}

fn burst(
    contract: &Contract,
    raw: &RawBurst,
    tree: &dyn Fn(&Node, &mut Faults) -> Tree,
    faults: &mut Faults,
) -> Burst {
    let requests = match &raw.requests {
        Some(node) if node.text().is_some_and(is_template) => tree(node, faults),
        Some(node) => {
            let number = number(node, LARGEST_BURST, faults);
            Tree::Literal(number.unwrap_or(1).into())
        }
        None => Tree::Literal(1.into()),
    };
    let at_once = raw.at_once.as_ref();
    let at_once = at_once.and_then(|node| number(node, MOST_AT_ONCE, faults));
    let most = raw.most.as_ref();
    Burst {
        requests,
        most: most.and_then(|node| number(node, LARGEST_BURST, faults)),
        fresh: raw.fresh.unwrap_or(false),
        at_once: at_once.unwrap_or(AT_ONCE),
        until: raw
            .until
            .as_ref()
            .and_then(|node| expect::expected(node, contract, faults)),
        until_at: raw.until.as_ref().map(|node| node.at.clone()),
    }
}

/// A capture's name and where its value is.
pub(super) fn capture(
    key: &Key,
    node: &Node,
    faults: &mut Faults,
) -> Option<(String, CaptureFrom)> {
    let letters = |text: &str| {
        text.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && !text.starts_with(|letter: char| letter.is_ascii_digit())
    };
    if TAKEN.contains(&key.name.as_str()) || !letters(&key.name) {
        faults.at(
            &key.at,
            "bad-name",
            format!("`{}` cannot name a capture", key.name),
            format!("expected letters, digits and `_`, and not {}", list(TAKEN)),
            None,
        );
    }
    let from = if node.table().is_some() {
        let fields = Fields::of(node, &keys::CAPTURE, faults)?;
        let header: Option<String> = fields.get("header", faults);
        fields.finish(faults);
        CaptureFrom::Header(header?.to_ascii_lowercase())
    } else {
        CaptureFrom::Body(Read::read(node, faults)?)
    };
    Some((key.name.clone(), from))
}

/// The places of a response that hold secrets.
pub(super) fn secrets(raw: &[Spanned<String>], faults: &mut Faults) -> Vec<CaptureFrom> {
    let mut places = Vec::with_capacity(raw.len());
    for Spanned { at, value } in raw {
        let is_body = value.is_empty() || value.starts_with('/');
        let place = if is_body {
            Pointer::parse(value).map(CaptureFrom::Body)
        } else {
            // A pointer without its slash would redact nothing, and nobody would notice.
            let is_header = http::HeaderName::from_bytes(value.as_bytes()).is_ok()
                && !value.contains('_')
                && value.contains(|letter: char| letter == '-' || letter.is_ascii_uppercase());
            is_header.then(|| CaptureFrom::Header(value.to_ascii_lowercase()))
        };
        if place.is_none() {
            let is_member = !value.is_empty() && !is_body && !value.contains([' ', '$', '/']);
            faults.at(
                at,
                "secret-place",
                format!("`{value}` is neither a JSON Pointer nor a header name"),
                "expected a JSON Pointer such as \"/access_token\", or a header name such as \"Set-Cookie\"",
                is_member.then(|| format!("did you mean `/{value}`?")),
            );
        }
        places.extend(place);
    }
    places
}

fn number(node: &Node, most: usize, faults: &mut Faults) -> Option<usize> {
    let number = usize::read(node, faults)?;
    if !(1..=most).contains(&number) {
        mismatch(node, &format!("a whole number from 1 to {most}"), faults);
    }
    Some(number)
}

/// How long a step waits first: seconds, or a template of them.
pub(super) fn wait(
    node: &Node,
    tree: &dyn Fn(&Node, &mut Faults) -> Tree,
    faults: &mut Faults,
) -> Tree {
    if node.text().is_some_and(is_template) {
        return tree(node, faults);
    }
    let seconds = time(node, faults).unwrap_or_default();
    Tree::Literal(seconds.as_secs_f64().into())
}

/// What ends a step's repetition.
pub(super) fn poll(raw: &RawPoll, matchers: &Matchers<'_>, faults: &mut Faults) -> Option<Poll> {
    let asked = raw.until.as_ref()?;
    if asked.value.is_empty() {
        faults.at(
            &asked.at,
            "expects-nothing",
            "this `poll` has no condition",
            "expected JSON Pointers or header names with matchers",
            None,
        );
    }
    for (_, node) in &asked.value {
        if matches!(&node.value, document::Value::Array(_)) {
            faults.at(
                &node.at,
                "bare-list",
                "a list in `until` is ambiguous: one of its values, or the array",
                "expected `{ one_of = […] }` for alternatives, or `{ equal = […] }` for the array",
                Some("`gonogo lint --fix` rewrites case files of 0.1".to_owned()),
            );
        }
    }
    let until = matchers.assertions(&asked.value, Places::Any, faults);
    let time = |node: &Option<Node>, default: f64, faults: &mut Faults| {
        let asked = node.as_ref().and_then(|node| time(node, faults));
        asked.unwrap_or(Duration::from_secs_f64(default))
    };
    Some(Poll {
        until,
        every: time(&raw.every, POLL_EVERY, faults),
        within: time(&raw.within, POLL_WITHIN, faults),
    })
}

fn race(raw: &Spanned<RawRace>, faults: &mut Faults) -> Race {
    let requests = raw.value.requests;
    if !(2..=LARGEST_RACE).contains(&requests) {
        faults.at(
            &raw.at,
            "race",
            format!("a race of {requests} is not possible"),
            format!("expected 2 to {LARGEST_RACE} requests"),
            None,
        );
    }
    let within = raw.value.within.as_ref();
    let within = within.and_then(|node| time(node, faults));
    Race {
        requests: requests.clamp(2, LARGEST_RACE),
        within: within.unwrap_or(Duration::from_secs_f64(RACE_WITHIN)),
    }
}

pub(super) fn time(node: &Node, faults: &mut Faults) -> Option<Duration> {
    let number = f64::read(node, faults)?;
    if !(0.0..=LONGEST).contains(&number) {
        mismatch(node, "seconds from 0 to 86400", faults);
        return None;
    }
    Duration::try_from_secs_f64(number).ok()
}
