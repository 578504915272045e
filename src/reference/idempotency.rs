//! Once only: a write that is repeated under its key answers what it answered first, and does nothing again.
//!
//! A write runs while the records are locked. Writes take no time here (a job's progress is a matter of the clock), so
//! the second of two equal writes at one instant simply waits its turn and finds the record of the first.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::http::HeaderMap;

use super::envelope::Failure;
use super::fingerprint::Fingerprint;
use super::lock;
use super::response::Reply;
use super::route::Class;

/// How long a record is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// The most records that are kept; the oldest goes first.
const MOST: usize = 100_000;
/// The longest key, in characters.
const LONGEST_KEY: usize = 255;

/// Where a key holds: one organization, one route, and for a regeneration one job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    pub(super) organization: &'static str,
    pub(super) route: Class,
    pub(super) job: Option<String>,
    pub(super) key: String,
}

/// The key of a write. There must be exactly one, of printable ASCII.
pub(super) fn key(headers: &HeaderMap) -> Result<String, Failure> {
    let mut values = headers.get_all("idempotency-key").iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Failure::BadRequest(
            "One Idempotency-Key header is required.",
        ));
    };
    match value.to_str() {
        Ok(key) if !key.trim().is_empty() && key.len() <= LONGEST_KEY => Ok(key.to_owned()),
        _ => Err(Failure::BadRequest(
            "Idempotency-Key must have 1 to 255 printable ASCII characters.",
        )),
    }
}

struct Record {
    payload: Fingerprint,
    reply: Reply,
}

#[derive(Default)]
struct Kept {
    by_scope: HashMap<Scope, Record>,
    /// In the order in which they were made, which is the order in which they expire.
    made: VecDeque<(Instant, Scope)>,
}

/// The records of the writes that were accepted. A refused write leaves none: corrected, it is a fresh one.
#[derive(Default)]
pub(super) struct Records(Mutex<Kept>);

impl Records {
    /// Whether a write ran under this scope.
    pub(super) fn contain(&self, scope: &Scope) -> bool {
        lock(&self.0).by_scope.contains_key(scope)
    }

    /// Keeps what a write answered.
    pub(super) fn insert(&self, scope: Scope, payload: Fingerprint, reply: Reply, now: Instant) {
        lock(&self.0).insert(scope, payload, reply, now);
    }

    /// Runs `write`, unless it ran before under this scope.
    pub(super) fn once(
        &self,
        scope: Scope,
        payload: Fingerprint,
        now: Instant,
        write: impl FnOnce() -> Result<Reply, Failure>,
    ) -> Result<Reply, Failure> {
        let mut kept = lock(&self.0);
        kept.forget(now);
        if let Some(record) = kept.by_scope.get(&scope) {
            return if record.payload == payload {
                Ok(record.reply.clone())
            } else {
                Err(Failure::IdempotencyConflict)
            };
        }
        let reply = write()?;
        kept.insert(scope, payload, reply.clone(), now);
        Ok(reply)
    }
}

impl Kept {
    fn insert(&mut self, scope: Scope, payload: Fingerprint, reply: Reply, now: Instant) {
        self.made.push_back((now, scope.clone()));
        self.by_scope.insert(scope, Record { payload, reply });
    }

    /// Drops what has expired, and makes room for one more.
    fn forget(&mut self, now: Instant) {
        while let Some((made, scope)) = self.made.front() {
            if self.made.len() < MOST && now.saturating_duration_since(*made) < KEPT {
                break;
            }
            self.by_scope.remove(scope);
            self.made.pop_front();
        }
    }
}
