//! The credential that was sent comes back: in every coding, in every place. And what only looks like it.

use super::*;
use crate::codings::codings;
use crate::verdicts::SECRET;

const SAID: &str = "violates[no-credentials]";

/// An answer that sends a text back in a place of its own.
fn places(text: &str) -> Vec<(&'static str, Vec<Act>)> {
    let one_line = text.replace(['\r', '\n'], "");
    let fields = |more: &str| format!("Content-Type: application/json\r\n{more}");
    let whole = format!("{:x}\r\n{ENVELOPE}\r\n", ENVELOPE.len());
    let trailer = format!("{whole}0\r\nX-Echo: {one_line}\r\n\r\n");
    let quoted = text.replace('"', "\\\"");
    vec![
        (
            "message",
            with_body(member("message", &format!("\"{quoted}\""))),
        ),
        (
            "header",
            answer(
                "404 X",
                &fields(&format!("X-Echo: {one_line}\r\n")),
                ENVELOPE,
            ),
        ),
        (
            "reason",
            answer(&format!("404 {one_line}"), &fields(""), ENVELOPE),
        ),
        ("trailer", chunked(&trailer, Act::Close)),
    ]
}

pub(super) fn echoes() -> Vec<(String, Vec<Act>, &'static str)> {
    let mut rows = Vec::new();
    for (coding, text) in codings(SECRET) {
        for (place, answer) in places(&text) {
            // No field holds those, and of a reason phrase beyond ASCII our HTTP library tells nothing.
            let impossible = match place {
                "message" => false,
                "reason" if coding == "zero_width" => true,
                _ => ["nul", "quoted_printable_lines"].contains(&coding.as_str()),
            };
            // The status itself is as it should be.
            let said = match place {
                "reason" => "the credential that was sent, in the reason phrase",
                _ => SAID,
            };
            if !impossible {
                rows.push((format!("echo_{coding}_in_{place}"), answer, said));
            }
        }
    }
    let message = |text: &str| with_body(member("message", &format!("\"{text}\"")));
    let json = codings(SECRET).into_iter().find(|(name, _)| name == "json");
    let (_, json) = json.unwrap();
    let name = format!("Content-Type: application/json\r\nX-{SECRET}: 1\r\n");
    let far = format!("{}{json}", "x".repeat(1_000_000));
    let (public, secret) = SECRET.split_once('.').unwrap();
    let public: Vec<String> = codings(public).into_iter().map(|(_, text)| text).collect();
    let public = serde_json::Value::from(public.join(" ")).to_string();
    let others = [
        (
            "echo_in_header_name",
            answer("404 X", &name, ENVELOPE),
            SAID,
        ),
        ("echo_far_behind", message(&far), SAID),
        (
            "echo_of_its_beginning",
            message("kat_live_... (36 bytes)"),
            "ok",
        ),
        (
            "echo_of_what_is_public",
            with_body(member("message", &public)),
            "ok",
        ),
        (
            "echo_of_another",
            message(&format!(
                "kat_live_another.{}",
                secret.to_uppercase().replace('3', "E")
            )),
            "ok",
        ),
        (
            "echo_of_nothing",
            message(&"c2VjcmV0 6b:61:74 %6b%61%74 =6B=61=74 &#107;&#97;&#116; ".repeat(40)),
            "ok",
        ),
    ];
    rows.extend(others.map(|(name, answer, verdict)| (name.to_owned(), answer, verdict)));
    rows
}
