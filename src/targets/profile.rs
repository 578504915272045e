//! A target as its profile declares it: checked, and still without a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use url::{Host, Url};

use super::Waiver;
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{Form, Node, Read, one_of, words};
use crate::secrets::Secret;

/// A target without its secrets.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name, for messages.
    pub name: String,
    /// Where it is; paths are put under it.
    pub base_url: Url,
    /// What the run may do to it.
    pub permits: BTreeSet<Permit>,
    /// Who the requests can be sent as.
    pub credentials: BTreeMap<String, CredentialSource>,
    /// What exists there.
    pub fixtures: BTreeMap<String, Value>,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
    /// Which HTTP it is spoken to in.
    pub http: Http,
    /// A proxy to go through.
    pub proxy: Option<Url>,
    /// A file of certificates (PEM) to trust beside the system's.
    pub ca: Option<(PathBuf, Location)>,
    /// A file (PEM) with a certificate and its key to show.
    pub client_certificate: Option<(PathBuf, Location)>,
    /// What bounds a run.
    pub limits: Limits,
    /// The limits that it declares in place of the contract's, and where; none where they are not from a file.
    pub declared: BTreeMap<String, (f64, Option<Location>)>,
    /// Its known failures.
    pub waivers: Vec<Waiver>,
}

words! {
    /// Something that a target allows.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Permit: "unknown-permit", "permit" {
        /// Requests that are not safe (RFC 9110, 9.2.1).
        Writes = "writes",
        /// Many requests at once.
        Bursts = "bursts",
    }
}

/// Which version of HTTP a target is spoken to in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Http {
    /// HTTP/2 where it offers it in the TLS handshake (ALPN), HTTP/1.1 otherwise.
    #[default]
    Offered,
    /// HTTP/1.1, whatever it offers.
    One,
    /// HTTP/2, without asking where there is no TLS (RFC 9113, 3.3).
    Two,
}

/// What bounds a run against a target.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one request, from connecting to the last byte.
    pub request: Duration,
    /// For one trial, waits included.
    pub trial: Duration,
    /// The limit of a whole run, if any.
    pub run: Option<Duration>,
    /// For one wait that the target asks for.
    pub wait: Duration,
    /// For a response's body, as it comes and after decoding, in bytes.
    pub body: usize,
    /// For a response's header fields, in bytes.
    pub headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(30),
            // Several waits for a limiter with a window of a minute fit in.
            trial: Duration::from_secs(300),
            run: None,
            wait: Duration::from_secs(60),
            body: 8 * 1024 * 1024,
            headers: 64 * 1024,
        }
    }
}

/// A credential and where its secrets are.
#[derive(Debug, Clone, Default)]
pub struct CredentialSource {
    /// A bearer token (RFC 6750).
    pub bearer: Option<SecretSource>,
    /// Header fields sent with it.
    pub headers: Vec<(String, HeaderSource)>,
    /// Whose it is: trials that count effects of one organization run one after another. Its own where none is named.
    pub organization: Option<String>,
}

impl CredentialSource {
    /// The secrets of its headers.
    pub fn secret_headers(&self) -> impl Iterator<Item = (&str, &SecretSource)> {
        self.headers
            .iter()
            .filter_map(|(name, source)| match source {
                HeaderSource::Secret(source) => Some((name.as_str(), source)),
                HeaderSource::Plain(_) => None,
            })
    }

    /// What templates know as `{{ secret.NAME }}`: the bearer token, otherwise the value of its only secret header.
    pub fn secret(&self) -> Option<&SecretSource> {
        let mut headers = self.secret_headers().map(|(_, source)| source);
        let only = headers.next().filter(|_| headers.next().is_none());
        self.bearer.as_ref().or(only)
    }
}

/// A header's value.
#[derive(Debug, Clone)]
pub enum HeaderSource {
    /// No secret.
    Plain(String),
    /// A secret.
    Secret(SecretSource),
}

/// Where a secret is.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// Read from there when the run begins.
    Read(ReadSecret, Location),
    /// Known already: of the embedded reference server.
    Known(Secret),
}

/// Where a secret is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadSecret {
    /// An environment variable.
    Env(String),
    /// A file; white space around the secret is not part of it.
    File(PathBuf),
}

impl Http {
    /// The versions that a profile can name, and what it calls them.
    pub const NAMES: [(&'static str, Self); 2] = [("1.1", Self::One), ("2", Self::Two)];
}

impl Read for Http {
    const FORM: Form = Form::Word(|| Self::NAMES.iter().map(|(name, _)| *name).collect());

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        one_of(
            &Self::NAMES,
            node,
            ("unknown-http", "version of HTTP"),
            faults,
        )
    }
}

impl Profile {
    /// A target that is nothing but an address.
    pub fn at(name: impl Into<String>, base_url: Url) -> Self {
        Self {
            name: name.into(),
            base_url,
            permits: BTreeSet::new(),
            credentials: BTreeMap::new(),
            fixtures: BTreeMap::new(),
            headers: Vec::new(),
            http: Http::default(),
            proxy: None,
            ca: None,
            client_certificate: None,
            limits: Limits::default(),
            declared: BTreeMap::new(),
            waivers: Vec::new(),
        }
    }

    /// Whether the run may do this. A server on this machine is its developer's own, and permits everything.
    pub fn permits(&self, permit: Permit) -> bool {
        self.permits.contains(&permit) || self.is_loopback()
    }

    /// Whether the way to the target is encrypted, or a part of it is.
    pub fn encrypts(&self) -> bool {
        let mut on_the_way = self.proxy.iter().chain([&self.base_url]);
        on_the_way.any(|url| url.scheme() != "http")
    }

    /// Whether the target is on this machine.
    pub fn is_loopback(&self) -> bool {
        match self.base_url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}
