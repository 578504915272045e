//! The order of the checks: token, path, limit, key, body, fields. Each is decided in a file of its own.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Version};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt;
use tokio::sync::watch;

use super::auth::Keys;
use super::body::Incoming;
use super::envelope::Failure;
use super::faults::hooks::Spoiled;
use super::faults::{self, Fault};
use super::idempotency::{self, Records};
use super::limits::Limiter;
use super::options::Options;
use super::payload::Payload;
use super::response::{Message, Reply, message};
use super::route::{Class, Route};
use super::state::State;
use super::styles::{self, SLOW, Style};
use super::{assets, billing, generation, usage};

/// The longest job: an instant plus a time that nobody can wait for would overflow.
const LONGEST_JOB: Duration = Duration::from_secs(24 * 60 * 60);

/// All that a request is answered from.
pub(super) struct App {
    pub(super) options: Options,
    pub(super) state: State,
    /// Closes when the server stops.
    pub(super) stopped: watch::Receiver<()>,
    pub(super) keys: Keys,
    pub(super) records: Records,
    pub(super) spoiled: Spoiled,
    /// How many writes were accepted.
    pub(super) writes: AtomicU64,
    limiter: Limiter,
}

impl App {
    pub(super) fn new(mut options: Options, stopped: watch::Receiver<()>) -> Self {
        options.job_time = options.job_time.min(LONGEST_JOB);
        Self {
            state: State::seeded(Instant::now(), !options.styles.contains(&Style::NewAccount)),
            stopped,
            keys: Keys::seeded(),
            limiter: Limiter::new(options.limits.clone(), options.fault),
            records: Records::default(),
            spoiled: Spoiled::default(),
            writes: AtomicU64::default(),
            options,
        }
    }

    /// Whether it was told to show this fault.
    pub(super) fn shows(&self, fault: Fault) -> bool {
        self.options.fault == Some(fault)
    }

    /// Whether it was told to have this style.
    pub(super) fn has(&self, style: Style) -> bool {
        self.options.styles.contains(&style)
    }

    async fn answer(&self, head: &Parts, body: &mut Incoming) -> Result<Reply, Failure> {
        let route = self.route(head);
        let class = route.as_ref().map(Route::class);
        if self.has(Style::PathFirst) && route.is_none() {
            return Err(Failure::NotFound);
        }
        self.exists_first(route.as_ref())?;
        let caller = self.keys.caller(self, head, class)?;
        let route = route.ok_or_else(|| self.no_route(head))?;
        let early = if route.is_write() && self.has(Style::BodyFirst) {
            Some(self.read(body).await?)
        } else {
            None
        };
        self.limiter.admit(caller, route.class(), Instant::now())?;
        self.forced_error(&head.headers)?;
        match route {
            Route::ReadAsset(id) => assets::read(self, caller, &id),
            Route::ReadGeneration(id) => generation::read(self, caller, &id),
            Route::ReadUsage => Ok(usage::summary(self, caller)),
            Route::ReadBilling => billing::page(self, caller, head.uri.query()),
            Route::CreateAsset => {
                let key = idempotency::key(self, &head.headers, Class::CreateAsset)?;
                let body = self.body(early, body).await?;
                let payload = Payload::decode(self, head, body, Class::CreateAsset).await?;
                self.once(caller, None, key, &payload, |payload| {
                    assets::create(self, caller, payload)
                })
                .await
            }
            Route::CreateGeneration => {
                let key = idempotency::key(self, &head.headers, Class::CreateGeneration)?;
                let body = self.body(early, body).await?;
                let payload = Payload::decode(self, head, body, Class::CreateGeneration).await?;
                self.once(caller, None, key, &payload, |payload| {
                    generation::create(self, caller, payload)
                })
                .await
            }
            Route::Regenerate(id) => {
                generation::find(self, caller, &id)?;
                let key = idempotency::key(self, &head.headers, Class::Regenerate)?;
                let body = self.body(early, body).await?;
                let payload = Payload::decode_optional(self, head, body)?;
                let job = Some(id.clone());
                self.once(caller, job, key, &payload, |payload| {
                    generation::regenerate(self, caller, &id, payload)
                })
                .await
            }
        }
    }

    pub(super) fn route(&self, head: &Parts) -> Option<Route> {
        let method = if self.has(Style::Head) && head.method == "HEAD" {
            &Method::GET
        } else {
            &head.method
        };
        Route::of(method, head.uri.path())
    }

    /// The failure of a path that is unknown, or of a method that it does not have: the same.
    fn no_route(&self, head: &Parts) -> Failure {
        let Some(methods) = Route::allowed(head.uri.path()) else {
            return Failure::NotFound;
        };
        match self.options.fault {
            Some(Fault::MethodNoAllow | Fault::MethodDetail) => {
                Failure::Other(405, "method_not_allowed", false)
            }
            Some(Fault::MethodRetryable) => Failure::Other(405, "method_not_allowed", true),
            Some(Fault::Method501) => Failure::Other(501, "not_implemented", false),
            _ if self.has(Style::Method405) => Failure::Method(methods),
            _ => Failure::NotFound,
        }
    }

    async fn body(&self, early: Option<Bytes>, body: &mut Incoming) -> Result<Bytes, Failure> {
        match early {
            Some(body) => Ok(body),
            None => self.read(body).await,
        }
    }

    async fn read(&self, body: &mut Incoming) -> Result<Bytes, Failure> {
        body.read(self.options.limits.body_bytes)
            .await
            .map_err(|failure| {
                if self.has(Style::Long413) && body.too_long() {
                    Failure::Other(413, "payload_too_large", false)
                } else {
                    failure
                }
            })
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

    /// The answer as it is sent.
    fn dressed(&self, head: &Parts, outcome: Result<Reply, Failure>) -> Response {
        let failure = outcome.as_ref().err().cloned();
        let mut answer: Message = message(outcome);
        for style in &self.options.styles {
            styles::dress::dress(*style, &head.headers, failure.as_ref(), &mut answer);
        }
        // Last, so that no style mends it.
        if let Some(fault) = self.options.fault {
            let class = self.route(head).map(|route| route.class());
            answer = faults::reply::deviate(fault, class, &head.headers, answer);
        }
        self.response(head, answer)
    }

    fn response(&self, head: &Parts, answer: Message) -> Response {
        // The library omits the body of a response to HEAD over HTTP/1.1 only.
        let body = if head.method == Method::HEAD && head.version == Version::HTTP_2 {
            Body::empty()
        } else {
            styles::dress::body(&self.options.styles, answer.body)
        };
        let mut response = Response::new(body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}

/// Answers every request there is: a path that is unknown, and a handler that panics, too.
pub(super) async fn handle(Shared(app): Shared<Arc<App>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut body = Incoming::new(&head, body);
    if let Some(fault) = app.options.fault.filter(|fault| fault.is_idle()) {
        let sent = body.read(app.options.limits.body_bytes).await;
        body.drain().await;
        if let Some(answer) = faults::idle::answer(fault, &head, &sent.unwrap_or_default()) {
            return app.response(&head, answer);
        }
    }
    let outcome = match app.spoiled(&head.headers) {
        Some(failure) => Err(failure),
        None => AssertUnwindSafe(app.answer(&head, &mut body))
            .catch_unwind()
            .await
            .unwrap_or(Err(Failure::Internal)),
    };
    body.drain().await;
    app.aftermath(&head, &outcome);
    if app.has(Style::Slow) {
        tokio::time::sleep(SLOW).await;
    }
    app.dressed(&head, outcome)
}
