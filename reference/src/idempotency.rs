//! Once only: a write that is repeated under its key answers what it answered first, and does nothing again.
//!
//! A write runs while the records are locked. Writes take no time here (a job's progress is a matter of the clock), so
//! the second of two equal writes at one instant simply waits its turn and finds the record of the first.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode};

use super::app::App;
use super::envelope::Failure;
use super::faults::Fault;
use super::fingerprint::Fingerprint;
use super::lock;
use super::response::Reply;
use super::route::Class;
use super::styles::Style;

/// How long a record is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// The most records that are kept; the oldest goes first.
const MOST: usize = 100_000;
/// The longest key, in characters.
const LONGEST_KEY: usize = 255;

/// What a key is used for: by one organization, on one route, and for a regeneration on one job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Use {
    pub(super) organization: &'static str,
    pub(super) route: Class,
    pub(super) job: Option<String>,
}

/// Where a record holds: a key and what it is used for, or as much of that as the server looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    organization: &'static str,
    place: Option<(Class, Option<String>)>,
    key: String,
}

impl Scope {
    pub(super) fn new(app: &App, used: &Use, key: String) -> Self {
        let organizations = !app.shows(Fault::SharedReplay) && !app.shows(Fault::Shared409);
        let places = !app.shows(Fault::SharedRoutes) && !app.has(Style::OneSetOfKeys);
        Self {
            organization: if organizations { used.organization } else { "" },
            place: places.then(|| (used.route, used.job.clone())),
            key,
        }
    }
}

/// The key of a write. There must be exactly one, of printable ASCII.
pub(super) fn key(app: &App, headers: &HeaderMap, class: Class) -> Result<String, Failure> {
    let mut values = headers.get_all("idempotency-key").iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return missing(app, class);
    };
    match value.to_str() {
        Ok(key) if key.len() > LONGEST_KEY && app.shows(Fault::LongKey500) => {
            Err(Failure::Internal)
        }
        Ok(key) if key.len() > LONGEST_KEY && app.has(Style::LongKeys) => Ok(key.to_owned()),
        Ok(key) if key.trim().is_empty() && !app.shows(Fault::KeyEmpty) => missing(app, class),
        Ok(key) if key.len() <= LONGEST_KEY => Ok(key.to_owned()),
        _ => Err(Failure::BadRequest(
            "Idempotency-Key must have 1 to 255 printable ASCII characters.",
        )),
    }
}

/// A write that has no key, which it must have.
fn missing(app: &App, class: Class) -> Result<String, Failure> {
    const MISSING: &str = "One Idempotency-Key header is required.";
    if app.shows(Fault::KeyOptional) && class == Class::Regenerate {
        return Ok(uuid::Uuid::new_v4().to_string());
    }
    Err(if app.shows(Fault::NoKey409) {
        Failure::IdempotencyConflict
    } else if app.shows(Fault::NoKey428) {
        Failure::Other(428, "precondition_required", false)
    } else if app.has(Style::NoKey422) {
        Failure::Validation(MISSING)
    } else {
        Failure::BadRequest(MISSING)
    })
}

#[derive(Clone)]
struct Record {
    used: Use,
    payload: Fingerprint,
    /// A failure is kept only where a style does so.
    outcome: Result<Reply, Failure>,
}

#[derive(Default)]
struct Kept {
    by_scope: HashMap<Scope, Record>,
    /// How many equal writes are under way, where a style or a fault treats them differently.
    under_way: HashMap<Scope, usize>,
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
    pub(super) fn insert(&self, scope: Scope, used: Use, payload: Fingerprint, reply: Reply) {
        let outcome = Ok(reply);
        lock(&self.0).insert(
            scope,
            Record {
                used,
                payload,
                outcome,
            },
            Instant::now(),
        );
    }

    /// Marks a write as under way; false where one is already.
    pub(super) fn begin(&self, scope: &Scope) -> bool {
        let mut kept = lock(&self.0);
        let writes = kept.under_way.entry(scope.clone()).or_default();
        *writes += 1;
        *writes == 1
    }

    /// Ends a write. Returns whether another write with the same key arrived meanwhile.
    pub(super) fn end(&self, scope: &Scope) -> bool {
        let ended = lock(&self.0).under_way.remove(scope);
        ended.is_some_and(|writes| writes > 1)
    }

    /// Runs `write`, unless it ran before under this scope.
    pub(super) fn once(
        &self,
        app: &App,
        scope: Scope,
        used: Use,
        payload: Fingerprint,
        write: impl FnOnce() -> Result<Reply, Failure>,
    ) -> Result<Reply, Failure> {
        let now = Instant::now();
        let mut kept = lock(&self.0);
        kept.forget(now);
        if let Some(record) = kept.by_scope.get(&scope).cloned() {
            let equal = record.equals(app, &used, payload);
            kept.repeated(app, &scope, equal, payload);
            return if equal {
                replayed(app, used.route, record.outcome, write)
            } else if app.shows(Fault::ConflictNew) {
                write()
            } else {
                Err(Failure::IdempotencyConflict)
            };
        }
        let outcome = write();
        if outcome.is_ok() || app.has(Style::RefusalsKept) {
            let outcome = outcome.clone();
            kept.insert(
                scope,
                Record {
                    used,
                    payload,
                    outcome,
                },
                now,
            );
        }
        outcome
    }
}

impl Record {
    /// Whether another use of its key is the same write.
    fn equals(&self, app: &App, used: &Use, payload: Fingerprint) -> bool {
        if self.used != *used {
            return app.shows(Fault::SharedReplay) || app.shows(Fault::SharedRoutes);
        }
        let missed = match used.route {
            Class::CreateGeneration => app.shows(Fault::MissedCreate),
            Class::Regenerate => app.shows(Fault::MissedRegenerate),
            Class::CreateAsset => app.shows(Fault::MissedAsset),
            _ => false,
        };
        self.payload == payload || missed
    }
}

/// The answer to an equal write: the original one, unless a fault knows better.
fn replayed(
    app: &App,
    route: Class,
    outcome: Result<Reply, Failure>,
    write: impl FnOnce() -> Result<Reply, Failure>,
) -> Result<Reply, Failure> {
    let mut reply = outcome?;
    match (app.options.fault, route) {
        (Some(Fault::ReplayNoneCreate), Class::CreateGeneration)
        | (Some(Fault::ReplayNoneRegenerate), Class::Regenerate)
        | (Some(Fault::ReplayNoneAsset), Class::CreateAsset) => return write(),
        (Some(Fault::Replay409), Class::Regenerate) => return Err(Failure::IdempotencyConflict),
        (Some(Fault::Replay422), Class::CreateGeneration) => {
            return Err(Failure::Validation("The idempotency key was used before."));
        }
        (Some(Fault::Replay500), Class::CreateAsset) => return Err(Failure::Internal),
        (Some(Fault::ReplayTwice), _) => drop(write()),
        (Some(Fault::ReplayOtherId), _) => {
            reply.alter(|value| value["job_id"] = "job_other".into());
        }
        (Some(Fault::ReplayNoId), _) => {
            reply.remove_ids();
        }
        (Some(Fault::ReplayEmpty), _) => reply = Reply::empty(),
        _ => {}
    }
    if app.has(Style::Replay200) {
        reply.status = StatusCode::OK;
    }
    Ok(reply)
}

impl Kept {
    fn insert(&mut self, scope: Scope, record: Record, now: Instant) {
        self.made.push_back((now, scope.clone()));
        self.by_scope.insert(scope, record);
    }

    /// What a repeat does to the record: nothing, unless a fault does.
    fn repeated(&mut self, app: &App, scope: &Scope, equal: bool, payload: Fingerprint) {
        match (app.options.fault, equal) {
            (Some(Fault::ReplayOnce), true) | (Some(Fault::ConflictForgets), false) => {
                self.by_scope.remove(scope);
            }
            (Some(Fault::ConflictOverwrites), false) => {
                if let Some(record) = self.by_scope.get_mut(scope) {
                    record.payload = payload;
                }
            }
            _ => {}
        }
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
