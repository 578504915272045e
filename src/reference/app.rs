//! The order of the checks: token, path, limit, key, body, fields. Each is decided in a file of its own.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State as Shared};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::FutureExt;
use tokio::sync::watch;

use super::auth::{Caller, Keys};
use super::body::Incoming;
use super::envelope::Failure;
use super::faults::{CHECK_THEN_INSERT, Fault};
use super::idempotency::{self, Records, Scope};
use super::limits::Limiter;
use super::options::Options;
use super::payload::Payload;
use super::response::{Reply, response};
use super::route::{Class, Route};
use super::state::State;
use super::{assets, billing, generation, usage};

/// The longest job: an instant plus a time that nobody can wait for would overflow.
const LONGEST_JOB: Duration = Duration::from_secs(24 * 60 * 60);

/// All that a request is answered from.
pub(super) struct App {
    pub(super) options: Options,
    pub(super) state: State,
    /// Closes when the server stops.
    pub(super) stopped: watch::Receiver<()>,
    keys: Keys,
    limiter: Limiter,
    records: Records,
}

impl App {
    pub(super) fn new(mut options: Options, stopped: watch::Receiver<()>) -> Self {
        options.job_time = options.job_time.min(LONGEST_JOB);
        Self {
            state: State::seeded(Instant::now()),
            stopped,
            keys: Keys::seeded(),
            limiter: Limiter::new(options.limits.clone()),
            records: Records::default(),
            options,
        }
    }

    async fn answer(&self, head: &Parts, body: &mut Incoming) -> Result<Reply, Failure> {
        let caller = self.keys.caller(&head.headers)?;
        let route = Route::of(&head.method, head.uri.path()).ok_or(Failure::NotFound)?;
        self.limiter.admit(caller, route.class(), Instant::now())?;
        self.forced_error(&head.headers)?;
        match route {
            Route::ReadAsset(id) => assets::read(self, caller, &id),
            Route::ReadGeneration(id) => generation::read(self, caller, &id),
            Route::ReadUsage => Ok(usage::summary(self, caller)),
            Route::ReadBilling => billing::page(self, caller, head.uri.query()),
            Route::CreateAsset => {
                let key = idempotency::key(&head.headers)?;
                let payload = Payload::decode(head, self.read(body).await?).await?;
                let scope = scope(caller, Class::CreateAsset, None, key);
                self.once(scope, &payload, || assets::create(self, caller, &payload))
                    .await
            }
            Route::CreateGeneration => {
                let key = idempotency::key(&head.headers)?;
                let payload = Payload::decode(head, self.read(body).await?).await?;
                let scope = scope(caller, Class::CreateGeneration, None, key);
                self.once(scope, &payload, || {
                    generation::create(self, caller, &payload)
                })
                .await
            }
            Route::Regenerate(id) => {
                generation::find(self, caller, &id)?;
                let key = idempotency::key(&head.headers)?;
                let payload = Payload::decode_optional(head, &self.read(body).await?)?;
                let scope = scope(caller, Class::Regenerate, Some(id.clone()), key);
                self.once(scope, &payload, || {
                    generation::regenerate(self, caller, &id, &payload)
                })
                .await
            }
        }
    }

    async fn read(&self, body: &mut Incoming) -> Result<bytes::Bytes, Failure> {
        body.read(self.options.limits.body_bytes).await
    }

    async fn once(
        &self,
        scope: Scope,
        payload: &Payload,
        write: impl FnOnce() -> Result<Reply, Failure>,
    ) -> Result<Reply, Failure> {
        let payload = payload.fingerprint();
        if self.options.fault == Some(Fault::CheckThenInsert) && !self.records.contain(&scope) {
            tokio::time::sleep(CHECK_THEN_INSERT).await;
            let reply = write()?;
            self.records
                .insert(scope, payload, reply.clone(), Instant::now());
            return Ok(reply);
        }
        self.records.once(scope, payload, Instant::now(), write)
    }

    /// Fails on request, so that a client's handling of the 500 row can be tried; only where the options allow it.
    fn forced_error(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let asked = headers
            .get("x-force-error")
            .is_some_and(|row| row == "internal_error");
        if self.options.forced_errors && asked {
            return Err(Failure::Internal);
        }
        Ok(())
    }
}

/// Answers every request there is: a path that is unknown, and a handler that panics, too.
pub(super) async fn handle(Shared(app): Shared<Arc<App>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut body = Incoming::new(&head, body);
    let outcome = AssertUnwindSafe(app.answer(&head, &mut body))
        .catch_unwind()
        .await
        .unwrap_or(Err(Failure::Internal));
    body.drain().await;
    response(outcome)
}

fn scope(caller: Caller, route: Class, job: Option<String>, key: String) -> Scope {
    Scope {
        organization: caller.organization.name,
        route,
        job,
        key,
    }
}
