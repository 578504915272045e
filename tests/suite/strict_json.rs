//! Strict JSON (RFC 8259): what is read, what is refused, and what is done where the RFC leaves the choice.
//!
//! In the manner of `JSONTestSuite`: `y_` must be read, `n_` must be refused, of `i_` it is pinned what happens.

use gonogo::judge::{Faulty, read};

/// A name and a text.
type Text = (&'static str, &'static [u8]);

/// Must be read.
const READ: &[Text] = &[
    ("y_null", b"null"),
    ("y_true", b"true"),
    ("y_false", b"false"),
    ("y_string", b"\"one\""),
    ("y_empty_string", b"\"\""),
    ("y_zero", b"0"),
    ("y_minus_zero", b"-0"),
    ("y_minus_zero_point", b"-0.0"),
    ("y_integer", b"42"),
    ("y_negative", b"-42"),
    ("y_largest_u64", b"18446744073709551615"),
    ("y_smallest_i64", b"-9223372036854775808"),
    ("y_fraction", b"0.5"),
    ("y_exponent", b"1e3"),
    ("y_exponent_capital", b"1E3"),
    ("y_exponent_plus", b"1e+3"),
    ("y_exponent_minus", b"1e-3"),
    ("y_exponent_leading_zero", b"1e003"),
    ("y_fraction_and_exponent", b"1.5e2"),
    ("y_zero_exponent", b"0e1"),
    ("y_empty_object", b"{}"),
    ("y_empty_array", b"[]"),
    ("y_member", br#"{"a":1}"#),
    ("y_members", br#"{"a":1,"b":2}"#),
    ("y_empty_name", br#"{"":0}"#),
    ("y_nested", br#"{"a":{"b":[{"c":[]}]}}"#),
    ("y_array_of_kinds", br#"[null,true,1,"a",[],{}]"#),
    ("y_space_everywhere", b" \t\r\n{ \t\"a\" : [ 1 , 2 ] }\r\n"),
    ("y_trailing_newline", b"{}\n"),
    ("y_escapes", br#""\"\\\/\b\f\n\r\t""#),
    ("y_escape_hex", br#""\u0041""#),
    ("y_escape_hex_case", br#""\uaBcD""#),
    ("y_escaped_nul", br#""\u0000""#),
    ("y_escaped_pair", br#""\ud83d\ude00""#),
    ("y_escaped_name", br#"{"\u0061":1}"#),
    ("y_delete", b"\"\x7f\""),
    ("y_two_bytes", "\"é\"".as_bytes()),
    ("y_three_bytes", "\"€\"".as_bytes()),
    ("y_four_bytes", "\"😀\"".as_bytes()),
    ("y_largest_code_point", "\"\u{10ffff}\"".as_bytes()),
    ("y_noncharacter", "\"\u{ffff}\"".as_bytes()),
    ("y_line_separator", "\"\u{2028}\"".as_bytes()),
    ("y_bom_in_a_string", "\"\u{feff}\"".as_bytes()),
    ("y_comment_in_a_string", br#""/* a */ // b""#),
    ("y_slash_unescaped", b"\"/\""),
];

/// Must be refused.
const REFUSED: &[Text] = &[
    ("n_empty", b""),
    ("n_space_only", b" \n"),
    ("n_bom_only", b"\xEF\xBB\xBF"),
    ("n_two_values", b"{}{}"),
    ("n_two_values_in_lines", b"{}\n{}"),
    ("n_trailing_letter", b"{}x"),
    ("n_trailing_bracket", b"[]]"),
    ("n_trailing_brace", b"{}}"),
    ("n_trailing_comma_after", b"{},"),
    ("n_trailing_nul", b"{}\0"),
    ("n_leading_nul", b"\0{}"),
    ("n_open_object", b"{"),
    ("n_open_array", b"["),
    ("n_open_string", b"\"a"),
    ("n_cut_after_name", br#"{"a""#),
    ("n_cut_after_colon", br#"{"a":"#),
    ("n_cut_after_value", br#"{"a":1"#),
    ("n_cut_after_comma", br#"{"a":1,"#),
    ("n_close_brace", b"}"),
    ("n_crossed", b"[{]}"),
    ("n_comma_object", br#"{"a":1,}"#),
    ("n_comma_array", b"[1,]"),
    ("n_comma_alone", b"[,]"),
    ("n_comma_first", b"[,1]"),
    ("n_comma_twice", b"[1,,2]"),
    ("n_no_comma", b"[1 2]"),
    ("n_no_comma_in_object", br#"{"a":1 "b":2}"#),
    ("n_no_colon", br#"{"a" 1}"#),
    ("n_two_colons", br#"{"a"::1}"#),
    ("n_no_value", br#"{"a":}"#),
    ("n_no_name", b"{:1}"),
    ("n_name_bare", b"{a:1}"),
    ("n_name_number", b"{1:1}"),
    ("n_name_null", b"{null:1}"),
    ("n_single_quotes", b"{'a':'b'}"),
    ("n_string_single_quotes", b"'a'"),
    ("n_back_quotes", b"`a`"),
    ("n_comment_line", b"{} // a"),
    ("n_comment_block", b"{/* a */}"),
    ("n_comment_hash", b"# a\n{}"),
    ("n_true_capital", b"True"),
    ("n_null_capital", b"NULL"),
    ("n_none", b"None"),
    ("n_undefined", b"undefined"),
    ("n_true_cut", b"tru"),
    ("n_true_long", b"truex"),
    ("n_bare_word", b"ok"),
    ("n_nan", b"NaN"),
    ("n_minus_nan", b"-NaN"),
    ("n_infinity", b"Infinity"),
    ("n_minus_infinity", b"-Infinity"),
    ("n_plus", b"+1"),
    ("n_minus_alone", b"-"),
    ("n_two_minuses", b"--1"),
    ("n_leading_zero", b"01"),
    ("n_minus_leading_zero", b"-01"),
    ("n_no_integer_part", b".5"),
    ("n_no_fraction", b"1."),
    ("n_no_fraction_before_exponent", b"1.e2"),
    ("n_no_exponent", b"1e"),
    ("n_no_exponent_digits", b"1e+"),
    ("n_fraction_in_exponent", b"1e2.5"),
    ("n_two_points", b"1.2.3"),
    ("n_hex", b"0x1F"),
    ("n_octal", b"0o7"),
    ("n_underscore", b"1_000"),
    ("n_thousands", b"1,000"),
    ("n_full_width_digit", "１".as_bytes()),
    ("n_control_in_string", b"\"a\x01\""),
    ("n_newline_in_string", b"\"a\nb\""),
    ("n_tab_in_string", b"\"a\tb\""),
    ("n_nul_in_string", b"\"a\0\""),
    ("n_control_in_name", b"{\"a\x1f\":1}"),
    ("n_escape_unknown", br#""\a""#),
    ("n_escape_hex_short", br#""\x41""#),
    ("n_escape_quote", br#""\'""#),
    ("n_escape_cut", br#""\"#),
    ("n_escape_unicode_cut", br#""\u00"#),
    ("n_escape_unicode_short", br#""\u41""#),
    ("n_escape_unicode_letter", br#""\u00g0""#),
    ("n_escape_unicode_braces", br#""\u{41}""#),
    ("n_escape_outside", br"\u0022a\u0022"),
    ("n_vertical_tab", b"[1,\x0b2]"),
    ("n_form_feed", b"[\x0c1]"),
    ("n_no_break_space", "[1,\u{a0}2]".as_bytes()),
    ("n_line_separator_outside", "[1,\u{2028}2]".as_bytes()),
    ("n_bom_inside", "[\u{feff}1]".as_bytes()),
    ("n_bom_after", "{}\u{feff}".as_bytes()),
    ("n_two_boms", b"\xEF\xBB\xBF\xEF\xBB\xBF{}"),
    ("n_bom_cut", b"\xEF\xBB{}"),
    ("n_utf16_big_endian", b"\0{\0}"),
    ("n_utf16_little_endian_bom", b"\xFF\xFE{\0}\0"),
    ("n_utf16_big_endian_bom", b"\xFE\xFF\0{\0}"),
    ("n_latin_1", b"\"\xE9\""),
    ("n_continuation_alone", b"\"\x80\""),
    ("n_sequence_cut", b"\"\xE2\x82\""),
    ("n_overlong_slash", b"\"\xC0\xAF\""),
    ("n_overlong_nul", b"\"\xC0\x80\""),
    ("n_surrogate_encoded", b"\"\xED\xA0\x80\""),
    ("n_beyond_unicode", b"\"\xF4\x90\x80\x80\""),
    ("n_five_bytes", b"\"\xF8\x88\x80\x80\x80\""),
    ("n_invalid_byte_in_name", b"{\"\xFF\":1}"),
    ("n_xml", b"<error/>"),
    ("n_html", b"<!doctype html><h1>502 Bad Gateway</h1>"),
    ("n_form", b"error=bad_request"),
    ("n_jsonp", b"callback({})"),
    ("n_anti_hijacking_prefix", b")]}',\n{}"),
    ("n_chunk_head", b"2\r\n{}\r\n0\r\n\r\n"),
];

/// RFC 8259 leaves the choice; whether they are read.
const LEFT_OPEN: &[(&str, &[u8], bool)] = &[
    ("i_bom", b"\xEF\xBB\xBF{}", true),
    ("i_duplicate_member", br#"{"a":1,"a":2}"#, true),
    ("i_number_beyond_u64", b"18446744073709551616", true),
    (
        "i_number_many_digits",
        b"3.14159265358979323846264338327950288",
        true,
    ),
    ("i_number_to_zero", b"1e-400", true),
    ("i_number_beyond_a_double", b"1e400", false),
    ("i_number_beyond_a_double_negative", b"-1e400", false),
    (
        "i_exponent_beyond_an_integer",
        b"1e99999999999999999999",
        false,
    ),
    ("i_lone_high_surrogate", br#""\ud800""#, false),
    ("i_lone_low_surrogate", br#""\udc00""#, false),
    ("i_high_surrogate_and_letter", br#""\ud800a""#, false),
    ("i_high_surrogate_twice", br#""\ud800\ud800""#, false),
    ("i_surrogates_inverted", br#""\udc00\ud800""#, false),
    ("i_lone_surrogate_in_name", br#"{"\ud800":1}"#, false),
];

#[test]
fn the_tables_are_large_and_name_each_text_once() {
    let mut names: Vec<&str> = READ.iter().chain(REFUSED).map(|(name, _)| *name).collect();
    names.extend(LEFT_OPEN.iter().map(|(name, _, _)| *name));
    assert!(names.len() >= 160, "{}", names.len());
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn what_is_json_is_read() {
    let refused: Vec<_> = READ
        .iter()
        .filter_map(|(name, text)| read(text).err().map(|faulty| (name, faulty)))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

/// A second reader agrees on every value; it knows nothing of members that stand twice, and these texts have none.
#[test]
fn what_is_read_is_the_value() {
    for (name, text) in READ {
        let reading = read(text).unwrap();
        let value: serde_json::Value = serde_json::from_slice(text).unwrap();
        assert_eq!(reading.value, value, "{name}");
        assert_eq!(reading.duplicates, [], "{name}");
        assert!(!reading.bom, "{name}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    let read: Vec<_> = REFUSED
        .iter()
        .filter_map(|(name, text)| read(text).ok().map(|reading| (name, reading.value)))
        .collect();
    assert!(read.is_empty(), "{read:#?}");
}

#[test]
fn what_is_left_open_is_pinned() {
    let actual: Vec<_> = LEFT_OPEN
        .iter()
        .map(|(name, text, _)| (*name, read(text).is_ok()))
        .collect();
    let pinned: Vec<_> = LEFT_OPEN
        .iter()
        .map(|(name, _, read)| (*name, *read))
        .collect();
    assert_eq!(actual, pinned);
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested = |depth: usize| {
            let inner = if open == "[" { "" } else { "1" };
            format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
        };
        assert!(read(nested(127).as_bytes()).is_ok());
        for depth in [128, 1000, 100_000] {
            assert!(read(nested(depth).as_bytes()).is_err(), "{depth}");
        }
        // Not even closed: a reader that recurses without a bound would end the process.
        assert!(read(open.repeat(1_000_000).as_bytes()).is_err());
    }
}

#[test]
fn members_that_stand_twice_are_named_by_their_object() {
    let table: &[(&str, &[(&str, &str)])] = &[
        (r#"{"a":1,"b":2}"#, &[]),
        (r#"{"a":1,"A":2}"#, &[]),
        (r#"[{"a":1},{"a":1}]"#, &[]),
        (r#"{"a":{"a":{"a":1}}}"#, &[]),
        (r#"{"a":1,"a":1}"#, &[("", "a")]),
        (r#"{"a":1,"a":2,"a":3}"#, &[("", "a"), ("", "a")]),
        (r#"{"":1,"":2}"#, &[("", "")]),
        (r#"{"a":1,"\u0061":2}"#, &[("", "a")]),
        (r#"{"é":1,"\u00e9":2}"#, &[("", "é")]),
        (r#"{"e":{"c":1,"c":2}}"#, &[("/e", "c")]),
        (r#"{"e":[0,{"c":1,"c":2}]}"#, &[("/e/1", "c")]),
        (r#"{"a/b":{"c":1,"c":2}}"#, &[("/a~1b", "c")]),
        (r#"{"a~b":{"c":1,"c":2}}"#, &[("/a~0b", "c")]),
        // Also in a value that a later one hides.
        (r#"{"e":{"c":1,"c":2},"e":{}}"#, &[("/e", "c"), ("", "e")]),
    ];
    for (text, expected) in table {
        let reading = read(text.as_bytes()).unwrap();
        let found: Vec<_> = reading
            .duplicates
            .iter()
            .map(|(object, name)| (object.as_str(), name.as_str()))
            .collect();
        assert_eq!(&found[..], *expected, "{text}");
    }
}

#[test]
fn of_a_member_that_stands_twice_the_last_counts() {
    let reading = read(br#"{"a":1,"b":2,"a":3}"#).unwrap();
    assert_eq!(reading.value, serde_json::json!({"a": 3, "b": 2}));
}

#[test]
fn a_byte_order_mark_is_noted() {
    let reading = read(b"\xEF\xBB\xBF{\"a\":1}").unwrap();
    assert!(reading.bom);
    assert_eq!(reading.value, serde_json::json!({"a": 1}));
}

#[test]
fn a_refusal_says_why() {
    let table: &[(&[u8], &str)] = &[
        (b"", "the body is empty"),
        (b"\xEF\xBB\xBF", "the body is empty"),
        (b"\"ab\xE9\"", "invalid UTF-8 at byte 3"),
        // Counted in the body as it came, so that a hex dump of it shows the place.
        (b"\xEF\xBB\xBF\"ab\xE9\"", "invalid UTF-8 at byte 6"),
        (b"{\"a\":1,}", "trailing comma at line 1 column 8"),
        (b"{}\n{}", "trailing characters at line 2 column 1"),
        (b"{'a':1}", "key must be a string at line 1 column 2"),
        (b"{\"a\":", "EOF while parsing a value at line 1 column 5"),
        (b"1e400", "number out of range at line 1 column 5"),
    ];
    for (text, expected) in table {
        let faulty = read(text).unwrap_err();
        assert_eq!(faulty.to_string(), *expected);
        assert_eq!(faulty == Faulty::Empty, expected.ends_with("empty"));
    }
}
