//! The contract file as typed: every key of `keys`, no meaning yet.

use super::{Code, Pointer, Window, keys};
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{Fields, Key, Node, Read, Spanned, Value};

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
    pub(super) media_type: Spanned<String>,
    pub(super) code: Option<Pointer>,
    pub(super) retryable: Option<Pointer>,
    pub(super) window: Option<Window>,
    pub(super) message: Option<Pointer>,
}

#[derive(Debug)]
pub(super) struct RawRow {
    pub(super) at: Location,
    pub(super) status: Spanned<u16>,
    pub(super) code: Option<Spanned<Code>>,
    /// Whether the key is there: a faulty one is not in `code`.
    pub(super) has_code: bool,
    pub(super) name: Option<Spanned<String>>,
    pub(super) clause: Spanned<String>,
    pub(super) retryable: Option<Spanned<bool>>,
    pub(super) window: Option<bool>,
}

#[derive(Debug)]
pub(super) struct RawOther {
    pub(super) statuses: Node,
    pub(super) retryable: Option<Spanned<bool>>,
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
        let fields = Fields::of(node, &keys::CONTRACT, faults)?;
        let name = fields.get("name", faults);
        let version = fields.get("version", faults);
        let envelope = fields.get("envelope", faults);
        let rows: Option<Node> = fields.get("status", faults);
        let rowless = rows
            .as_ref()
            .is_some_and(|rows| matches!(&rows.value, Value::Array(items) if items.is_empty()));
        let status = rows.and_then(|rows| Vec::read(&rows, faults));
        let other = fields.get("other", faults);
        let header = fields.get("header", faults);
        let clause = fields.get("clause", faults);
        let leak = fields.get("leak", faults);
        let limits = fields.get("limits", faults);
        let exclude = fields.get("exclude", faults);
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
        let fields = Fields::of(node, &keys::ENVELOPE, faults)?;
        let schema = fields.get("schema", faults);
        let media_type = fields.get("media_type", faults);
        let code = fields.get("code", faults);
        let retryable = fields.get("retryable", faults);
        let window = fields.get("window", faults);
        let message = fields.get("message", faults);
        fields.finish(faults);
        Some(Self {
            schema: schema?,
            media_type: media_type?,
            code,
            retryable,
            window,
            message,
        })
    }
}

impl Read for RawRow {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::ROW, faults)?;
        let status = fields.get("status", faults);
        let code = fields.get("code", faults);
        let has_code = fields.node("code").is_some();
        let name = fields.get("name", faults);
        let clause = fields.get("clause", faults);
        let retryable = fields.get("retryable", faults);
        let window = fields.get("window", faults);
        fields.finish(faults);
        Some(Self {
            at: node.at.clone(),
            status: status?,
            code,
            has_code,
            name,
            clause: clause?,
            retryable,
            window,
        })
    }
}

impl Read for RawOther {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::OTHER, faults)?;
        let statuses = fields.get("statuses", faults);
        let retryable = fields.get("retryable", faults);
        fields.finish(faults);
        Some(Self {
            statuses: statuses?,
            retryable,
        })
    }
}

impl Read for RawHeader {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::HEADER, faults)?;
        let clause = fields.get("clause", faults);
        let name = fields.get("name", faults);
        let directive = fields.get("directive", faults);
        let on = fields.get("on", faults);
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
        let fields = Fields::of(node, &keys::CLAUSE, faults)?;
        let id = fields.get("id", faults);
        let level = fields.get("level", faults);
        let text = fields.get("text", faults);
        let source = fields.get("source", faults);
        let check = fields.get("check", faults);
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
        let fields = Fields::of(node, &keys::LEAK, faults)?;
        let clause = fields.get("clause", faults);
        let what = fields.get("what", faults);
        let pattern = fields.get("pattern", faults);
        let example = fields.get("example", faults);
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
        let fields = Fields::of(node, &keys::EXCLUDE, faults)?;
        let row = fields.get("row", faults);
        let clause = fields.get("clause", faults);
        let requests = fields.get("requests", faults);
        let reason = fields.get("reason", faults);
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
