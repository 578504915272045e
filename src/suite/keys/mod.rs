//! The keys of a file of the suite. Which of their values make sense together is left to `check`.

mod expect;
mod matcher;

use crate::input::document::{Entry, Form, Shape, needed, optional, schema};

pub(super) use expect::{ALTERNATIVE, EXPECT};
pub(super) use matcher::{MATCHER, MATCHER_OF_MANY, RANGE};

use matcher::HEADER_MATCHER_FORM;

use super::step::{LARGEST_BURST, LARGEST_RACE, LONGEST, MOST_AT_ONCE};

/// The schema of the files of a suite.
pub fn file_schema() -> serde_json::Value {
    schema(
        "A case file of gonogo",
        "Requests, probes and cases. See docs/case-files.md; `gonogo lint` also checks what a schema cannot.",
        &FILE,
        Some(&CASE),
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
const SECONDS: Form = Form::Between(0.0, LONGEST);
const STATUS: Form = Form::Whole(100, 599);
/// What may come back: a row, `success`, a status.
const ANSWER: Form = Form::Either(&[Form::Text, STATUS]);
const ANSWERS: Form = Form::Either(&[Form::Text, STATUS, Form::List(&ANSWER)]);

pub(super) static FILE: Shape = Shape::new(
    "a file of the suite",
    &[&[
        optional(
            "request",
            Form::Map(&Form::Table(&REQUEST)),
            "Named, complete, valid requests. Each must be accepted as it stands: that is its control, made once a run.",
            r#"{ read_usage = { method = "GET", path = "/usage" } }"#,
        ),
        optional(
            "probe",
            Form::Map(&Form::Table(&PROBE)),
            "Requests that count effects: `effect` of a case compares the counts before and after the trial.",
            r#"{ jobs = { request = "read_usage", pointer = "/jobs/total" } }"#,
        ),
        optional(
            "case",
            Form::List(&Form::Table(&CASE)),
            "Cases: a request, the change, the expected response.",
            r#"[{ name = "no_token", clause = "status-401", request = "read_usage", as = "none", expect = "unauthorized" }]"#,
        ),
        optional(
            "suite",
            Form::Table(&TITLE),
            "The suite's name and version, printed with its digest.",
            r#"{ name = "Orders", version = "1.0.0" }"#,
        ),
    ]],
);

pub(super) static TITLE: Shape = Shape::new(
    "`suite`",
    &[&[
        needed("name", Form::Text, "The suite's name.", r#""Orders""#),
        needed("version", Form::Text, "The suite's version.", r#""1.0.0""#),
    ]],
);

pub(super) static REQUEST: Shape = Shape::new(
    "a request",
    &[
        &[
            needed(
                "method",
                METHOD,
                "The HTTP method in capitals. Any other than GET, HEAD, OPTIONS and TRACE needs the target's permit `writes`.",
                r#""POST""#,
            ),
            needed(
                "path",
                PATH,
                "Begins with `/`, or is a template; appended to the target's base URL.",
                r#""/api/v1/generations/{{ fixture.job_id }}""#,
            ),
            optional(
                "as",
                Form::Text,
                "The credential that it is sent with. Left out or `none`: without one.",
                r#""member""#,
            ),
        ],
        MESSAGE,
        &[optional(
            "protected",
            Form::Flag,
            "True: the API must reject this request without its credential. This negative control is sent once a run. If it is accepted, trials that a success satisfies are inconclusive.",
            "true",
        )],
        &[optional(
            "success",
            Form::Map(&HEADER_MATCHER_FORM),
            "What every success of this request carries: JSON Pointer or header name to a matcher. Its control must match, too.",
            r#"{ "/job_id" = { is = "string" }, "/ok" = true }"#,
        )],
        &[optional(
            "secret",
            Form::List(&Form::Text),
            "Places of the response that hold secrets: JSON Pointers into the body, or header names. Their values are redacted everywhere.",
            r#"["/access_token", "Set-Cookie"]"#,
        )],
        &[optional(
            "control",
            Form::Either(&[Form::Text, Form::Table(&CONTROL)]),
            "Another request to send as the control, for example because this one deletes a fixture. Or the reason for sending no control.",
            r#""read_order""#,
        )],
        &[optional(
            "rows",
            Form::List(&Form::Text),
            "The rows of the contract that the API documents for this request. Coverage asks for these; a case on the request can expect no other row. Left out: all rows.",
            r#"["validation_error", "not_found"]"#,
        )],
    ],
);

pub(super) static CONTROL: Shape = Shape::new(
    "a control",
    &[&[needed(
        "none",
        Form::Text,
        "Why the request has no control. Its rejections are judged without one.",
        r#""each call uses up a voucher""#,
    )]],
);

const PART_FORM: Form = Form::Table(&PART);
/// What a request and a `send` have in common.
const MESSAGE: &[Entry] = &[
    optional(
        "headers",
        FIELDS,
        "Header fields. A list sends the field several times; an empty list or null omits it.",
        r#"{ Idempotency-Key = "{{ uuid() }}" }"#,
    ),
    optional(
        "query",
        FIELDS,
        "Query parameters, appended to the path percent-encoded. A list and a null are as in `headers`.",
        "{ limit = 10 }",
    ),
    optional(
        "json",
        Form::Any,
        "The body, written as JSON. TOML has no null: `\"{{ null }}\"` is one. In a `send` it is merged into the request's.",
        r#"{ workflow = "staging", room_types = ["Kitchen"] }"#,
    ),
    optional(
        "text",
        Form::Any,
        "The body, sent unchanged.",
        r#"'{"workflow":'"#,
    ),
    optional(
        "base64",
        Form::Text,
        "The body in base64 with padding, for binary data.",
        r#""AP8=""#,
    ),
    optional(
        "file",
        Form::Text,
        "The body: the path of a file beside this one or below it, 16 MiB at most.",
        r#""files/photo.png""#,
    ),
    optional(
        "multipart",
        Form::List(&PART_FORM),
        "The body, as a list of parts (RFC 7578).",
        r#"[{ name = "workflow", text = "staging" }]"#,
    ),
];

pub(super) static PART: Shape = Shape::new(
    "a part",
    &[&[
        optional(
            "name",
            Form::Any,
            "The field's name in its `Content-Disposition`. Left out: not there.",
            r#""workflow""#,
        ),
        optional(
            "filename",
            Form::Any,
            "The file's name in its `Content-Disposition`. Left out: not there.",
            r#""photo.png""#,
        ),
        optional(
            "type",
            Form::Any,
            "Its `Content-Type`. Left out: not there.",
            r#""image/png""#,
        ),
        optional(
            "text",
            Form::Any,
            "Its content, sent unchanged.",
            r#""staging""#,
        ),
        optional("base64", Form::Text, "Its content in base64.", r#""AP8=""#),
        optional(
            "file",
            Form::Text,
            "Its content: the path of a file beside this one or below it.",
            r#""files/photo.png""#,
        ),
    ]],
);

pub(super) static PROBE: Shape = Shape::new(
    "a probe",
    &[&[
        needed(
            "request",
            Form::Text,
            "The request that is sent.",
            r#""read_usage""#,
        ),
        optional(
            "as",
            Form::Text,
            "A credential other than the request's.",
            r#""other""#,
        ),
        needed(
            "pointer",
            Form::POINTER,
            "JSON Pointer to a whole number in the response.",
            r#""/jobs/total""#,
        ),
        optional(
            "settle",
            SECONDS,
            "How long the count may take to show an effect, in seconds. A trial that expects no effect waits this long and counts again. Left out: an expected effect may take 2 seconds.",
            "0.5",
        ),
    ]],
);

pub(super) static CASE: Shape = Shape {
    what: "a case",
    keys: &[&[
        needed(
            "name",
            Form::Text,
            "Letters, digits, `_`, `-` and `.`. A trial is named `file::case::variant`.",
            r#""malformed_json""#,
        ),
        optional(
            "each",
            Form::Map(&Form::Either(&[Form::Map(&Form::Any), Form::List(&SCALAR)])),
            "Makes it several trials: each key is a dimension, several keys multiply. The keys of a table name the variants; in a list each value names its own variant. `\"{{ each.KEY }}\"` is the value.",
            r#"{ body = { truncated = '{"a":', empty = '' } }"#,
        ),
        needed(
            "clause",
            Form::Text,
            "The clause of the contract that a failure breaks.",
            r#""status-400""#,
        ),
        optional(
            "effect",
            Form::Map(&Form::Either(&[Form::Integer, Form::List(&Form::Integer)])),
            "Probe to how much its count grows over the trial: a whole number, or a list of the accepted ones.",
            "{ jobs = 0 }",
        ),
        optional(
            "step",
            Form::List(&Form::Table(&STEP)),
            "The steps, in order. A case with one step has the step's keys beside its own instead.",
            r#"[{ request = "create_generation", expect = "success" }]"#,
        ),
    ]],
    or: Some(("step", &STEP)),
};

pub(super) static STEP: Shape = Shape::new(
    "a step",
    &[&[
        needed(
            "request",
            Form::Text,
            "The request that is sent.",
            r#""create_generation""#,
        ),
        optional(
            "as",
            Form::Text,
            "Another credential than the request's; `none`: without one.",
            r#""none""#,
        ),
        optional(
            "send",
            Form::Table(&SEND),
            "The change: merged into the request. Tables are merged, and any other value replaces the request's.",
            r#"{ remove = ["/json/workflow"] }"#,
        ),
        needed(
            "expect",
            Form::Either(&[
                Form::Text,
                STATUS,
                Form::List(&Form::Either(&[
                    Form::Text,
                    STATUS,
                    Form::Table(&ALTERNATIVE),
                ])),
                Form::Table(&EXPECT),
            ]),
            "The accepted responses: a row of the contract, `success` (any 2xx), a status, a list of these, or a table. In a list of tables, the first one whose row matches the response must hold.",
            r#""bad_request""#,
        ),
        optional(
            "remember",
            Form::Text,
            "A name for the whole response, for `expect.like` of a later step.",
            r#""unknown""#,
        ),
        optional(
            "capture",
            Form::Map(&Form::Either(&[Form::POINTER, Form::Table(&CAPTURE)])),
            "Name to JSON Pointer into the response, or `{ header = \"...\" }`: a template variable of the later steps.",
            r#"{ job = "/job_id" }"#,
        ),
        optional(
            "wait",
            SECONDS,
            "Seconds to wait first, a number or a template; bounded by the target's `limits.wait`.",
            "1.5",
        ),
        optional(
            "poll",
            Form::Table(&POLL),
            "Repeats the step until its response matches.",
            r#"{ until = { "/status" = { one_of = ["ready", "failed"] } } }"#,
        ),
        optional(
            "burst",
            Form::Table(&BURST),
            "Sends the request many times, as fast as allowed. Needs the target's permit `bursts`.",
            r#"{ requests = 300, until = "rate_limited" }"#,
        ),
        optional(
            "race",
            Form::Either(&[Form::Whole(2, LARGEST_RACE), Form::Table(&RACE)]),
            "Sends this many requests at the same instant. Needs the target's permit `bursts`.",
            "20",
        ),
    ]],
);

pub(super) static SEND: Shape = Shape::new(
    "`send`",
    &[
        &[
            optional(
                "method",
                METHOD,
                "In place of the request's method.",
                r#""PUT""#,
            ),
            optional(
                "path",
                PATH,
                "In place of the request's path.",
                r#""/api/v1/generations/{{ job }}""#,
            ),
        ],
        MESSAGE,
        &[optional(
            "remove",
            Form::List(&Form::POINTER),
            "JSON Pointers to the parts of the request to remove: `/headers/NAME`, `/query/NAME`, `/json/...`, `/multipart/INDEX`, `/body`. `/headers/authorization` takes the credential away.",
            r#"["/json/workflow", "/headers/authorization"]"#,
        )],
    ],
);

pub(super) static CAPTURE: Shape = Shape::new(
    "a capture",
    &[&[needed(
        "header",
        Form::Text,
        "The header field whose value is captured.",
        r#""Retry-After""#,
    )]],
);

pub(super) static POLL: Shape = Shape::new(
    "`poll`",
    &[&[
        needed(
            "until",
            Form::Map(&HEADER_MATCHER_FORM),
            "JSON Pointer or header name to a matcher: the step is repeated until all of them match.",
            r#"{ "/status" = { one_of = ["ready", "failed"] } }"#,
        ),
        optional(
            "every",
            SECONDS,
            "Seconds between two requests; default 0.2.",
            "0.5",
        ),
        optional(
            "within",
            SECONDS,
            "Seconds in total; default 30. After that the trial is inconclusive.",
            "120",
        ),
    ]],
);

pub(super) static BURST: Shape = Shape::new(
    "`burst`",
    &[&[
        needed(
            "requests",
            Form::Whole(1, LARGEST_BURST),
            "The maximum number of requests: a number, or a template such as `\"{{ limit.usage }}\"`.",
            "300",
        ),
        optional(
            "most",
            Form::Whole(1, LARGEST_BURST),
            "If `requests` is more than this on a target, the trial is ignored there: the target's limit is too large to be reached.",
            "600",
        ),
        optional(
            "at_once",
            Form::Whole(1, MOST_AT_ONCE),
            "The number of concurrent requests; default 16.",
            "16",
        ),
        optional(
            "until",
            ANSWER,
            "A row, `success` or a status: a matching response ends the burst. Without one, the clause is broken.",
            r#""rate_limited""#,
        ),
        optional(
            "fresh",
            Form::Flag,
            "Whether the burst needs the whole limit: a burst that reaches it in a used window is repeated in an unused one.",
            "true",
        ),
    ]],
);

pub(super) static RACE: Shape = Shape::new(
    "`race`",
    &[&[
        needed("requests", Form::Whole(2, LARGEST_RACE), "How many.", "20"),
        optional(
            "within",
            SECONDS,
            "How far apart the first and the last may be released, in seconds; default 0.02.",
            "0.05",
        ),
    ]],
);
