//! Waiting out a limiter: once it has asked one trial to wait, no other asks it again before the time is over.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::contract::Contract;
use crate::exchange::Received;
use crate::judge;

/// How long to wait where the limiter does not say.
const UNSAID: Duration = Duration::from_secs(1);
/// Added to what it says: its clock and ours do not tick together.
const MARGIN: Duration = Duration::from_millis(20);

/// When each credential may send each request again.
#[derive(Debug, Default)]
pub(super) struct Pace {
    until: Mutex<HashMap<(Option<String>, String), Instant>>,
}

impl Pace {
    /// Waits until the limiter lets this credential send this request again.
    pub(super) async fn wait(&self, credential: Option<&str>, request: &str) {
        // Also a sleep of no time lasts until the timer's next tick, a millisecond.
        if let Some(remaining) = self.remaining(credential, request) {
            tokio::time::sleep(remaining).await;
        }
    }

    fn remaining(&self, credential: Option<&str>, request: &str) -> Option<Duration> {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_empty() {
            return None;
        }
        let until = until.get(&(credential.map(str::to_owned), request.to_owned()))?;
        until.checked_duration_since(Instant::now())
    }

    /// Notes that the limiter asked to wait.
    pub(super) fn pause(&self, credential: Option<&str>, request: &str, window: Duration) {
        let key = (credential.map(str::to_owned), request.to_owned());
        let then = Instant::now() + window + MARGIN;
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let known = until.entry(key).or_insert(then);
        *known = then.max(*known);
    }
}

/// Whether an answer is one of a limiter: its row advertises a window.
pub(super) fn is_limited(contract: &Contract, received: &Received) -> bool {
    contract.rows_of(received.status).any(|row| row.window)
}

/// The window that an answer advertises. One that no clock can hold is longer than any limit.
pub(super) fn window(contract: &Contract, received: &Received) -> Duration {
    let seconds = judge::window(contract, received, SystemTime::now());
    seconds.map_or(UNSAID, |seconds| {
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    })
}
