//! What all trials of a run share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::brake::Brake;
use super::control::Controls;
use super::counts::Probes;
use super::learned::{Secrets, Source};
use super::ledger::Ledger;
use super::lock::Locks;
use super::neighbours::Neighbours;
use super::pace::Pace;
use super::reading::Reader;
use super::trial::Context;
use crate::client::{Client, Unusable};
use crate::contract::Contract;
use crate::event::{Event, Listener, Role};
use crate::exchange::{Broken, Exchange, Received};
use crate::judge;
use crate::plan;
use crate::secrets::{Redactor, Secret, last_part};
use crate::suite::{Engine, Expectation, Message, Scope, Trial};
use crate::targets::{Day, Profile, Target, Waiver};

/// The shortest secret that is looked for in answers, in bytes.
const SHORTEST_SECRET: usize = 8;
/// The name of the limit that says how long the limiter's window is, in seconds.
pub(super) const WINDOW: &str = "window";

/// A run against a target.
pub struct Session {
    pub(super) contract: Arc<Contract>,
    pub(super) target: Target,
    pub(super) client: Client,
    pub(super) engine: Engine,
    known: Scope,
    pub(super) controls: Controls,
    pub(super) locks: Locks,
    pub(super) pace: Pace,
    pub(super) ledger: Ledger,
    pub(super) probes: Probes,
    /// Large requests are made one at a time.
    pub(super) making: tokio::sync::Mutex<()>,
    /// Whether the target has ever answered: only then is silence its fault.
    answered: AtomicBool,
    strict: bool,
    today: Day,
    keeps_evidence: bool,
    partial: bool,
    brake: Brake,
    /// Other runs, if this one is announced to them.
    pub(super) neighbours: Option<Neighbours>,
    pub(super) reader: Reader,
    /// Finds the secrets of the credentials in what comes back.
    pub(super) kept_secret: Redactor,
    /// Finds the tokens that the run obtained.
    pub(super) obtained: Redactor,
    pub(super) secrets: Secrets,
    /// Whether a trial has reported that too many requests on kept connections got no response.
    pub(super) unanswered: AtomicBool,
    /// The secret places of each request that succeeded, and whether a response had them.
    pub(super) places: Mutex<BTreeMap<(String, String), bool>>,
    listeners: Vec<Arc<dyn Listener>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("target", &self.target.profile.name)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Prepares a run. `strict` makes a finding of a `should` clause a violation; waivers are held against `today`.
    pub fn new(
        contract: Arc<Contract>,
        target: Target,
        strict: bool,
        today: Day,
        listeners: Vec<Arc<dyn Listener>>,
    ) -> Result<Self, Unusable> {
        Ok(Self {
            client: Client::new(&target)?,
            known: known(&contract, &target),
            kept_secret: secrets(&target),
            obtained: Redactor::default(),
            secrets: Secrets::of(&target.profile),
            places: Mutex::default(),
            contract,
            target,
            engine: Engine::default(),
            controls: Controls::default(),
            locks: Locks::default(),
            pace: Pace::default(),
            ledger: Ledger::default(),
            probes: Probes::default(),
            making: tokio::sync::Mutex::default(),
            answered: AtomicBool::new(false),
            strict,
            today,
            keeps_evidence: false,
            partial: false,
            brake: Brake::default(),
            neighbours: None,
            reader: Reader::default(),
            unanswered: AtomicBool::new(false),
            listeners,
        })
    }

    /// The same run, keeping what each trial is judged on.
    #[must_use]
    pub fn keeping_evidence(self) -> Self {
        Self {
            keeps_evidence: true,
            ..self
        }
    }

    /// The same run, of a suite of which only a part was loaded.
    #[must_use]
    pub fn partly(self, partial: bool) -> Self {
        Self { partial, ..self }
    }

    pub(super) fn is_partial(&self) -> bool {
        self.partial
    }

    /// The same run, ending early when so many trials in a row got no answer; never where it is 0.
    #[must_use]
    pub fn stopping_after(self, silent: usize) -> Self {
        Self {
            brake: Brake::after(silent),
            ..self
        }
    }

    /// The same run, announced to other runs on this machine.
    #[must_use]
    pub fn among(self, neighbours: Option<Neighbours>) -> Self {
        Self { neighbours, ..self }
    }

    /// What ends the run early.
    pub fn brake(&self) -> &Brake {
        &self.brake
    }

    pub(super) fn keeps_evidence(&self) -> bool {
        self.keeps_evidence
    }

    /// Whether a finding of a `should` clause is a violation.
    pub fn strict(&self) -> bool {
        self.strict
    }

    /// Whom it runs against: the target's name, and its address without secrets.
    pub fn against(&self) -> (String, String) {
        let profile = &self.target.profile;
        let address = self.target.redactor.redact(profile.base_url.as_str());
        (profile.name.clone(), address)
    }

    /// How many requests were repeated because a kept connection closed.
    pub fn repeated(&self) -> usize {
        self.client.unanswered().closed
    }

    /// A text without the secrets.
    pub fn redacted(&self, text: &str) -> String {
        self.target.redactor.redact(text)
    }

    /// The target as it was declared.
    pub fn profile(&self) -> &Profile {
        &self.target.profile
    }

    /// SHA-256 over the contract's files, in hexadecimal.
    pub fn contract_digest(&self) -> String {
        self.contract.digest_text()
    }

    /// The target's known failures.
    pub fn waivers(&self) -> &[Waiver] {
        &self.target.profile.waivers
    }

    pub(super) fn today(&self) -> Day {
        self.today
    }

    /// Tells the listeners of something.
    pub fn emit(&self, event: &Event) {
        for listener in &self.listeners {
            listener.hear(event);
        }
    }

    pub(super) fn notice(&self, trial: &str, text: &str) {
        self.emit(&Event::Notice {
            trial: trial.to_owned(),
            text: self.target.redactor.redact(text),
        });
    }

    /// The client for the next request of a trial.
    pub(super) fn client(&self, context: &Context<'_>) -> Result<Client, Broken> {
        if context.unkept {
            self.client.of_trial(&context.unanswered).unkept()
        } else {
            Ok(self.client.of_trial(&context.unanswered))
        }
    }

    /// Notes a response as it comes, before anything is shown of it.
    pub(super) fn note_answer(
        &self,
        context: &mut Context<'_>,
        source: Source<'_>,
        exchange: &Exchange,
    ) {
        self.learn(source, exchange);
        if !self.is_limited(exchange) {
            self.pace.note_through();
        }
        match &exchange.answer {
            Err(broken @ (Broken::Closed | Broken::Calmed)) => {
                context.unkept = true;
                context.loose = Some(broken.to_string());
            }
            Ok(_) => {
                self.answered.store(true, Ordering::Relaxed);
                context.answered = Some(true);
            }
            // Too much of an answer is one, and what cannot be sent says nothing of the target.
            Err(Broken::Connect(_) | Broken::Timeout(_) | Broken::Protocol(_)) => {
                context.answered = Some(false);
            }
            Err(_) => {}
        }
    }

    /// Notes the use of a credential, and a write if the request was not rejected.
    pub(super) fn note_sent(&self, message: &Message, role: &Role, exchange: &Exchange) {
        let credential = message.credential.as_ref();
        self.ledger.note(credential.map(String::as_str));
        if !matches!(role, Role::Probe(_)) {
            self.ledger.touch(self.organization(credential));
        }
        let answer = exchange.answer.as_ref();
        let rejected = answer.is_ok_and(|received| (400..500).contains(&received.status));
        if message.writes() && !rejected {
            self.ledger.note_write(self.organization(credential));
        }
    }

    /// Whether a limiter has refused an exchange.
    pub(super) fn is_limited(&self, exchange: &Exchange) -> bool {
        let answer = exchange.answer.as_ref();
        answer.is_ok_and(|received| judge::limiter(&self.contract, received).is_some())
    }

    /// Whether a response is one of those that a step accepts.
    pub(super) fn accepts(&self, expectation: &Expectation, received: &Received) -> bool {
        let mut any_of = expectation.any_of.iter();
        any_of.any(|one| judge::is_of(&self.contract, one, received))
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// A limit of the target: declared, otherwise published.
    pub(super) fn limit(&self, name: &str) -> Option<f64> {
        let declared = self.target.profile.declared.get(name);
        declared
            .map(|(limit, _)| *limit)
            .or_else(|| self.contract.limits().get(name).copied())
    }

    /// The secrets that templates know, to see whether one comes back.
    pub fn secrets(&self) -> Vec<&str> {
        let credentials = self.target.credentials.values();
        credentials
            .filter_map(|credential| credential.secret.as_ref().map(Secret::expose))
            .collect()
    }

    /// What a trial's templates may name, before anything is captured.
    pub(super) fn scope(&self, trial: Option<&Trial>) -> Scope {
        let mut scope = self.known.clone();
        scope.renew_key();
        if let Some(trial) = trial {
            scope.set("each", &trial.each);
        }
        scope
    }
}

/// What all templates of a run may name.
fn known(contract: &Contract, target: &Target) -> Scope {
    let mut scope = Scope::default();
    let fixtures: BTreeMap<_, _> = target.profile.fixtures.clone();
    let secrets: serde_json::Map<String, Value> = target
        .credentials
        .iter()
        .filter_map(|(name, credential)| {
            let secret = credential.secret.as_ref()?;
            Some((name.clone(), Value::from(secret.expose())))
        })
        .collect();
    scope.set("fixture", &fixtures.into_iter().collect());
    scope.set("secret", &Value::Object(secrets));
    scope.set("limit", &plan::limits(contract.limits(), &target.profile));
    scope
}

/// Finds what no answer may send back. Shorter ones are found by chance.
fn secrets(target: &Target) -> Redactor {
    let secrets = Redactor::default();
    for secret in target.credentials.values().flat_map(|of| &of.secrets) {
        let secret = secret.expose();
        if secret.len() >= SHORTEST_SECRET {
            secrets.add(secret, "a secret");
        }
        if let Some(last) = last_part(secret) {
            secrets.add(last, "a secret");
        }
    }
    secrets
}
