//! What all trials of a run share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::control::Controls;
use super::lock::Locks;
use super::pace::Pace;
use crate::client::{Client, Unusable};
use crate::contract::Contract;
use crate::event::{Event, Listener};
use crate::exchange::Exchange;
use crate::suite::{Engine, Scope, Trial};
use crate::target::Target;

/// A run against a target.
pub struct Session {
    pub(super) contract: Arc<Contract>,
    pub(super) target: Target,
    pub(super) client: Client,
    pub(super) engine: Engine,
    pub(super) controls: Controls,
    pub(super) locks: Locks,
    pub(super) pace: Pace,
    /// Whether the target has ever answered: only then is silence its fault.
    answered: AtomicBool,
    strict: bool,
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
    /// Prepares a run. `strict` makes a finding of a `should` clause a violation.
    pub fn new(
        contract: Arc<Contract>,
        target: Target,
        strict: bool,
        listeners: Vec<Arc<dyn Listener>>,
    ) -> Result<Self, Unusable> {
        Ok(Self {
            contract,
            client: Client::new(&target)?,
            target,
            engine: Engine::default(),
            controls: Controls::default(),
            locks: Locks::default(),
            pace: Pace::default(),
            answered: AtomicBool::new(false),
            strict,
            listeners,
        })
    }

    pub(super) fn strict(&self) -> bool {
        self.strict
    }

    pub(super) fn emit(&self, event: &Event) {
        for listener in &self.listeners {
            listener.hear(event);
        }
    }

    pub(super) fn notice(&self, trial: &str, text: String) {
        self.emit(&Event::Notice {
            trial: trial.to_owned(),
            text,
        });
    }

    pub(super) fn note_answer(&self, exchange: &Exchange) {
        if exchange.answer.is_ok() {
            self.answered.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// What a trial's templates may name, before anything is captured.
    pub(super) fn scope(&self, trial: Option<&Trial>) -> Scope {
        let mut scope = Scope::default();
        let fixtures: BTreeMap<_, _> = self.target.profile.fixtures.clone();
        let secrets: serde_json::Map<String, Value> = self
            .target
            .credentials
            .iter()
            .filter_map(|(name, credential)| {
                let bearer = credential.bearer.as_ref()?;
                Some((name.clone(), Value::from(bearer.expose())))
            })
            .collect();
        scope.set("fixture", fixtures.into_iter().collect());
        scope.set("secret", Value::Object(secrets));
        scope.set("key", uuid::Uuid::new_v4().to_string().into());
        if let Some(trial) = trial {
            scope.set("each", trial.each.clone());
        }
        scope
    }
}
