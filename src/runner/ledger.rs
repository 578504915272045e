//! The ledger: the last use of each credential in this run, so that a burst can begin with an unused window, and the last write to each
//! organization, so that the next trial is not blamed for a count that lags.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The last use of each credential, and the last write in each organization.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    written: Mutex<HashMap<String, Instant>>,
    /// How many requests each organization got, those of probes not counted.
    touched: Mutex<HashMap<String, u64>>,
    last: Mutex<HashMap<Option<String>, Instant>>,
}

impl Ledger {
    /// Notes that a credential is used now.
    pub(super) fn note(&self, credential: Option<&str>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(credential.map(str::to_owned), Instant::now());
    }

    /// Notes that an organization gets a request.
    pub(super) fn touch(&self, organization: String) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        *touched.entry(organization).or_default() += 1;
    }

    /// How many requests an organization has got.
    pub(super) fn touched(&self, organization: &str) -> u64 {
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.get(organization).copied().unwrap_or_default()
    }

    /// Notes that an organization is written to now.
    pub(super) fn note_write(&self, organization: String) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(organization, Instant::now());
    }

    /// The last write to an organization, without the writes whose effects were all counted.
    pub(super) fn last_write(&self, organization: &str) -> Option<Instant> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.get(organization).copied()
    }

    /// Forgets the writes since then: their effects were all counted.
    pub(super) fn settle(&self, organization: String, last: Option<Instant>) {
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
