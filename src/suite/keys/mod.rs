//! The keys of a file of the suite: each is declared here, once. Which of their values make sense together is left to `check`.

mod expect;
mod matcher;

use super::model::CaptureFrom;
use super::step::{LARGEST_BURST, LARGEST_RACE, MOST_AT_ONCE, Seconds, Whole};
use crate::contract::Pointer;
use crate::input::diagnostic::Faults;
use crate::input::document::{
    Fields, Form, Key, Keys, Node, Read, Shape, Spanned, mismatch, schema, tables,
};

pub(super) use expect::{RawAlternative, RawAsserted, RawExpect};
pub(super) use matcher::{RawMatcher, RawMatcherOfMany, RawRange};

use expect::{ANSWER, EXPECT};
use matcher::HEADER_MATCHER;

/// The schema of the files of a suite.
pub fn file_schema() -> serde_json::Value {
    schema(
        "A case file of gonogo",
        "Requests, probes and cases. See docs/case-files.md; `gonogo lint` also checks what a schema cannot.",
        RawFile::SHAPE,
        Some(CASE),
    )
}

/// A string, a number, or true or false.
const SCALAR: Form = Form::Either(&[Form::Text, Form::Number, Form::Flag]);
/// Header fields or query parameters.
const FIELDS: Form = Form::Map(&Form::Either(&[
    Form::Text,
    Form::Number,
    Form::Flag,
    Form::List(&SCALAR),
]));
const METHOD: Form = Form::Like("^[A-Z]+$");
const PATH: Form = Form::Like(r"^(/|\{\{)");

/// A case with one step has the step's keys beside its own.
const CASE: &Shape = &Shape {
    what: "a case",
    keys: &[Keys::Of(RawFrame::SHAPE), Keys::Of(RawCase::SHAPE)],
    or: Some(("step", RawStep::SHAPE)),
};

tables! {
    pub(super) struct RawFile: "a file of the suite" {
        /// Named, complete, valid requests. Each must be accepted as it stands: that is its control, made once a run.
        optional request: Vec<(Key, Spanned<RawRequest>)>, r#"{ read_usage = { method = "GET", path = "/usage" } }"#;
        /// Requests that count effects: `effect` of a case compares the counts before and after the trial.
        optional probe: Vec<(Key, RawProbe)>, r#"{ jobs = { request = "read_usage", pointer = "/jobs/total" } }"#;
        /// Cases: a request, the change, the expected response.
        optional case: Vec<Node> as Form::List(&Form::Table(CASE)),
            r#"[{ name = "no_token", clause = "status-401", request = "read_usage", as = "none", expect = "unauthorized" }]"#;
        /// The suite's name and version, printed with its digest.
        optional suite: Option<RawTitle>, r#"{ name = "Orders", version = "1.0.0" }"#;
    }

    pub(super) struct RawTitle: "`suite`" {
        /// The suite's name.
        needed name: String, r#""Orders""#;
        /// The suite's version.
        needed version: String, r#""1.0.0""#;
    }

    pub(super) struct RawRequest: "a request" {
        /// The HTTP method in capitals. Any other than GET, HEAD, OPTIONS and TRACE needs the target's permit `writes`.
        needed method: Option<Node> as METHOD, r#""POST""#;
        /// Begins with `/`, or is a template; appended to the target's base URL.
        needed path: Option<Node> as PATH, r#""/api/v1/generations/{{ fixture.job_id }}""#;
        /// The credential that it is sent with. Left out or `none`: without one.
        optional credential("as"): Option<Spanned<String>>, r#""member""#;
        all parts: RawMessage;
        /// True: the API must reject this request without its credential. This negative control is sent once a run. If it is
        /// accepted, trials that a success satisfies are inconclusive.
        optional protected: Option<Spanned<bool>>, "true";
        /// What every success of this request carries: JSON Pointer or header name to a matcher. Its control must match, too.
        optional success: Vec<(Key, Node)> as Form::Map(&HEADER_MATCHER),
            r#"{ "/job_id" = { is = "string" }, "/ok" = true }"#;
        /// Places of the response that hold secrets: JSON Pointers into the body, or header names. Their values are redacted
        /// everywhere.
        optional secret: Vec<Spanned<String>>, r#"["/access_token", "Set-Cookie"]"#;
        /// Another request to send as the control, for example because this one deletes a fixture. Or the reason for sending no
        /// control.
        optional control: Option<RawControl>, r#""read_order""#;
        /// The rows of the contract that the API documents for this request. Coverage asks for these; a case on the request can
        /// expect no other row. Left out: all rows.
        optional rows: Option<Vec<Spanned<String>>>, r#"["validation_error", "not_found"]"#;
    }

    pub(super) struct RawWithout: "a control" {
        /// Why the request has no control. Its rejections are judged without one.
        needed reason("none"): Spanned<String>, r#""each call uses up a voucher""#;
    }

    pub(super) struct RawMessage: "a message" {
        /// Header fields. A list sends the field several times; an empty list or null omits it.
        optional headers: Vec<(Key, Node)> as FIELDS, r#"{ Idempotency-Key = "{{ uuid() }}" }"#;
        /// Query parameters, appended to the path percent-encoded. A list and a null are as in `headers`.
        optional query: Vec<(Key, Node)> as FIELDS, "{ limit = 10 }";
        /// The body, written as JSON. TOML has no null: `"{{ null }}"` is one. In a `send` it is merged into the request's.
        optional json: Option<Node>, r#"{ workflow = "staging", room_types = ["Kitchen"] }"#;
        /// The body, sent unchanged.
        optional text: Option<Node>, r#"'{"workflow":'"#;
        /// The body in base64 with padding, for binary data.
        optional base64: Option<Spanned<String>>, r#""AP8=""#;
        /// The body: the path of a file beside this one or below it, 16 MiB at most.
        optional file: Option<Spanned<String>>, r#""files/photo.png""#;
        /// The body, as a list of parts (RFC 7578).
        optional multipart: Option<Spanned<Vec<Spanned<RawPart>>>>, r#"[{ name = "workflow", text = "staging" }]"#;
    }

    pub(super) struct RawPart: "a part" {
        /// The field's name in its `Content-Disposition`. Left out: not there.
        optional name: Option<Node>, r#""workflow""#;
        /// The file's name in its `Content-Disposition`. Left out: not there.
        optional filename: Option<Node>, r#""photo.png""#;
        /// Its `Content-Type`. Left out: not there.
        optional media_type("type"): Option<Node>, r#""image/png""#;
        /// Its content, sent unchanged.
        optional text: Option<Node>, r#""staging""#;
        /// Its content in base64.
        optional base64: Option<Spanned<String>>, r#""AP8=""#;
        /// Its content: the path of a file beside this one or below it.
        optional file: Option<Spanned<String>>, r#""files/photo.png""#;
    }

    pub(super) struct RawProbe: "a probe" {
        /// The request that is sent.
        needed request: Option<Spanned<String>>, r#""read_usage""#;
        /// A credential other than the request's.
        optional credential("as"): Option<String>, r#""other""#;
        /// JSON Pointer to a whole number in the response.
        needed pointer: Option<Pointer>, r#""/jobs/total""#;
        /// How long the count may take to show an effect, in seconds. A trial that expects no effect waits this long and counts
        /// again. Left out: an expected effect may take 2 seconds.
        optional settle: Option<Seconds>, "0.5";
    }

    // What a case says before its variants are known.
    pub(super) struct RawFrame: "a case" {
        /// Letters, digits, `_`, `-` and `.`. A trial is named `file::case::variant`.
        needed name: Option<Spanned<String>>, r#""malformed_json""#;
        /// Makes it several trials: each key is a dimension, several keys multiply. The keys of a table name the variants; in a
        /// list each value names its own variant. `"{{ each.KEY }}"` is the value.
        optional each: Option<Spanned<Vec<(Key, Node)>>> as Form::Map(&Form::Either(&[Form::Map(&Form::Any), Form::List(&SCALAR)])),
            r#"{ body = { truncated = '{"a":', empty = '' } }"#;
    }

    // One variant of a case.
    pub(super) struct RawCase: "a case" {
        /// The clause of the contract that a failure breaks.
        needed clause: Option<Spanned<String>>, r#""status-400""#;
        /// Probe to how much its count grows over the trial: a whole number, or a list of the accepted ones.
        optional effect: Option<Spanned<Vec<(Key, Node)>>> as Form::Map(&Form::Either(&[Form::Integer, Form::List(&Form::Integer)])),
            "{ jobs = 0 }";
        /// The steps, in order. A case with one step has the step's keys beside its own instead.
        optional step: Option<Spanned<Option<Vec<Option<RawStep>>>>>, r#"[{ request = "create_generation", expect = "success" }]"#;
    }

    pub(super) struct RawStep: "a step" {
        /// The request that is sent.
        needed request: Option<Spanned<String>>, r#""create_generation""#;
        /// Another credential than the request's; `none`: without one.
        optional credential("as"): Option<Spanned<String>>, r#""none""#;
        /// The change: merged into the request. Tables are merged, and any other value replaces the request's.
        optional send: Option<RawSend>, r#"{ remove = ["/json/workflow"] }"#;
        /// The accepted responses: a row of the contract, `success` (any 2xx), a status, a list of these, or a table. In a list of
        /// tables, the first one whose row matches the response must hold.
        needed expect: Option<Node> as EXPECT, r#""bad_request""#;
        /// A name for the whole response, for `expect.like` of a later step.
        optional remember: Option<Spanned<String>>, r#""unknown""#;
        /// Name to JSON Pointer into the response, or `{ header = "..." }`: a template variable of the later steps.
        optional capture: Option<Spanned<Vec<(Key, Option<CaptureFrom>)>>>, r#"{ job = "/job_id" }"#;
        /// Seconds to wait first, a number or a template; bounded by the target's `limits.wait`.
        optional wait: Option<Node> as Seconds::FORM, "1.5";
        /// Repeats the step until its response matches.
        optional poll: Option<RawPoll>, r#"{ until = { "/status" = { one_of = ["ready", "failed"] } } }"#;
        /// Sends the request many times, as fast as allowed. Needs the target's permit `bursts`.
        optional burst: Option<RawBurst>, r#"{ requests = 300, until = "rate_limited" }"#;
        /// Sends this many requests at the same instant. Needs the target's permit `bursts`.
        optional race: Option<Node> as Form::Either(&[Form::Whole(2, LARGEST_RACE), RawRace::FORM]),
            "20";
    }

    pub(super) struct RawSend: "`send`" {
        /// In place of the request's method.
        optional method: Option<Node> as METHOD, r#""PUT""#;
        /// In place of the request's path.
        optional path: Option<Node> as PATH, r#""/api/v1/generations/{{ job }}""#;
        all parts: RawMessage;
        /// JSON Pointers to the parts of the request to remove: `/headers/NAME`, `/query/NAME`, `/json/...`, `/multipart/INDEX`,
        /// `/body`. `/headers/authorization` takes the credential away.
        optional remove: Vec<Spanned<Pointer>>, r#"["/json/workflow", "/headers/authorization"]"#;
    }

    pub(super) struct RawCapture: "a capture" {
        /// The header field whose value is captured.
        needed header: String, r#""Retry-After""#;
    }

    pub(super) struct RawPoll: "`poll`" {
        /// JSON Pointer or header name to a matcher: the step is repeated until all of them match.
        needed until: Option<Spanned<Vec<(Key, Node)>>> as Form::Map(&HEADER_MATCHER),
            r#"{ "/status" = { one_of = ["ready", "failed"] } }"#;
        /// Seconds between two requests; default 0.2.
        optional every: Option<Seconds>, "0.5";
        /// Seconds in total; default 30. After that the trial is inconclusive.
        optional within: Option<Seconds>, "120";
    }

    pub(super) struct RawBurst: "`burst`" {
        /// The maximum number of requests: a number, or a template such as `"{{ limit.usage }}"`.
        needed requests: Option<Node> as Form::Whole(1, LARGEST_BURST), "300";
        /// If `requests` is more than this on a target, the trial is ignored there: the target's limit is too large to be reached.
        optional most: Option<Whole<LARGEST_BURST>>, "600";
        /// The number of concurrent requests; default 16.
        optional at_once: Option<Whole<MOST_AT_ONCE>>, "16";
        /// A row, `success` or a status: a matching response ends the burst. Without one, the clause is broken.
        optional until: Option<Node> as ANSWER, r#""rate_limited""#;
        /// Whether the burst needs the whole limit: a burst that reaches it in a used window is repeated in an unused one.
        optional fresh: Option<bool>, "true";
    }

    pub(super) struct RawRace: "`race`" {
        /// How many.
        needed requests: usize as Form::Whole(2, LARGEST_RACE), "20";
        /// How far apart the first and the last may be released, in seconds; default 0.02.
        optional within: Option<Node> as Seconds::FORM, "0.05";
    }
}

/// The control of a request: another request, or the reason for sending none.
#[derive(Debug)]
pub(super) enum RawControl {
    Of(Spanned<String>),
    Without(Spanned<String>),
}

impl Read for RawControl {
    const FORM: Form = Form::Either(&[Form::Text, RawWithout::FORM]);

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        if node.text().is_some() {
            return Spanned::read(node, faults).map(Self::Of);
        }
        if node.table().is_none() {
            let expected = "the name of a request, or `{ none = \"why\" }`";
            mismatch(node, expected, faults);
            return None;
        }
        let reason = RawWithout::read(node, faults)?.reason;
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

impl RawFrame {
    /// Reads what a case says of its variants; its other keys are read for each variant.
    pub(super) fn of(node: &Node, faults: &mut Faults) -> Option<Self> {
        Self::fields(&Fields::of(node, CASE, faults)?, faults)
    }
}

impl RawCase {
    /// Reads the keys of a variant.
    pub(super) fn of(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, CASE, faults)?;
        let mut case = Self::fields(&fields, faults)?;
        if case.step.is_none() {
            let step = RawStep::fields(&fields, faults);
            case.step = Some(Spanned {
                at: node.at.clone(),
                value: Some(vec![step]),
            });
        }
        fields.finish(faults);
        Some(case)
    }
}

/// The entries of a table, which is noted where it has none: nothing comes of it.
pub(super) fn filled<'a, T>(
    name: &str,
    table: Option<&'a Spanned<Vec<T>>>,
    faults: &mut Faults,
) -> &'a [T] {
    let Some(table) = table else { return &[] };
    if table.value.is_empty() {
        faults.at(
            &table.at,
            "no-effect",
            format!("`{name}` is empty, so it has no effect"),
            "expected one entry or more",
            Some(format!("add an entry, or remove `{name}`")),
        );
    }
    &table.value
}
