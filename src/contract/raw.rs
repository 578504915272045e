//! The contract file as typed: every key, no meaning yet.

use super::Pointer;
use crate::diagnostic::{Faults, Location};
use crate::document::{Fields, Key, Node, Read, Spanned, Value};

#[derive(Debug)]
pub(super) struct RawContract {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) envelope: Option<RawEnvelope>,
    pub(super) status: Vec<RawRow>,
    /// Whether no row is written: a faulty one is not among `status`.
    pub(super) rowless: bool,
    pub(super) other: Vec<RawOther>,
    pub(super) header: Vec<RawHeader>,
    pub(super) clause: Vec<RawClause>,
    pub(super) leak: Vec<RawLeak>,
    pub(super) limits: Vec<(Key, Spanned<f64>)>,
    pub(super) exclude: Vec<RawExclude>,
}

#[derive(Debug)]
pub(super) struct RawEnvelope {
    pub(super) schema: Spanned<String>,
    pub(super) media_type: String,
    pub(super) code: Pointer,
    pub(super) retryable: Option<Pointer>,
    pub(super) window: Option<Pointer>,
    pub(super) message: Option<Pointer>,
}

#[derive(Debug)]
pub(super) struct RawRow {
    pub(super) status: Spanned<u16>,
    pub(super) code: Spanned<String>,
    pub(super) name: Option<Spanned<String>>,
    pub(super) clause: Spanned<String>,
    pub(super) retryable: Option<bool>,
    pub(super) window: Option<bool>,
}

#[derive(Debug)]
pub(super) struct RawOther {
    pub(super) statuses: Node,
    pub(super) retryable: Option<bool>,
}

#[derive(Debug)]
pub(super) struct RawHeader {
    pub(super) clause: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) directive: Option<String>,
    pub(super) on: Vec<Node>,
}

#[derive(Debug)]
pub(super) struct RawClause {
    pub(super) id: Spanned<String>,
    pub(super) level: Option<Spanned<String>>,
    pub(super) text: String,
    pub(super) source: String,
    pub(super) check: Option<Spanned<String>>,
}

#[derive(Debug)]
pub(super) struct RawLeak {
    pub(super) clause: Spanned<String>,
    pub(super) what: String,
    pub(super) pattern: Spanned<String>,
    pub(super) example: Spanned<String>,
}

#[derive(Debug)]
pub(super) struct RawExclude {
    pub(super) at: Location,
    pub(super) row: Option<Spanned<String>>,
    pub(super) clause: Option<Spanned<String>>,
    pub(super) requests: Option<Vec<String>>,
    pub(super) reason: String,
}

impl Read for RawContract {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a contract", faults)?;
        let name = fields.required("name", faults);
        let version = fields.optional("version", faults);
        let envelope = fields.required("envelope", faults);
        let rows: Option<Node> = fields.required("status", faults);
        let rowless = rows
            .as_ref()
            .is_some_and(|rows| matches!(&rows.value, Value::Array(items) if items.is_empty()));
        let status = rows.and_then(|rows| Vec::read(&rows, faults));
        let other = fields.optional("other", faults);
        let header = fields.optional("header", faults);
        let clause = fields.required("clause", faults);
        let leak = fields.optional("leak", faults);
        let limits = fields.optional("limits", faults);
        let exclude = fields.optional("exclude", faults);
        fields.finish(faults);
        Some(Self {
            name: name.unwrap_or_default(),
            version,
            envelope,
            status: status.unwrap_or_default(),
            rowless,
            other: other.unwrap_or_default(),
            header: header.unwrap_or_default(),
            clause: clause?,
            leak: leak.unwrap_or_default(),
            limits: limits.unwrap_or_default(),
            exclude: exclude.unwrap_or_default(),
        })
    }
}

impl Read for RawEnvelope {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "an envelope", faults)?;
        let schema = fields.required("schema", faults);
        let media_type = fields.required("media_type", faults);
        let code = fields.required("code", faults);
        let retryable = fields.optional("retryable", faults);
        let window = fields.optional("window", faults);
        let message = fields.optional("message", faults);
        fields.finish(faults);
        Some(Self {
            schema: schema?,
            media_type: media_type?,
            code: code?,
            retryable,
            window,
            message,
        })
    }
}

impl Read for RawRow {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a status row", faults)?;
        let status = fields.required("status", faults);
        let code = fields.required("code", faults);
        let name = fields.optional("name", faults);
        let clause = fields.required("clause", faults);
        let retryable = fields.optional("retryable", faults);
        let window = fields.optional("window", faults);
        fields.finish(faults);
        Some(Self {
            status: status?,
            code: code?,
            name,
            clause: clause?,
            retryable,
            window,
        })
    }
}

impl Read for RawOther {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a rule for other statuses", faults)?;
        let statuses = fields.required("statuses", faults);
        let retryable = fields.optional("retryable", faults);
        fields.finish(faults);
        Some(Self {
            statuses: statuses?,
            retryable,
        })
    }
}

impl Read for RawHeader {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a header rule", faults)?;
        let clause = fields.required("clause", faults);
        let name = fields.required("name", faults);
        let directive = fields.optional("directive", faults);
        let on = fields.required("on", faults);
        fields.finish(faults);
        Some(Self {
            clause: clause?,
            name: name?,
            directive,
            on: on?,
        })
    }
}

impl Read for RawClause {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a clause", faults)?;
        let id = fields.required("id", faults);
        let level = fields.required("level", faults);
        let text = fields.required("text", faults);
        let source = fields.required("source", faults);
        let check = fields.optional("check", faults);
        fields.finish(faults);
        Some(Self {
            id: id?,
            level,
            text: text.unwrap_or_default(),
            source: source.unwrap_or_default(),
            check,
        })
    }
}

impl Read for RawLeak {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a leak", faults)?;
        let clause = fields.required("clause", faults);
        let what = fields.required("what", faults);
        let pattern = fields.required("pattern", faults);
        let example = fields.required("example", faults);
        fields.finish(faults);
        Some(Self {
            clause: clause?,
            what: what?,
            pattern: pattern?,
            example: example?,
        })
    }
}

impl Read for RawExclude {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "an exclusion", faults)?;
        let row = fields.optional("row", faults);
        let clause = fields.optional("clause", faults);
        let requests = fields.optional("requests", faults);
        let reason = fields.required("reason", faults);
        fields.finish(faults);
        Some(Self {
            at: node.at.clone(),
            row,
            clause,
            requests,
            reason: reason?,
        })
    }
}
