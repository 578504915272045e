//! From the raw shapes to the domain types: every name is resolved, every faulty place is noted, and checking goes on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::body::Bodies;
use super::each::{Variant, mentions_each, substitute, variants};
use super::keys::{RawCase, RawControl, RawFile, RawFrame, RawRequest, RawStep, filled};
use super::load::{Input, is_within};
use super::matcher::{Assertion, CheckedPlace, Matchers, Places};
use super::message::Send;
use super::model::{Control, Effect, Expectation, Expected, Message, Probe, Request, Step, Trial};
use super::names::Names;
use super::render::Engine;
use super::template::literal;
use super::{documented, expect, merge, message, step};
use crate::contract::{Clause, Contract};
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{Key, Node, Read, Spanned, Value, mismatch};

/// The most trials of one suite.
pub(super) const MOST: usize = 50_000;
/// How many variants of one case are told to exist already: the first ones tell the rest.
const TWICE: usize = 5;

/// Checks the files one after another; what it knows grows.
pub(super) struct Checker<'a> {
    contract: &'a Contract,
    engine: Engine,
    pub(super) requests: BTreeMap<String, Arc<Request>>,
    pub(super) probes: BTreeMap<String, Arc<Probe>>,
    /// Probes that are defined, but not well.
    faulty_probes: BTreeSet<String>,
    /// The controls that requests name, by the request.
    pub(super) controls: BTreeMap<String, Spanned<String>>,
}

/// Whether a text can be a part of a trial's name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
}

fn below(file: &str) -> String {
    file.rsplit_once('/')
        .map(|(folder, _)| format!("{folder}/"))
        .unwrap_or_default()
}

/// Whether a request is rejected without its credential. It needs one to be rejected without.
fn protected(raw: &RawRequest, faults: &mut Faults) -> bool {
    let Some(flag) = raw.protected.as_ref().filter(|flag| flag.value) else {
        return false;
    };
    let credential = raw.credential.as_ref().map(|name| name.value.as_str());
    if credential.is_none_or(|name| name == "none") {
        faults.at(
            &flag.at,
            "protected-without-credential",
            "`protected` is true for a request without a credential".to_owned(),
            "expected `as` with the name of a credential, since the negative control leaves it out",
            Some("add `as`, or remove `protected`".to_owned()),
        );
    }
    true
}

impl<'a> Checker<'a> {
    pub(super) fn new(contract: &'a Contract) -> Self {
        Self {
            contract,
            engine: Engine::default(),
            requests: BTreeMap::new(),
            probes: BTreeMap::new(),
            faulty_probes: BTreeSet::new(),
            controls: BTreeMap::new(),
        }
    }

    /// Takes in the requests of a file.
    pub(super) fn requests(&mut self, input: &Input, raw: &RawFile, faults: &mut Faults) {
        let names = Names {
            each: &[],
            captures: &[],
            limits: self.contract.limits(),
            step: 0,
        };
        let tree = |node: &Node, faults: &mut Faults| self.engine.tree(node, &names, faults);
        let bodies = Bodies {
            folder: &input.folder,
            below: below(&input.file),
            tree: &tree,
        };
        let mut found = Vec::new();
        for (key, Spanned { at, value: raw }) in &raw.request {
            let matchers = Matchers::new(&tree, &[]);
            let success = matchers.assertions(&raw.success, Places::Any, faults);
            let request = Request {
                name: key.name.clone(),
                at: at.clone(),
                message: message::of_request(raw, &bodies, faults),
                protected: protected(raw, faults),
                success,
                bound: matchers.into_bound(),
                secret: step::secrets(&raw.secret, faults),
                control: match &raw.control {
                    Some(RawControl::Without(reason)) => Control::Without(reason.value.clone()),
                    _ => Control::Own,
                },
                rows: documented::rows(raw, self.contract, faults),
            };
            found.push((key, raw, request));
        }
        for (key, raw, request) in found {
            match self.requests.get(&key.name) {
                Some(first) if input.runs => twice(key, "request", &first.at, faults),
                Some(_) => {}
                None => {
                    if let Some(RawControl::Of(control)) = &raw.control {
                        self.controls.insert(key.name.clone(), control.clone());
                    }
                    self.requests.insert(key.name.clone(), Arc::new(request));
                }
            }
        }
    }

    /// Takes in the probes of a file.
    pub(super) fn probes(&mut self, input: &Input, raw: &RawFile, faults: &mut Faults) {
        for (key, raw) in &raw.probe {
            let request = raw.request.as_ref();
            let request = request.and_then(|name| self.request(name, faults));
            let (Some(request), Some(pointer)) = (request, &raw.pointer) else {
                self.faulty_probes.insert(key.name.clone());
                continue;
            };
            if let Some(first) = self.probes.get(&key.name) {
                if input.runs {
                    twice(key, "probe", &first.at, faults);
                }
            } else {
                let credential = raw.credential.clone();
                let probe = Probe {
                    name: key.name.clone(),
                    at: key.at.clone(),
                    credential: credential.or_else(|| request.message.credential.clone()),
                    request,
                    pointer: pointer.clone(),
                    settle: raw.settle.as_ref().map(|settle| settle.0),
                };
                self.probes.insert(key.name.clone(), Arc::new(probe));
            }
        }
    }

    /// Takes in the trials of a case, their names begun by `prefix`; where `only` is given, that one alone.
    pub(super) fn case(
        &self,
        input: &Input,
        prefix: &str,
        node: &Node,
        only: Option<&str>,
        (names, trials): (&mut HashMap<String, Location>, &mut Vec<Arc<Trial>>),
        faults: &mut Faults,
    ) {
        let Some(frame) = RawFrame::of(node, faults) else {
            return;
        };
        // Where a name is lacking, that is noted, and the rest is checked all the same.
        let case = frame.name.clone().unwrap_or_else(|| Spanned {
            at: node.at.clone(),
            value: String::new(),
        });
        if frame.name.is_some() && !is_name(&case.value) {
            faults.at(
                &case.at,
                "bad-name",
                format!("`{}` cannot name a case", case.value),
                "expected letters, digits, `_`, `-` and `.`",
                None,
            );
        }
        let of_case = format!("{prefix}::{}", case.value);
        if only.is_some_and(|only| !is_within(only, &of_case)) {
            return;
        }
        let mut twice = 0;
        for variant in variants(frame.each.as_ref(), faults) {
            if trials.len() > MOST {
                return; // It is told.
            }
            if trials.len() == MOST {
                faults.at(
                    &case.at,
                    "too-many-trials",
                    format!("with this case the suite has more than {MOST} trials"),
                    format!("expected at most {MOST} trials per suite"),
                    Some("remove combinations, or split the suite".to_owned()),
                );
            }
            let mut name = of_case.clone();
            for part in &variant.names {
                name.push_str("::");
                name.push_str(part);
            }
            if only.is_some_and(|only| only != name) {
                continue;
            }
            if frame.name.is_some() {
                if let Some(first) = names.get(&name) {
                    faults.at(
                        &case.at,
                        "duplicate-trial",
                        format!("a trial `{name}` exists already"),
                        format!("the first is in {first}; expected each name once"),
                        None,
                    );
                    twice += 1;
                    if twice == TWICE {
                        return;
                    }
                    continue;
                }
                names.insert(name.clone(), case.at.clone());
            }
            let node = without_each(node, &variant, faults);
            if let Some(raw) = RawCase::of(&node, faults) {
                let at = case.at.clone();
                let trial = self.trial(input, name, at, &raw, &variant, faults);
                trials.extend(trial.map(Arc::new));
            }
        }
    }

    fn trial(
        &self,
        input: &Input,
        name: String,
        at: Location,
        raw: &RawCase,
        variant: &Variant,
        faults: &mut Faults,
    ) -> Option<Trial> {
        let steps = raw.step.as_ref()?;
        let written = steps.value.as_ref()?;
        let clause = raw.clause.as_ref().and_then(|id| self.clause(id, faults));
        if written.is_empty() {
            faults.at(
                &steps.at,
                "expects-nothing",
                "this case has no steps, so it expects nothing",
                "expected one `[[case.step]]` or more",
                None,
            );
        }
        let written: Vec<&RawStep> = written.iter().flatten().collect();
        let effects: Vec<_> = filled("effect", raw.effect.as_ref(), faults)
            .iter()
            .filter_map(|(key, node)| self.effect(key, node, faults))
            .collect();
        let values = variant.values.iter();
        let each: Vec<String> = values.map(|(key, _)| key.name.clone()).collect();
        let mut captures = Vec::new();
        for (number, raw) in (1..).zip(&written) {
            let made = raw.capture.iter().flat_map(|made| &made.value);
            captures.extend(made.map(|(key, _)| (key.name.clone(), number)));
        }
        let mut steps: Vec<Step> = Vec::with_capacity(written.len());
        let mut remembered: Vec<String> = Vec::new();
        for (step, raw) in (1..).zip(&written) {
            let names = Names {
                each: &each,
                captures: &captures,
                limits: self.contract.limits(),
                step,
            };
            steps.extend(self.step(input, raw, &names, &remembered, faults));
            remembered.extend(raw.remember.as_ref().map(|name| name.value.clone()));
        }
        if steps.len() == written.len() {
            uncompared(&written, &steps, faults);
        }
        let values = variant.values.iter();
        Some(Trial {
            name,
            at,
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
        names: &Names<'_>,
        remembered: &[String],
        faults: &mut Faults,
    ) -> Option<Step> {
        let tree = |node: &Node, faults: &mut Faults| self.engine.tree(node, names, faults);
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
        let mut captures = Vec::new();
        for (key, from) in filled("capture", raw.capture.as_ref(), faults) {
            step::capture_name(key, faults);
            captures.extend(from.clone().map(|from| (key.name.clone(), from)));
        }
        let wait = raw
            .wait
            .as_ref()
            .map(|node| Box::new(step::wait(node, &tree, faults)));
        let volley = step::volley(self.contract, raw, &tree, faults).map(Box::new);
        let bound = request.as_ref().map_or(&[][..], |request| &request.bound);
        let matchers = Matchers::new(&tree, bound);
        let poll = raw
            .poll
            .as_ref()
            .and_then(|raw| step::poll(raw, &matchers, faults))
            .map(Box::new);
        let reading = expect::Reading {
            contract: self.contract,
            bodies: &bodies,
            matchers: &matchers,
            volley: raw.burst.is_some() || raw.race.is_some(),
            remembered,
        };
        let expect: Option<Expectation> = raw
            .expect
            .as_ref()
            .and_then(|node| reading.expectation(node, faults));
        let request = request?;
        let mut message = merge::merge(&request.message, send, &request.name, faults);
        if raw.credential.is_some() {
            message.credential = message::credential(raw.credential.as_ref());
        }
        let expect = expect?;
        unreachable(&message, &expect, faults);
        documented::undocumented(&request, &expect, volley.as_deref(), faults);
        Some(Step {
            request,
            message,
            expect,
            bound: matchers.into_bound(),
            remember: raw.remember.as_ref().map(|name| name.value.clone()),
            captures,
            wait,
            poll,
            volley,
        })
    }

    fn clause(&self, id: &Spanned<String>, faults: &mut Faults) -> Option<Arc<Clause>> {
        match self.contract.clause(&id.value) {
            Ok(clause) => Some(Arc::clone(clause)),
            Err(help) => {
                faults.at(
                    &id.at,
                    "unknown-clause",
                    format!("unknown clause `{}`", id.value),
                    "expected the id of a clause of the contract",
                    Some(help),
                );
                None
            }
        }
    }

    pub(super) fn request(
        &self,
        name: &Spanned<String>,
        faults: &mut Faults,
    ) -> Option<Arc<Request>> {
        if let Some(request) = self.requests.get(&name.value) {
            return Some(Arc::clone(request));
        }
        let names = self.requests.keys().map(String::as_str);
        faults.unknown(&name.at, ("unknown-request", "request"), &name.value, names);
        None
    }

    fn effect(&self, key: &Key, node: &Node, faults: &mut Faults) -> Option<Effect> {
        let growth = match &node.value {
            Value::Array(_) => Vec::<i64>::read(node, faults),
            _ => i64::read(node, faults).map(|one| vec![one]),
        };
        let Some(probe) = self.probes.get(&key.name) else {
            if self.faulty_probes.contains(&key.name) {
                return None;
            }
            let names = self.probes.keys().map(String::as_str);
            faults.unknown(&key.at, ("unknown-probe", "probe"), &key.name, names);
            return None;
        };
        let growth = growth?;
        if matches!(&node.value, Value::Array(items) if items.is_empty()) {
            mismatch(node, "a number, or a list of one or more", faults);
        }
        Some(Effect {
            probe: Arc::clone(probe),
            growth,
            at: node.at.clone(),
        })
    }
}

/// Notes remembered answers that no step compares with another.
fn uncompared(raw: &[&RawStep], steps: &[Step], faults: &mut Faults) {
    for name in raw.iter().filter_map(|raw| raw.remember.as_ref()) {
        let mut compared = steps.iter().flat_map(|step| &step.expect.like);
        if !compared.any(|one| *one == name.value) {
            faults.at(
                &name.at,
                "no-effect",
                format!("no later step compares its response with `{}`", name.value),
                format!(
                    "expected `like = \"{}\"` in the `expect` of a later step",
                    name.value
                ),
                Some("add it, or remove `remember`".to_owned()),
            );
        }
    }
}

/// Notes assertions about a body that no accepted response has (RFC 9110, 6.4.1).
fn unreachable(message: &Message, expect: &Expectation, faults: &mut Faults) {
    let bodiless = |one: &Expected| match one {
        Expected::Row(row) => [204, 304].contains(&row.status),
        Expected::Status(status) => [204, 304].contains(status),
        Expected::Success | Expected::Below(_) => false,
    };
    let is_head = message.method.is_literal("HEAD");
    for alternative in &expect.alternatives {
        if !is_head && !alternative.any_of.iter().all(bodiless) {
            continue;
        }
        let of_body = |one: &&Assertion| matches!(one.place, CheckedPlace::Body(_));
        let first = alternative.assertions.iter().find(of_body);
        let schema = alternative.schema.as_ref().map(|_| &expect.at);
        if let Some(at) = first.map(|one| &one.at).or(schema) {
            faults.at(
                at,
                "no-effect",
                "no accepted response has a body",
                "expected no assertion about the body: HEAD, 204 and 304 have none (RFC 9110, 6.4.1)",
                None,
            );
        }
    }
}

/// The case's tree with the values put in; `each` itself stays as it is.
fn without_each(node: &Node, variant: &Variant, faults: &mut Faults) -> Node {
    let entries = node.table().unwrap_or_default();
    let is_each = |key: &Key| key.name == "each";
    if !entries
        .iter()
        .any(|(key, node)| !is_each(key) && mentions_each(node))
    {
        return node.clone();
    }
    let entries = entries
        .iter()
        .map(|(key, node)| {
            let kept = is_each(key).then(|| node.clone());
            let node = kept.unwrap_or_else(|| substitute(node, variant, faults));
            (key.clone(), node)
        })
        .collect();
    Node {
        at: node.at.clone(),
        value: Value::Table(entries),
    }
}

fn twice(key: &Key, what: &str, first: &Location, faults: &mut Faults) {
    faults.at(
        &key.at,
        "duplicate-name",
        format!("the {what} `{}` is defined twice", key.name),
        format!("the first is in {first}; expected each name once in all the files"),
        None,
    );
}
