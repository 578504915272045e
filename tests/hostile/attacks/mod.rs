//! The attacks: a name, what the server plays, and the verdict that it must come to.

use std::io::Write as _;
use std::net::SocketAddr;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::server::{Act, Scripts};

mod bodies;
mod echoes;
mod exchanges;
mod framing;
mod heads;

use bodies::{chunks, lengths, texts, windows};
use echoes::echoes;
use exchanges::{asked_codings, connections, successes, unasked_codings, writes};
use framing::framing;
use heads::{heads, redirects, silences, status_lines};

/// What the trial asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A refusal, of a request without a body.
    Refusal,
    /// A refusal, where a limiter may answer.
    Limited,
    /// A success.
    Success,
    /// A refusal, of a request with a large body.
    Write,
    /// A refusal, compressed if the server likes.
    Compressed,
    /// Two refusals one after the other.
    Twice,
}

/// One row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Attack {
    /// Its name, and its trial's.
    pub name: String,
    /// What the trial asks for.
    pub kind: Kind,
    /// What is played.
    pub scripts: Scripts,
    /// `ok`, or what the text of the failure must contain; alternatives stand between bars.
    pub verdict: &'static str,
}

const ENVELOPE: &str = r#"{"error":{"code":"not_found","message":"No such page.","retryable":false,"retry_after":null}}"#;

/// The head of the right answer, up to what says how its body ends.
const HEAD: &str =
    "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n";

const TIMEOUT: &str = "violates[answer]: connection: expected a complete HTTP response, was no complete response within";
const BROKEN: &str = "violates[answer]: connection: expected a complete HTTP response, was no complete HTTP response";
const TOO_LARGE: &str = "was the response body is larger than the limit of 2097152 bytes";
const NOT_JSON: &str = "violates[json]: body: expected one JSON text, was";

fn send(text: impl AsRef<[u8]>) -> Act {
    Act::Send(text.as_ref().to_vec())
}

fn repeat(text: impl AsRef<[u8]>) -> Act {
    Act::Repeat(text.as_ref().to_vec())
}

/// An answer with more header fields and this body, whole and delimited.
fn answer(status: &str, fields: &str, body: impl AsRef<[u8]>) -> Vec<Act> {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\nCache-Control: no-store\r\n{fields}Content-Length: {}\r\n\r\n",
        body.len()
    );
    vec![Act::Send([head.as_bytes(), body].concat())]
}

/// A JSON answer with this status.
pub(crate) fn json_answer(status: u16, body: &str) -> Vec<Act> {
    answer(
        &format!("{status} X"),
        "Content-Type: application/json\r\n",
        body,
    )
}

/// The right answer.
pub(crate) fn right() -> Vec<Act> {
    json_answer(404, ENVELOPE)
}

/// The right status with another body.
pub(crate) fn with_body(body: impl AsRef<[u8]>) -> Vec<Act> {
    answer("404 Not Found", "Content-Type: application/json\r\n", body)
}

/// The right answer but for how its body is announced and delimited.
fn delimited(fields: &str, body: impl AsRef<[u8]>, then: Act) -> Vec<Act> {
    let head = format!("{HEAD}{fields}\r\n");
    vec![Act::Send([head.as_bytes(), body.as_ref()].concat()), then]
}

/// The right answer in chunks, of which the text is given.
fn chunked(text: &str, then: Act) -> Vec<Act> {
    delimited("Transfer-Encoding: chunked\r\n", text, then)
}

/// The right answer compressed.
pub(crate) fn coded(coding: &str, body: &[u8]) -> Vec<Act> {
    let fields = format!("Content-Type: application/json\r\nContent-Encoding: {coding}\r\n");
    answer("404 Not Found", &fields, body)
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// The same, not compressed: as long as the text.
pub(crate) fn stored(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// An envelope with one member replaced.
fn member(name: &str, value: &str) -> String {
    let of = |one: &str, known: &str| {
        if one == name {
            value.to_owned()
        } else {
            known.to_owned()
        }
    };
    format!(
        r#"{{"error":{{"code":{},"message":{},"retryable":{},"retry_after":{}}}}}"#,
        of("code", r#""not_found""#),
        of("message", r#""No.""#),
        of("retryable", "false"),
        of("retry_after", "null")
    )
}

pub(crate) fn limited(fields: &str, window: &str) -> Vec<Act> {
    let body = format!(
        r#"{{"error":{{"code":"rate_limited","message":"Later.","retryable":true,"retry_after":{window}}}}}"#
    );
    answer(
        "429 X",
        &format!("Content-Type: application/json\r\n{fields}"),
        body,
    )
}

/// All attacks; a redirect leads to `elsewhere`.
pub(crate) fn attacks(elsewhere: SocketAddr) -> Vec<Attack> {
    let mut all = Vec::new();
    let mut of = |kind: Kind, rows: Vec<(&str, Vec<Act>, &'static str)>| {
        for (name, script, verdict) in rows {
            all.push(Attack {
                name: name.to_owned(),
                kind,
                scripts: vec![script],
                verdict,
            });
        }
    };
    of(Kind::Refusal, silences());
    of(Kind::Refusal, status_lines());
    of(Kind::Refusal, heads());
    of(Kind::Refusal, lengths());
    of(Kind::Refusal, chunks());
    of(Kind::Refusal, framing());
    let echoes = echoes();
    let rows = echoes
        .iter()
        .map(|(name, answer, verdict)| (name.as_str(), answer.clone(), *verdict));
    of(Kind::Refusal, rows.collect());
    of(Kind::Refusal, texts());
    of(Kind::Limited, windows());
    of(Kind::Refusal, unasked_codings());
    of(Kind::Compressed, asked_codings());
    of(Kind::Refusal, redirects(elsewhere));
    of(Kind::Success, successes());
    of(Kind::Write, writes());
    for (name, scripts, verdict) in connections() {
        all.push(Attack {
            name: name.to_owned(),
            kind: Kind::Twice,
            scripts,
            verdict,
        });
    }
    all
}

type Rows = Vec<(&'static str, Vec<Act>, &'static str)>;
