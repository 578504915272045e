//! One exchange: the request out, bounded in time. How the answer comes in is `receive`'s.

use std::pin::pin;
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Request};
use tokio::time::Instant;
use url::Url;

use super::budget::Full;
use super::connect::Client;
use super::receive::asks_for_compression;
use crate::exchange::{Broken, Exchange, Received, Sent};

/// A timer that rings later than this tells that the program did not run.
const LATE: Duration = Duration::from_millis(100);

/// A request with its secrets, on its way out. It is never recorded: `shown` is.
#[derive(Clone)]
pub struct Outgoing {
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: Url,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body, or `None`.
    pub body: Option<Bytes>,
    /// The same request as it may be shown.
    pub shown: Sent,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.shown.fmt(f)
    }
}

/// When an exchange began, and when the head of its response was there.
pub(super) struct Timing {
    began: SystemTime,
    start: Instant,
    pub(super) head: Option<Instant>,
}

impl Timing {
    pub(super) fn begin() -> Self {
        Self {
            began: SystemTime::now(),
            start: Instant::now(),
            head: None,
        }
    }

    /// The exchange that ends now.
    pub(super) fn exchange(
        self,
        outgoing: &Outgoing,
        answer: Result<Received, Broken>,
    ) -> Exchange {
        Exchange {
            sent: outgoing.shown.clone(),
            answer,
            began: self.began,
            head_after: self.head.map(|head| head.duration_since(self.start)),
            took: self.start.elapsed(),
        }
    }
}

impl Client {
    /// Waits until there is room for a request beside the others.
    pub async fn make_room(&self, mut outgoing: Outgoing) -> Result<Outgoing, Full> {
        if let Some(body) = outgoing.body {
            outgoing.body = Some(self.budgets.request(body).await?);
        }
        Ok(outgoing)
    }

    /// Takes the room for a request of a volley, if there is any.
    pub fn find_room(&self, mut outgoing: Outgoing) -> Result<Outgoing, Full> {
        if let Some(body) = outgoing.body {
            outgoing.body = Some(self.budgets.volley_request(body)?);
        }
        Ok(outgoing)
    }

    /// Sends a request and reads the whole response. If the request failed because a kept connection closed, or because our library
    /// closed the connection, and its method is idempotent (RFC 9110, 9.2.2), it is repeated once on a new connection. A request of a burst
    /// is not repeated if our library closed the connection: the server may have counted it.
    pub async fn send(&self, outgoing: &Outgoing) -> Exchange {
        let exchange = self.send_once(outgoing).await;
        let again = match &exchange.answer {
            Err(Broken::Calmed) => !self.of_volley,
            Err(broken) => broken.is_of_connection(),
            Ok(_) => false,
        };
        if !again || !is_idempotent(&outgoing.method) {
            return exchange;
        }
        match self.unkept() {
            Ok(unkept) => unkept.send_once(outgoing).await,
            Err(broken) => Exchange {
                answer: Err(broken),
                ..exchange
            },
        }
    }

    /// Counts a finished exchange, and notes it if it failed because a kept connection closed.
    pub(super) fn note(&self, exchange: &Exchange) {
        self.met.note_sent();
        if exchange.answer == Err(Broken::Closed) {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(exchange.clone());
        }
    }

    async fn send_once(&self, outgoing: &Outgoing) -> Exchange {
        let mut timing = Timing::begin();
        let answer = match request(outgoing) {
            Ok(request) => self.bounded(&self.inner, request, &mut timing.head).await,
            Err(broken) => Err(broken),
        };
        let exchange = timing.exchange(outgoing, answer);
        self.note(&exchange);
        exchange
    }

    /// One exchange within the target's time for a request. `head` becomes the time when the head of the response was there.
    pub(super) async fn bounded(
        &self,
        inner: &reqwest::Client,
        request: Request,
        head: &mut Option<Instant>,
    ) -> Result<Received, Broken> {
        let asked = asks_for_compression(request.headers());
        let deadline = Deadline::after(self.limits.request);
        let response = deadline
            .bound(inner.execute(request))
            .await?
            .map_err(|error| self.broken(error, deadline.begun()))?;
        *head = Some(Instant::now());
        self.receive(response, asked, deadline).await
    }
}

/// When an answer must have ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    limit: Duration,
    at: Instant,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self {
            limit,
            at: Instant::now() + limit,
        }
    }

    /// When its time began.
    pub(super) fn begun(&self) -> Instant {
        self.at - self.limit
    }

    /// What comes of it within the time.
    pub(super) async fn bound<T>(&self, what: impl Future<Output = T>) -> Result<T, Broken> {
        let mut what = pin!(what);
        let mut at = self.at;
        loop {
            if let Ok(done) = tokio::time::timeout_at(at, &mut what).await {
                return Ok(done);
            }
            let late = at.elapsed();
            if late < LATE {
                return Err(Broken::Timeout(self.limit));
            }
            // This machine stood still. What came meanwhile has not been read, and what has not come is waited for as long again.
            at = Instant::now() + late;
        }
    }

    /// Waits for something of ours, for which the target's time stands still.
    pub(super) async fn pause<T>(&mut self, ours: impl Future<Output = T>) -> Option<T> {
        let start = Instant::now();
        let ended = tokio::time::timeout(self.limit, ours).await;
        self.at += start.elapsed();
        ended.ok()
    }
}

/// Whether to send such a request twice is to send it once (RFC 9110, 9.2.2).
fn is_idempotent(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(&method)
}

/// The request as the library wants it.
pub(super) fn request(outgoing: &Outgoing) -> Result<Request, Broken> {
    let method = Method::from_bytes(outgoing.method.as_bytes())
        .map_err(|error| Broken::Unsendable(error.to_string()))?;
    let mut request = Request::new(method, outgoing.url.clone());
    for (name, value) in &outgoing.headers {
        let unsendable = |what: &str| {
            Broken::Unsendable(format!("the header {name} has {what} that HTTP forbids"))
        };
        let field = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable("a name"))?;
        let value = HeaderValue::from_str(value).map_err(|_| unsendable("a value"))?;
        request.headers_mut().append(field, value);
    }
    if let Some(body) = &outgoing.body {
        *request.body_mut() = Some(body.clone().into());
    }
    Ok(request)
}
