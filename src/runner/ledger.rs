//! The ledger: the last use of each credential in this run, so that a burst can begin with an unused window, and the last write to each
//! organization, so that the next trial is not blamed for a count that lags.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::event::Role;
use crate::exchange::Exchange;
use crate::suite::{Message, Probe};
use crate::targets::Target;

/// The last use of each credential, and the last write in each organization.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Whose each credential is.
    organizations: HashMap<String, String>,
    written: Mutex<HashMap<String, Instant>>,
    /// How many requests each organization got, those of probes not counted.
    touched: Mutex<HashMap<String, u64>>,
    last: Mutex<HashMap<Option<String>, Instant>>,
}

impl Ledger {
    pub(super) fn new(target: &Target) -> Self {
        let credentials = target.credentials.iter();
        let organizations =
            credentials.map(|(name, credential)| (name.clone(), credential.organization.clone()));
        Self {
            organizations: organizations.collect(),
            ..Self::default()
        }
    }

    /// The organization that a credential is of. Requests without one are of one of their own: what they do is counted, too.
    pub(super) fn organization(&self, credential: Option<&String>) -> String {
        let known = credential.and_then(|name| self.organizations.get(name));
        known.cloned().unwrap_or_default()
    }

    /// Notes the use of a credential, and a write if the request was not rejected.
    pub(super) fn note_sent(&self, message: &Message, role: &Role, exchange: &Exchange) {
        let credential = message.credential.as_ref();
        self.note(credential.map(String::as_str));
        if !matches!(role, Role::Probe(_)) {
            self.touch(self.organization(credential));
        }
        let answer = exchange.answer.as_ref();
        let rejected = answer.is_ok_and(|received| (400..500).contains(&received.status));
        if message.writes() && !rejected {
            self.note_write(self.organization(credential));
        }
    }

    /// Notes that a credential is used now.
    fn note(&self, credential: Option<&str>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(credential.map(str::to_owned), Instant::now());
    }

    /// Notes that an organization gets a request.
    pub(super) fn touch(&self, organization: String) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        *touched.entry(organization).or_default() += 1;
    }

    /// How many requests the organization of a probe has got.
    pub(super) fn touched(&self, probe: &Probe) -> u64 {
        let organization = self.organization(probe.credential.as_ref());
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.get(&organization).copied().unwrap_or_default()
    }

    /// Notes that an organization is written to now.
    pub(super) fn note_write(&self, organization: String) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(organization, Instant::now());
    }

    /// The last write to the organization of a probe, without the writes whose effects were all counted.
    pub(super) fn last_write(&self, probe: &Probe) -> Option<Instant> {
        let organization = self.organization(probe.credential.as_ref());
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.get(&organization).copied()
    }

    /// Forgets the writes since then: their effects were all counted.
    pub(super) fn settle(&self, probe: &Probe, last: Option<Instant>) {
        let organization = self.organization(probe.credential.as_ref());
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        match last {
            Some(last) => written.insert(organization, last),
            None => written.remove(&organization),
        };
    }

    /// How long until a window of this length has nothing of ours in it.
    pub(super) fn until_unused(&self, credential: Option<&str>, window: Duration) -> Duration {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&credential.map(str::to_owned))
            .map(|used| (*used + window).saturating_duration_since(Instant::now()))
            .unwrap_or_default()
    }
}
