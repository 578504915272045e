//! The keys of a contract. Which of their values make sense together is left to `load`.

use super::{Check, Unit};
use crate::input::document::{Form, Shape, needed, optional, schema};

/// The schema of contract files.
pub fn file_schema() -> serde_json::Value {
    schema(
        "A contract of gonogo",
        "The contract that every response is checked against. See docs/contract-files.md; `gonogo lint` also checks what a schema cannot.",
        &CONTRACT,
        None,
    )
}

/// A status, a class, or any.
const STATUSES: Form = Form::Either(&[Form::Whole(100, 599), Form::Like("^(any|[2-5]xx)$")]);

pub(super) static CONTRACT: Shape = Shape::new(
    "a contract",
    &[&[
        needed(
            "name",
            Form::Text,
            "The contract's title.",
            r#""Orders: problem details""#,
        ),
        optional("version", Form::Text, "The contract's version.", r#""2.1""#),
        needed(
            "envelope",
            Form::Table(&ENVELOPE),
            "The format of a failure's body. A failure is a response with a status of 400 or more.",
            r#"{ schema = "error.schema.json", media_type = "application/json", code = "/error/code" }"#,
        ),
        needed(
            "status",
            Form::List(&Form::Table(&ROW)),
            "The rows of the status table, one or more.",
            r#"[{ status = 404, code = "not_found", clause = "status-404" }]"#,
        ),
        optional(
            "other",
            Form::List(&Form::Table(&OTHER)),
            "Rules for statuses without a row. The first one that matches a status applies.",
            r#"[{ statuses = "4xx", retryable = false }]"#,
        ),
        optional(
            "header",
            Form::List(&Form::Table(&HEADER)),
            "Header fields that answers must carry.",
            r#"[{ clause = "no-store", name = "Cache-Control", directive = "no-store", on = ["any"] }]"#,
        ),
        needed(
            "clause",
            Form::List(&Form::Table(&CLAUSE)),
            "The requirements that findings name.",
            r#"[{ id = "status-404", level = "must", text = "What does not exist is a 404.", source = "handbook, 4.1" }]"#,
        ),
        optional(
            "leak",
            Form::List(&Form::Table(&LEAK)),
            "Text that messages must not contain.",
            r#"[{ clause = "no-leak", what = "a stack trace", pattern = "at line [0-9]+", example = "at line 12" }]"#,
        ),
        optional(
            "limits",
            Form::Map(&Form::Number),
            "The published limits by name, for `{{ limit.NAME }}`. `window` is the limiter's window in seconds. A target may declare others.",
            "{ window = 60, usage = 120 }",
        ),
        optional(
            "exclude",
            Form::List(&Form::Table(&EXCLUDE)),
            "What no case can exercise, and why.",
            r#"[{ row = "not_found", requests = ["read_usage"], reason = "it names no resource" }]"#,
        ),
    ]],
);

pub(super) static ENVELOPE: Shape = Shape::new(
    "an envelope",
    &[&[
        needed(
            "schema",
            Form::Text,
            "A JSON Schema beside the contract or below it, of the draft that its `$schema` names. It may refer to files in that folder; nothing is fetched.",
            r#""error-envelope.schema.json""#,
        ),
        needed(
            "media_type",
            Form::Text,
            "The media type of a failure, without parameters.",
            r#""application/json""#,
        ),
        optional(
            "code",
            Form::POINTER,
            "JSON Pointer to the machine-readable code. Left out: this API has no codes, and rows have names only.",
            r#""/error/code""#,
        ),
        optional(
            "retryable",
            Form::POINTER,
            "JSON Pointer to the retry flag, a boolean. Optional.",
            r#""/error/retryable""#,
        ),
        optional(
            "window",
            Form::Either(&[Form::POINTER, Form::Table(&WINDOW)]),
            "The source of the retry window: a JSON Pointer to a number of seconds, or a table that names a header or another unit. Optional.",
            r#"{ header = "Retry-After" }"#,
        ),
        optional(
            "message",
            Form::POINTER,
            "JSON Pointer to the human-readable message, which is searched for leaks. Optional.",
            r#""/error/message""#,
        ),
    ]],
);

pub(super) static WINDOW: Shape = Shape::new(
    "a window",
    &[&[
        optional(
            "place",
            Form::POINTER,
            "JSON Pointer to it. This or `header`.",
            r#""/error/retry_after""#,
        ),
        optional(
            "header",
            Form::Text,
            "The header field that has it. This or `place`.",
            r#""Retry-After""#,
        ),
        optional(
            "unit",
            Form::Word(|| Unit::NAMES.iter().map(|(name, _)| *name).collect()),
            "`seconds` (the default; in a header, an HTTP date as well), `milliseconds`, `epoch` (when it ends, in seconds since 1970), or `duration` (`1.5s`).",
            r#""milliseconds""#,
        ),
    ]],
);

pub(super) static NO_CODE: Shape = Shape::new(
    "a code",
    &[&[needed(
        "absent",
        Form::Flag,
        "Always `true`: the member must be absent.",
        "true",
    )]],
);

pub(super) static ROW: Shape = Shape::new(
    "a status row",
    &[&[
        needed(
            "status",
            Form::Whole(300, 599),
            "The HTTP status. Several rows may share one.",
            "404",
        ),
        optional(
            "code",
            Form::Either(&[Form::Text, Form::Integer, Form::Table(&NO_CODE)]),
            "The code, a string or an integer, compared by type and value; `{ absent = true }`: a response of this row has none. Left out where the envelope has no `code`.",
            r#""not_found""#,
        ),
        optional(
            "name",
            Form::Text,
            "The name of the row in cases. Left out: the code, if that is a string. `success` and numbers are reserved.",
            r#""no_such_order""#,
        ),
        needed(
            "clause",
            Form::Text,
            "The id of the clause that promises it.",
            r#""status-404""#,
        ),
        optional(
            "retryable",
            Form::Flag,
            "The retry flag, where the row fixes it.",
            "false",
        ),
        optional(
            "window",
            Form::Flag,
            "Whether the row advertises a retry window, as a limiter's does: if a step does not expect such a response, the runner judges it, waits, and sends the request again.",
            "true",
        ),
    ]],
);

pub(super) static OTHER: Shape = Shape::new(
    "a rule for other statuses",
    &[&[
        needed(
            "statuses",
            STATUSES,
            "A status, a class from `2xx` to `5xx`, or `any`.",
            r#""4xx""#,
        ),
        optional(
            "retryable",
            Form::Flag,
            "The retry flag on them. Left out: any.",
            "false",
        ),
    ]],
);

pub(super) static HEADER: Shape = Shape::new(
    "a header rule",
    &[&[
        needed(
            "clause",
            Form::Text,
            "The id of the clause that demands it.",
            r#""no-store""#,
        ),
        needed(
            "name",
            Form::Text,
            "The header field.",
            r#""Cache-Control""#,
        ),
        optional(
            "directive",
            Form::Text,
            "A directive that the comma-separated value must contain, in any case. Left out: any value.",
            r#""no-store""#,
        ),
        needed(
            "on",
            Form::List(&STATUSES),
            "On which statuses: numbers, `2xx` to `5xx`, or `any`.",
            r#"["2xx", 404]"#,
        ),
    ]],
);

pub(super) static CLAUSE: Shape = Shape::new(
    "a clause",
    &[&[
        needed(
            "id",
            Form::Text,
            "Its name. Cases and rows refer to it, findings print it.",
            r#""status-404""#,
        ),
        needed(
            "level",
            Form::Word(|| vec!["must", "should"]),
            "`must`: a finding is a violation. `should`: it is one under `--strict` only.",
            r#""must""#,
        ),
        needed(
            "text",
            Form::Text,
            "The requirement as a sentence, printed with every finding.",
            r#""What does not exist is a 404.""#,
        ),
        needed(
            "source",
            Form::Text,
            "Where it is published.",
            r#""handbook, 4.1""#,
        ),
        optional(
            "check",
            Form::Word(|| Check::NAMES.iter().map(|(name, _)| *name).collect()),
            "The check that is applied to every response for this clause. Left out: rows, headers or cases name the clause.",
            r#""media-type""#,
        ),
    ]],
);

pub(super) static LEAK: Shape = Shape::new(
    "a leak",
    &[&[
        needed(
            "clause",
            Form::Text,
            "The id of the clause that forbids it.",
            r#""no-leak""#,
        ),
        needed(
            "what",
            Form::Text,
            "A name for the leak.",
            r#""a stack trace""#,
        ),
        needed(
            "pattern",
            Form::Text,
            "A regular expression that finds it, without backtracking.",
            r#""at line [0-9]+""#,
        ),
        needed(
            "example",
            Form::Text,
            "A message that contains it; the pattern must match.",
            r#""at line 12""#,
        ),
    ]],
);

pub(super) static EXCLUDE: Shape = Shape::new(
    "an exclusion",
    &[&[
        optional(
            "row",
            Form::Text,
            "A row by name. This or `clause`.",
            r#""not_found""#,
        ),
        optional(
            "clause",
            Form::Text,
            "A clause by id. This or `row`.",
            r#""signature""#,
        ),
        optional(
            "requests",
            Form::List(&Form::Text),
            "The requests on which the row is excluded. Left out: all.",
            r#"["read_usage"]"#,
        ),
        needed(
            "reason",
            Form::Text,
            "Why; printed with the coverage.",
            r#""it names no resource""#,
        ),
    ]],
);
