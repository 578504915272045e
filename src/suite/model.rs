//! The checked suite: every name in it resolves, every trial expects something.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::matcher::Assertion;
use super::template::{Template, Tree};
use crate::contract::{Class, Clause, Code, Pointer, Row, Schema};
use crate::input::diagnostic::Location;
use crate::input::document::words;

/// Requests, probes, and the trials of all cases in the order of the files.
#[derive(Debug, Default)]
pub struct Suite {
    /// The valid requests by name.
    pub requests: BTreeMap<String, Arc<Request>>,
    /// The probes by name.
    pub probes: BTreeMap<String, Arc<Probe>>,
    /// The trials.
    pub trials: Vec<Arc<Trial>>,
    /// Its name and its version, where it has them.
    pub title: Option<(String, String)>,
    /// The published limits of the contract, for templates.
    pub limits: BTreeMap<String, f64>,
    /// SHA-256 over the files that it was loaded from, as hexadecimal digits: two runs of the same digest asked the same questions.
    pub digest: String,
}

/// A named, complete, valid request.
#[derive(Debug)]
pub struct Request {
    /// Its name.
    pub name: String,
    /// Where it is defined.
    pub at: Location,
    /// What is sent.
    pub message: Message,
    /// Whether it is rejected without its credential.
    pub protected: bool,
    /// What every success carries.
    pub success: Vec<Assertion>,
    /// The templates of `success`, which are rendered before a response is judged.
    pub bound: Vec<Tree>,
    /// The places of its responses that hold secrets.
    pub secret: Vec<CaptureFrom>,
    /// What shows that a rejection is due to the change.
    pub control: Control,
    /// The names of the rows that the API documents for it; none means all rows of the contract.
    pub rows: Option<Vec<String>>,
}

/// The valid request that must be accepted before a rejection of a changed one says anything.
#[derive(Debug)]
pub enum Control {
    /// The request itself, unchanged.
    Own,
    /// Another request, which is its own control.
    Of(Arc<Request>),
    /// None, for this reason: rejections are judged without one.
    Without(String),
}

/// A request whose answer counts effects.
#[derive(Debug)]
pub struct Probe {
    /// Its name.
    pub name: String,
    /// Where it is defined.
    pub at: Location,
    /// The request.
    pub request: Arc<Request>,
    /// The credential in place of the request's.
    pub credential: Option<String>,
    /// Where the number is.
    pub pointer: Pointer,
    /// How long the count may take to show an effect, if the suite sets it.
    pub settle: Option<Duration>,
}

/// What is sent, before its templates are rendered. What trials seldom change they share with the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The HTTP method.
    pub method: Arc<Tree>,
    /// The path, with a query where the author wrote one.
    pub path: Tree,
    /// The credential whose headers are added; none: sent without.
    pub credential: Option<String>,
    /// The header fields, in order.
    pub headers: Vec<(String, Tree)>,
    /// Appended to the path, percent-encoded.
    pub query: Vec<(String, Tree)>,
    /// The body.
    pub body: Arc<Body>,
}

/// A body, before its templates are rendered.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// No body.
    Empty,
    /// Written as JSON.
    Json(Tree),
    /// Sent as it stands.
    Text(Tree),
    /// Sent as they stand.
    Bytes(Bytes),
    /// Parts (RFC 7578).
    Multipart(Vec<Part>),
}

/// One part of a multipart body.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The field's name; none: the part has no name.
    pub name: Option<Tree>,
    /// The file's name.
    pub filename: Option<Tree>,
    /// The media type.
    pub media_type: Option<Tree>,
    /// The content.
    pub body: PartBody,
}

/// The content of a part.
#[derive(Debug, Clone, PartialEq)]
pub enum PartBody {
    /// Text, with templates.
    Text(Tree),
    /// Bytes as they stand.
    Bytes(Bytes),
}

words! {
    /// The kind of a JSON value.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Kind: "unknown-kind", "kind" {
        /// Any, null included.
        Any = "any",
        /// A string.
        String = "string",
        /// A number.
        Number = "number",
        /// A number without a fraction, however it is written.
        Integer = "integer",
        /// True or false.
        Boolean = "boolean",
        /// A list.
        Array = "array",
        /// An object.
        Object = "object",
        /// Null.
        Null = "null",
    }
}

/// One trial: a case in one of its variants.
#[derive(Debug)]
pub struct Trial {
    /// `file::case::variant`.
    pub name: String,
    /// Where the case stands.
    pub at: Location,
    /// The clause that a failure breaks.
    pub clause: Arc<Clause>,
    /// The steps; never empty.
    pub steps: Vec<Step>,
    /// How much each probe's count grows: one of these.
    pub effects: Vec<Effect>,
    /// The variant's values, for templates.
    pub each: Value,
}

/// What a trial may do to a probe's count.
#[derive(Debug)]
pub struct Effect {
    /// The probe.
    pub probe: Arc<Probe>,
    /// The accepted growths.
    pub growth: Vec<i64>,
    /// Where it is expected.
    pub at: Location,
}

/// One exchange of a trial, or one volley. What few steps have takes no room in the others: there may be many thousands.
#[derive(Debug)]
pub struct Step {
    /// The request that is changed.
    pub request: Arc<Request>,
    /// The request as changed.
    pub message: Message,
    /// What must come back.
    pub expect: Expectation,
    /// The templates of what is checked, those of the request's `success` first: they are rendered before the step is taken.
    pub bound: Vec<Tree>,
    /// The name under which the whole answer is remembered.
    pub remember: Option<String>,
    /// Template variables made from the answer.
    pub captures: Vec<(String, CaptureFrom)>,
    /// How long to wait before it, in seconds.
    pub wait: Option<Box<Tree>>,
    /// Repeated until an answer shows these values.
    pub poll: Option<Box<Poll>>,
    /// Many requests instead of one.
    pub volley: Option<Box<Volley>>,
}

/// A place of a response: where a captured value or a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaptureFrom {
    /// In the body.
    Body(Pointer),
    /// A header field, name in lower case.
    Header(String),
}

/// Repeating a step until its answer shows something.
#[derive(Debug, Clone)]
pub struct Poll {
    /// What ends it: all of these hold.
    pub until: Vec<Assertion>,
    /// Between two requests.
    pub every: Duration,
    /// In all.
    pub within: Duration,
}

/// Many requests of one step.
#[derive(Debug, Clone)]
pub enum Volley {
    /// As many as allowed, as fast as allowed.
    Burst(Burst),
    /// All complete at the same instant.
    Race(Race),
}

/// Requests that are complete at the same instant.
#[derive(Debug, Clone, Copy)]
pub struct Race {
    /// How many.
    pub requests: usize,
    /// How far apart the first and the last may be released: in a looser race nothing can be concluded from a green.
    pub within: Duration,
}

/// As many requests as allowed, as fast as allowed.
#[derive(Debug, Clone)]
pub struct Burst {
    /// At most so many: a whole number, once rendered.
    pub requests: Tree,
    /// The trial is ignored on a target for which that is more than this.
    pub most: Option<usize>,
    /// Whether it waits until nothing of the credential's window is used.
    pub fresh: bool,
    /// So many under way at a time.
    pub at_once: usize,
    /// An answer that ends it.
    pub until: Option<Expected>,
    /// Where that is written.
    pub until_at: Option<Location>,
}

/// What a response must be.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Where it is written.
    pub at: Location,
    /// All that is accepted, in the order written; never empty.
    pub any_of: Vec<Expected>,
    /// The same with what is asserted of each; the first that a response is of must hold.
    pub alternatives: Vec<Alternative>,
    /// The remembered answers that this one cannot be told from.
    pub like: Vec<String>,
    /// Pointers whose values are the same in all successes of a volley.
    pub same: Vec<Pointer>,
    /// How many answers of a volley are of which kind.
    pub count: Vec<(Expected, usize)>,
}

/// Some accepted responses, and what is asserted of them.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// One of these; never empty.
    pub any_of: Vec<Expected>,
    /// Values of the body and of header fields.
    pub assertions: Vec<Assertion>,
    /// A schema for the body.
    pub schema: Option<Arc<Schema>>,
}

/// One accepted answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Any 2xx.
    Success,
    /// A row of the contract.
    Row(Arc<Row>),
    /// A status without a row.
    Status(u16),
    /// Any status below this one; nothing else is asked of the answer.
    Below(u16),
}

impl std::fmt::Display for CaptureFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Body(pointer) if pointer.as_str().is_empty() => f.write_str("body"),
            Self::Body(pointer) => pointer.fmt(f),
            Self::Header(name) => f.write_str(name),
        }
    }
}

impl Kind {
    /// The kind of a name.
    pub fn named(name: &str) -> Option<Self> {
        let mut names = Self::NAMES.iter();
        names
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| *kind)
    }

    /// Whether a value is of this kind.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Integer => {
                let whole = |number: f64| number.fract() == 0.0;
                value.is_i64() || value.is_u64() || value.as_f64().is_some_and(whole)
            }
            Self::Boolean => value.is_boolean(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
            Self::Null => value.is_null(),
        }
    }
}

impl Suite {
    /// The requests, each with the rows that it documents.
    pub fn documented(&self) -> impl Iterator<Item = (&str, Option<&[String]>)> {
        let requests = self.requests.values();
        requests.map(|request| (request.name.as_str(), request.rows.as_deref()))
    }
}

impl Request {
    /// Whether the API documents a row for it.
    pub fn documents(&self, row: &Row) -> bool {
        let rows = self.rows.as_ref();
        rows.is_none_or(|rows| rows.contains(&row.name))
    }

    /// The request that is sent as the control of this one.
    pub fn control(self: &Arc<Self>) -> Option<&Arc<Self>> {
        match &self.control {
            Control::Own => Some(self),
            Control::Of(other) => Some(other),
            Control::Without(_) => None,
        }
    }
}

impl Step {
    /// The control that must be accepted before this step's response is judged: only rejections need one.
    pub fn control(&self) -> Option<&Arc<Request>> {
        let control = self.request.control();
        control.filter(|_| self.expect.needs_control())
    }
}

impl Expected {
    /// Whether a status is that of this answer.
    pub fn accepts(&self, status: u16) -> bool {
        match self {
            Self::Success => Class::of_status(status) == Class::Success,
            Self::Row(row) => row.status == status,
            Self::Status(only) => *only == status,
            Self::Below(end) => status < *end,
        }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Success => f.write_str("success (2xx)"),
            Self::Row(row) => match row.code {
                Code::Absent => write!(f, "{} {}", row.status, row.name),
                // A number alone means nothing to readers.
                Code::Integer(code) if row.name != code.to_string() => {
                    write!(f, "{} {code} ({})", row.status, row.name)
                }
                _ => write!(f, "{} {}", row.status, row.code),
            },
            Self::Status(status) => write!(f, "{status}"),
            Self::Below(end) => write!(f, "a status below {end}"),
        }
    }
}

impl Expected {
    /// Whether it is a row, or a status outside 2xx.
    pub fn is_rejection(&self) -> bool {
        match self {
            Self::Row(_) => true,
            Self::Status(status) => Class::of_status(*status) != Class::Success,
            Self::Success | Self::Below(_) => false,
        }
    }

    /// Whether a response of an accepted status has the code, too.
    fn has_code(&self, code: Option<&Value>) -> bool {
        match self {
            Self::Row(row) => row.code.matches(code),
            _ => true,
        }
    }
}

impl Expectation {
    /// An expectation that asserts nothing further.
    pub fn plain(at: Location, any_of: Vec<Expected>) -> Self {
        Self {
            at,
            alternatives: vec![Alternative {
                any_of: any_of.clone(),
                assertions: Vec::new(),
                schema: None,
            }],
            any_of,
            like: Vec::new(),
            same: Vec::new(),
            count: Vec::new(),
        }
    }

    /// What a response of this status and code is taken for: the first alternative that accepts both, otherwise the first that accepts
    /// the status.
    pub fn matched(&self, status: u16, code: Option<&Value>) -> Option<(&Alternative, &Expected)> {
        let first = |exact: bool| {
            self.alternatives.iter().find_map(|alternative| {
                let mut any_of = alternative.any_of.iter();
                let found =
                    any_of.find(|one| one.accepts(status) && (!exact || one.has_code(code)))?;
                Some((alternative, found))
            })
        };
        first(true).or_else(|| first(false))
    }

    /// All that is asserted, of whichever response.
    pub fn assertions(&self) -> impl Iterator<Item = &Assertion> {
        self.alternatives.iter().flat_map(|one| &one.assertions)
    }

    /// What is accepted, as a phrase: `400 bad_request or success (2xx)`.
    pub fn phrase(&self) -> String {
        let all: Vec<String> = self.any_of.iter().map(ToString::to_string).collect();
        match all.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => String::new(),
        }
    }

    /// Whether only a success will do.
    pub fn is_success(&self) -> bool {
        self.any_of.iter().all(|one| *one == Expected::Success)
    }

    /// Whether a failure is expected, or any response below a status: without an accepted control it would prove nothing.
    pub fn needs_control(&self) -> bool {
        let asks = |one: &Expected| one.is_rejection() || matches!(one, Expected::Below(_));
        self.any_of.iter().any(asks)
    }

    /// Whether a success is among the accepted responses.
    pub fn has_success(&self) -> bool {
        self.any_of.iter().any(|one| match one {
            Expected::Success | Expected::Below(_) => true,
            Expected::Status(status) => Class::of_status(*status) == Class::Success,
            Expected::Row(_) => false,
        })
    }

    /// Whether nothing but a bound of the status is expected.
    pub fn is_only_below(&self) -> bool {
        matches!(self.any_of.as_slice(), [Expected::Below(_)])
    }

    /// Whether a status is among the accepted ones.
    pub fn accepts(&self, status: u16) -> bool {
        self.any_of.iter().any(|one| one.accepts(status))
    }
}

impl Request {
    /// The request as its negative control sends it.
    pub fn without_credential(&self) -> Message {
        Message {
            credential: None,
            ..self.message.clone()
        }
    }
}

impl Trial {
    /// The requests whose negative control it builds on: all that are protected, unless the trial requires a rejection itself. Then
    /// a target that accepts everything fails it anyway.
    pub fn negative_controls(&self) -> impl Iterator<Item = &Arc<Request>> {
        let satisfied = self.steps.iter().all(|step| step.expect.has_success());
        let requests = self.steps.iter().map(|step| &step.request);
        requests.filter(move |request| satisfied && request.protected)
    }
}

impl Message {
    /// The templates in it.
    pub fn templates(&self) -> Vec<&Template> {
        let mut found = self.method.templates();
        found.extend(self.path.templates());
        for (_, tree) in self.headers.iter().chain(&self.query) {
            found.extend(tree.templates());
        }
        match &*self.body {
            Body::Empty | Body::Bytes(_) => {}
            Body::Json(tree) | Body::Text(tree) => found.extend(tree.templates()),
            Body::Multipart(parts) => {
                for part in parts {
                    found.extend(part.templates());
                }
            }
        }
        found
    }

    /// The fixture that a DELETE deletes: the one in its path or query.
    pub fn deletes(&self) -> Option<&str> {
        if !self.method.is_literal("DELETE") {
            return None;
        }
        let query = self.query.iter().flat_map(|(_, tree)| tree.templates());
        let templates = self.path.templates().into_iter().chain(query);
        let mut names = templates.flat_map(|template| &template.names);
        let name = names.find(|name| name.starts_with("fixture."))?;
        Some(name)
    }

    /// Whether its body may be large: one of its templates makes a text of many times another one.
    pub fn repeats(&self) -> bool {
        match &*self.body {
            Body::Empty | Body::Bytes(_) => false,
            Body::Json(tree) | Body::Text(tree) => tree.repeats(),
            Body::Multipart(parts) => parts
                .iter()
                .any(|part| matches!(&part.body, PartBody::Text(tree) if tree.repeats())),
        }
    }

    /// Whether the method is not safe (RFC 9110, 9.2.1), so that the target must permit it.
    pub fn writes(&self) -> bool {
        !matches!(&*self.method, Tree::Literal(Value::String(method))
            if ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&method.as_str()))
    }
}

impl Part {
    fn templates(&self) -> Vec<&Template> {
        let mut found: Vec<&Template> = [&self.name, &self.filename, &self.media_type]
            .into_iter()
            .flatten()
            .flat_map(Tree::templates)
            .collect();
        if let PartBody::Text(tree) = &self.body {
            found.extend(tree.templates());
        }
        found
    }
}
