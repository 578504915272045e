//! The case files as typed: every key of `keys`, no meaning yet. Free-form values stay trees.

use super::keys;
use crate::contract::Pointer;
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{Fields, Key, Node, Read, Spanned, Value, mismatch};

/// A file of the suite.
#[derive(Debug)]
pub(super) struct RawFile {
    pub(super) request: Vec<(Key, RawRequest)>,
    pub(super) probe: Vec<(Key, RawProbe)>,
    pub(super) case: Vec<Node>,
    pub(super) suite: Option<RawTitle>,
}

#[derive(Debug)]
pub(super) struct RawTitle {
    pub(super) name: String,
    pub(super) version: String,
}

#[derive(Debug)]
pub(super) struct RawRequest {
    pub(super) at: Location,
    pub(super) method: Option<Node>,
    pub(super) path: Option<Node>,
    pub(super) credential: Option<Spanned<String>>,
    pub(super) parts: RawMessage,
    pub(super) protected: Option<Spanned<bool>>,
    pub(super) success: Vec<(Key, Node)>,
    pub(super) secret: Vec<Spanned<String>>,
    pub(super) control: Option<RawControl>,
    pub(super) rows: Option<Vec<Spanned<String>>>,
}

/// The control of a request: another request, or the reason for sending none.
#[derive(Debug)]
pub(super) enum RawControl {
    Of(Spanned<String>),
    Without(Spanned<String>),
}

/// What a request and a `send` have in common.
#[derive(Debug, Default)]
pub(super) struct RawMessage {
    pub(super) headers: Vec<(Key, Node)>,
    pub(super) query: Vec<(Key, Node)>,
    pub(super) json: Option<Node>,
    pub(super) text: Option<Node>,
    pub(super) base64: Option<Spanned<String>>,
    pub(super) file: Option<Spanned<String>>,
    pub(super) multipart: Option<Spanned<Vec<RawPart>>>,
}

#[derive(Debug)]
pub(super) struct RawPart {
    pub(super) at: Location,
    pub(super) name: Option<Node>,
    pub(super) filename: Option<Node>,
    pub(super) media_type: Option<Node>,
    pub(super) text: Option<Node>,
    pub(super) base64: Option<Spanned<String>>,
    pub(super) file: Option<Spanned<String>>,
}

#[derive(Debug)]
pub(super) struct RawProbe {
    pub(super) request: Option<Spanned<String>>,
    pub(super) credential: Option<String>,
    pub(super) pointer: Option<Pointer>,
    pub(super) settle: Option<Node>,
}

/// What a case's table says before its variants are known.
#[derive(Debug)]
pub(super) struct RawFrame {
    pub(super) name: Option<Spanned<String>>,
    pub(super) each: Option<Spanned<Vec<(Key, Node)>>>,
}

/// One variant of a case.
#[derive(Debug)]
pub(super) struct RawCase {
    pub(super) clause: Option<Spanned<String>>,
    pub(super) effect: Vec<(Key, Node)>,
    pub(super) steps: Spanned<Vec<RawStep>>,
    /// Whether no step is written: a faulty one is not among `steps`.
    pub(super) stepless: bool,
}

#[derive(Debug)]
pub(super) struct RawStep {
    pub(super) request: Option<Spanned<String>>,
    pub(super) credential: Option<Spanned<String>>,
    pub(super) send: Option<RawSend>,
    pub(super) expect: Option<Node>,
    pub(super) remember: Option<Spanned<String>>,
    pub(super) capture: Vec<(Key, Node)>,
    pub(super) wait: Option<Node>,
    pub(super) poll: Option<RawPoll>,
    pub(super) burst: Option<RawBurst>,
    pub(super) race: Option<Spanned<RawRace>>,
}

#[derive(Debug)]
pub(super) struct RawSend {
    pub(super) method: Option<Node>,
    pub(super) path: Option<Node>,
    pub(super) parts: RawMessage,
    pub(super) remove: Vec<Spanned<Pointer>>,
}

#[derive(Debug)]
pub(super) struct RawPoll {
    pub(super) until: Option<Spanned<Vec<(Key, Node)>>>,
    pub(super) every: Option<Node>,
    pub(super) within: Option<Node>,
}

#[derive(Debug)]
pub(super) struct RawBurst {
    pub(super) requests: Option<Node>,
    pub(super) most: Option<Node>,
    pub(super) fresh: Option<bool>,
    pub(super) at_once: Option<Node>,
    pub(super) until: Option<Node>,
}

/// A number of requests, or a table with one.
#[derive(Debug)]
pub(super) struct RawRace {
    pub(super) requests: usize,
    pub(super) within: Option<Node>,
}

/// Notes tables without entries: nothing comes of them.
pub(super) fn filled(fields: &Fields<'_>, names: &[&'static str], faults: &mut Faults) {
    for name in names {
        let node = fields.node(name);
        if let Some(node) = node.filter(|node| node.table().is_some_and(<[_]>::is_empty)) {
            faults.at(
                &node.at,
                "no-effect",
                format!("`{name}` is empty, so it has no effect"),
                "expected one entry or more",
                Some(format!("add an entry, or remove `{name}`")),
            );
        }
    }
}

impl Read for RawFile {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::FILE, faults)?;
        let request = fields.get("request", faults);
        let probe = fields.get("probe", faults);
        let case = fields.get("case", faults);
        let suite = fields.get("suite", faults);
        fields.finish(faults);
        Some(Self {
            request: request.unwrap_or_default(),
            probe: probe.unwrap_or_default(),
            case: case.unwrap_or_default(),
            suite,
        })
    }
}

impl Read for RawRequest {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::REQUEST, faults)?;
        let request = Self {
            at: node.at.clone(),
            method: fields.get("method", faults),
            path: fields.get("path", faults),
            credential: fields.get("as", faults),
            parts: RawMessage::fields(&fields, faults),
            protected: fields.get("protected", faults),
            success: fields.get("success", faults).unwrap_or_default(),
            secret: fields.get("secret", faults).unwrap_or_default(),
            control: fields.get("control", faults),
            rows: fields.get("rows", faults),
        };
        fields.finish(faults);
        Some(request)
    }
}

impl Read for RawControl {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        if node.text().is_some() {
            return Spanned::read(node, faults).map(Self::Of);
        }
        if node.table().is_none() {
            mismatch(
                node,
                "the name of a request, or `{ none = \"why\" }`",
                faults,
            );
            return None;
        }
        let fields = Fields::of(node, &keys::CONTROL, faults)?;
        let reason = fields.get("none", faults);
        fields.finish(faults);
        let reason: Spanned<String> = reason?;
        if reason.value.trim().is_empty() {
            faults.at(
                &reason.at,
                "empty-reason",
                "the reason is empty",
                "expected why the request has no control",
                None,
            );
        }
        Some(Self::Without(reason))
    }
}

impl RawMessage {
    fn fields(fields: &Fields<'_>, faults: &mut Faults) -> Self {
        Self {
            headers: fields.get("headers", faults).unwrap_or_default(),
            query: fields.get("query", faults).unwrap_or_default(),
            json: fields.get("json", faults),
            text: fields.get("text", faults),
            base64: fields.get("base64", faults),
            file: fields.get("file", faults),
            multipart: fields.get("multipart", faults),
        }
    }
}

impl Read for RawPart {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::PART, faults)?;
        let part = Self {
            at: node.at.clone(),
            name: fields.get("name", faults),
            filename: fields.get("filename", faults),
            media_type: fields.get("type", faults),
            text: fields.get("text", faults),
            base64: fields.get("base64", faults),
            file: fields.get("file", faults),
        };
        fields.finish(faults);
        Some(part)
    }
}

impl Read for RawProbe {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::PROBE, faults)?;
        let request = fields.get("request", faults);
        let credential = fields.get("as", faults);
        let pointer = fields.get("pointer", faults);
        let settle = fields.get("settle", faults);
        fields.finish(faults);
        Some(Self {
            request,
            credential,
            pointer,
            settle,
        })
    }
}

impl RawFrame {
    /// Reads what a case says of its variants; its other keys are read for each variant.
    pub(super) fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::CASE, faults)?;
        let name = fields.get("name", faults);
        let each = fields.get("each", faults);
        Some(Self { name, each })
    }
}

impl Read for RawCase {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::CASE, faults)?;
        let clause = fields.get("clause", faults);
        let effect = fields.get("effect", faults).unwrap_or_default();
        filled(&fields, &["effect"], faults);
        let (steps, stepless) = if let Some(steps) = fields.node("step") {
            let none = matches!(&steps.value, Value::Array(items) if items.is_empty());
            (Spanned::read(steps, faults), none)
        } else {
            let value = vec![RawStep::fields(&fields, faults)];
            let at = node.at.clone();
            (Some(Spanned { at, value }), false)
        };
        fields.finish(faults);
        Some(Self {
            clause,
            effect,
            steps: steps?,
            stepless,
        })
    }
}

impl Read for RawStep {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::STEP, faults)?;
        let step = Self::fields(&fields, faults);
        fields.finish(faults);
        Some(step)
    }
}

impl RawStep {
    fn fields(fields: &Fields<'_>, faults: &mut Faults) -> Self {
        filled(fields, &["capture"], faults);
        Self {
            request: fields.get("request", faults),
            credential: fields.get("as", faults),
            send: fields.get("send", faults),
            expect: fields.get("expect", faults),
            remember: fields.get("remember", faults),
            capture: fields.get("capture", faults).unwrap_or_default(),
            wait: fields.get("wait", faults),
            poll: fields.get("poll", faults),
            burst: fields.get("burst", faults),
            race: fields.get("race", faults),
        }
    }
}

impl Read for RawSend {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::SEND, faults)?;
        let send = Self {
            method: fields.get("method", faults),
            path: fields.get("path", faults),
            parts: RawMessage::fields(&fields, faults),
            remove: fields.get("remove", faults).unwrap_or_default(),
        };
        fields.finish(faults);
        Some(send)
    }
}

impl Read for RawPoll {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::POLL, faults)?;
        let until = fields.get("until", faults);
        let every = fields.get("every", faults);
        let within = fields.get("within", faults);
        fields.finish(faults);
        Some(Self {
            until,
            every,
            within,
        })
    }
}

impl Read for RawBurst {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::BURST, faults)?;
        let requests = fields.get("requests", faults);
        let most = fields.get("most", faults);
        let at_once = fields.get("at_once", faults);
        let until = fields.get("until", faults);
        let fresh = fields.get("fresh", faults);
        fields.finish(faults);
        Some(Self {
            requests,
            most,
            fresh,
            at_once,
            until,
        })
    }
}

impl Read for RawRace {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        if node.table().is_none() {
            let requests = usize::read(node, faults)?;
            return Some(Self {
                requests,
                within: None,
            });
        }
        let fields = Fields::of(node, &keys::RACE, faults)?;
        let requests = fields.get("requests", faults);
        let within = fields.get("within", faults);
        fields.finish(faults);
        Some(Self {
            requests: requests?,
            within,
        })
    }
}

impl Read for RawTitle {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &keys::TITLE, faults)?;
        let name = fields.get("name", faults);
        let version = fields.get("version", faults);
        fields.finish(faults);
        Some(Self {
            name: name?,
            version: version?,
        })
    }
}
