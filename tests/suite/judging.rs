//! The judge against tables of answers: what the contract accepts, what it only warns of, and what it rejects.
//!
//! The tables stand side by side, so that each reject has the accepts beside it that it must not take along.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gonogo::contract::{self, Check, Contract, Level, Pointer, Schema};
use gonogo::exchange::{Broken, Exchange, Received, Sent};
use gonogo::input::diagnostic::{Location, Source};
use gonogo::input::files::Folder;
use gonogo::input::shipped;
use gonogo::judge::{Finding, Held, Place, echoed, judge, judge_echo};
use gonogo::report::one_line;
use gonogo::suite::{
    Assertion, CheckedPlace, Expectation, Expected, Kind, Matcher, Operand, Operator, Presence,
};
use serde_json::{Value, json};

/// The clause of the case that an answer is held to; no check has it, so that its findings are told apart.
const OWN: &str = "robust";

/// The status table: status, code, retry flag, retry window.
const ROWS: [(u16, &str, bool, &str); 8] = [
    (400, "bad_request", false, "null"),
    (401, "unauthorized", false, "null"),
    (403, "forbidden", false, "null"),
    (404, "not_found", false, "null"),
    (409, "idempotency_conflict", false, "null"),
    (422, "validation_error", false, "null"),
    (429, "rate_limited", true, "2.5"),
    (500, "internal_error", true, "null"),
];

/// A date and its second form; the third is written with its day padded by a space.
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const DATE_30_S_LATER: [&str; 3] = [
    "Sun, 06 Nov 1994 08:50:07 GMT",
    "Sunday, 06-Nov-94 08:50:07 GMT",
    "Sun Nov  6 08:50:07 1994",
];

/// One answer, what it is held to, and what is to be found.
struct Line {
    name: String,
    /// Rows, statuses or `success`; nothing: held to the contract alone, as a probe's answer is.
    expect: Vec<String>,
    answer: Result<Answer, Broken>,
    /// The clauses of the findings, in their order.
    clauses: Vec<&'static str>,
    /// More that a success is held to.
    success: Success,
    method: &'static str,
}

#[derive(Default)]
struct Success {
    members: Vec<(&'static str, Kind)>,
    equal: Vec<(&'static str, Value)>,
    differ: Vec<(&'static str, Value)>,
    schema: Option<&'static str>,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Answer {
    fn new(status: u16, body: impl AsRef<[u8]>) -> Self {
        let answer = Self {
            status,
            headers: Vec::new(),
            body: body.as_ref().to_vec(),
        };
        let answer = answer
            .header("content-type", "application/json")
            .header("cache-control", "no-store");
        match status {
            401 => answer.header("www-authenticate", "Bearer"),
            405 => answer.header("allow", "GET"),
            _ => answer,
        }
    }

    /// A refusal with all that the contract asks for.
    fn refusal(status: u16, code: &str, retryable: bool, window: &str) -> Self {
        Self::new(
            status,
            format!(
                r#"{{"error":{{"code":"{code}","message":"Wrong.","retryable":{retryable},"retry_after":{window}}}}}"#
            ),
        )
    }

    /// The conforming answer of a row.
    fn row(status: u16) -> Self {
        let (status, code, retryable, window) =
            ROWS.into_iter().find(|row| row.0 == status).unwrap();
        Self::refusal(status, code, retryable, window)
    }

    /// A 429 whose retry window is this JSON text.
    fn window(window: &str) -> Self {
        Self::refusal(429, "rate_limited", true, window)
    }

    /// A 400 whose `error` is this JSON text.
    fn error(error: &str) -> Self {
        Self::new(400, format!(r#"{{"error":{error}}}"#))
    }

    /// A 400 with one member of the envelope in place of the right one.
    fn member(name: &str, text: &str) -> Self {
        let mut members = [
            ("code", "\"bad_request\""),
            ("message", "\"Wrong.\""),
            ("retryable", "false"),
            ("retry_after", "null"),
        ];
        members
            .iter_mut()
            .find(|(known, _)| *known == name)
            .unwrap()
            .1 = text;
        let members: Vec<String> = members
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| format!("\"{name}\":{text}"))
            .collect();
        Self::error(&format!("{{{}}}", members.join(",")))
    }

    /// One more field, also where there is one of the name.
    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    fn instead(self, name: &str, value: &str) -> Self {
        self.without(name).header(name, value)
    }

    fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// The body with something before and behind it.
    fn around(mut self, before: &[u8], behind: &[u8]) -> Self {
        self.body = [before, &self.body, behind].concat();
        self
    }

    fn replace(mut self, from: &str, to: &str) -> Self {
        let text = String::from_utf8(self.body).unwrap();
        assert!(text.contains(from), "{text}");
        self.body = text.replacen(from, to, 1).into_bytes();
        self
    }
}

fn line(name: &str, expect: &[&str], answer: Answer, clauses: &[&'static str]) -> Line {
    Line {
        name: name.to_owned(),
        expect: expect.iter().map(|one| (*one).to_owned()).collect(),
        answer: Ok(answer),
        clauses: clauses.to_vec(),
        success: Success::default(),
        method: "POST",
    }
}

fn success(name: &str, body: &str, success: Success, clauses: &[&'static str]) -> Line {
    Line {
        success,
        ..line(name, &["success"], Answer::new(200, body), clauses)
    }
}

fn members(members: &[(&'static str, Kind)]) -> Success {
    Success {
        members: members.to_vec(),
        ..Success::default()
    }
}

fn equal(pointer: &'static str, value: Value) -> Success {
    Success {
        equal: vec![(pointer, value)],
        ..Success::default()
    }
}

fn differ(pointer: &'static str, value: Value) -> Success {
    Success {
        differ: vec![(pointer, value)],
        ..Success::default()
    }
}

fn schema(schema: &'static str) -> Success {
    Success {
        schema: Some(schema),
        ..Success::default()
    }
}

/// What is accepted.
fn accepts() -> Vec<Line> {
    let bad_request = |name: &str, answer| line(name, &["bad_request"], answer, &[]);
    let limited = |name: &str, answer| line(name, &["rate_limited"], answer, &[]);
    let mut lines = Vec::new();
    for (status, code, _, _) in ROWS {
        lines.push(line(code, &[code], Answer::row(status), &[]));
        lines.push(line(
            "a row that nobody asked for",
            &[],
            Answer::row(status),
            &[],
        ));
    }
    for media_type in [
        "application/json; charset=utf-8",
        "Application/JSON; charset=UTF-8",
        "APPLICATION/JSON",
        "application/json;charset=\"utf-8\"",
        "application/json ; version=1",
        " application/json",
        "application/json;",
    ] {
        let answer = Answer::row(400).instead("content-type", media_type);
        lines.push(bad_request(media_type, answer));
    }
    lines.extend([
        bad_request(
            "further members at every level",
            Answer::new(
                400,
                r#"{"request_id":"r","error":{"code":"bad_request","message":"m","retryable":false,"retry_after":null,"fields":[{"path":"/a","code":"x"}]},"links":{"error":{}}}"#,
            ),
        ),
        bad_request(
            "another order of the members",
            Answer::error(
                r#"{"retry_after":null,"retryable":false,"message":"m","code":"bad_request"}"#,
            ),
        ),
        bad_request(
            "printed over several lines",
            Answer::new(
                400,
                "{\r\n\t\"error\" : {\r\n\t\t\"code\" : \"bad_request\",\r\n \"message\" : \"m\",\n \"retryable\" : false,\n \"retry_after\" : null\n}\n}\n",
            ),
        ),
        bad_request("a message beyond ASCII", Answer::member("message", "\"Ungültig: 値 😀\"")),
        bad_request("a message in escapes", Answer::member("message", r#""\u00dcng\ud83d\ude00\n""#)),
        bad_request("a message of one space", Answer::member("message", "\" \"")),
        bad_request("a code in escapes", Answer::member("code", r#""bad\u005frequest""#)),
        bad_request(
            "the same name in another object",
            Answer::member("message", r#""m","details":{"code":1,"message":2}"#),
        ),
        bad_request(
            "a broken JSON text inside a string",
            Answer::member("message", r#""unexpected '}' in {\"a\":}""#),
        ),
        bad_request(
            "nested as deep as readers go",
            Answer::member(
                "message",
                &format!("\"m\",\"deep\":{}{}", "[".repeat(125), "]".repeat(125)),
            ),
        ),
        bad_request("a large body", Answer::member("message", &format!("\"{}\"", "m".repeat(1 << 20)))),
    ]);
    // The retry window of rows that promise none.
    for window in ["null", "0", "2.5", "1e0", "-0", "-0.0", "0.000001", "1e300"] {
        for (status, code, retryable, _) in ROWS {
            let answer = Answer::refusal(status, code, retryable, window);
            if status != 429 {
                lines.push(line(
                    &format!("retry_after {window} on a {status}"),
                    &[code],
                    answer,
                    &[],
                ));
            }
        }
    }
    for window in ["0", "1", "1.0", "1e0", "10E-1", "2.5", "86400", "1e6", "-0"] {
        lines.push(limited(
            &format!("a window of {window}"),
            Answer::window(window),
        ));
    }
    // The header beside the window: whole seconds, rounded up or down.
    for (window, header) in [
        ("2.5", "3"),
        ("2.5", "2"),
        ("2.001", "3"),
        ("0.02", "1"),
        ("0", "0"),
        ("0", "1"),
        ("30", "30"),
        ("30.0", "30"),
        ("3e1", "30"),
        ("30", "31"),
        ("30", "29"),
        ("30", "030"),
        ("30", " 30 "),
    ] {
        let answer = Answer::window(window).header("retry-after", header);
        lines.push(limited(
            &format!("Retry-After `{header}` for {window}"),
            answer,
        ));
    }
    for date in DATE_30_S_LATER {
        for window in ["30", "28.1", "31.5", "32"] {
            let answer = Answer::window(window)
                .header("date", DATE)
                .header("retry-after", date);
            lines.push(limited(
                &format!("Retry-After `{date}` for {window}"),
                answer,
            ));
        }
        let answer = Answer::window("30").header("retry-after", date);
        lines.push(limited(
            "a date and no Date: the clocks cannot be compared",
            answer,
        ));
    }
    lines.push(limited(
        "a date and a Date that is none",
        Answer::window("30")
            .header("date", "now")
            .header("retry-after", DATE_30_S_LATER[0]),
    ));
    lines.push(line(
        "Retry-After beside a window of null",
        &["internal_error"],
        Answer::row(500).header("retry-after", "120"),
        &[],
    ));
    // The headers of every answer.
    for value in [
        "no-store",
        "No-Store, max-age=0",
        "private, no-store",
        "private,no-store",
        "NO-STORE",
        "max-age=0 , no-store , must-revalidate",
        "no-cache, no-store, must-revalidate",
        "private=\"set-cookie\", no-store=\"\"",
    ] {
        lines.push(bad_request(
            value,
            Answer::row(400).instead("cache-control", value),
        ));
    }
    lines.extend([
        bad_request(
            "no-store in the second of two fields",
            Answer::row(400)
                .instead("cache-control", "private")
                .header("cache-control", "no-store"),
        ),
        line(
            "any challenge",
            &["unauthorized"],
            Answer::row(401).instead(
                "www-authenticate",
                "Bearer realm=\"api\", error=\"invalid_token\"",
            ),
            &[],
        ),
        line(
            "an Allow that allows nothing",
            &["405"],
            Answer::refusal(405, "method_not_allowed", false, "null").instead("allow", ""),
            &[],
        ),
    ]);
    // Statuses that the table does not have, where they are expected, and any 5xx.
    for status in [405, 413, 415, 418] {
        let named = status.to_string();
        let answer = Answer::refusal(status, "any_code", false, "null");
        lines.push(line(
            &format!("{status} under any code"),
            &["bad_request", &named],
            answer,
            &[],
        ));
    }
    for status in [501, 502, 503, 504, 599] {
        for retryable in [true, false] {
            for expect in [vec![], vec![status.to_string()]] {
                let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
                let answer = Answer::refusal(status, "any_code", retryable, "null");
                lines.push(line(
                    &format!("{status}, retryable {retryable}"),
                    &expect,
                    answer,
                    &[],
                ));
            }
        }
    }
    lines.push(line(
        "503 with a window and its header",
        &["503"],
        Answer::refusal(503, "maintenance", true, "120").header("retry-after", "120"),
        &[],
    ));
    // One of several.
    let several = ["not_found", "405", "success"];
    lines.extend([
        line("the row of several", &several, Answer::row(404), &[]),
        line(
            "the status of several",
            &several,
            Answer::refusal(405, "no", false, "null"),
            &[],
        ),
        line(
            "the success of several",
            &several,
            Answer::new(204, ""),
            &[],
        ),
    ]);
    // Successes.
    for status in [200, 201, 202, 204, 299] {
        lines.push(line(
            "any 2xx",
            &["success"],
            Answer::new(status, "{}"),
            &[],
        ));
    }
    lines.extend([
        line(
            "a success that nobody asked for",
            &[],
            Answer::new(200, "{}"),
            &[],
        ),
        line(
            "no body, and nothing asked of it",
            &["success"],
            Answer::new(200, ""),
            &[],
        ),
        line(
            "a success that is no JSON and says so",
            &["success"],
            Answer::new(200, "\x01PNG").instead("content-type", "image/png"),
            &[],
        ),
        success(
            "members of each kind",
            r#"{"a":null,"b":"","c":1.5,"d":false,"e":[],"f":{"g":{"h":[0,"x"]}},"~/":1}"#,
            members(&[
                ("/a", Kind::Any),
                ("/b", Kind::String),
                ("/c", Kind::Number),
                ("/d", Kind::Boolean),
                ("/e", Kind::Array),
                ("/f", Kind::Object),
                ("/f/g/h/1", Kind::String),
                ("/~0~1", Kind::Number),
                ("", Kind::Object),
            ]),
            &[],
        ),
        success(
            "an equal number",
            r#"{"n":1}"#,
            equal("/n", json!(1.0)),
            &[],
        ),
        success(
            "an equal number the other way",
            r#"{"n":1e0}"#,
            equal("/n", json!(1)),
            &[],
        ),
        success(
            "an equal text",
            r#"{"n":"\u00e9"}"#,
            equal("/n", json!("é")),
            &[],
        ),
        success(
            "an equal null",
            r#"{"n":null}"#,
            equal("/n", Value::Null),
            &[],
        ),
        success(
            "an equal object in another order",
            r#"{"n":{"b":[1.0,{"c":null}],"a":"x"}}"#,
            equal("/n", json!({"a": "x", "b": [1, {"c": null}]})),
            &[],
        ),
        success("different", r#"{"n":2}"#, differ("/n", json!(1)), &[]),
        success(
            "different by its kind",
            r#"{"n":"1"}"#,
            differ("/n", json!(1)),
            &[],
        ),
        success(
            "nothing differs from all",
            "{}",
            differ("/n", json!(1)),
            &[],
        ),
        line(
            "anything below a bound, whatever it is",
            &["<500"],
            Answer::new(418, "<teapot>").without("cache-control"),
            &[],
        ),
        success(
            "a success that fits its schema",
            r#"{"n":3}"#,
            schema(r#"{"properties":{"n":{"minimum":3}}}"#),
            &[],
        ),
        Line {
            method: "HEAD",
            ..line(
                "the answer to a HEAD has no body",
                &[],
                Answer::row(404).body(""),
                &[],
            )
        },
    ]);
    lines
}

/// What a careful server does not do, and may.
fn warns() -> Vec<Line> {
    vec![
        line(
            "a byte order mark",
            &["bad_request"],
            Answer::row(400).around(b"\xEF\xBB\xBF", b""),
            &["bom"],
        ),
        line(
            "a byte order mark before a success",
            &["success"],
            Answer::new(200, "\u{feff}{}"),
            &["bom"],
        ),
        line(
            "a member twice below the envelope",
            &["bad_request"],
            Answer::member("message", r#""m","details":{"a":1,"a":1}"#),
            &["deep-duplicate"],
        ),
        line(
            "a member twice beside the envelope",
            &["bad_request"],
            Answer::row(400).replace("{\"error\"", r#"{"links":[{"a":1,"a":2}],"error""#),
            &["deep-duplicate"],
        ),
        line(
            "a member twice in a success",
            &["success"],
            Answer::new(200, r#"{"error":{"a":1,"a":1},"b":1,"b":2}"#),
            &["deep-duplicate", "deep-duplicate"],
        ),
        line(
            "401 without a challenge",
            &["unauthorized"],
            Answer::row(401).without("www-authenticate"),
            &["challenge"],
        ),
        line(
            "all of it",
            &["unauthorized"],
            Answer::row(401)
                .without("www-authenticate")
                .replace("\"message\"", r#""x":{"a":1,"a":1},"message""#)
                .around(b"\xEF\xBB\xBF", b""),
            &["bom", "deep-duplicate", "challenge"],
        ),
    ]
}

/// What is rejected.
fn rejects() -> Vec<Line> {
    let mut lines = Vec::new();
    rejected_rows(&mut lines);
    rejected_windows(&mut lines);
    rejected_envelopes(&mut lines);
    rejected_texts(&mut lines);
    rejected_headers(&mut lines);
    rejected_statuses(&mut lines);
    rejected_successes(&mut lines);
    let broken = [
        Broken::Connect("refused".to_owned()),
        Broken::Timeout(Duration::from_millis(1500)),
        Broken::TooLarge(8),
        Broken::Protocol("it ended early".to_owned()),
        Broken::Unsendable("a header".to_owned()),
    ];
    for broken in broken {
        for expect in [&[][..], &["bad_request"], &["success"]] {
            lines.push(Line {
                answer: Err(broken.clone()),
                ..line(&broken.to_string(), expect, Answer::row(400), &["answer"])
            });
        }
    }
    lines
}

fn rejected_rows(lines: &mut Vec<Line>) {
    for (status, code, retryable, window) in ROWS {
        for (_, other, _, _) in ROWS {
            if other == code {
                continue;
            }
            lines.push(line(
                &format!("{status} under the code of another row, {other}"),
                &[code],
                Answer::refusal(status, other, retryable, window),
                &["code"],
            ));
            lines.push(line(
                &format!("{status} where {other} is expected"),
                &[other],
                Answer::row(status),
                &[OWN],
            ));
        }
        for (expect, what) in [(&[code][..], "expected"), (&[], "unasked")] {
            lines.push(line(
                &format!("{status} {what}, its flag flipped"),
                expect,
                Answer::refusal(status, code, !retryable, window),
                &["retry-flag"],
            ));
            lines.push(line(
                &format!("{status} {what}, under an unknown code"),
                expect,
                Answer::refusal(status, "oops", retryable, window),
                &["code"],
            ));
            lines.push(line(
                &format!("{status} {what}, no-store missing"),
                expect,
                Answer::row(status).without("cache-control"),
                &["no-store"],
            ));
        }
        lines.push(line(
            &format!("{status} where a success is expected"),
            &["success"],
            Answer::row(status),
            &[OWN],
        ));
        for success in [200, 201, 204] {
            lines.push(line(
                &format!("{success} where {status} is expected"),
                &[code],
                Answer::new(success, "{}"),
                &[OWN],
            ));
        }
    }
    for (name, code) in [
        ("in another case", "Bad_Request"),
        ("in capitals", "BAD_REQUEST"),
        ("with a space", "bad_request "),
        ("with a hyphen", "bad-request"),
        ("as the status", "400"),
    ] {
        let answer = Answer::refusal(400, code, false, "null");
        lines.push(line(
            &format!("the code {name}"),
            &["bad_request"],
            answer,
            &["code"],
        ));
    }
    lines.push(line(
        "an empty code",
        &["bad_request"],
        Answer::refusal(400, "", false, "null"),
        &["code"],
    ));
}

fn rejected_windows(lines: &mut Vec<Line>) {
    for window in ["null", "\"2\"", "true", "[]", "{}", "-1", "-0.5", "-1e300"] {
        for expect in [&["rate_limited"][..], &[]] {
            lines.push(line(
                &format!("a window of {window} on a 429"),
                expect,
                Answer::window(window),
                &["window"],
            ));
        }
        for (status, code, retryable, _) in ROWS {
            if status != 429 && window != "null" {
                lines.push(line(
                    &format!("a window of {window} on a {status}"),
                    &[code],
                    Answer::refusal(status, code, retryable, window),
                    &["window"],
                ));
            }
        }
        if window != "null" {
            lines.push(line(
                &format!("a window of {window} on a 503"),
                &[],
                Answer::refusal(503, "down", true, window),
                &["window"],
            ));
        }
    }
    lines.push(line(
        "no window on a 429",
        &["rate_limited"],
        Answer::row(429).replace(",\"retry_after\":2.5", ""),
        &["schema", "window"],
    ));
    // The header says something else than the body, or nothing.
    for (window, header) in [
        ("2", "2000"),
        ("2.5", "2500"),
        ("2000", "2"),
        ("30", "32"),
        ("30", "28"),
        ("0", "2"),
        ("60", "99999999999999999999999999"),
        ("30", ""),
        ("30", "soon"),
        ("30", "30.0"),
        ("30", "3e1"),
        ("30", "+30"),
        ("30", "-30"),
        ("30", "30s"),
        ("30", "30, 30"),
        ("30", "0x1e"),
        ("30", "٣٠"),
        ("30", "2030-01-01T00:00:00Z"),
        ("30", "784111807"),
        ("30", "Sun, 06 Nov 1994 08:50:07 CET"),
        ("30", "Sun, 32 Nov 1994 08:50:07 GMT"),
    ] {
        lines.push(line(
            &format!("Retry-After `{header}` for {window}"),
            &["rate_limited"],
            Answer::window(window).header("retry-after", header),
            &["retry-after"],
        ));
    }
    lines.push(line(
        "compressed though nobody asked",
        &["rate_limited"],
        Answer::window("30").header("content-encoding", "gzip"),
        &["coding"],
    ));
    for date in DATE_30_S_LATER {
        for window in ["0", "27.5", "33", "30000"] {
            lines.push(line(
                &format!("Retry-After `{date}` for {window}"),
                &["rate_limited"],
                Answer::window(window)
                    .header("date", DATE)
                    .header("retry-after", date),
                &["retry-after"],
            ));
        }
    }
    lines.push(line(
        "Retry-After in the past",
        &["rate_limited"],
        Answer::window("30")
            .header("date", DATE_30_S_LATER[0])
            .header("retry-after", DATE),
        &["retry-after"],
    ));
    for (first, second) in [("30", "60"), ("60", "30"), ("30", "30")] {
        lines.push(line(
            &format!("Retry-After twice, {first} and {second}"),
            &["rate_limited"],
            Answer::window("30")
                .header("retry-after", first)
                .header("retry-after", second),
            &["retry-after"],
        ));
    }
    lines.push(line(
        "Retry-After twice where there is no window",
        &["internal_error"],
        Answer::row(500)
            .header("retry-after", "30")
            .header("retry-after", "60"),
        &["retry-after"],
    ));
    lines.push(line(
        "a malformed Retry-After where there is no window",
        &["internal_error"],
        Answer::row(500).header("retry-after", "soon"),
        &["retry-after"],
    ));
    lines.push(line(
        "all of a window",
        &["rate_limited"],
        Answer::refusal(429, "limited", false, "-1").header("retry-after", "1000"),
        &["code", "window", "retry-flag", "retry-after"],
    ));
}

fn rejected_envelopes(lines: &mut Vec<Line>) {
    let mut bad_request = |name: &str, answer: Answer, clauses: &[&'static str]| {
        lines.push(line(name, &["bad_request"], answer, clauses));
    };
    for member in ["code", "message", "retryable", "retry_after"] {
        bad_request(
            &format!("no {member}"),
            Answer::member(member, ""),
            &["schema"],
        );
    }
    for (member, texts) in [
        ("code", &["null", "400", "true", "[]", "{}"][..]),
        (
            "message",
            &["null", "1", "true", "[\"m\"]", "{\"en\":\"m\"}", "\"\""],
        ),
        ("retryable", &["null", "0", "\"false\"", "[]", "{}"]),
    ] {
        for text in texts {
            bad_request(
                &format!("{member} {text}"),
                Answer::member(member, text),
                &["schema"],
            );
        }
    }
    // Each missing member is told.
    bad_request("an empty error", Answer::error("{}"), &["schema"; 4]);
    bad_request(
        "a message alone",
        Answer::error(r#"{"message":"m"}"#),
        &["schema"; 3],
    );
    bad_request("an error that is null", Answer::error("null"), &["schema"]);
    bad_request(
        "an error that is a text",
        Answer::error("\"bad_request\""),
        &["schema"],
    );
    bad_request("an error in a list", Answer::error("[{}]"), &["schema"]);
    for (name, body) in [
        ("an empty object", "{}"),
        (
            "the envelope without its error",
            r#"{"code":"bad_request","message":"m","retryable":false,"retry_after":null}"#,
        ),
        ("a list", "[]"),
        ("null", "null"),
        ("a text", "\"bad_request\""),
        ("a number", "400"),
        (
            "the error under another name",
            r#"{"Error":{"code":"bad_request","message":"m","retryable":false,"retry_after":null}}"#,
        ),
    ] {
        bad_request(name, Answer::new(400, body), &["schema"]);
    }
    // Readers differ on which one counts.
    for (name, answer) in [
        (
            "the code twice",
            Answer::member("code", r#""bad_request","code":"bad_request""#),
        ),
        (
            "another code first",
            Answer::member("code", r#""forbidden","code":"bad_request""#),
        ),
        (
            "the message twice",
            Answer::member("message", r#""a","message":"b""#),
        ),
        (
            "a member of one's own twice",
            Answer::member("message", r#""a","x":1,"x":1"#),
        ),
        (
            "the code twice, once in escapes",
            Answer::member("code", r#""bad_request","cod\u0065":"bad_request""#),
        ),
        (
            "the error twice",
            Answer::row(400).replace("{\"error\"", r#"{"error":{},"error""#),
        ),
        (
            "a member beside the error twice",
            Answer::row(400).replace("{\"error\"", r#"{"a":1,"a":1,"error""#),
        ),
    ] {
        bad_request(name, answer, &["duplicate"]);
    }
    bad_request(
        "the wrong code last",
        Answer::member("code", r#""bad_request","code":"forbidden""#),
        &["duplicate", "code"],
    );
    bad_request(
        "a member twice and another missing",
        Answer::error(
            r#"{"code":"bad_request","code":"bad_request","retryable":false,"retry_after":null}"#,
        ),
        &["duplicate", "schema"],
    );
    for (name, media_type) in [
        ("text", "text/plain"),
        ("HTML", "text/html; charset=utf-8"),
        ("problem details", "application/problem+json"),
        ("JSON of another kind", "application/vnd.api+json"),
        ("JSON as text", "text/json"),
        ("JSON in a parameter", "text/plain; of=application/json"),
        ("a list of two", "application/json, text/plain"),
        ("lines of JSON", "application/jsonl"),
        ("nothing", ""),
    ] {
        let answer = Answer::row(400).instead("content-type", media_type);
        bad_request(
            &format!("a content type of {name}"),
            answer,
            &["media-type"],
        );
    }
    bad_request(
        "no content type",
        Answer::row(400).without("content-type"),
        &["media-type"],
    );
}

fn rejected_texts(lines: &mut Vec<Line>) {
    let mut bad_request = |name: &str, answer: Answer| {
        lines.push(line(name, &["bad_request"], answer, &["json"]));
    };
    for (name, body) in [
        ("an empty body", &b""[..]),
        ("white space", b" \n"),
        ("a text", b"bad request"),
        (
            "HTML that says that it is JSON",
            b"<html><h1>400 Bad Request</h1></html>",
        ),
        ("single quotes", b"{'error':{'code':'bad_request'}}"),
        ("a trailing comma", br#"{"error":{"code":"bad_request",}}"#),
        (
            "NaN",
            br#"{"error":{"code":"bad_request","retry_after":NaN}}"#,
        ),
        ("a comment", b"{} // none"),
        ("a member without a value", br#"{"error":}"#),
        ("cut short", br#"{"error":{"code":"bad_request","mess"#),
        ("a control character in a text", b"{\"error\":\"a\nb\"}"),
        ("UTF-16", b"{\0\"\0e\0\"\0:\x001\0}\0"),
        ("a compressed body", b"\x1f\x8b\x08\0\0\0\0\0"),
    ] {
        bad_request(name, Answer::new(400, body));
    }
    for (name, before, behind) in [
        ("a byte behind", &b""[..], &b"x"[..]),
        ("a NUL behind", b"", b"\0"),
        ("a bracket behind", b"", b"}"),
        ("a second value", b"", b"{}"),
        ("a second value in its line", b"", b"\n{}\n"),
        ("a prefix against hijacking", b")]}',\n", b""),
        ("a callback", b"f(", b")"),
    ] {
        bad_request(name, Answer::row(400).around(before, behind));
    }
    bad_request(
        "invalid UTF-8",
        Answer::new(400, b"{\"error\":{\"message\":\"\xE9\"}}"),
    );
    bad_request("a lone surrogate", Answer::member("message", r#""\ud800""#));
    bad_request(
        "nesting of a thousand",
        Answer::member(
            "message",
            &format!("\"m\",\"deep\":{}{}", "[".repeat(1000), "]".repeat(1000)),
        ),
    );
    bad_request(
        "a window beyond a double",
        Answer::member("retry_after", "1e400"),
    );
    lines.push(line(
        "HTML of a proxy",
        &[],
        Answer::new(502, "<h1>Bad Gateway</h1>")
            .instead("content-type", "text/html")
            .without("cache-control"),
        &["json", "no-store", "media-type"],
    ));
    lines.push(line(
        "an unexpected HTML",
        &["bad_request"],
        Answer::new(502, "<h1>Bad Gateway</h1>").instead("content-type", "text/html"),
        &[OWN, "json", "media-type"],
    ));
    for (name, expect) in [("asked for", &["success"][..]), ("unasked", &[])] {
        lines.push(line(
            &format!("a success, {name}, that says that it is JSON and is none"),
            expect,
            Answer::new(200, "{\"a\":"),
            &["json"],
        ));
    }
    lines.push(line(
        "a success of another kind of JSON that is none",
        &["success"],
        Answer::new(200, "<a/>").instead("content-type", "application/hal+json; v=1"),
        &["json"],
    ));
}

fn rejected_headers(lines: &mut Vec<Line>) {
    for value in [
        "",
        "no-cache",
        "private",
        "max-age=0",
        "no-stores",
        "xno-store",
        "no store",
        "store",
        "public, max-age=3600",
        "x=no-store",
    ] {
        lines.push(line(
            &format!("Cache-Control `{value}`"),
            &["bad_request"],
            Answer::row(400).instead("cache-control", value),
            &["no-store"],
        ));
    }
    lines.push(line(
        "no-store in another field",
        &["bad_request"],
        Answer::row(400)
            .without("cache-control")
            .header("pragma", "no-store"),
        &["no-store"],
    ));
    for status in [200, 202, 204] {
        for expect in [&["success"][..], &[]] {
            lines.push(line(
                &format!("{status} without no-store"),
                expect,
                Answer::new(status, "").without("cache-control"),
                &["no-store"],
            ));
        }
    }
    lines.push(line(
        "405 without Allow",
        &["405"],
        Answer::refusal(405, "method_not_allowed", false, "null").without("allow"),
        &["allow"],
    ));
    lines.push(Line {
        method: "HEAD",
        ..line(
            "the answer to a HEAD has headers",
            &[],
            Answer::row(404).body("").without("cache-control"),
            &["no-store"],
        )
    });
}

fn rejected_statuses(lines: &mut Vec<Line>) {
    for status in [300, 302, 402, 405, 410, 413, 415, 418, 451, 499, 600, 999] {
        let answer = Answer::refusal(status, "any", false, "null");
        lines.push(line(
            &format!("{status} unlisted and unasked"),
            &[],
            answer.clone(),
            &["known-status"],
        ));
        lines.push(line(
            &format!("{status} where a 400 is expected"),
            &["bad_request"],
            answer,
            &["known-status", OWN],
        ));
    }
    for status in [405, 413, 415, 418] {
        let expected = status.to_string();
        lines.push(line(
            &format!("{status} expected, and retryable"),
            &[&expected],
            Answer::refusal(status, "any", true, "null"),
            &["retry-flag"],
        ));
        lines.push(line(
            &format!("{status} expected, without an envelope"),
            &[&expected],
            Answer::new(status, "{}"),
            &["schema"],
        ));
        lines.push(line(
            &format!("{status} expected, without a body"),
            &[&expected],
            Answer::new(status, ""),
            &["json"],
        ));
    }
    lines.push(line(
        "503 without a code",
        &["503"],
        Answer::new(
            503,
            r#"{"error":{"message":"m","retryable":true,"retry_after":null}}"#,
        ),
        &["schema"],
    ));
    lines.push(line(
        "503 where a 400 is expected",
        &["bad_request"],
        Answer::refusal(503, "down", true, "null"),
        &[OWN],
    ));
    lines.push(line(
        "none of several",
        &["not_found", "405", "success"],
        Answer::row(403),
        &[OWN],
    ));
    lines.push(line(
        "the code of another of several",
        &["not_found", "forbidden"],
        Answer::refusal(404, "forbidden", false, "null"),
        &["code"],
    ));
    for status in [500, 503, 600] {
        lines.push(line(
            &format!("{status} where any below 500 is expected"),
            &["<500"],
            Answer::new(status, ""),
            if status == 600 {
                &["known-status", OWN]
            } else {
                &[OWN]
            },
        ));
    }
    lines.push(line(
        "101 where a success is expected",
        &["success"],
        Answer::new(101, ""),
        &[OWN],
    ));
}

fn rejected_successes(lines: &mut Vec<Line>) {
    for (kind, text) in [
        (Kind::String, "1"),
        (Kind::Number, "\"1\""),
        (Kind::Boolean, "0"),
        (Kind::Array, "{}"),
        (Kind::Object, "[]"),
        (Kind::String, "null"),
        (Kind::Object, "null"),
    ] {
        lines.push(success(
            &format!("{} where {text} is", kind.name()),
            &format!(r#"{{"a":{text}}}"#),
            members(&[("/a", kind)]),
            &[OWN],
        ));
    }
    lines.extend([
        success(
            "a member missing",
            "{}",
            members(&[("/a", Kind::Any)]),
            &[OWN],
        ),
        success(
            "two members missing",
            r#"{"b":1}"#,
            members(&[("/a", Kind::Any), ("/b", Kind::Number), ("/c/d", Kind::Any)]),
            &[OWN, OWN],
        ),
        success(
            "a member of a list",
            "[]",
            members(&[("/a", Kind::Any)]),
            &[OWN],
        ),
        success(
            "no body where members are",
            "",
            members(&[("/a", Kind::Any)]),
            &[OWN],
        ),
        success(
            "what must differ does not",
            r#"{"n":1.0}"#,
            differ("/n", json!(1)),
            &[OWN],
        ),
        success("unequal", r#"{"n":2}"#, equal("/n", json!(1)), &[OWN]),
        success(
            "a text for a number",
            r#"{"n":"1"}"#,
            equal("/n", json!(1)),
            &[OWN],
        ),
        success("nothing for null", "{}", equal("/n", Value::Null), &[OWN]),
        success(
            "a member more",
            r#"{"n":{"a":1,"b":2}}"#,
            equal("/n", json!({"a": 1})),
            &[OWN],
        ),
        success(
            "a member less",
            r#"{"n":{}}"#,
            equal("/n", json!({"a": 1})),
            &[OWN],
        ),
        success(
            "a list in another order",
            r#"{"n":[2,1]}"#,
            equal("/n", json!([1, 2])),
            &[OWN],
        ),
        success(
            "almost equal",
            r#"{"n":0.30000000000000004}"#,
            equal("/n", json!(0.3)),
            &[OWN],
        ),
        success(
            "an integer beyond a double",
            r#"{"n":9007199254740993}"#,
            equal("/n", json!(9_007_199_254_740_992_u64)),
            &[OWN],
        ),
        success(
            "unfit",
            r#"{"n":1}"#,
            schema(r#"{"properties":{"n":{"minimum":3}}}"#),
            &[OWN],
        ),
        Line {
            success: members(&[("/a", Kind::Any)]),
            ..line(
                "204 where members are",
                &["success"],
                Answer::new(204, ""),
                &[OWN],
            )
        },
        Line {
            success: members(&[("/a", Kind::Any)]),
            ..line(
                "an image where members are",
                &["success"],
                Answer::new(200, "\x01PNG").instead("content-type", "image/png"),
                &[OWN],
            )
        },
        Line {
            success: members(&[("/a", Kind::Any)]),
            ..line(
                "members of a success do not concern a failure",
                &["success"],
                Answer::row(404),
                &[OWN],
            )
        },
    ]);
}

/// All checks but the one that needs to know the secrets of a run, which is made by another function.
fn checks_of_judge() -> impl Iterator<Item = (&'static str, Check)> {
    let names = Check::NAMES.into_iter();
    names.filter(|(_, check)| *check != Check::SecretEcho)
}

fn shipped_contract() -> Contract {
    contract::load(&shipped::schemas(), shipped::CONTRACT).unwrap()
}

fn findings(contract: &Contract, line: &Line) -> Vec<Finding> {
    let at = Location {
        source: Source::new("case.toml", ""),
        span: 0..0,
    };
    let any_of: Vec<Expected> = line
        .expect
        .iter()
        .map(|name| match (name.as_str(), name.parse()) {
            ("success", _) => Expected::Success,
            ("<500", _) => Expected::Below(500),
            (_, Ok(status)) => Expected::Status(status),
            (name, Err(_)) => Expected::Row(Arc::clone(contract.row(name).unwrap())),
        })
        .collect();
    let assertion = |pointer: &str, presence: Presence, operator: Operator| Assertion {
        place: CheckedPlace::Body(Pointer::parse(pointer).unwrap()),
        matcher: Matcher {
            presence,
            operators: vec![operator],
        },
        at: at.clone(),
    };
    let literal = |value: &Value| Operand::Literal(value.clone());
    let members = line.success.members.iter();
    let members =
        members.map(|(text, kind)| assertion(text, Presence::Required, Operator::Is(vec![*kind])));
    let members: Vec<Assertion> = members.collect();
    let equal =
        line.success.equal.iter().map(|(text, value)| {
            assertion(text, Presence::Required, Operator::Equal(literal(value)))
        });
    let differ = line.success.differ.iter().map(|(text, value)| {
        assertion(text, Presence::Optional, Operator::NotEqual(literal(value)))
    });
    let mut expectation = Expectation::plain(at.clone(), any_of);
    expectation.alternatives[0].assertions = equal.chain(differ).collect();
    expectation.alternatives[0].schema = line.success.schema.map(|text| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("it.schema.json"), text).unwrap();
        let folder = Folder::Disk(folder.path().to_owned());
        Arc::new(Schema::load(&folder, "it.schema.json", "it.schema.json").unwrap())
    });
    let held = Held {
        clause: contract.clause(OWN).unwrap(),
        expectation: &expectation,
        success: &members,
        bound: &[],
    };
    let held = (!line.expect.is_empty()).then_some(&held);
    judge(contract, held, &exchange(line))
}

fn exchange(line: &Line) -> Exchange {
    Exchange {
        sent: Sent {
            method: line.method.to_owned(),
            url: "http://127.0.0.1/".to_owned(),
            headers: Vec::new(),
            body: "".into(),
            size: 0,
            variables: Vec::new(),
        },
        answer: line.answer.clone().map(|answer| Received {
            status: answer.status,
            reason: Vec::new(),
            version: "HTTP/1.1".to_owned(),
            headers: answer.headers,
            size: answer.body.len(),
            body: answer.body.into(),
            trailers: Vec::new(),
        }),
        began: SystemTime::UNIX_EPOCH,
        head_after: None,
        took: Duration::ZERO,
    }
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.clause.id.as_str())
        .collect()
}

/// The lines of a table that are judged otherwise than they say.
fn wrong(contract: &Contract, lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let findings = findings(contract, line);
        if ids(&findings) != line.clauses {
            let _ = writeln!(
                text,
                "{} {:?}: {:?}, but {findings:#?}",
                line.name, line.expect, line.clauses
            );
        }
    }
    text
}

#[test]
fn what_the_contract_accepts_is_accepted() {
    let contract = shipped_contract();
    let lines = accepts();
    let text = wrong(&contract, &lines);
    assert!(text.is_empty(), "{text}");
    assert!(lines.iter().all(|line| line.clauses.is_empty()));
}

#[test]
fn what_a_server_should_not_do_is_a_warning() {
    let contract = shipped_contract();
    let lines = warns();
    let text = wrong(&contract, &lines);
    assert!(text.is_empty(), "{text}");
    for line in &lines {
        let findings = findings(&contract, line);
        assert!(
            findings.iter().all(|one| !one.violates(false)),
            "{}",
            line.name
        );
        assert!(
            findings.iter().all(|one| one.violates(true)),
            "{}",
            line.name
        );
    }
}

#[test]
fn what_breaks_the_contract_is_rejected() {
    let contract = shipped_contract();
    let lines = rejects();
    let text = wrong(&contract, &lines);
    assert!(text.is_empty(), "{text}");
    for line in &lines {
        let findings = findings(&contract, line);
        assert!(
            findings.iter().any(|one| one.violates(false)),
            "{}",
            line.name
        );
    }
}

/// A clause that no line breaks could be lost without anybody noticing.
#[test]
fn each_clause_that_every_answer_is_held_to_is_broken_by_a_line() {
    let contract = shipped_contract();
    let broken: Vec<&str> = rejects()
        .iter()
        .chain(&warns())
        .flat_map(|line| line.clauses.clone())
        .collect();
    let checks = checks_of_judge().filter_map(|(_, check)| contract.check(check));
    let headers = contract.headers().iter().map(|rule| &rule.clause);
    for clause in checks.chain(headers) {
        assert!(broken.contains(&clause.id.as_str()), "{}", clause.id);
    }
}

/// What a reader is told: each text once, so that a change of one is seen here.
#[test]
fn the_texts_of_the_findings() {
    let contract = shipped_contract();
    let mut texts: Vec<String> = Vec::new();
    for line in warns().iter().chain(&rejects()) {
        for finding in findings(&contract, line) {
            let level = match finding.clause.level {
                Level::Must => "",
                Level::Should => " (should)",
            };
            let text = format!(
                "{}{level}: {}: expected {}, was {}",
                finding.clause.id, finding.place, finding.expected, finding.actual
            );
            // The table itself has all pairs of rows; a few of them show how they read.
            let pair = finding.place == Place::Status || finding.clause.id == "code";
            let alike = texts
                .iter()
                .filter(|one| one.starts_with(&finding.clause.id))
                .count();
            if !texts.contains(&text) && (!pair || alike < 12) {
                texts.push(text);
            }
        }
    }
    texts.sort();
    let texts: Vec<String> = texts.iter().map(|text| one_line(text)).collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn a_quote_of_the_server_is_bounded() {
    let contract = shipped_contract();
    let long = "x".repeat(100_000);
    let twice: String = (0..10_000).fold(String::new(), |mut text, number| {
        let _ = write!(text, "\"{number}\":1,\"{number}\":1,");
        text
    });
    let answers = [
        Answer::refusal(400, &long, false, "null").header("retry-after", &long),
        Answer::window(&format!("\"{long}\"")).instead("content-type", &long),
        Answer::member("message", &format!("[\"{long}\"]")),
        Answer::new(400, long.as_str()).instead("cache-control", &long),
        Answer::error(&format!("{{{twice}\"code\":\"bad_request\"}}")),
        Answer::member("message", &format!("\"m\",\"x\":{{{twice}\"z\":1}}")),
        Answer::member("message", &format!("\"m\",\"{long}\":1,\"{long}\":1")),
        Answer::member("message", &format!("\"m\",\"{long}\":{{\"a\":1,\"a\":1}}")),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let found = findings(&contract, &line("long", &["bad_request"], answer, &[]));
        assert!(!found.is_empty(), "{number}");
        let told: usize = found
            .iter()
            .map(|one| one.place.to_string().len() + one.expected.len() + one.actual.len())
            .sum();
        assert!(
            told < 4000,
            "{number}: {} findings of {told} bytes",
            found.len()
        );
    }
}

/// The contract in a folder of its own, its text changed.
fn changed(change: impl Fn(&str) -> String) -> Contract {
    let folder = tempfile::tempdir().unwrap();
    let from = Folder::Disk(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas").into());
    let text = change(&from.text(shipped::CONTRACT).unwrap());
    let schema = "error-envelope.schema.json";
    fs::write(folder.path().join(schema), from.text(schema).unwrap()).unwrap();
    fs::write(folder.path().join("contract.toml"), text).unwrap();
    contract::load(&Folder::Disk(folder.path().to_owned()), "contract.toml").unwrap()
}

#[test]
fn a_check_that_no_clause_asks_for_is_not_made() {
    for (name, _) in checks_of_judge() {
        let contract = changed(|text| {
            let asked = format!("check = \"{name}\"\n");
            assert!(text.contains(&asked), "{name}");
            text.replace(&asked, "")
        });
        let mut turned_off = 0;
        for line in rejects().iter().chain(&warns()) {
            let findings = findings(&contract, line);
            let found = ids(&findings);
            // In the shipped contract a clause that has a check of the judge has the check's name.
            assert!(!found.contains(&name), "{}: {found:?}", line.name);
            turned_off += usize::from(line.clauses.contains(&name));
            for clause in line.clauses.iter().filter(|clause| **clause != name) {
                assert!(
                    found.contains(clause),
                    "without {name}, {}: {found:?}",
                    line.name
                );
            }
        }
        assert!(turned_off > 0, "{name}");
    }
}

#[test]
fn a_header_rule_that_is_gone_is_not_held_to() {
    for rule in shipped_contract().headers() {
        let contract = changed(|text| {
            let (before, from) = text
                .split_once(&format!("[[header]]\nclause = \"{}\"\n", rule.clause.id))
                .unwrap();
            let (_, behind) = from.split_once("\n\n").unwrap();
            format!("{before}{behind}")
        });
        for line in rejects().iter().chain(&warns()) {
            let findings = findings(&contract, line);
            let found = ids(&findings);
            assert!(
                !found.contains(&rule.clause.id.as_str()),
                "{}: {found:?}",
                line.name
            );
        }
    }
}

/// A level is the contract's to say: no finding has one of its own.
#[test]
fn a_clause_of_another_level_is_told_at_that_level() {
    let contract = changed(|text| text.replace("level = \"must\"", "level = \"should\""));
    for line in rejects() {
        let findings = findings(&contract, &line);
        assert!(!findings.is_empty(), "{}", line.name);
        assert!(
            findings.iter().all(|one| !one.violates(false)),
            "{}",
            line.name
        );
    }
}

/// The insides of a server are named by the contract, which has an example of each.
#[test]
fn insides_of_the_server_are_not_in_a_message() {
    let contract = shipped_contract();
    let message = |text: &str| Answer::member("message", &json!(text).to_string());
    let mut lines = Vec::new();
    for leak in contract.leaks() {
        let example = json!(leak.example).to_string();
        let found = findings(
            &contract,
            &line("", &["bad_request"], message(&leak.example), &[]),
        );
        let told = found.iter().any(|finding| {
            finding.clause == leak.clause
                && finding.place == Place::Member("/error/message".to_owned())
                && finding.expected.contains(&leak.what)
        });
        assert!(told, "{}: {found:#?}", leak.what);
        // Other members are the server's own, and a success echoes what it was sent.
        let elsewhere = Answer::member("message", &format!("\"m\",\"trace\":{example}"));
        lines.push(line(&leak.what, &["bad_request"], elsewhere, &[]));
        let success = Answer::new(200, format!("{{\"error\":{{\"message\":{example}}}}}"));
        lines.push(line(&leak.what, &["success"], success, &[]));
    }
    assert!(!lines.is_empty());
    for harmless in [
        "Malformed JSON at line 3, column 7.",
        "Unexpected token at 1:17.",
        "Select a room from the list, and update the order set.",
        "The path /api/v1/generations/job_1 does not exist.",
        "The file photo.png, line 3 of the form, could not be read.",
        "Not a value of the field error: mode must be clean.",
        "Use https://example.com/docs/errors.html:443 or ask us.",
        "Delete from your request what is not needed, insert into metadata what is.",
        "The key 'a' is unknown (TypeError is no workflow).",
        "0x1F is not a number.",
    ] {
        lines.push(line(harmless, &["bad_request"], message(harmless), &[]));
    }
    let text = wrong(&contract, &lines);
    assert!(text.is_empty(), "{text}");
}

#[test]
fn credentials_are_not_sent_back() {
    let contract = shipped_contract();
    let silent = changed(|text| text.replace("check = \"secret-echo\"\n", ""));
    let table = [
        (
            Answer::member("message", "\"no such key: s3cr3t\""),
            Some(Place::Body),
        ),
        (Answer::member("message", "\"no such key: s3cr...\""), None),
        (
            Answer::row(400).header("x-token", "Bearer s3cr3t"),
            Some(Place::Header("x-token".to_owned())),
        ),
        (Answer::new(200, b"\xff s3cr3t"), Some(Place::Body)),
        (Answer::new(500, ""), None),
    ];
    for (answer, place) in table {
        let exchange = exchange(&line("", &["bad_request"], answer, &[]));
        let echoes = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("s3cr3t");
        assert_eq!(echoed(&echoes, &exchange), place);
        let clause = contract.check(Check::SecretEcho).unwrap();
        if let Some(place) = place {
            let found = judge_echo(&contract, &place).unwrap();
            assert_eq!((&found.clause, &found.place), (clause, &place));
            assert_eq!(judge_echo(&silent, &place), None);
        }
    }
}
