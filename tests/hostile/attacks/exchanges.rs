//! Compression, successes, writes, and more than one request on a connection.

use super::*;

/// 64 MiB of spaces in the coding `br`.
const BR_BOMB: &[u8] = b"\xcf\xff\xff\x7f\xf8\x25\x40\xe2\xb1\x40\x20\xf7\xfe\x9f\xff\xff\xff\xf0\x4b\x00\xc4\x61\x01\x80\xee\xfd\x3f\xff\xff\xff\xe1\x97\x00\x88\xc3\x22\x00\xdd\xfb\x7f\xfe\xff\xff\xc3\x2f\x01\x10\x87\x05\x00\xba\xf7\xff\x03";

/// 128 MiB of spaces in the coding `zstd`: a frame of blocks that each repeat one byte (RFC 8878, 3.1.1).
fn zstd_bomb() -> Vec<u8> {
    const BLOCKS: usize = 1024;
    let mut frame = b"\x28\xb5\x2f\xfd\x00\x58".to_vec();
    for block in 1..=BLOCKS {
        // Last or not, its kind, its size.
        let head = u32::from(block == BLOCKS) | 1 << 1 | (128 * 1024) << 3;
        frame.extend_from_slice(&head.to_le_bytes()[..3]);
        frame.push(b' ');
    }
    frame
}

pub(super) fn unasked_codings() -> Rows {
    let unasked = "violates[coding]: header content-encoding: expected no compression, since none was asked for";
    let bomb = vec![b' '; 8 * 1024 * 1024];
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
        ("br_bomb", coded("br", BR_BOMB), unasked),
        ("zstd_bomb", coded("zstd", &zstd_bomb()), unasked),
        (
            "gzip_bomb_in_a_bomb",
            coded("gzip, gzip", &gzip(&gzip(&bomb))),
            unasked,
        ),
    ]
}

pub(super) fn asked_codings() -> Rows {
    let bomb = vec![b' '; 8 * 1024 * 1024];
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
        ("br_asked_bomb", coded("br", BR_BOMB), not_read),
        ("zstd_asked_bomb", coded("zstd", &zstd_bomb()), not_read),
        (
            "coding_asked_unheard_of",
            coded("rot13", ENVELOPE.as_bytes()),
            not_read,
        ),
    ]
}

pub(super) fn successes() -> Rows {
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
                format!("{{\"you\":\"{}\"}}", crate::verdicts::SECRET),
            ),
            "violates[no-credentials]",
        ),
    ]
}

pub(super) fn writes() -> Rows {
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
pub(super) fn connections() -> Vec<(&'static str, Scripts, &'static str)> {
    let closed = [right(), vec![Act::Close]].concat();
    let forged = json_answer(200, r#"{"forged":true}"#);
    // In one piece: behind the first answer the second could reach the next request on that connection, of whichever trial it is.
    let both = [right(), forged].into_iter().flatten();
    let both = both.filter_map(|act| match act {
        Act::Send(bytes) => Some(bytes),
        _ => None,
    });
    let both = vec![Act::Send(both.flatten().collect())];
    vec![
        ("closed_between_requests", vec![closed], "ok"),
        (
            "closed_on_the_second_request",
            vec![right(), vec![Act::Close]],
            "violates[answer]: connection",
        ),
        ("two_answers_to_one_request", vec![both, right()], "ok"),
        (
            "second_answer_is_silence",
            vec![right(), vec![Act::Hush]],
            TIMEOUT,
        ),
    ]
}
