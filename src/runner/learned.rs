//! Secrets that a run obtains: values at the secret places of responses, and credentials that requests send. They are learned before
//! anything of their exchange is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use serde_json::Value;

use super::counts;
use super::session::Session;
use crate::contract::Pointer;
use crate::event::Role;
use crate::exchange::{Exchange, Received};
use crate::judge::{self, Place};
use crate::secrets::{BY_HAND, CREDENTIAL_HEADERS, credentials, hide_credentials, is_telling};
use crate::suite::{CaptureFrom, Request, Trial};
use crate::targets::{Credential, HeaderSource, Profile};
use crate::verdict::control_trials;

/// The longest secret that is learned, in bytes: tokens with claims have a few thousand.
const LONGEST: usize = 16 * 1024;
/// Which header fields of requests are secret, and which places of responses.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// Header fields, names in lower case.
    headers: BTreeSet<String>,
    /// Places whose captures are sent in such a header, by request.
    captured: BTreeMap<String, Vec<CaptureFrom>>,
}

/// Where an exchange belongs.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) request: &'a Request,
    pub(super) captures: &'a [(String, CaptureFrom)],
    pub(super) role: &'a Role,
}

impl Secrets {
    /// The secrets that the target alone determines.
    pub(super) fn of(profile: &Profile) -> Self {
        let of_credentials = profile.credentials.values().flat_map(|one| &one.headers);
        let secret = of_credentials.filter(|(_, source)| matches!(source, HeaderSource::Secret(_)));
        let names = secret.map(|(name, _)| name.to_ascii_lowercase());
        Self {
            headers: names.chain(CREDENTIAL_HEADERS.map(str::to_owned)).collect(),
            captured: BTreeMap::new(),
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
                    self.headers.contains(&header.to_ascii_lowercase())
                        && templates()
                            .iter()
                            .any(|one| one.text.contains(name.as_str()))
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
}

impl Session {
    /// The same run, knowing which captures its trials send as credentials, and which controls they build on.
    #[must_use]
    pub fn knowing<'a>(mut self, trials: impl IntoIterator<Item = &'a Arc<Trial>> + Clone) -> Self {
        for trial in trials.clone() {
            self.secrets.look_through(trial);
        }
        self.probes.movers = counts::movers(trials.clone());
        self.controls.lines = control_trials(trials);
        self
    }

    /// Learns the secrets in a response.
    pub(super) fn learn(&self, source: Source<'_>, exchange: &Exchange) {
        let Ok(received) = &exchange.answer else {
            return;
        };
        let declared = &source.request.secret;
        if self.contract.is_success(received) {
            self.look_for(source.request, received);
        }
        let captured = self.secrets.captured.get(&source.request.name);
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
            let found = self.read(received.body.len(), || at(place, received));
            // An object may have other values than secrets.
            if let [token] = found.as_slice()
                && self.contract.is_success(received)
                && is_telling(token)
            {
                self.obtained.add(token, "a secret");
            }
            for secret in found {
                if secret.len() <= LONGEST && (is_declared || is_telling(&secret)) {
                    self.target.redactor.learn(&secret, &shown);
                }
            }
        }
    }

    /// Where a response sends a secret back: one of the target's credentials or, in the body of a failure, a token that the run obtained.
    /// Tokens are legitimate in successes, and in cookies that are set again.
    pub(super) fn echoed(&self, exchange: &Exchange) -> Option<Place> {
        let echoes = |bytes: &[u8]| self.kept_secret.finds(bytes);
        judge::echoed(&echoes, exchange).or_else(|| {
            let received = exchange.answer.as_ref().ok()?;
            let is_echo = self.contract.is_failure(received) && self.obtained.finds(&received.body);
            is_echo.then_some(Place::Body)
        })
    }

    /// Notes which secret places a successful response to a request has.
    fn look_for(&self, request: &Request, received: &Received) {
        for place in &request.secret {
            let key = (request.name.clone(), place.to_string());
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let seen = places.entry(key).or_default();
            *seen = *seen || self.read(received.body.len(), || has(place, received));
        }
    }

    /// Warnings about secret places that no successful response had: they are probably misspelled, so nothing is redacted there.
    pub fn missing_secrets(&self) -> String {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = places.iter().filter(|(_, seen)| !**seen);
        let lines = missing.map(|((request, place), _)| {
            format!(
                "warning: no response of `{request}` had the secret place `{place}`: nothing was redacted there\n"
            )
        });
        lines.collect()
    }

    /// The value of a header without its credentials. A credential that a case writes by hand, or builds from a capture, is always hidden
    /// here, and learned if it is long enough.
    pub(super) fn shown_header(
        &self,
        name: &str,
        value: &str,
        credential: Option<&Credential>,
    ) -> String {
        let redactor = &self.target.redactor;
        let of_credential = |one: &Credential| {
            let mut secrets = one.secrets.iter().map(crate::secrets::Secret::expose);
            let mut headers = one.headers.iter();
            headers.any(|(known, sent)| known == name && sent.expose() == value)
                && secrets.any(|secret| value.ends_with(secret))
        };
        if !self.secrets.headers.contains(name) || credential.is_some_and(of_credential) {
            return redactor.redact(value);
        }
        let shown = hide_credentials(value, |range| {
            let word = &value[range.clone()];
            let rest = redactor.rest(word);
            if is_telling(&rest) && word.len() <= LONGEST {
                redactor.learn(word, BY_HAND);
            }
            // It is redacted, in whole or but for a few characters.
            is_telling(&rest) || rest.len() < word.len()
        });
        redactor.redact(&shown)
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
