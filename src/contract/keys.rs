//! The keys of a contract: each is declared here, once. Which of their values make sense together is left to `load`.

use super::{Check, Code, Level, Pointer, Statuses, Unit, Window};
use crate::input::document::{Form, Key, Spanned, schema, tables};

/// The schema of contract files.
pub fn file_schema() -> serde_json::Value {
    schema(
        "A contract of gonogo",
        "The contract that every response is checked against. See docs/contract-files.md; `gonogo lint` also checks what a schema cannot.",
        RawContract::SHAPE,
        None,
    )
}

tables! {
    pub(super) struct RawContract: "a contract" {
        /// The contract's title.
        needed name: Option<String>, r#""Orders: problem details""#;
        /// The contract's version.
        optional version: Option<String>, r#""2.1""#;
        /// The format of a failure's body. A failure is a response with a status of 400 or more.
        needed envelope: Option<RawEnvelope>,
            r#"{ schema = "error.schema.json", media_type = "application/json", code = "/error/code" }"#;
        /// The rows of the status table, one or more.
        needed status: Option<Vec<Option<Spanned<RawRow>>>>,
            r#"[{ status = 404, code = "not_found", clause = "status-404" }]"#;
        /// Rules for statuses without a row. The first one that matches a status applies.
        optional other: Vec<RawOther>, r#"[{ statuses = "4xx", retryable = false }]"#;
        /// Header fields that answers must carry.
        optional header: Vec<RawHeader>,
            r#"[{ clause = "no-store", name = "Cache-Control", directive = "no-store", on = ["any"] }]"#;
        /// The requirements that findings name.
        needed clause: Option<Vec<RawClause>>,
            r#"[{ id = "status-404", level = "must", text = "What does not exist is a 404.", source = "handbook, 4.1" }]"#;
        /// Text that messages must not contain.
        optional leak: Vec<RawLeak>,
            r#"[{ clause = "no-leak", what = "a stack trace", pattern = "at line [0-9]+", example = "at line 12" }]"#;
        /// The published limits by name, for `{{ limit.NAME }}`. `window` is the limiter's window in seconds. A target may declare
        /// others.
        optional limits: Vec<(Key, Spanned<f64>)>, "{ window = 60, usage = 120 }";
        /// What no case can exercise, and why.
        optional exclude: Vec<Spanned<RawExclude>>,
            r#"[{ row = "not_found", requests = ["read_usage"], reason = "it names no resource" }]"#;
    }

    pub(super) struct RawEnvelope: "an envelope" {
        /// A JSON Schema beside the contract or below it, of the draft that its `$schema` names. It may refer to files in that
        /// folder; nothing is fetched.
        needed schema: Spanned<String>, r#""error-envelope.schema.json""#;
        /// The media type of a failure, without parameters.
        needed media_type: Spanned<String>, r#""application/json""#;
        /// JSON Pointer to the machine-readable code. Left out: this API has no codes, and rows have names only.
        optional code: Option<Pointer>, r#""/error/code""#;
        /// JSON Pointer to the retry flag, a boolean. Optional.
        optional retryable: Option<Pointer>, r#""/error/retryable""#;
        /// The source of the retry window: a JSON Pointer to a number of seconds, or a table that names a header or another unit.
        /// Optional.
        optional window: Option<Window>, r#"{ header = "Retry-After" }"#;
        /// JSON Pointer to the human-readable message, which is searched for leaks. Optional.
        optional message: Option<Pointer>, r#""/error/message""#;
    }

    pub(super) struct RawWindow: "a window" {
        /// JSON Pointer to it. This or `header`.
        optional place: Option<Option<Pointer>>, r#""/error/retry_after""#;
        /// The header field that has it. This or `place`.
        optional header: Option<Option<Spanned<String>>>, r#""Retry-After""#;
        /// `seconds` (the default; in a header, an HTTP date as well), `milliseconds`, `epoch` (when it ends, in seconds since
        /// 1970), or `duration` (`1.5s`).
        optional unit: Option<Option<Unit>>, r#""milliseconds""#;
    }

    pub(super) struct RawNoCode: "a code" {
        /// Always `true`: the member must be absent.
        needed absent: bool, "true";
    }

    pub(super) struct RawRow: "a status row" {
        /// The HTTP status. Several rows may share one.
        needed status: Spanned<u16> as Form::Whole(300, 599), "404";
        /// The code, a string or an integer, compared by type and value; `{ absent = true }`: a response of this row has none. Left
        /// out where the envelope has no `code`.
        optional code: Option<Spanned<Option<Code>>>, r#""not_found""#;
        /// The name of the row in cases. Left out: the code, if that is a string. `success` and numbers are reserved.
        optional name: Option<Spanned<String>>, r#""no_such_order""#;
        /// The id of the clause that promises it.
        needed clause: Spanned<String>, r#""status-404""#;
        /// The retry flag, where the row fixes it.
        optional retryable: Option<Spanned<bool>>, "false";
        /// Whether the row advertises a retry window, as a limiter's does: if a step does not expect such a response, the runner
        /// judges it, waits, and sends the request again.
        optional window: Option<bool>, "true";
    }

    pub(super) struct RawOther: "a rule for other statuses" {
        /// A status, a class from `2xx` to `5xx`, or `any`.
        needed statuses: Statuses, r#""4xx""#;
        /// The retry flag on them. Left out: any.
        optional retryable: Option<Spanned<bool>>, "false";
    }

    pub(super) struct RawHeader: "a header rule" {
        /// The id of the clause that demands it.
        needed clause: Spanned<String>, r#""no-store""#;
        /// The header field.
        needed name: Spanned<String>, r#""Cache-Control""#;
        /// A directive that the comma-separated value must contain, in any case. Left out: any value.
        optional directive: Option<String>, r#""no-store""#;
        /// On which statuses: numbers, `2xx` to `5xx`, or `any`.
        needed on: Option<Vec<Statuses>>, r#"["2xx", 404]"#;
    }

    pub(super) struct RawClause: "a clause" {
        /// Its name. Cases and rows refer to it, findings print it.
        needed id: Spanned<String>, r#""status-404""#;
        /// `must`: a finding is a violation. `should`: it is one under `--strict` only.
        needed level: Option<Level>, r#""must""#;
        /// The requirement as a sentence, printed with every finding.
        needed text: Option<String>, r#""What does not exist is a 404.""#;
        /// Where it is published.
        needed source: Option<String>, r#""handbook, 4.1""#;
        /// The check that is applied to every response for this clause. Left out: rows, headers or cases name the clause.
        optional check: Option<Spanned<Check>>, r#""media-type""#;
    }

    pub(super) struct RawLeak: "a leak" {
        /// The id of the clause that forbids it.
        needed clause: Spanned<String>, r#""no-leak""#;
        /// A name for the leak.
        needed what: String, r#""a stack trace""#;
        /// A regular expression that finds it, without backtracking.
        needed pattern: Spanned<String>, r#""at line [0-9]+""#;
        /// A message that contains it; the pattern must match.
        needed example: Spanned<String>, r#""at line 12""#;
    }

    pub(super) struct RawExclude: "an exclusion" {
        /// A row by name. This or `clause`.
        optional row: Option<Spanned<String>>, r#""not_found""#;
        /// A clause by id. This or `row`.
        optional clause: Option<Spanned<String>>, r#""signature""#;
        /// The requests on which the row is excluded. Left out: all.
        optional requests: Option<Vec<String>>, r#"["read_usage"]"#;
        /// Why; printed with the coverage.
        needed reason: String, r#""it names no resource""#;
    }
}
