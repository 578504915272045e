//! What a step says beside its request: captures, waits, polls, bursts and races.

use std::time::Duration;

use super::expect;
use super::globals::taken;
use super::keys::{RawBurst, RawCapture, RawPoll, RawRace, RawStep};
use super::matcher::{Matchers, Places};
use super::model::{Burst, CaptureFrom, Poll, Race, Volley};
use super::template::{Tree, is_template};
use crate::contract::{Contract, Pointer};
use crate::input::diagnostic::{Faults, list};
use crate::input::document::{self, Form, Key, Node, Read, Spanned, mismatch};

/// Between two requests of a poll, unless its author says otherwise, in seconds.
const POLL_EVERY: f64 = 0.2;
/// How long a poll goes on, unless its author says otherwise, in seconds.
const POLL_WITHIN: f64 = 30.0;
/// The longest time that a file may ask for, in seconds: a day.
const LONGEST: f64 = 86_400.0;
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
    let raced = raw.race.as_ref();
    let race = raced.and_then(|node| Some((&node.at, race(node, faults)?)));
    let burst = raw
        .burst
        .as_ref()
        .map(|raw| burst(contract, raw, tree, faults));
    if let (Some(_), Some((at, _))) = (&burst, &race) {
        faults.at(
            at,
            "two-volleys",
            "a step is a burst or a race, not both",
            "expected one of `burst` and `race`",
            None,
        );
    }
    burst
        .map(Volley::Burst)
        .or(race.map(|(_, race)| Volley::Race(race)))
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
            let number = Whole::<LARGEST_BURST>::read(node, faults);
            Tree::Literal(number.map_or(1, |number| number.0).into())
        }
        None => Tree::Literal(1.into()),
    };
    Burst {
        requests,
        most: raw.most.as_ref().map(|most| most.0),
        fresh: raw.fresh.unwrap_or(false),
        at_once: raw.at_once.as_ref().map_or(AT_ONCE, |number| number.0),
        until: raw
            .until
            .as_ref()
            .and_then(|node| expect::expected(node, contract, faults)),
        until_at: raw.until.as_ref().map(|node| node.at.clone()),
    }
}

/// Notes a name that no capture can have.
pub(super) fn capture_name(key: &Key, faults: &mut Faults) {
    let letters = |text: &str| {
        text.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && !text.starts_with(|letter: char| letter.is_ascii_digit())
    };
    if taken().contains(&key.name.as_str()) || !letters(&key.name) {
        faults.at(
            &key.at,
            "bad-name",
            format!("`{}` cannot name a capture", key.name),
            format!(
                "expected letters, digits and `_`, and not {}",
                list(taken())
            ),
            None,
        );
    }
}

impl Read for CaptureFrom {
    const FORM: Form = Form::Either(&[Form::POINTER, RawCapture::FORM]);

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        if node.table().is_none() {
            return Pointer::read(node, faults).map(Self::Body);
        }
        let header = RawCapture::read(node, faults)?.header;
        Some(Self::Header(header.to_ascii_lowercase()))
    }
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

/// A whole number from 1 to `MOST`.
#[derive(Debug)]
pub(super) struct Whole<const MOST: usize>(usize);

impl<const MOST: usize> Read for Whole<MOST> {
    const FORM: Form = Form::Whole(1, MOST);

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let number = usize::read(node, faults)?;
        if !(1..=MOST).contains(&number) {
            mismatch(node, &format!("a whole number from 1 to {MOST}"), faults);
        }
        Some(Self(number))
    }
}

/// Some time.
#[derive(Debug)]
pub(super) struct Seconds(pub(super) Duration);

impl Read for Seconds {
    const FORM: Form = Form::Between(0.0, LONGEST);

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let number = f64::read(node, faults)?;
        if !(0.0..=LONGEST).contains(&number) {
            mismatch(node, &format!("seconds from 0 to {LONGEST}"), faults);
            return None;
        }
        Duration::try_from_secs_f64(number).ok().map(Self)
    }
}

/// Seconds as written, or the default.
fn time(seconds: Option<&Seconds>, default: f64) -> Duration {
    seconds.map_or(Duration::from_secs_f64(default), |seconds| seconds.0)
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
    let seconds = Seconds::read(node, faults).map_or(0.0, |seconds| seconds.0.as_secs_f64());
    Tree::Literal(seconds.into())
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
    Some(Poll {
        until,
        every: time(raw.every.as_ref(), POLL_EVERY),
        within: time(raw.within.as_ref(), POLL_WITHIN),
    })
}

fn race(node: &Node, faults: &mut Faults) -> Option<Race> {
    let (requests, within) = if node.table().is_some() {
        let raw = RawRace::read(node, faults)?;
        let within = raw.within.and_then(|node| Seconds::read(&node, faults));
        (raw.requests, within)
    } else {
        (usize::read(node, faults)?, None)
    };
    if !(2..=LARGEST_RACE).contains(&requests) {
        faults.at(
            &node.at,
            "race",
            format!("a race of {requests} is not possible"),
            format!("expected 2 to {LARGEST_RACE} requests"),
            None,
        );
    }
    Some(Race {
        requests: requests.clamp(2, LARGEST_RACE),
        within: time(within.as_ref(), RACE_WITHIN),
    })
}
