//! The client of a target: its TLS, proxy, certificates and limits.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::tls::{Certificate, Identity};
use reqwest::{redirect, retry};

use super::budget::{Budgets, Part};
use super::kept::Kept;
use crate::exchange::Broken;
use crate::target::{Limits, Target};

/// How long connecting may take: on the way to a host that answers at all, seconds. Less than a request, so that it is told apart.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept. Common servers close theirs after 2 s and more without a word: a request that meets the
/// closing would look like a fault of theirs.
pub(super) const IDLE: Duration = Duration::from_secs(1);

/// Sends requests to one target.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) inner: reqwest::Client,
    pub(super) limits: Limits,
    pub(super) kept: Kept,
    pub(super) budgets: Budgets,
    of_volley: bool,
    settings: Arc<Settings>,
}

/// What a client is built of, so that another one like it can be built.
#[derive(Debug)]
struct Settings {
    proxy: Option<reqwest::Proxy>,
    certificates: Vec<Certificate>,
    identity: Option<Identity>,
    /// Whether there is anything to encrypt: to read the system's certificates takes longer than all else.
    encrypts: bool,
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
        // A second run in the same process finds it installed: that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let limits = target.profile.limits;
        let settings = Settings::new(target)?;
        Ok(Self {
            inner: settings
                .builder(&limits)
                .build()
                .map_err(|error| Unusable::Tls(chain(&error)))?,
            limits,
            kept: Kept::default(),
            budgets: Budgets::new(limits.body),
            of_volley: false,
            settings: Arc::new(settings),
        })
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
            let builder = self.settings.builder(&self.limits);
            let built = builder.pool_max_idle_per_host(0).build();
            let built = built.map_err(|error| Broken::Unsendable(chain(&error)))?;
            known.get_or_init(|| built).clone()
        };
        Ok(Self {
            inner,
            kept: Kept::default(),
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

    /// The client of one race: HTTP/1.1, and every request on a connection of its own. Two races share none: a connection ends with the
    /// race that opened it.
    pub(super) fn racing(&self) -> Result<reqwest::Client, Broken> {
        let racing = self.settings.builder(&self.limits).http1_only().build();
        racing.map_err(|error| Broken::Unsendable(chain(&error)))
    }
}

impl Settings {
    fn new(target: &Target) -> Result<Self, Unusable> {
        let proxy = target.profile.proxy.as_ref();
        let proxy = proxy
            .map(|proxy| reqwest::Proxy::all(proxy.as_str()))
            .transpose()
            .map_err(|error| Unusable::Proxy(chain(&error)))?;
        let mut certificates = Vec::new();
        if let Some(pem) = &target.ca {
            certificates =
                Certificate::from_pem_bundle(pem).map_err(|error| Unusable::Ca(chain(&error)))?;
            if certificates.is_empty() {
                return Err(Unusable::Ca("there is no certificate in it".to_owned()));
            }
        }
        let identity = target.client_certificate.as_ref();
        let identity = identity
            .map(|pem| Identity::from_pem(pem.expose().as_bytes()))
            .transpose()
            .map_err(|error| Unusable::ClientCertificate(chain(&error)))?;
        Ok(Self {
            proxy,
            certificates,
            identity,
            encrypts: target.profile.encrypts(),
            unkept: OnceLock::new(),
        })
    }

    fn builder(&self, limits: &Limits) -> reqwest::ClientBuilder {
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .pool_idle_timeout(IDLE)
            .http2_max_header_list_size(u32::try_from(limits.headers).unwrap_or(u32::MAX))
            .user_agent(concat!("gonogo/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT.min(limits.request.mul_f64(0.9)));
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        if !self.encrypts {
            // What may be sent again, since an HTTP/2 server has refused it unread, need not be kept.
            builder = builder
                .tls_certs_only([])
                .retry(retry::never().max_retries_per_request(0));
        } else if !self.certificates.is_empty() {
            builder = builder.tls_certs_merge(self.certificates.clone());
        }
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        builder
    }
}

/// An error with what caused it, without the address: it may hold a secret.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = error.source();
    }
    text
}
