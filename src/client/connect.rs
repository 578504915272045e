//! The client of a target: its TLS, proxy, certificates and limits.

use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use reqwest::{redirect, retry};
use rustls::ClientConfig;

use super::budget::{Budgets, Part};
use super::kept::{Kept, Met, Unanswered};
use super::tls;
use crate::exchange::{Broken, Exchange};
use crate::targets::{Http, Limits, Target};

/// How long connecting may take: on the way to a host that answers at all, seconds. Less than a request, so that it is told apart.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept. Common servers close theirs after 2 s and more without a word: a request that meets the
/// closing would look like a fault of theirs.
pub(super) const IDLE: Duration = Duration::from_secs(1);
/// Who sends, for requests that do not say so.
pub(super) const USER_AGENT: &str = concat!("gonogo/", env!("CARGO_PKG_VERSION"));

/// Sends requests to one target.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) inner: reqwest::Client,
    pub(super) limits: Limits,
    pub(super) kept: Kept,
    pub(super) met: Arc<Met>,
    /// The last exchange of its trial that failed because a kept connection closed.
    pub(super) last: Last,
    pub(super) budgets: Budgets,
    /// Whether each request has a connection of its own.
    pub(super) is_apart: bool,
    pub(super) of_volley: bool,
    settings: Arc<Settings>,
}

/// The last exchange of a trial that failed because a kept connection closed, if any.
pub type Last = Arc<Mutex<Option<Exchange>>>;

/// What a client is built of, so that another one like it can be built.
#[derive(Debug)]
struct Settings {
    http: Http,
    proxy: Option<reqwest::Proxy>,
    tls: ClientConfig,
    /// Whether a server may refuse a request unread, so that it is sent again (RFC 9113, 8.7).
    refusable: bool,
    /// The client that keeps no connection, built for the first request that needs it.
    unkept: OnceLock<reqwest::Client>,
}

/// Why a target's settings make no client.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The file of certificates is no PEM.
    #[error("the certificates of `ca` cannot be used: {0}")]
    Ca(String),
    /// The client certificate or its key is no PEM.
    #[error(
        "the `client_certificate` cannot be used: {0}; expected a certificate and its key in one PEM file"
    )]
    ClientCertificate(String),
    /// The proxy's address is of no use.
    #[error("the `proxy` cannot be used: {0}")]
    Proxy(String),
    /// The TLS library did not start.
    #[error("TLS cannot be used: {0}")]
    Tls(String),
}

impl Client {
    /// A client with the target's settings.
    pub fn new(target: &Target) -> Result<Self, Unusable> {
        let limits = target.profile.limits;
        let settings = Settings::new(target)?;
        let kept = Kept::default();
        Ok(Self {
            inner: kept
                .watch(settings.builder(&limits, settings.http))
                .build()
                .map_err(|error| Unusable::Tls(chain(&error)))?,
            limits,
            kept,
            met: Arc::default(),
            last: Last::default(),
            budgets: Budgets::new(limits.body),
            is_apart: false,
            of_volley: false,
            settings: Arc::new(settings),
        })
    }

    /// This client for the requests of one trial.
    #[must_use]
    pub fn of_trial(&self, last: &Last) -> Self {
        Self {
            last: Arc::clone(last),
            ..self.clone()
        }
    }

    /// Counts the requests of the run that failed because a kept connection closed.
    pub fn unanswered(&self) -> Unanswered {
        self.met.now()
    }

    /// This client for the requests of a volley: their answers are held together.
    #[must_use]
    pub fn of_volley(&self) -> Self {
        Self {
            of_volley: true,
            ..self.clone()
        }
    }

    /// This client with a connection of its own for every request: none that the target may be closing.
    pub fn unkept(&self) -> Result<Self, Broken> {
        let known = &self.settings.unkept;
        let inner = if let Some(inner) = known.get() {
            inner.clone()
        } else {
            let builder = self.settings.builder(&self.limits, self.settings.http);
            let built = builder.pool_max_idle_per_host(0).build();
            let built = built.map_err(|error| Broken::Unsendable(chain(&error)))?;
            known.get_or_init(|| built).clone()
        };
        Ok(Self {
            inner,
            kept: Kept::default(),
            is_apart: true,
            ..self.clone()
        })
    }

    /// What an answer takes of the budget, nothing yet.
    pub(super) fn part(&self) -> Part {
        if self.of_volley {
            self.budgets.volley()
        } else {
            self.budgets.single()
        }
    }

    /// The client of one race over HTTP/1.1, in which every request has a connection of its own. Two races share none: a connection ends
    /// with the race that opened it.
    pub(super) fn racing(&self) -> Result<reqwest::Client, Broken> {
        let builder = self.settings.builder(&self.limits, Http::One);
        self.kept
            .watch(builder)
            .build()
            .map_err(|error| Broken::Unsendable(chain(&error)))
    }

    /// Which HTTP the target is spoken to in; none where a proxy stands between.
    pub(super) fn direct(&self) -> Option<Http> {
        let settings = &self.settings;
        settings.proxy.is_none().then_some(settings.http)
    }

    /// The TLS of a connection that is opened without the library's pool.
    pub(super) fn tls(&self) -> Arc<ClientConfig> {
        Arc::new(self.settings.tls(self.settings.http))
    }

    /// How long connecting may take.
    pub(super) fn connecting(&self) -> Duration {
        connecting(&self.limits)
    }
}

fn connecting(limits: &Limits) -> Duration {
    CONNECT.min(limits.request.mul_f64(0.9))
}

impl Settings {
    fn new(target: &Target) -> Result<Self, Unusable> {
        let proxy = target.profile.proxy.as_ref();
        let proxy = proxy
            .map(|proxy| reqwest::Proxy::all(proxy.as_str()))
            .transpose()
            .map_err(|error| Unusable::Proxy(chain(&error)))?;
        Ok(Self {
            http: target.profile.http,
            proxy,
            tls: tls::config(target)?,
            refusable: match target.profile.http {
                Http::Offered => target.profile.encrypts(),
                Http::One => false,
                Http::Two => true,
            },
            unkept: OnceLock::new(),
        })
    }

    fn tls(&self, http: Http) -> ClientConfig {
        let mut tls = self.tls.clone();
        tls.alpn_protocols = tls::offered(http);
        tls
    }

    fn builder(&self, limits: &Limits, http: Http) -> reqwest::ClientBuilder {
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .pool_idle_timeout(IDLE)
            .http2_max_header_list_size(u32::try_from(limits.headers).unwrap_or(u32::MAX))
            .user_agent(USER_AGENT)
            .tls_backend_preconfigured(self.tls(http))
            .connect_timeout(connecting(limits));
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        if !self.refusable {
            // What is never sent again need not be kept.
            builder = builder.retry(retry::never().max_retries_per_request(0));
        }
        match http {
            // What TLS offers decides.
            Http::Offered | Http::One => builder,
            Http::Two => builder.http2_prior_knowledge(),
        }
    }
}

/// An error with what caused it, without the address: it may hold a secret.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = one(error);
    let mut source = error.source();
    while let Some(error) = source {
        let next = one(error);
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = error.source();
    }
    text
}

/// One error of a chain. What a server gives as its reason to end a connection or a stream of HTTP/2 is told by its number: it may add
/// as much text as it likes.
fn one(error: &(dyn Error + 'static)) -> String {
    match error
        .downcast_ref::<h2::Error>()
        .filter(|error| error.is_remote())
    {
        Some(error) => match error.reason() {
            Some(reason) if error.is_go_away() => format!("GOAWAY: {reason}"),
            Some(reason) => format!("RST_STREAM: {reason}"),
            None => error.to_string(),
        },
        None => error.to_string(),
    }
}
