//! From the raw shapes to the domain types: every name is resolved, every faulty place is noted, and checking goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::body::Bodies;
use super::each::{Variant, substitute, variants};
use super::load::Input;
use super::message::Send;
use super::model::{
    Burst, CaptureFrom, Effect, Expectation, Poll, Probe, Race, Request, Step, Trial, Volley,
};
use super::raw::{RawBurst, RawCase, RawFile, RawFrame, RawPoll, RawRace, RawStep};
use super::template::{Engine, Tree, literal};
use super::{expect, merge, message};
use crate::contract::Contract;
use crate::diagnostic::{Faults, Location, did_you_mean, list, one_line};
use crate::document::{Fields, Key, Node, Read, Spanned, Value, mismatch};

/// Between two requests of a poll, unless its author says otherwise, in seconds.
const POLL_EVERY: f64 = 0.2;
/// How long a poll goes on, unless its author says otherwise, in seconds.
const POLL_WITHIN: f64 = 30.0;
/// The longest time that a file may ask for, in seconds: a day.
const LONGEST: f64 = 86_400.0;
/// The most requests of a burst that are under way at a time: each may have a connection of its own.
const MOST_AT_ONCE: usize = 1000;
/// The most requests of one race: each has a connection of its own.
const LARGEST_RACE: usize = 1000;
/// How far apart the first and the last request of a race may be released, unless its author says otherwise, in seconds: a few
/// round trips to a database, which is what lies between a check and an insert.
const RACE_WITHIN: f64 = 0.02;
/// How many requests of a burst are under way at a time, unless its author says otherwise.
const AT_ONCE: usize = 16;
/// Names that no capture may take.
const TAKEN: [&str; 7] = ["each", "fixture", "key", "null", "repeat", "secret", "uuid"];

/// Checks the files one after another; what it knows grows.
pub(super) struct Checker<'a> {
    contract: &'a Contract,
    engine: Engine,
    pub(super) requests: BTreeMap<String, Arc<Request>>,
    pub(super) probes: BTreeMap<String, Arc<Probe>>,
}

/// Whether a text can be a part of a trial's name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
}

/// What every template may name; `own` are the names of its place.
fn known(name: &str, own: &[String], contract: &Contract) -> bool {
    let mut parts = name.split('.');
    let root = parts.next().unwrap_or_default();
    match root {
        "fixture" | "secret" => parts.next().is_some(),
        "limit" => parts
            .next()
            .is_some_and(|limit| contract.limits().contains_key(limit)),
        "key" => true,
        _ => own.iter().any(|known| known == root),
    }
}

fn below(file: &str) -> String {
    file.rsplit_once('/')
        .map(|(folder, _)| format!("{folder}/"))
        .unwrap_or_default()
}

impl<'a> Checker<'a> {
    pub(super) fn new(contract: &'a Contract) -> Self {
        Self {
            contract,
            engine: Engine::default(),
            requests: BTreeMap::new(),
            probes: BTreeMap::new(),
        }
    }

    /// Takes in the requests of a file.
    pub(super) fn requests(&mut self, input: &Input, raw: &RawFile, faults: &mut Faults) {
        let tree = |node: &Node, faults: &mut Faults| {
            self.engine
                .tree(node, &|name| known(name, &[], self.contract), faults)
        };
        let bodies = Bodies {
            folder: &input.folder,
            below: below(&input.file),
            tree: &tree,
        };
        let mut found = Vec::new();
        for (key, raw) in &raw.request {
            let success = expect::kinds(&raw.success, faults);
            if let Some(message) = message::of_request(raw, &bodies, faults) {
                let request = Request {
                    name: key.name.clone(),
                    at: raw.at.clone(),
                    message,
                    success,
                };
                found.push((key, request));
            }
        }
        for (key, request) in found {
            let taken = self.requests.contains_key(&key.name);
            if taken && input.runs {
                twice(key, "request", faults);
            } else if !taken {
                self.requests.insert(key.name.clone(), Arc::new(request));
            }
        }
    }

    /// Takes in the probes of a file.
    pub(super) fn probes(&mut self, input: &Input, raw: &RawFile, faults: &mut Faults) {
        for (key, raw) in &raw.probe {
            let Some(request) = self.request(&raw.request, faults) else {
                continue;
            };
            let taken = self.probes.contains_key(&key.name);
            if taken && input.runs {
                twice(key, "probe", faults);
            } else if !taken {
                let credential = raw.credential.clone();
                let probe = Probe {
                    name: key.name.clone(),
                    credential: credential.or_else(|| request.message.credential.clone()),
                    request,
                    pointer: raw.pointer.clone(),
                };
                self.probes.insert(key.name.clone(), Arc::new(probe));
            }
        }
    }

    /// Takes in the trials of a case.
    pub(super) fn case(
        &self,
        input: &Input,
        node: &Node,
        names: &mut BTreeMap<String, Location>,
        trials: &mut Vec<Trial>,
        faults: &mut Faults,
    ) {
        let Some(frame) = RawFrame::read(node, faults) else {
            return;
        };
        if !is_name(&frame.name.value) {
            faults.at(
                &frame.name.at,
                "bad-name",
                format!("`{}` cannot name a case", frame.name.value),
                "expected letters, digits, `_`, `-` and `.`",
                None,
            );
        }
        // The name of a file may be anything; that of a trial is a line of the output.
        let file = one_line(&input.file.trim_end_matches(".toml").replace('/', "::"));
        for variant in variants(frame.each.as_ref(), faults) {
            let mut name = format!("{file}::{}", frame.name.value);
            for part in &variant.names {
                name.push_str("::");
                name.push_str(part);
            }
            if let Some(first) = names.get(&name) {
                let (line, _) = first.line_column();
                faults.at(
                    &frame.name.at,
                    "duplicate-trial",
                    format!("a trial `{name}` exists already"),
                    format!("the first is in line {line}; expected each name once"),
                    None,
                );
                continue;
            }
            names.insert(name.clone(), frame.name.at.clone());
            let node = without_each(node, &variant, faults);
            if let Some(raw) = RawCase::read(&node, faults) {
                trials.extend(self.trial(input, name, &frame, &raw, &variant, faults));
            }
        }
    }

    fn trial(
        &self,
        input: &Input,
        name: String,
        frame: &RawFrame,
        raw: &RawCase,
        variant: &Variant,
        faults: &mut Faults,
    ) -> Option<Trial> {
        let clause = match self.contract.clause(&raw.clause.value) {
            Ok(clause) => Some(Arc::clone(clause)),
            Err(help) => {
                faults.at(
                    &raw.clause.at,
                    "unknown-clause",
                    format!("unknown clause `{}`", raw.clause.value),
                    "expected the id of a clause of the contract",
                    Some(help),
                );
                None
            }
        };
        if raw.steps.is_empty() {
            faults.at(
                &frame.name.at,
                "expects-nothing",
                "this case has no steps, so it expects nothing",
                "expected one `[[case.step]]` or more",
                None,
            );
        }
        let effects: Vec<_> = raw
            .effect
            .iter()
            .filter_map(|(key, node)| self.effect(key, node, faults))
            .collect();
        let mut own: Vec<String> = vec!["each".to_owned()];
        let mut steps = Vec::new();
        let mut remembered = Vec::new();
        for raw in &raw.steps {
            steps.extend(self.step(input, raw, &own, &remembered, faults));
            remembered.extend(raw.remember.clone());
            own.extend(raw.capture.iter().map(|(key, _)| key.name.clone()));
        }
        let values = variant.values.iter();
        Some(Trial {
            name,
            at: frame.name.at.clone(),
            clause: clause?,
            steps,
            effects,
            each: values
                .map(|(key, node)| (key.name.clone(), literal(node)))
                .collect(),
        })
    }

    fn step(
        &self,
        input: &Input,
        raw: &RawStep,
        own: &[String],
        remembered: &[String],
        faults: &mut Faults,
    ) -> Option<Step> {
        let tree = |node: &Node, faults: &mut Faults| {
            self.engine
                .tree(node, &|name| known(name, own, self.contract), faults)
        };
        let bodies = Bodies {
            folder: &input.folder,
            below: below(&input.file),
            tree: &tree,
        };
        let request = raw
            .request
            .as_ref()
            .and_then(|name| self.request(name, faults));
        let send = raw.send.as_ref().map_or_else(Send::default, |send| {
            message::of_send(send, &bodies, faults)
        });
        let captures: Vec<_> = raw
            .capture
            .iter()
            .filter_map(|(key, node)| capture(key, node, faults))
            .collect();
        let wait = raw.wait.as_ref().map(|node| wait(node, &tree, faults));
        let poll = raw.poll.as_ref().and_then(|raw| poll(raw, faults));
        let volley = self.volley(raw, &tree, faults);
        let request = request?;
        let mut message = merge::merge(&request.message, send, &request.name, faults);
        if raw.credential.is_some() {
            message.credential = message::credential(raw.credential.as_ref());
        }
        let expect: Option<Expectation> = raw.expect.as_ref().and_then(|node| {
            expect::expectation(
                node,
                &request,
                volley.is_some(),
                remembered,
                self.contract,
                &bodies,
                faults,
            )
        });
        Some(Step {
            request,
            message,
            expect: expect?,
            remember: raw.remember.clone(),
            captures,
            wait,
            poll,
            volley,
        })
    }

    fn request(&self, name: &Spanned<String>, faults: &mut Faults) -> Option<Arc<Request>> {
        if let Some(request) = self.requests.get(&name.value) {
            return Some(Arc::clone(request));
        }
        let names = || self.requests.keys().map(String::as_str);
        faults.at(
            &name.at,
            "unknown-request",
            format!("unknown request `{}`", name.value),
            format!("expected {}", list(names())),
            did_you_mean(&name.value, names()).map(|name| format!("did you mean `{name}`?")),
        );
        None
    }

    fn effect(&self, key: &Key, node: &Node, faults: &mut Faults) -> Option<Effect> {
        let growth = match &node.value {
            Value::Array(_) => Vec::<i64>::read(node, faults),
            _ => i64::read(node, faults).map(|one| vec![one]),
        };
        let Some(probe) = self.probes.get(&key.name) else {
            let names = || self.probes.keys().map(String::as_str);
            faults.at(
                &key.at,
                "unknown-probe",
                format!("unknown probe `{}`", key.name),
                format!("expected {}", list(names())),
                did_you_mean(&key.name, names()).map(|name| format!("did you mean `{name}`?")),
            );
            return None;
        };
        let growth = growth?;
        if growth.is_empty() {
            mismatch(node, "a number, or a list of one or more", faults);
        }
        Some(Effect {
            probe: Arc::clone(probe),
            growth,
            at: node.at.clone(),
        })
    }

    fn volley(
        &self,
        raw: &RawStep,
        tree: &dyn Fn(&Node, &mut Faults) -> Tree,
        faults: &mut Faults,
    ) -> Option<Volley> {
        let race = raw.race.as_ref().map(|raw| race(raw, faults));
        match (&raw.burst, race) {
            (Some(burst), None) => Some(Volley::Burst(self.burst(burst, tree, faults))),
            (None, Some(race)) => Some(Volley::Race(race)),
            (None, None) => None,
            (Some(_), Some(_)) => {
                if let Some(race) = &raw.race {
                    faults.at(
                        &race.at,
                        "two-volleys",
                        "a step is a burst or a race, not both",
                        "expected one of `burst` and `race`",
                        None,
                    );
                }
                None
            }
        }
    }

    fn burst(
        &self,
        raw: &RawBurst,
        tree: &dyn Fn(&Node, &mut Faults) -> Tree,
        faults: &mut Faults,
    ) -> Burst {
        let requests = if raw.requests.text().is_some() {
            tree(&raw.requests, faults)
        } else {
            let number = usize::read(&raw.requests, faults).unwrap_or(1);
            Tree::Literal(number.into())
        };
        Burst {
            requests,
            fresh: raw.fresh.unwrap_or(false),
            at_once: raw.at_once.unwrap_or(AT_ONCE).clamp(1, MOST_AT_ONCE),
            until: raw
                .until
                .as_ref()
                .and_then(|node| expect::expected(node, self.contract, faults)),
        }
    }
}

/// The case's tree with the values put in; `each` itself stays as it is.
fn without_each(node: &Node, variant: &Variant, faults: &mut Faults) -> Node {
    let entries = node.table().unwrap_or_default();
    let entries = entries
        .iter()
        .map(|(key, node)| match key.name.as_str() {
            "each" => (key.clone(), node.clone()),
            _ => (key.clone(), substitute(node, variant, faults)),
        })
        .collect();
    Node {
        at: node.at.clone(),
        value: Value::Table(entries),
    }
}

fn twice(key: &Key, what: &str, faults: &mut Faults) {
    faults.at(
        &key.at,
        "duplicate-name",
        format!("the {what} `{}` is defined twice", key.name),
        "expected each name once in all the files",
        None,
    );
}

fn capture(key: &Key, node: &Node, faults: &mut Faults) -> Option<(String, CaptureFrom)> {
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
        let mut fields = Fields::of(node, "a capture", faults)?;
        let header: Option<String> = fields.required("header", faults);
        fields.finish(faults);
        CaptureFrom::Header(header?.to_ascii_lowercase())
    } else {
        CaptureFrom::Body(Read::read(node, faults)?)
    };
    Some((key.name.clone(), from))
}

fn wait(node: &Node, tree: &dyn Fn(&Node, &mut Faults) -> Tree, faults: &mut Faults) -> Tree {
    if node.text().is_some() {
        return tree(node, faults);
    }
    let seconds = f64::read(node, faults).and_then(|number| seconds(number, node, faults));
    Tree::Literal(seconds.map_or(0.0, |time| time.as_secs_f64()).into())
}

fn poll(raw: &RawPoll, faults: &mut Faults) -> Option<Poll> {
    let mut until = Vec::new();
    for (key, node) in &raw.until {
        let values = match literal(node) {
            serde_json::Value::Array(values) => values,
            one => vec![one],
        };
        until.push((expect::pointer_key(key, faults)?, values));
    }
    let time = |number: Option<f64>, default: f64| {
        let number = number.unwrap_or(default);
        Duration::try_from_secs_f64(number.clamp(0.0, LONGEST)).unwrap_or_default()
    };
    Some(Poll {
        until,
        every: time(raw.every, POLL_EVERY),
        within: time(raw.within, POLL_WITHIN),
    })
}

fn race(raw: &Spanned<RawRace>, faults: &mut Faults) -> Race {
    let requests = raw.value.requests;
    if !(2..=LARGEST_RACE).contains(&requests) {
        faults.at(
            &raw.at,
            "race",
            format!("a race of {requests} is none"),
            format!("expected 2 to {LARGEST_RACE} requests"),
            None,
        );
    }
    let within = raw.value.within.unwrap_or(RACE_WITHIN).clamp(0.0, LONGEST);
    Race {
        requests: requests.clamp(2, LARGEST_RACE),
        within: Duration::try_from_secs_f64(within).unwrap_or_default(),
    }
}

fn seconds(number: f64, node: &Node, faults: &mut Faults) -> Option<Duration> {
    if !(0.0..=LONGEST).contains(&number) {
        mismatch(node, "seconds from 0 to 86400", faults);
        return None;
    }
    Duration::try_from_secs_f64(number).ok()
}
