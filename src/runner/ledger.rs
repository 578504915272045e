//! The ledger: when each credential was last used in this run, so that a burst can begin with an unused window.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The last use of each credential.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    last: Mutex<HashMap<Option<String>, Instant>>,
}

impl Ledger {
    /// Notes that a credential is used now.
    pub(super) fn note(&self, credential: Option<&str>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(credential.map(str::to_owned), Instant::now());
    }

    /// How long until a window of this length has nothing of ours in it.
    pub(super) fn until_unused(&self, credential: Option<&str>, window: Duration) -> Duration {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&credential.map(str::to_owned))
            .map(|used| (*used + window).saturating_duration_since(Instant::now()))
            .unwrap_or_default()
    }
}
