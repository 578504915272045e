//! Bodies: their lengths, their chunks, their text, and the windows that they advertise.

use super::*;

pub(super) fn lengths() -> Rows {
    let length = |fields: &str| delimited(fields, ENVELOPE, Act::Hush);
    let huge = "[0,".repeat(690_000);
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
            "duplicate Content-Length",
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
            // What the attack before it left on its connection may end this one.
            "was the body is empty | connection closed before message completed",
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
            with_body(format!("[{}0]", "0,".repeat(1_000_000))),
            NOT_JSON,
        ),
        (
            "millions_of_members",
            with_body(format!("{{{}\"b\":0}}", "\"a\":0,".repeat(340_000))),
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

pub(super) fn chunks() -> Rows {
    let whole = format!("{:x}\r\n{ENVELOPE}\r\n", ENVELOPE.len());
    let ones: Vec<String> = ENVELOPE
        .chars()
        .map(|c| format!("1;x=y\r\n{c}\r\n"))
        .collect();
    let ones = ones.concat();
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
            "was the response body is larger than the limit | no complete response within",
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

pub(super) fn texts() -> Rows {
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
        ("duplicate_member", with_body(&twice), "violates[duplicate]"),
        (
            "duplicate_envelope",
            with_body(ENVELOPE.replacen('{', "{\"error\":{},", 1)),
            "violates[duplicate]",
        ),
        (
            "duplicate_behind_others",
            with_body(twice.replacen(
                '{',
                &format!("{{\"x\":{{{}\"a\":1}},", "\"a\":1,".repeat(60)),
                1,
            )),
            "violates[duplicate]",
        ),
        ("arrays_100000_deep", with_body(deep("[", "]")), NOT_JSON),
        (
            "objects_100000_deep",
            with_body(deep("{\"a\":", "}")),
            NOT_JSON,
        ),
        ("deep_and_open", with_body("[".repeat(500_000)), NOT_JSON),
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

pub(super) fn windows() -> Rows {
    let window = "violates[window]";
    vec![
        (
            "window_negative",
            with_body(member("retry_after", "-1")),
            window,
        ),
        (
            "window_infinite",
            with_body(member("retry_after", "\"Infinity\"")),
            window,
        ),
        (
            "window_bare_infinite",
            with_body(member("retry_after", "Infinity")),
            NOT_JSON,
        ),
        (
            "window_list",
            with_body(member("retry_after", "[]")),
            window,
        ),
        (
            "window_true",
            with_body(member("retry_after", "true")),
            window,
        ),
        (
            "window_beyond_64_bits",
            limited("", "18446744073709551616"),
            window,
        ),
        ("window_minus_zero_for_ever", limited("", "-0.0"), window),
        ("window_tiny_for_ever", limited("", "1e-320"), window),
        (
            "window_and_two_headers",
            limited("Retry-After: 0\r\nRetry-After: 99999\r\n", "0"),
            "violates[retry-after]",
        ),
        (
            "window_and_negative_header",
            limited("Retry-After: -1\r\n", "1e9"),
            "violates[retry-after]",
        ),
        (
            "window_and_fraction",
            limited("Retry-After: 0.5\r\n", "1e9"),
            "violates[retry-after]",
        ),
        (
            "window_text",
            with_body(member("retry_after", "\"NaN\"")),
            window,
        ),
        ("window_1e18", limited("", "1e18"), window),
        ("window_1e300", limited("", "1e300"), window),
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
        ("limited_for_ever", limited("", "0"), window),
    ]
}
