//! Where an answer ends, told in ways that readers take differently, and what stands behind it.

use super::*;

pub(super) fn framing() -> Rows {
    let length = |fields: &str| delimited(fields, ENVELOPE, Act::Close);
    let size = ENVELOPE.len();
    let whole = format!("{size:x}\r\n{ENVELOPE}\r\n");
    let forged = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let old = HEAD.replace("HTTP/1.1", "HTTP/1.0");
    vec![
        ("length_empty", length("Content-Length:\r\n"), BROKEN),
        (
            "length_hexadecimal",
            length("Content-Length: 0x60\r\n"),
            BROKEN,
        ),
        (
            "length_fraction",
            length("Content-Length: 96.0\r\n"),
            BROKEN,
        ),
        (
            "length_with_nul",
            length("Content-Length: 96\0\r\n"),
            BROKEN,
        ),
        (
            "length_folded",
            length("Content-Length:\r\n 96\r\n"),
            BROKEN,
        ),
        (
            "chunked_twice",
            length("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            BROKEN,
        ),
        (
            "chunked_misspelt",
            length("Transfer-Encoding: xchunked\r\n"),
            BROKEN,
        ),
        (
            "chunked_with_vertical_tab",
            length("Transfer-Encoding:\x0bchunked\r\n"),
            BROKEN,
        ),
        (
            "chunked_in_an_old_version",
            vec![
                send(format!(
                    "{old}Transfer-Encoding: chunked\r\n\r\n{whole}0\r\n\r\n"
                )),
                Act::Close,
            ],
            BROKEN,
        ),
        (
            "chunk_size_hexadecimal",
            chunked(&format!("0x{whole}0\r\n\r\n"), Act::Close),
            BROKEN,
        ),
        (
            "chunk_size_with_space_before",
            chunked(&format!(" {whole}0\r\n\r\n"), Act::Close),
            BROKEN,
        ),
        (
            "chunk_without_its_line_end",
            chunked(&format!("{size:x}\r\n{ENVELOPE}0\r\n\r\n"), Act::Close),
            BROKEN,
        ),
        (
            "trailer_that_forges",
            chunked(
                &format!("{whole}0\r\nContent-Length: 2\r\nContent-Type: text/html\r\n\r\n"),
                Act::Close,
            ),
            "ok",
        ),
        (
            "trailer_with_nul",
            chunked(&format!("{whole}0\r\nX-A: a\0b\r\n\r\n"), Act::Close),
            BROKEN,
        ),
        (
            "answer_split_in_a_header",
            vec![
                send(format!("{HEAD}X-A: b\r\nContent-Length: 0\r\n\r\n{forged}")),
                Act::Close,
            ],
            "was the body is empty",
        ),
        (
            "another_answer_for_a_body",
            delimited("", forged, Act::Close),
            NOT_JSON,
        ),
        (
            "head_with_bare_returns",
            vec![send(HEAD.replace("\r\n", "\r")), Act::Close],
            BROKEN,
        ),
        (
            "return_in_a_value",
            length("X-A: b\rContent-Length: 0\r\n"),
            BROKEN,
        ),
        (
            "old_version_without_length",
            vec![send(format!("{old}\r\n{ENVELOPE}")), Act::Close],
            "ok",
        ),
        (
            "http_2_preface",
            vec![send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Act::Close],
            BROKEN,
        ),
        (
            "hint_with_a_body",
            vec![
                send(format!(
                    "HTTP/1.1 103 Early Hints\r\nContent-Length: 96\r\n\r\n{ENVELOPE}"
                )),
                Act::Close,
            ],
            BROKEN,
        ),
        (
            "reset_content_with_body",
            answer(
                "205 Reset Content",
                "Content-Type: application/json\r\n",
                ENVELOPE,
            ),
            "status: expected 404 not_found, was 205",
        ),
    ]
}
