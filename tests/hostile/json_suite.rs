//! Strict JSON held to `JSONTestSuite`: each text as a whole body and inside of an envelope, read and served.
//!
//! What is done where RFC 8259 leaves the choice is pinned here and told in `docs/contract-files.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use gonogo::judge::read;

use crate::attacks::{json_answer, with_body};
use crate::program::gonogo;
use crate::server::serve;

/// Texts in UTF-8, with their names.
const TEXTS: &str = include_str!("../json_test_suite/texts.json");

/// Texts that are not in UTF-8.
const BYTES: [(&str, &[u8]); 25] = [
    (
        "i_string_UTF-16LE_with_BOM",
        b"\xff\xfe[\0\"\0\xe9\0\"\0]\0",
    ),
    (
        "i_string_UTF-8_invalid_sequence",
        b"[\"\xe6\x97\xa5\xd1\x88\xfa\"]",
    ),
    ("i_string_UTF8_surrogate_U+D800", b"[\"\xed\xa0\x80\"]"),
    ("i_string_invalid_utf-8", b"[\"\xff\"]"),
    ("i_string_iso_latin_1", b"[\"\xe9\"]"),
    ("i_string_lone_utf8_continuation_byte", b"[\"\x81\"]"),
    ("i_string_not_in_unicode_range", b"[\"\xf4\xbf\xbf\xbf\"]"),
    ("i_string_overlong_sequence_2_bytes", b"[\"\xc0\xaf\"]"),
    (
        "i_string_overlong_sequence_6_bytes",
        b"[\"\xfc\x83\xbf\xbf\xbf\xbf\"]",
    ),
    (
        "i_string_overlong_sequence_6_bytes_null",
        b"[\"\xfc\x80\x80\x80\x80\x80\"]",
    ),
    ("i_string_truncated-utf-8", b"[\"\xe0\xff\"]"),
    ("i_string_utf16BE_no_BOM", b"\0[\0\"\0\xe9\0\"\0]"),
    ("i_string_utf16LE_no_BOM", b"[\0\"\0\xe9\0\"\0]\0"),
    ("n_array_a_invalid_utf8", b"[a\xe5]"),
    ("n_array_invalid_utf8", b"[\xff]"),
    ("n_number_invalid-utf-8-in-bigger-int", b"[123\xe5]"),
    ("n_number_invalid-utf-8-in-exponent", b"[1e1\xe5]"),
    ("n_number_invalid-utf-8-in-int", b"[0\xe5]\n"),
    ("n_number_real_with_invalid_utf8_after_e", b"[1e\xe5]"),
    (
        "n_object_lone_continuation_byte_in_key_and_trailing_comma",
        b"{\"\xb9\":\"0\",}",
    ),
    ("n_string_invalid-utf-8-in-escape", b"[\"\\u\xe5\"]"),
    ("n_string_invalid_utf8_after_escape", b"[\"\\\xe5\"]"),
    ("n_structure_incomplete_UTF8_BOM", b"\xef\xbb{}"),
    ("n_structure_lone-invalid-utf-8", b"\xe5"),
    ("n_structure_single_eacute", b"\xe9"),
];

/// Of what RFC 8259 leaves open, the texts that are read. All others are refused.
const READ: [&str; 6] = [
    "i_number_double_huge_neg_exp",
    "i_number_real_underflow",
    "i_number_too_big_neg_int",
    "i_number_too_big_pos_int",
    "i_number_very_big_negative_int",
    // Only as a whole body: there the mark is noted, and breaks another clause.
    "i_structure_UTF-8_BOM_empty_object",
];

fn texts() -> Vec<(String, Vec<u8>)> {
    let texts: Vec<(String, String)> = serde_json::from_str(TEXTS).unwrap();
    let texts = texts
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()));
    let bytes = BYTES.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()));
    let open = "[{\"\":".repeat(50_000) + "\n";
    let repeated = [
        ("n_structure_100000_opening_arrays", "[".repeat(100_000)),
        ("n_structure_open_array_object", open),
    ];
    let repeated = repeated.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    texts.chain(bytes).chain(repeated).collect()
}

/// A right answer with a text as one more member.
fn inside(text: &[u8]) -> Vec<u8> {
    let envelope = r#"{"error":{"code":"not_found","message":"No.","retryable":false,"retry_after":null},"more":"#;
    [envelope.as_bytes(), text, b"}"].concat()
}

/// Whether a text is to be read.
fn is_read(name: &str, whole: bool) -> bool {
    match name.as_bytes().first() {
        Some(b'y') => true,
        Some(b'n') => false,
        _ => READ.contains(&name) && (whole || !name.contains("BOM")),
    }
}

#[test]
fn the_reader_agrees_with_json_test_suite() {
    let texts = texts();
    assert_eq!(texts.len(), 318);
    let names: BTreeSet<_> = texts.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), texts.len());
    let mut faults = Vec::new();
    for (name, text) in &texts {
        for (whole, text) in [(true, text.clone()), (false, inside(text))] {
            if read(&text).is_ok() != is_read(name, whole) {
                faults.push(format!("{name}, {whole}: {:?}", read(&text)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_a_server_sends_is_judged_by_json_test_suite() {
    let mut cases = String::from("[request.read]\nmethod = \"GET\"\npath = \"/valid\"\n");
    let mut scripts = BTreeMap::new();
    let mut expected = BTreeMap::new();
    for (number, (name, text)) in texts().into_iter().enumerate() {
        for (place, body) in [("whole", text.clone()), ("inside", inside(&text))] {
            let _ = write!(
                cases,
                "\n[[case]]\nname = \"{place}-{number}\"\nclause = \"status-404\"\nrequest = \"read\"\n\
                 send.path = \"/{place}/{number}\"\nexpect = \"not_found\"\n"
            );
            scripts.insert(format!("/{place}/{number}"), vec![with_body(body)]);
            expected.insert(format!("c::{place}-{number}"), name.clone());
        }
    }
    let (address, _) = serve(scripts, json_answer(200, "{}"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.toml"), cases).unwrap();
    let url = format!("http://{address}");
    let run = gonogo(folder.path(), &["--target", &url, "--cases", "c.toml"], &[]);
    let outcomes = run.outcomes();
    let mut faults = Vec::new();
    for (trial, name) in expected {
        let outcome = &outcomes[&trial];
        let whole = trial.contains("whole");
        let fits = match is_read(&name, whole) {
            false => outcome.contains("violates[json]"),
            true if whole => !outcome.contains("[json]") && outcome.contains("violates[schema]"),
            true => outcome == "ok",
        };
        if !fits {
            faults.push(format!("{name} {trial}: {outcome}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
