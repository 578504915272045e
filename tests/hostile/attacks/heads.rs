//! Silence, and heads that are none: status lines, header fields, redirects.

use std::net::SocketAddr;

use super::*;

pub(super) fn silences() -> Rows {
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

pub(super) fn status_lines() -> Rows {
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
        (
            "reason_of_200_kib",
            odd(&format!("HTTP/1.1 404 {}", "x".repeat(200 * 1024))),
            "was the response's header fields are larger than the limit of 65536 bytes",
        ),
        (
            "reason_of_many",
            odd(&format!("HTTP/1.1 404 {}", "x".repeat(1024))),
            "ok",
        ),
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

pub(super) fn heads() -> Rows {
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
        let fields: Vec<String> = (0..number)
            .map(|n| format!("X-{n}: {}\r\n", "v".repeat(size)))
            .collect();
        fields.concat()
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

pub(super) fn redirects(elsewhere: SocketAddr) -> Rows {
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
