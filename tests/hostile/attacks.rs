//! The attacks: a name, what the server plays, and the verdict that it must come to.

use std::io::Write as _;
use std::net::SocketAddr;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::server::{Act, Scripts};

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

const TIMEOUT: &str = "violates[answer]: connection: expected a complete HTTP response, was no complete response within 2 s";
const BROKEN: &str = "violates[answer]: connection: expected a complete HTTP response, was no complete HTTP response";
const TOO_LARGE: &str = "was the response body is larger than the limit of 8388608 bytes";
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
fn with_body(body: impl AsRef<[u8]>) -> Vec<Act> {
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
fn coded(coding: &str, body: &[u8]) -> Vec<Act> {
    let fields = format!("Content-Type: application/json\r\nContent-Encoding: {coding}\r\n");
    answer("404 Not Found", &fields, body)
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
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

fn limited(fields: &str, window: &str) -> Vec<Act> {
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

fn silences() -> Rows {
    let cut = |text: &str, then: Act| vec![send(text), then];
    let body = format!("{HEAD}Content-Length: 96\r\n\r\n{{\"error\":");
    vec![
        ("silence", vec![Act::Hush], TIMEOUT),
        (
            "silence_in_status_line",
            cut("HTTP/1.1 40", Act::Hush),
            TIMEOUT,
        ),
        ("silence_in_header", cut(HEAD, Act::Hush), TIMEOUT),
        ("silence_in_body", cut(&body, Act::Hush), TIMEOUT),
        ("close", vec![Act::Close], BROKEN),
        (
            "close_in_status_line",
            cut("HTTP/1.1 40", Act::Close),
            BROKEN,
        ),
        (
            "close_after_status_line",
            cut("HTTP/1.1 404 Not Found\r\n", Act::Close),
            BROKEN,
        ),
        (
            "close_in_header",
            cut("HTTP/1.1 404 Not Found\r\nContent-Ty", Act::Close),
            BROKEN,
        ),
        (
            "close_after_head",
            cut(&format!("{HEAD}Content-Length: 96\r\n\r\n"), Act::Close),
            BROKEN,
        ),
        ("close_in_body", cut(&body, Act::Close), BROKEN),
        (
            "drip_in_status_line",
            vec![Act::Drip(b"HTTP/1.1 404 Not Found because ".to_vec())],
            TIMEOUT,
        ),
        (
            "drip_in_header",
            vec![send(HEAD), Act::Drip(b"X-A: b\r\n".to_vec())],
            TIMEOUT,
        ),
        (
            "drip_in_body",
            vec![
                send(format!("{HEAD}Content-Length: 100000\r\n\r\n")),
                Act::Drip(b"a".to_vec()),
            ],
            TIMEOUT,
        ),
        (
            "drip_without_length",
            vec![send(format!("{HEAD}\r\n")), Act::Drip(b"a".to_vec())],
            TIMEOUT,
        ),
        (
            "drip_in_chunks",
            vec![
                send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n")),
                Act::Drip(b"1\r\na\r\n".to_vec()),
            ],
            TIMEOUT,
        ),
    ]
}

fn status_lines() -> Rows {
    let odd = |line: &str| {
        let rest = HEAD.split_once("\r\n").unwrap().1;
        vec![
            send(format!(
                "{line}\r\n{rest}Content-Length: {}\r\n\r\n{ENVELOPE}",
                ENVELOPE.len()
            )),
            Act::Close,
        ]
    };
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
    vec![
        (
            "status_line_garbage",
            vec![send(b"\x00\xff\xfe\x01garbage\r\n\r\n"), Act::Close],
            BROKEN,
        ),
        ("status_line_half", odd("HTTP/1.1"), BROKEN),
        ("status_two_digits", odd("HTTP/1.1 40 X"), BROKEN),
        ("status_four_digits", odd("HTTP/1.1 4040 X"), BROKEN),
        ("status_letters", odd("HTTP/1.1 4o4 X"), BROKEN),
        ("status_zero", odd("HTTP/1.1 000 X"), BROKEN),
        (
            "status_999",
            odd("HTTP/1.1 999 X"),
            "status: expected 404 not_found, was 999 not_found",
        ),
        (
            "status_200_with_the_envelope",
            odd("HTTP/1.1 200 OK"),
            "status: expected 404 not_found, was 200 not_found",
        ),
        ("version_9", odd("HTTP/9.9 404 X"), BROKEN),
        ("version_in_lower_case", odd("http/1.1 404 X"), BROKEN),
        ("reason_with_escapes", odd("HTTP/1.1 404 \u{1b}[2J"), BROKEN),
        ("no_status_line", vec![send(ENVELOPE), Act::Close], BROKEN),
        (
            "another_protocol",
            vec![send("SSH-2.0-OpenSSH_9.9\r\n"), Act::Hush],
            BROKEN,
        ),
        (
            "tls_where_none_is",
            vec![send(b"\x15\x03\x01\x00\x02\x02\x46"), Act::Close],
            BROKEN,
        ),
        (
            "http_2_where_none_is",
            vec![send(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"), Act::Hush],
            BROKEN,
        ),
        (
            "endless_status_line",
            vec![send("HTTP/1.1 404 "), repeat("A")],
            BROKEN,
        ),
        (
            "continue_flood",
            vec![repeat("HTTP/1.1 100 Continue\r\n\r\n")],
            TIMEOUT,
        ),
        ("hints_flood", vec![repeat(hints)], TIMEOUT),
        (
            "continue_and_no_more",
            vec![send("HTTP/1.1 100 Continue\r\n\r\n"), Act::Close],
            BROKEN,
        ),
        (
            "continue_once",
            [
                vec![send("HTTP/1.1 100 Continue\r\n\r\n"), send(hints)],
                right(),
            ]
            .concat(),
            "ok",
        ),
        (
            "other_protocol",
            vec![
                send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nHello",
                ),
                Act::Hush,
            ],
            "a 101 to a request that asked for no other protocol",
        ),
    ]
}

fn heads() -> Rows {
    let with = |fields: &str| {
        vec![
            send(format!(
                "{HEAD}{fields}Content-Length: {}\r\n\r\n{ENVELOPE}",
                ENVELOPE.len()
            )),
            Act::Close,
        ]
    };
    let many = |number: usize, size: usize| -> String {
        (0..number)
            .map(|n| format!("X-{n}: {}\r\n", "v".repeat(size)))
            .collect()
    };
    vec![
        (
            "endless_header",
            vec![send(format!("{HEAD}X-A: ")), repeat("v")],
            BROKEN,
        ),
        (
            "endless_headers",
            vec![send(HEAD), repeat("X-A: v\r\n")],
            BROKEN,
        ),
        ("many_headers", with(&many(200, 1)), BROKEN),
        (
            "huge_headers",
            with(&many(70, 1000)),
            "was the response's header fields are larger than the limit of 65536 bytes",
        ),
        (
            "huge_header",
            with(&many(1, 300_000)),
            "was the response's header fields are larger than the limit of 65536 bytes",
        ),
        ("header_without_colon", with("X-A v\r\n"), BROKEN),
        ("header_without_name", with(": v\r\n"), BROKEN),
        ("header_with_space_in_its_name", with("X A: v\r\n"), BROKEN),
        ("header_folded", with("X-A: v\r\n w\r\n"), BROKEN),
        ("header_with_nul", with("X-A: a\0b\r\n"), BROKEN),
        ("header_with_escapes", with("X-A: \u{1b}[2J\r\n"), BROKEN),
        (
            "content_type_twice",
            with("Content-Type: text/html\r\n"),
            "violates[media-type]: header content-type: expected `application/json`, was `application/json, text/html`",
        ),
        (
            "content_type_html",
            answer("404 X", "Content-Type: text/html\r\n", ENVELOPE),
            "violates[media-type]",
        ),
        (
            "cache_control_missing",
            vec![send(format!(
                "HTTP/1.1 404 X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{ENVELOPE}",
                ENVELOPE.len()
            ))],
            "violates[no-store]",
        ),
    ]
}

fn lengths() -> Rows {
    let length = |fields: &str| delimited(fields, ENVELOPE, Act::Hush);
    let huge = "[0,".repeat(2_790_000);
    vec![
        (
            "length_conflict",
            length("Content-Length: 10\r\nContent-Length: 96\r\n"),
            BROKEN,
        ),
        ("length_list", length("Content-Length: 10, 96\r\n"), BROKEN),
        (
            "length_twice",
            length("Content-Length: 96\r\nContent-Length: 96\r\n"),
            "Content-Length stands twice",
        ),
        ("length_negative", length("Content-Length: -1\r\n"), BROKEN),
        (
            "length_with_sign",
            length("Content-Length: +96\r\n"),
            BROKEN,
        ),
        ("length_text", length("Content-Length: many\r\n"), BROKEN),
        (
            "length_overflow",
            length("Content-Length: 99999999999999999999999\r\n"),
            BROKEN,
        ),
        (
            "length_too_short",
            length("Content-Length: 40\r\n"),
            NOT_JSON,
        ),
        (
            "length_zero",
            length("Content-Length: 0\r\n"),
            "was the body is empty",
        ),
        ("length_too_long", length("Content-Length: 97\r\n"), TIMEOUT),
        (
            "length_too_long_and_close",
            delimited("Content-Length: 97\r\n", ENVELOPE, Act::Close),
            BROKEN,
        ),
        (
            "length_and_chunks",
            length("Content-Length: 96\r\nTransfer-Encoding: chunked\r\n"),
            "both Content-Length and Transfer-Encoding | no complete HTTP response",
        ),
        (
            "ten_gibibytes",
            length("Content-Length: 10737418240\r\n"),
            TOO_LARGE,
        ),
        ("endless_body", delimited("", "", repeat("x")), TOO_LARGE),
        (
            "endless_body_of_json",
            delimited("", "[", repeat("[],")),
            TOO_LARGE,
        ),
        (
            "just_under_the_limit",
            with_body(format!("{huge}0")),
            NOT_JSON,
        ),
        (
            "millions_of_values",
            with_body(format!("[{}0]", "0,".repeat(4_000_000))),
            NOT_JSON,
        ),
        (
            "millions_of_members",
            with_body(format!("{{{}\"b\":0}}", "\"a\":0,".repeat(1_300_000))),
            NOT_JSON,
        ),
        (
            "transfer_gzip",
            length("Transfer-Encoding: gzip\r\n"),
            BROKEN,
        ),
        (
            "transfer_identity",
            delimited("Transfer-Encoding: identity\r\n", ENVELOPE, Act::Close),
            BROKEN,
        ),
        (
            "transfer_gzip_chunked",
            delimited(
                "Transfer-Encoding: gzip, chunked\r\n",
                "0\r\n\r\n",
                Act::Close,
            ),
            BROKEN,
        ),
    ]
}

fn chunks() -> Rows {
    let whole = format!("{:x}\r\n{ENVELOPE}\r\n", ENVELOPE.len());
    let ones: String = ENVELOPE
        .chars()
        .map(|c| format!("1;x=y\r\n{c}\r\n"))
        .collect();
    vec![
        (
            "chunk_size_text",
            chunked("zz\r\n{}\r\n0\r\n\r\n", Act::Close),
            BROKEN,
        ),
        (
            "chunk_size_negative",
            chunked("-5\r\n{}\r\n0\r\n\r\n", Act::Close),
            BROKEN,
        ),
        (
            "chunk_size_overflow",
            chunked("fffffffffffffffff\r\n{}", Act::Close),
            BROKEN,
        ),
        (
            "chunk_of_10_gib",
            vec![
                send(format!(
                    "{HEAD}Transfer-Encoding: chunked\r\n\r\n280000000\r\n"
                )),
                repeat("x"),
            ],
            TOO_LARGE,
        ),
        (
            "chunk_too_long",
            chunked(&format!("10\r\n{ENVELOPE}\r\n0\r\n\r\n"), Act::Close),
            BROKEN,
        ),
        ("chunk_without_end", chunked(&whole, Act::Close), BROKEN),
        ("chunk_cut", chunked(&whole[..20], Act::Close), BROKEN),
        (
            "chunks_endless",
            vec![
                send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n")),
                repeat("4\r\naaaa\r\n"),
            ],
            "was the response body is larger than the limit | no complete response within 2 s",
        ),
        (
            "chunk_extension_endless",
            vec![
                send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n4;")),
                repeat("x"),
            ],
            BROKEN,
        ),
        (
            "chunk_size_endless",
            vec![
                send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n")),
                repeat("0"),
            ],
            TIMEOUT,
        ),
        (
            "trailers_endless",
            vec![
                send(format!(
                    "{HEAD}Transfer-Encoding: chunked\r\n\r\n{whole}0\r\n"
                )),
                repeat("X-A: b\r\n"),
            ],
            BROKEN,
        ),
        ("chunk_and_silence", chunked(&whole, Act::Hush), TIMEOUT),
        (
            "chunks_of_one_byte",
            chunked(&format!("{ones}0\r\nX-Trailer: x\r\n\r\n"), Act::Close),
            "ok",
        ),
    ]
}

fn texts() -> Rows {
    let utf16 = |big: bool| -> Vec<u8> {
        let units = ENVELOPE.encode_utf16();
        units
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    let deep = |open: &str, close: &str| {
        member(
            "message",
            &format!("{}0{}", open.repeat(100_000), close.repeat(100_000)),
        )
    };
    let twice = ENVELOPE.replace("\"code\":", "\"code\":\"bad_request\",\"code\":");
    vec![
        ("no_body", with_body(""), "was the body is empty"),
        ("white_space", with_body(" \r\n"), NOT_JSON),
        (
            "html",
            with_body("<!doctype html><script>alert(1)</script>"),
            NOT_JSON,
        ),
        (
            "utf_16_le",
            with_body([&b"\xff\xfe"[..], &utf16(false)].concat()),
            NOT_JSON,
        ),
        ("utf_16_be", with_body(utf16(true)), NOT_JSON),
        (
            "byte_order_mark",
            with_body(format!("\u{feff}{ENVELOPE}")),
            "[bom]",
        ),
        (
            "two_byte_order_marks",
            with_body(format!("\u{feff}\u{feff}{ENVELOPE}")),
            NOT_JSON,
        ),
        (
            "invalid_utf_8",
            with_body(b"{\"error\":\"\xff\xfe\"}"),
            "invalid UTF-8",
        ),
        (
            "overlong_utf_8",
            with_body(b"{\"error\":\"\xc0\xaf\"}"),
            "invalid UTF-8",
        ),
        (
            "surrogate_in_utf_8",
            with_body(b"{\"error\":\"\xed\xa0\x80\"}"),
            "invalid UTF-8",
        ),
        (
            "lone_surrogate",
            with_body(member("message", r#""\ud800""#)),
            NOT_JSON,
        ),
        (
            "nul_byte",
            with_body(member("message", "\"a\0b\"")),
            NOT_JSON,
        ),
        ("duplicate_member", with_body(twice), "violates[duplicate]"),
        (
            "duplicate_envelope",
            with_body(ENVELOPE.replacen('{', "{\"error\":{},", 1)),
            "violates[duplicate]",
        ),
        ("arrays_100000_deep", with_body(deep("[", "]")), NOT_JSON),
        (
            "objects_100000_deep",
            with_body(deep("{\"a\":", "}")),
            NOT_JSON,
        ),
        ("deep_and_open", with_body("[".repeat(1_000_000)), NOT_JSON),
        (
            "two_texts",
            with_body(format!("{ENVELOPE}{ENVELOPE}")),
            NOT_JSON,
        ),
        (
            "text_after",
            with_body(format!("{ENVELOPE}\n\u{1b}[2J")),
            NOT_JSON,
        ),
        ("nan", with_body(member("retry_after", "NaN")), NOT_JSON),
        (
            "number_1e999",
            with_body(member("retry_after", "1e999")),
            NOT_JSON,
        ),
        (
            "code_of_a_megabyte",
            with_body(member("code", &format!("\"{}\"", "c".repeat(1_000_000)))),
            "violates[code]",
        ),
        (
            "code_of_another_type",
            with_body(member("code", "[[[]]]")),
            "violates[schema]",
        ),
        ("no_object", with_body("null"), "violates[schema]"),
    ]
}

fn windows() -> Rows {
    let wait = "inconclusive: it would have to wait";
    let window = "violates[window]";
    vec![
        (
            "window_negative",
            with_body(member("retry_after", "-1")),
            window,
        ),
        (
            "window_text",
            with_body(member("retry_after", "\"NaN\"")),
            window,
        ),
        ("window_1e18", limited("", "1e18"), wait),
        ("window_1e300", limited("", "1e300"), wait),
        ("window_of_a_row_negative", limited("", "-1e18"), window),
        (
            "window_null_and_far_date",
            limited("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", "null"),
            window,
        ),
        (
            "window_null_and_past_date",
            limited("Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "null"),
            window,
        ),
        (
            "window_and_far_date",
            limited(
                "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
                "1e9",
            ),
            "violates[retry-after]",
        ),
        (
            "window_null_and_nan",
            limited("Retry-After: NaN\r\n", "null"),
            window,
        ),
        (
            "window_and_no_date",
            limited("Retry-After: 99999999999999999999999999\r\n", "1e9"),
            "violates[retry-after]",
        ),
        (
            "limited_for_ever",
            limited("", "0"),
            "inconclusive: the target's limit for `limited_for_ever` is used up",
        ),
    ]
}

fn unasked_codings() -> Rows {
    let unasked = "violates[coding]: header content-encoding: expected no compression, since none was asked for";
    let bomb = vec![b' '; 16 * 1024 * 1024];
    vec![
        (
            "gzip_unasked",
            coded("gzip", &gzip(ENVELOPE.as_bytes())),
            unasked,
        ),
        (
            "deflate_unasked",
            coded("deflate", &zlib(ENVELOPE.as_bytes())),
            unasked,
        ),
        ("br_unasked", coded("br", b"\x0b\x02\x80{}\x03"), unasked),
        (
            "zstd_unasked",
            coded("zstd", b"\x28\xb5\x2f\xfd\x24\x00"),
            unasked,
        ),
        (
            "gzip_that_is_none",
            coded("gzip", ENVELOPE.as_bytes()),
            unasked,
        ),
        (
            "coding_unheard_of",
            coded("rot13", ENVELOPE.as_bytes()),
            unasked,
        ),
        ("gzip_bomb", coded("gzip", &gzip(&bomb)), TOO_LARGE),
        ("deflate_bomb", coded("deflate", &zlib(&bomb)), TOO_LARGE),
        (
            "gzip_bomb_in_a_bomb",
            coded("gzip, gzip", &gzip(&gzip(&bomb))),
            unasked,
        ),
    ]
}

fn asked_codings() -> Rows {
    let bomb = vec![b' '; 16 * 1024 * 1024];
    let whole = gzip(ENVELOPE.as_bytes());
    let not_read = "inconclusive: step 1: the response is in the content coding";
    vec![
        ("gzip_asked", coded("gzip", &whole), "ok"),
        (
            "deflate_asked",
            coded("deflate", &zlib(ENVELOPE.as_bytes())),
            "ok",
        ),
        (
            "identity_asked",
            coded("identity", ENVELOPE.as_bytes()),
            "ok",
        ),
        ("br_asked", coded("br", b"\x0b\x02\x80{}\x03"), not_read),
        (
            "zstd_asked",
            coded("zstd", b"\x28\xb5\x2f\xfd\x24\x00"),
            not_read,
        ),
        (
            "gzip_asked_cut",
            coded("gzip", &whole[..40]),
            "the body is not the `gzip` that its header says",
        ),
        (
            "gzip_asked_damaged",
            coded("gzip", &[&whole[..20], &[0; 40]].concat()),
            "the body is not the `gzip` that its header says",
        ),
        (
            "gzip_asked_none_sent",
            coded("gzip", ENVELOPE.as_bytes()),
            "the body is not the `gzip` that its header says",
        ),
        (
            "gzip_asked_bytes_after",
            coded("gzip", &[&whole[..], b"more"].concat()),
            "the body is not the `gzip` that its header says",
        ),
        ("gzip_asked_bomb", coded("gzip", &gzip(&bomb)), TOO_LARGE),
        (
            "deflate_asked_bomb",
            coded("deflate", &zlib(&bomb)),
            TOO_LARGE,
        ),
        (
            "coding_asked_unheard_of",
            coded("rot13", ENVELOPE.as_bytes()),
            not_read,
        ),
    ]
}

fn redirects(elsewhere: SocketAddr) -> Rows {
    let to = |status: &str, place: &str| {
        let fields = format!("Content-Type: application/json\r\nLocation: {place}\r\n");
        answer(status, &fields, ENVELOPE)
    };
    let status = "violates[known-status]";
    vec![
        (
            "redirect_loop",
            to("302 Found", "/attack/redirect_loop"),
            status,
        ),
        (
            "redirect_elsewhere",
            to(
                "307 Temporary Redirect",
                &format!("http://{elsewhere}/taken"),
            ),
            status,
        ),
        (
            "redirect_elsewhere_for_good",
            to(
                "308 Permanent Redirect",
                &format!("http://localhost:{}/taken", elsewhere.port()),
            ),
            status,
        ),
        ("redirect_nowhere", to("301 Moved", "\\\\::::"), status),
        (
            "redirect_to_a_file",
            to("303 See Other", "file:///etc/passwd"),
            status,
        ),
        (
            "not_modified_with_body",
            to("304 Not Modified", "/"),
            status,
        ),
    ]
}

fn successes() -> Rows {
    vec![
        (
            "no_content_with_length",
            answer("204 No Content", "", "{}"),
            "a 204 that says it has a body",
        ),
        (
            "no_content_in_chunks",
            vec![send(
                "HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            )],
            "a 204 that says it has a body",
        ),
        (
            "other_protocol_for_success",
            vec![
                send(
                    "HTTP/1.1 101 Switching Protocols\r\nCache-Control: no-store\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
                ),
                Act::Hush,
            ],
            "a 101 to a request",
        ),
        (
            "success_that_is_no_json",
            json_answer(200, "{\"status\":"),
            NOT_JSON,
        ),
        (
            "credential_echoed",
            answer(
                "200 OK",
                "Content-Type: application/json\r\n",
                format!("{{\"you\":\"{}\"}}", super::verdicts::SECRET),
            ),
            "violates[no-credentials]",
        ),
    ]
}

fn writes() -> Rows {
    vec![
        (
            "early_answer",
            [right(), vec![Act::ReadBody]].concat(),
            "ok",
        ),
        (
            "early_answer_and_silence",
            vec![send("HTTP/1.1 404 Not Found\r\n"), Act::Hush],
            TIMEOUT,
        ),
        ("reset", vec![Act::Reset], "violates[answer]: connection"),
        (
            "reset_in_body",
            vec![
                send(format!("{HEAD}Content-Length: 96\r\n\r\n{{\"error\":")),
                Act::Reset,
            ],
            "violates[answer]: connection",
        ),
        (
            "body_read_then_close",
            vec![Act::ReadBody, Act::Close],
            BROKEN,
        ),
    ]
}

/// More than one request on a connection.
fn connections() -> Vec<(&'static str, Scripts, &'static str)> {
    let closed = [right(), vec![Act::Close]].concat();
    let forged = json_answer(200, r#"{"forged":true}"#);
    vec![
        ("closed_between_requests", vec![closed], "ok"),
        (
            "closed_on_the_second_request",
            vec![right(), vec![Act::Close]],
            "violates[answer]: connection",
        ),
        (
            "two_answers_to_one_request",
            vec![[right(), forged].concat(), right()],
            "ok",
        ),
        (
            "second_answer_is_silence",
            vec![right(), vec![Act::Hush]],
            TIMEOUT,
        ),
    ]
}
