//! Waiting out a limiter. What one trial was told to wait, all wait that send the same; and what is repeated after a wait is sent alone, so
//! that a limit which the run itself has used up is not blamed on the target.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::time::Instant;

use crate::contract::Contract;
use crate::exchange::Received;
use crate::judge;

/// How long to wait where the limiter does not say.
const UNSAID: Duration = Duration::from_secs(1);
/// Added to what it says: its clock and ours do not tick together.
const MARGIN: Duration = Duration::from_millis(20);

/// A credential and a request.
pub(super) type Key = (Option<String>, String);

/// The traffic of a run, as far as limiters are concerned.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When each credential may send each request again.
    until: Mutex<HashMap<Key, Instant>>,
    /// Held by each request that is under way, and alone by one that no other may be under way with.
    traffic: RwLock<()>,
    /// How many requests no limiter has refused.
    through: AtomicU64,
    /// What was limited again after a wait in which nothing got through.
    broken: Mutex<HashSet<Key>>,
}

/// The permission to send a request.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pace: &'a Pace,
    key: Key,
    hold: Option<Hold<'a>>,
    /// How many requests had got through when this one was about to be sent.
    since: u64,
    /// The same of the time before the wait, and how long the limiter asked to wait.
    waited: Option<(u64, Duration)>,
}

#[derive(Debug)]
#[expect(dead_code, reason = "they are held, not read")]
enum Hold<'a> {
    Shared(RwLockReadGuard<'a, ()>),
    Alone(RwLockWriteGuard<'a, ()>),
}

/// The key of a credential and a request.
pub(super) fn key(credential: Option<&str>, request: &str) -> Key {
    (credential.map(str::to_owned), request.to_owned())
}

impl Pace {
    /// Waits until the limiter lets this credential send this request again.
    pub(super) async fn turn(&self, key: Key) -> Turn<'_> {
        self.wait(&key).await;
        self.turn_at_once(key).await
    }

    /// The same without regard to what the limiter has asked for.
    pub(super) async fn turn_at_once(&self, key: Key) -> Turn<'_> {
        Turn {
            pace: self,
            key,
            hold: Some(Hold::Shared(self.traffic.read().await)),
            since: self.through(),
            waited: None,
        }
    }

    /// Notes that no limiter has refused a request.
    pub(super) fn note_through(&self) {
        self.through.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests no limiter has refused.
    pub(super) fn through(&self) -> u64 {
        self.through.load(Ordering::Relaxed)
    }

    async fn wait(&self, key: &Key) {
        // Also a sleep of no time lasts until the timer's next tick, a millisecond.
        if let Some(remaining) = self.remaining(key) {
            tokio::time::sleep(remaining).await;
        }
    }

    fn remaining(&self, key: &Key) -> Option<Duration> {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.get(key)?.checked_duration_since(Instant::now())
    }

    /// Notes that the limiter asked to wait.
    pub(super) fn pause(&self, key: Key, window: Duration) {
        let then = Instant::now() + window + MARGIN;
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let known = until.entry(key).or_insert(then);
        *known = then.max(*known);
    }
}

impl Turn<'_> {
    /// Waits as long as a limiter asks for. When it is over, nothing else of the run is under way until the turn ends. If the request has
    /// been repeated once, nothing else is sent during the wait either.
    pub(super) async fn wait(&mut self, window: Duration) {
        let pace = self.pace;
        if self.waited.is_some() {
            tokio::time::sleep(window + MARGIN).await;
        } else {
            pace.pause(self.key.clone(), window);
            self.hold = None;
            pace.wait(&self.key).await;
            self.hold = Some(Hold::Alone(pace.traffic.write().await));
        }
        self.waited = Some((self.since, window));
        self.since = pace.through();
    }

    /// How long the request has waited in vain, now that it is limited again: nothing of the run got through in between, so the run has
    /// not used the limit up. Where that has been shown once, the next wait for the same is in vain, too.
    pub(super) fn in_vain(&self) -> Option<Duration> {
        let (before, window) = self.waited?;
        let broken = &self.pace.broken;
        let mut broken = broken.lock().unwrap_or_else(PoisonError::into_inner);
        if self.pace.through() == before {
            broken.insert(self.key.clone());
        }
        broken.contains(&self.key).then_some(window)
    }
}

/// The window that an answer advertises. One that no clock can hold is longer than any limit.
pub(super) fn window(contract: &Contract, received: &Received) -> Duration {
    let seconds = judge::window(contract, received, SystemTime::now());
    seconds.map_or(UNSAID, |seconds| {
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    })
}
