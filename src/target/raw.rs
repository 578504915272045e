//! `gonogo.toml` as typed: every key, no meaning yet.

use super::waiver::Day;
use crate::diagnostic::{Faults, Location};
use crate::document::{Fields, Key, Node, Read, Spanned};

#[derive(Debug, Default)]
pub(super) struct RawConfig {
    pub(super) contract: Option<Spanned<String>>,
    pub(super) cases: Option<Vec<Spanned<String>>>,
    pub(super) target: Vec<(Key, RawTarget)>,
}

#[derive(Debug)]
pub(super) struct RawTarget {
    pub(super) base_url: Option<Spanned<String>>,
    pub(super) permits: Vec<Spanned<String>>,
    pub(super) credentials: Vec<(Key, RawCredential)>,
    pub(super) fixtures: Vec<(Key, Node)>,
    pub(super) headers: Vec<(Key, Node)>,
    pub(super) proxy: Option<Spanned<String>>,
    pub(super) ca: Option<Spanned<String>>,
    pub(super) client_certificate: Option<Spanned<String>>,
    pub(super) limits: Option<RawLimits>,
    pub(super) declared: Vec<(Key, Spanned<f64>)>,
    pub(super) waiver: Vec<RawWaiver>,
}

#[derive(Debug, Clone)]
pub(super) struct RawWaiver {
    pub(super) at: Location,
    pub(super) trial: String,
    pub(super) reason: String,
    pub(super) owner: String,
    pub(super) issue: Option<String>,
    pub(super) until: Day,
}

#[derive(Debug)]
pub(super) struct RawCredential {
    pub(super) bearer: Option<Node>,
    pub(super) headers: Vec<(Key, Node)>,
    pub(super) organization: Option<String>,
}

#[derive(Debug)]
pub(super) struct RawLimits {
    pub(super) request: Option<Spanned<f64>>,
    pub(super) trial: Option<Spanned<f64>>,
    pub(super) wait: Option<Spanned<f64>>,
    pub(super) body: Option<Spanned<usize>>,
    pub(super) headers: Option<Spanned<usize>>,
}

/// `{ env = "..." }` or `{ file = "..." }`.
#[derive(Debug)]
pub(super) struct RawSecret {
    pub(super) env: Option<Spanned<String>>,
    pub(super) file: Option<Spanned<String>>,
}

impl Read for RawConfig {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "gonogo.toml", faults)?;
        let config = Self {
            contract: fields.optional("contract", faults),
            cases: fields.optional("cases", faults),
            target: fields.optional("target", faults).unwrap_or_default(),
        };
        fields.finish(faults);
        Some(config)
    }
}

impl Read for RawTarget {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a target", faults)?;
        let target = Self {
            base_url: fields.required("base_url", faults),
            permits: fields.optional("permits", faults).unwrap_or_default(),
            credentials: fields.optional("credentials", faults).unwrap_or_default(),
            fixtures: fields.optional("fixtures", faults).unwrap_or_default(),
            headers: fields.optional("headers", faults).unwrap_or_default(),
            proxy: fields.optional("proxy", faults),
            ca: fields.optional("ca", faults),
            client_certificate: fields.optional("client_certificate", faults),
            limits: fields.optional("limits", faults),
            declared: fields.optional("declared", faults).unwrap_or_default(),
            waiver: fields.optional("waiver", faults).unwrap_or_default(),
        };
        fields.finish(faults);
        Some(target)
    }
}

impl Read for RawWaiver {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a waiver", faults)?;
        let trial = fields.required("trial", faults);
        let reason = fields.required("reason", faults);
        let owner = fields.required("owner", faults);
        let issue = fields.optional("issue", faults);
        let until = fields.required("until", faults);
        fields.finish(faults);
        Some(Self {
            at: node.at.clone(),
            trial: trial?,
            reason: reason?,
            owner: owner?,
            issue,
            until: until?,
        })
    }
}

impl Read for RawCredential {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a credential", faults)?;
        let credential = Self {
            bearer: fields.optional("bearer", faults),
            headers: fields.optional("headers", faults).unwrap_or_default(),
            organization: fields.optional("organization", faults),
        };
        fields.finish(faults);
        Some(credential)
    }
}

impl Read for RawLimits {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "`limits`", faults)?;
        let limits = Self {
            request: fields.optional("request", faults),
            trial: fields.optional("trial", faults),
            wait: fields.optional("wait", faults),
            body: fields.optional("body", faults),
            headers: fields.optional("headers", faults),
        };
        fields.finish(faults);
        Some(limits)
    }
}

impl Read for RawSecret {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a secret", faults)?;
        let secret = Self {
            env: fields.optional("env", faults),
            file: fields.optional("file", faults),
        };
        fields.finish(faults);
        Some(secret)
    }
}
