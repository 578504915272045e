//! `gonogo.toml` as typed: every key of `keys`, no meaning yet.

use super::keys;
use super::waiver::Day;
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{Fields, Key, Node, Read, Spanned, Value};

#[derive(Debug, Default)]
pub(super) struct RawConfig {
    pub(super) contract: Option<Spanned<String>>,
    pub(super) cases: Option<Vec<Spanned<String>>>,
    pub(super) default_target: Option<Spanned<String>>,
    pub(super) reports: Vec<(Key, String)>,
    pub(super) target: Vec<(Key, RawTarget)>,
}

#[derive(Debug)]
pub(super) struct RawTarget {
    pub(super) base_url: Option<Spanned<String>>,
    pub(super) permits: Vec<Spanned<String>>,
    pub(super) credentials: Vec<(Key, RawCredential)>,
    pub(super) fixtures: Vec<(Key, Node)>,
    pub(super) headers: Vec<(Key, Node)>,
    pub(super) http: Option<Spanned<String>>,
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
    pub(super) clauses: Vec<Spanned<String>>,
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
    pub(super) run: Option<Spanned<f64>>,
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

/// A top-level key that authors easily write below a table header by mistake.
const DEFAULT: &str = "default_target";

/// The tables of the targets without `default_target`, each noted.
fn without_default(node: &Node, faults: &mut Faults) -> Node {
    let Some(entries) = node.table() else {
        return node.clone();
    };
    let mut kept = Vec::new();
    for (key, value) in entries {
        if key.name == DEFAULT && value.table().is_none() {
            faults.at(
                &key.at,
                "unknown-key",
                format!("`{DEFAULT}` is below a table header, so it belongs to that table"),
                "expected it above the first table of the file",
                Some(format!(
                    "move `{DEFAULT}` above the first line that begins with `[`"
                )),
            );
        } else {
            kept.push((key.clone(), without_default(value, faults)));
        }
    }
    Node {
        at: node.at.clone(),
        value: Value::Table(kept.into()),
    }
}

impl Read for RawConfig {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let entries = node.table().unwrap_or_default().iter();
        let entries = entries.map(|(key, value)| match key.name.as_str() {
            "target" => (key.clone(), without_default(value, faults)),
            _ => (key.clone(), value.clone()),
        });
        let node = &match node.table() {
            Some(_) => Node {
                at: node.at.clone(),
                value: Value::Table(entries.collect()),
            },
            None => node.clone(),
        };
        let fields = Fields::of(node, &keys::CONFIG, faults)?;
        let config = Self {
            contract: fields.get("contract", faults),
            cases: fields.get("cases", faults),
            default_target: fields.get("default_target", faults),
            reports: fields.get("reports", faults).unwrap_or_default(),
            target: fields.get("target", faults).unwrap_or_default(),
        };
        fields.finish(faults);
        Some(config)
    }
}

impl Read for RawTarget {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::TARGET, faults)?;
        let target = Self {
            base_url: fields.get("base_url", faults),
            permits: fields.get("permits", faults).unwrap_or_default(),
            credentials: fields.get("credentials", faults).unwrap_or_default(),
            fixtures: fields.get("fixtures", faults).unwrap_or_default(),
            headers: fields.get("headers", faults).unwrap_or_default(),
            http: fields.get("http", faults),
            proxy: fields.get("proxy", faults),
            ca: fields.get("ca", faults),
            client_certificate: fields.get("client_certificate", faults),
            limits: fields.get("limits", faults),
            declared: fields.get("declared", faults).unwrap_or_default(),
            waiver: fields.get("waiver", faults).unwrap_or_default(),
        };
        fields.finish(faults);
        Some(target)
    }
}

/// A text that says something.
fn said(text: Option<Spanned<String>>, faults: &mut Faults) -> Option<String> {
    let text = text?;
    if text.value.trim().is_empty() {
        let expected = "expected a word or more";
        faults.at(&text.at, "empty", "this says nothing", expected, None);
        return None;
    }
    Some(text.value)
}

impl Read for RawWaiver {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::WAIVER, faults)?;
        let trial = fields.get("trial", faults);
        let clauses: Option<Vec<Spanned<String>>> = fields.get("clauses", faults);
        let written = fields.node("clauses");
        if clauses.as_ref().map_or(written.is_none(), Vec::is_empty) {
            let at = written.map_or(&node.at, |written| &written.at);
            faults.at(
                at,
                "waiver-clauses",
                "the waiver names no clauses",
                "expected `clauses`, a list of the clauses whose findings are waived",
                Some(
                    "add `clauses = [\"CLAUSE\"]`; a run without the waiver shows which clauses are broken"
                        .to_owned(),
                ),
            );
        }
        let reason = said(fields.get("reason", faults), faults);
        let owner = said(fields.get("owner", faults), faults);
        let issue = fields.get("issue", faults);
        let until = fields.get("until", faults);
        fields.finish(faults);
        Some(Self {
            at: node.at.clone(),
            trial: trial?,
            clauses: clauses?,
            reason: reason?,
            owner: owner?,
            issue,
            until: until?,
        })
    }
}

impl Read for RawCredential {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::CREDENTIAL, faults)?;
        let credential = Self {
            bearer: fields.get("bearer", faults),
            headers: fields.get("headers", faults).unwrap_or_default(),
            organization: fields.get("organization", faults),
        };
        fields.finish(faults);
        Some(credential)
    }
}

impl Read for RawLimits {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::LIMITS, faults)?;
        let limits = Self {
            request: fields.get("request", faults),
            trial: fields.get("trial", faults),
            run: fields.get("run", faults),
            wait: fields.get("wait", faults),
            body: fields.get("body", faults),
            headers: fields.get("headers", faults),
        };
        fields.finish(faults);
        Some(limits)
    }
}

impl Read for RawSecret {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::SECRET, faults)?;
        let secret = Self {
            env: fields.get("env", faults),
            file: fields.get("file", faults),
        };
        fields.finish(faults);
        Some(secret)
    }
}
