//! The case files as typed: every key, no meaning yet. Free-form values stay trees.

use crate::contract::Pointer;
use crate::diagnostic::{Faults, Location};
use crate::document::{Fields, Key, Node, Read, Spanned, Value};

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
    pub(super) success: Vec<(Key, Spanned<String>)>,
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
    pub(super) remember: Option<String>,
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

impl Read for RawFile {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a file of the suite", faults)?;
        let request = fields.optional("request", faults);
        let probe = fields.optional("probe", faults);
        let case = fields.optional("case", faults);
        let suite = fields.optional("suite", faults);
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
        let mut fields = Fields::of(node, "a request", faults)?;
        let request = Self {
            at: node.at.clone(),
            method: fields.required("method", faults),
            path: fields.required("path", faults),
            credential: fields.optional("as", faults),
            parts: RawMessage::fields(&mut fields, faults),
            success: fields.optional("success", faults).unwrap_or_default(),
        };
        fields.finish(faults);
        Some(request)
    }
}

impl RawMessage {
    fn fields(fields: &mut Fields<'_>, faults: &mut Faults) -> Self {
        Self {
            headers: fields.optional("headers", faults).unwrap_or_default(),
            query: fields.optional("query", faults).unwrap_or_default(),
            json: fields.optional("json", faults),
            text: fields.optional("text", faults),
            base64: fields.optional("base64", faults),
            file: fields.optional("file", faults),
            multipart: fields.optional("multipart", faults),
        }
    }
}

impl Read for RawPart {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a part", faults)?;
        let part = Self {
            at: node.at.clone(),
            name: fields.optional("name", faults),
            filename: fields.optional("filename", faults),
            media_type: fields.optional("type", faults),
            text: fields.optional("text", faults),
            base64: fields.optional("base64", faults),
            file: fields.optional("file", faults),
        };
        fields.finish(faults);
        Some(part)
    }
}

impl Read for RawProbe {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a probe", faults)?;
        let request = fields.required("request", faults);
        let credential = fields.optional("as", faults);
        let pointer = fields.required("pointer", faults);
        fields.finish(faults);
        Some(Self {
            request,
            credential,
            pointer,
        })
    }
}

impl RawFrame {
    /// Reads what a case says of its variants; its other keys are read for each variant.
    pub(super) fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a case", faults)?;
        let name = fields.required("name", faults);
        let each = fields.optional("each", faults);
        Some(Self { name, each })
    }
}

impl Read for RawCase {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "a case", faults)?;
        fields.node("name");
        fields.node("each");
        let clause = fields.required("clause", faults);
        let effect = fields.optional("effect", faults).unwrap_or_default();
        let (steps, stepless) = if let Some(steps) = fields.node("step") {
            let none = matches!(&steps.value, Value::Array(items) if items.is_empty());
            (Spanned::read(steps, faults), none)
        } else {
            let value = vec![RawStep::fields(&mut fields, faults)];
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
        let mut fields = Fields::of(node, "a step", faults)?;
        let step = Self::fields(&mut fields, faults);
        fields.finish(faults);
        Some(step)
    }
}

impl RawStep {
    fn fields(fields: &mut Fields<'_>, faults: &mut Faults) -> Self {
        Self {
            request: fields.required("request", faults),
            credential: fields.optional("as", faults),
            send: fields.optional("send", faults),
            expect: fields.required("expect", faults),
            remember: fields.optional("remember", faults),
            capture: fields.optional("capture", faults).unwrap_or_default(),
            wait: fields.optional("wait", faults),
            poll: fields.optional("poll", faults),
            burst: fields.optional("burst", faults),
            race: fields.optional("race", faults),
        }
    }
}

impl Read for RawSend {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "`send`", faults)?;
        let send = Self {
            method: fields.optional("method", faults),
            path: fields.optional("path", faults),
            parts: RawMessage::fields(&mut fields, faults),
            remove: fields.optional("remove", faults).unwrap_or_default(),
        };
        fields.finish(faults);
        Some(send)
    }
}

impl Read for RawPoll {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "`poll`", faults)?;
        let until = fields.required("until", faults);
        let every = fields.optional("every", faults);
        let within = fields.optional("within", faults);
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
        let mut fields = Fields::of(node, "`burst`", faults)?;
        let requests = fields.required("requests", faults);
        let at_once = fields.optional("at_once", faults);
        let until = fields.optional("until", faults);
        let fresh = fields.optional("fresh", faults);
        fields.finish(faults);
        Some(Self {
            requests,
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
        let mut fields = Fields::of(node, "`race`", faults)?;
        let requests = fields.required("requests", faults);
        let within = fields.optional("within", faults);
        fields.finish(faults);
        Some(Self {
            requests: requests?,
            within,
        })
    }
}

impl Read for RawTitle {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "`suite`", faults)?;
        let name = fields.required("name", faults);
        let version = fields.required("version", faults);
        fields.finish(faults);
        Some(Self {
            name: name?,
            version: version?,
        })
    }
}
