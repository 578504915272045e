//! Secrets that a run obtains: values at the secret places of responses, and credentials that requests send. They are learned before
//! anything of their exchange is shown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::reader::Reader;
use crate::contract::Pointer;
use crate::event::Role;
use crate::exchange::{Exchange, Received};
use crate::judge;
use crate::secrets::{LONGEST, Redactor, credentials, is_telling};
use crate::suite::{CaptureFrom, Request, Trial};

/// Learns the secrets that responses carry.
#[derive(Debug)]
pub(super) struct Learner {
    reader: Arc<Reader>,
    redactor: Arc<Redactor>,
    /// Places whose captures are sent as a credential, by request: they are secret beside those that requests name.
    captured: BTreeMap<String, Vec<CaptureFrom>>,
    /// The secret places of each request that succeeded, and whether a response had them.
    places: Mutex<BTreeMap<(String, String), bool>>,
}

/// Where an exchange belongs.
pub(super) struct Source<'a> {
    pub(super) request: &'a Request,
    pub(super) captures: &'a [(String, CaptureFrom)],
    pub(super) role: Role,
}

impl Learner {
    pub(super) fn new(reader: &Arc<Reader>, redactor: &Arc<Redactor>) -> Self {
        Self {
            reader: Arc::clone(reader),
            redactor: Arc::clone(redactor),
            captured: BTreeMap::new(),
            places: Mutex::default(),
        }
    }

    /// Takes in the places whose captures a trial sends as a credential.
    pub(super) fn look_through(&mut self, trial: &Trial) {
        for (index, step) in trial.steps.iter().enumerate() {
            for (name, from) in &step.captures {
                let later = trial.steps.iter().skip(index + 1);
                let mut headers = later.flat_map(|step| &step.message.headers);
                let sends = headers.any(|(header, tree)| {
                    let templates = || tree.templates();
                    let member = format!("{name}.");
                    let uses = |used: &String| used == name || used.starts_with(&member);
                    self.redactor.is_secret_header(&header.to_ascii_lowercase())
                        && templates().iter().any(|one| one.names.iter().any(uses))
                });
                if sends {
                    let places = self.captured.entry(step.request.name.clone()).or_default();
                    if !places.contains(from) {
                        places.push(from.clone());
                    }
                }
            }
        }
    }

    /// Learns the secrets in a response.
    pub(super) fn learn(&self, source: &Source<'_>, exchange: &Exchange) {
        let Ok(received) = &exchange.answer else {
            return;
        };
        let declared = &source.request.secret;
        if self.reader.contract.is_success(received) {
            self.look_for(source.request, received);
        }
        let captured = self.captured.get(&source.request.name);
        let captured = captured.into_iter().flatten();
        let others = captured.filter(|place| !declared.contains(place));
        for (place, is_declared) in declared
            .iter()
            .map(|place| (place, true))
            .chain(others.map(|place| (place, false)))
        {
            let mut captures = source.captures.iter();
            let shown = match captures.find(|(_, from)| from == place) {
                Some((name, _)) => format!("<{name} captured in {}>", source.role),
                None => format!("<secret {place} of {}>", source.request.name),
            };
            // Quotation marks would end a JSON string around the value.
            let shown = shown.replace(['"', '\\', '`'], "");
            let found = self
                .reader
                .read(received.body.len(), || at(place, received));
            // An object may have other values than secrets.
            let is_sure = found.len() == 1 || matches!(place, CaptureFrom::Header(_));
            if is_sure && self.reader.contract.is_success(received) {
                for token in found.iter().filter(|token| is_telling(token)) {
                    self.reader.obtained.add(token, "a secret");
                }
            }
            for secret in found {
                if secret.len() <= LONGEST && (is_declared || is_telling(&secret)) {
                    self.redactor.learn(&secret, &shown);
                }
            }
        }
    }

    /// Notes which secret places a successful response to a request has.
    fn look_for(&self, request: &Request, received: &Received) {
        for place in &request.secret {
            let key = (request.name.clone(), place.to_string());
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let seen = places.entry(key).or_default();
            *seen = *seen
                || self
                    .reader
                    .read(received.body.len(), || has(place, received));
        }
    }

    /// Warnings about secret places that no successful response had: they are probably misspelled, so nothing is redacted there.
    pub(super) fn missing(&self) -> String {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = places.iter().filter(|(_, seen)| !**seen);
        let lines = missing.map(|((request, place), _)| {
            format!(
                "warning: no response of `{request}` had the secret place `{place}`: nothing was redacted there\n"
            )
        });
        lines.collect()
    }
}

/// Whether a response has a place.
fn has(place: &CaptureFrom, received: &Received) -> bool {
    let of_body = |pointer: &Pointer| {
        let reading = judge::read(&received.body).ok();
        reading.is_some_and(|reading| pointer.get(&reading.value).is_some())
    };
    match place {
        CaptureFrom::Header(name) => received.header(name).is_some(),
        CaptureFrom::Body(pointer) => of_body(pointer) || !at(place, received).is_empty(),
    }
}

/// The secrets at a place of a response.
fn at(place: &CaptureFrom, received: &Received) -> Vec<String> {
    let mut found = Vec::new();
    match place {
        CaptureFrom::Header(name) if name == "set-cookie" => {
            for field in received.header_values(name) {
                let cookie = field.split(';').next().unwrap_or_default();
                let value = cookie.split_once('=').map_or(cookie, |(_, value)| value);
                found.push(value.trim().trim_matches('"').to_owned());
            }
        }
        CaptureFrom::Header(name) => {
            for field in received.header_values(name) {
                let words = credentials(&field).into_iter();
                found.extend(words.map(|range| field[range].to_owned()));
            }
        }
        CaptureFrom::Body(pointer) => in_body(pointer, &received.body, &mut found),
    }
    found.retain(|secret| !secret.is_empty());
    found
}

/// The secrets at a pointer. If the body is not clean JSON, all values of the pointer's last member.
fn in_body(pointer: &Pointer, body: &[u8], found: &mut Vec<String>) {
    let reading = judge::read(body).ok();
    let value = reading
        .as_ref()
        .and_then(|reading| pointer.get(&reading.value));
    if let Some(value) = value {
        texts(value, found);
    }
    if reading.is_some_and(|reading| reading.duplicates.is_empty()) {
        return;
    }
    let text = String::from_utf8_lossy(body);
    let Some(member) = pointer.parts().last() else {
        found.push(text.trim().to_owned());
        return;
    };
    for (at, _) in text.match_indices(&format!("\"{member}\"")) {
        let rest = text[at + member.len() + 2..].trim_start();
        let Some(rest) = rest.strip_prefix(':') else {
            continue;
        };
        let rest = rest.trim_start();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => texts(&value, found),
            // A string that is cut, or that JSON does not have.
            _ => found.extend(
                rest.split('"')
                    .find(|part| !part.is_empty())
                    .map(str::to_owned),
            ),
        }
    }
    // RFC 6749 requires JSON, but some servers return forms.
    let pairs = url::form_urlencoded::parse(body);
    found.extend(
        pairs
            .filter(|(name, _)| name == member)
            .map(|(_, value)| value.into_owned()),
    );
}

/// The texts in a value, numbers included.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        Value::Null | Value::Bool(_) => {}
    }
}
