//! The codings in which a server may send a text back, and undoing them: here in another way than the program does.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use regex::Regex;

/// A text in which every byte is written as an escape.
fn all(text: &str, escape: impl Fn(u8) -> String) -> String {
    text.bytes().map(escape).collect()
}

/// Escapes what is not a letter or a digit.
fn some(text: &str, escape: impl Fn(u8) -> String) -> String {
    all(text, |byte| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            escape(byte)
        }
    })
}

/// A text as a JSON string, without the quotation marks.
fn json(text: &str) -> String {
    let text = serde_json::Value::from(text).to_string();
    text[1..text.len() - 1].to_owned()
}

/// With the names that HTML has for them, and what ends each.
fn named(text: &str, end: &str) -> String {
    some(text, |byte| {
        let name = match byte {
            b'-' => "hyphen",
            b'_' => "lowbar",
            b'.' => "period",
            b'/' => "sol",
            b'+' => "plus",
            b'=' => "equals",
            b'~' => "#126",
            b'@' => "commat",
            b':' => "colon",
            b'&' => "amp",
            b'<' => "lt",
            b'>' => "gt",
            _ => return format!("&#{byte};"),
        };
        format!("&{name}{end}")
    })
}

/// With a semicolon only where a digit follows.
fn open(text: &str) -> String {
    let next = text.bytes().skip(1).chain([b' ']);
    let pairs = text.bytes().zip(next);
    let written = pairs.map(|(byte, next)| {
        let end = if next.is_ascii_digit() { ";" } else { "" };
        some(&char::from(byte).to_string(), |byte| {
            format!("&#{byte}{end}")
        })
    });
    written.collect()
}

/// A text that is broken after each five bytes.
fn broken(text: &str, with: &str) -> String {
    let parts = text.as_bytes().chunks(5);
    let parts: Vec<_> = parts.map(String::from_utf8_lossy).collect();
    parts.join(with)
}

/// A secret in all the codings in which it must be found, each with its name.
pub(crate) fn codings(secret: &str) -> Vec<(String, String)> {
    let upper = |byte| format!("%{byte:02X}");
    let lower = |byte| format!("%{byte:02x}");
    let unicode = |byte| format!("\\u{byte:04x}");
    let quoted = |byte| format!("={byte:02X}");
    let base64 = |text: &str| STANDARD.encode(text);
    let wrapped = |text: &str, with: &str| {
        let text = base64(text).into_bytes();
        let lines = text
            .chunks(16)
            .map(|line| String::from_utf8_lossy(line).into_owned());
        lines.collect::<Vec<_>>().join(with)
    };
    let slashed = json(&secret.replace('/', "\\/")).replace("\\\\/", "\\/");
    let codings = [
        ("plain", secret.to_owned()),
        ("upper_case", secret.to_uppercase()),
        ("percent_upper", some(secret, upper)),
        ("percent_lower", some(secret, lower)),
        ("percent_all", all(secret, upper)),
        ("percent_twice", some(&some(secret, lower), upper)),
        (
            "percent_three_times",
            all(&some(&some(secret, upper), upper), upper),
        ),
        (
            "percent_of_script",
            all(secret, |byte| format!("%u{byte:04X}")),
        ),
        ("json", all(secret, unicode)),
        ("json_some", some(secret, |byte| format!("\\u{byte:04X}"))),
        ("json_slashes", slashed),
        ("json_twice", json(&all(secret, unicode))),
        ("json_three_times", json(&json(&all(secret, unicode)))),
        (
            "json_in_json_in_json",
            json(&json(&json(&format!(
                "{{\"a\":\"{}\"}}",
                secret.replace('/', "\\/")
            )))),
        ),
        ("json_in_percent", some(&all(secret, unicode), upper)),
        ("percent_in_json", some(&some(secret, upper), unicode)),
        ("braces", all(secret, |byte| format!("\\u{{{byte:x}}}"))),
        ("hex_escapes", all(secret, |byte| format!("\\x{byte:02x}"))),
        ("octal", all(secret, |byte| format!("\\{byte:03o}"))),
        ("long_unicode", all(secret, |byte| format!("\\U{byte:08x}"))),
        (
            "backslashes",
            some(secret, |byte| format!("\\{}", char::from(byte))),
        ),
        ("html", some(secret, |byte| format!("&#{byte};"))),
        ("html_zeros", all(secret, |byte| format!("&#{byte:07};"))),
        ("html_hex", some(secret, |byte| format!("&#x{byte:X};"))),
        ("html_open", open(secret)),
        ("html_names", named(secret, ";")),
        ("html_names_open", named(secret, "")),
        ("html_twice", named(secret, ";").replace('&', "&amp;")),
        ("quoted_printable", some(secret, quoted)),
        ("quoted_printable_all", all(secret, quoted)),
        (
            "quoted_printable_lines",
            some(secret, quoted).replace('t', "t=\r\n"),
        ),
        (
            "quoted_printable_in_percent",
            some(&some(secret, quoted), upper),
        ),
        (
            "zero_width",
            all(secret, |byte| format!("{}\u{200b}", char::from(byte))),
        ),
        ("tabs", broken(secret, "\t")),
        ("json_tabs", broken(secret, "\\t")),
        ("json_line_breaks", broken(secret, "\\r\\n")),
        (
            "zero_width_percent",
            all(secret, |byte| format!("{}%E2%80%8B", char::from(byte))),
        ),
        (
            "zero_width_json",
            all(secret, |byte| format!("{}\\u200d", char::from(byte))),
        ),
        (
            "zero_width_html",
            all(secret, |byte| format!("{}&#8203;&shy;", char::from(byte))),
        ),
        ("nul", all(secret, |byte| format!("{}\0", char::from(byte)))),
        (
            "nul_json",
            all(secret, |byte| format!("{}\\u0000", char::from(byte))),
        ),
        ("base64", base64(secret)),
        ("base64_url", URL_SAFE.encode(secret)),
        ("base64_no_pad", URL_SAFE_NO_PAD.encode(secret)),
        ("base64_basic", base64(&format!("user:{secret}"))),
        ("base64_at_1", base64(&format!("x{secret}yz"))),
        ("base64_at_2", URL_SAFE.encode(format!("xy{secret}z"))),
        ("base64_in_percent", some(&base64(secret), upper)),
        ("base64_in_json", all(&base64(secret), unicode)),
        ("base64_of_percent", base64(&some(secret, upper))),
        (
            "base64_of_percent_at_1",
            base64(&format!("x{}", all(secret, lower))),
        ),
        (
            "base64_of_json",
            base64(&format!("{{\"token\":\"{}\"}}", all(secret, unicode))),
        ),
        ("base64_of_html", base64(&named(secret, ";"))),
        ("base64_twice", base64(&base64(secret))),
        (
            "base64_twice_url",
            URL_SAFE_NO_PAD.encode(URL_SAFE.encode(format!("user:{secret}"))),
        ),
        ("base64_three_times", base64(&base64(&base64(secret)))),
        (
            "base64_behind_a_path",
            format!("echo/{}", base64(&some(secret, upper))),
        ),
        ("base64_lines", wrapped(secret, "\r\n")),
        ("base64_lines_json", wrapped(secret, "\\n")),
        (
            "base64_of_16_bits",
            STANDARD.encode(
                secret
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect::<Vec<_>>(),
            ),
        ),
        (
            "base64_of_hex",
            base64(&all(secret, |byte| format!("{byte:02x}"))),
        ),
        ("hex", all(secret, |byte| format!("{byte:02x}"))),
        ("hex_upper", all(secret, |byte| format!("{byte:02X}"))),
        ("hex_colons", all(secret, |byte| format!("{byte:02x}:"))),
        ("hex_spaces", all(secret, |byte| format!("{byte:02X} "))),
        ("hex_list", all(secret, |byte| format!("0x{byte:02x}, "))),
        (
            "hex_of_base64",
            all(&base64(secret), |byte| format!("{byte:02x}")),
        ),
        (
            "hex_of_percent",
            all(&some(secret, upper), |byte| format!("{byte:02x}")),
        ),
    ];
    codings.map(|(name, text)| (name.to_owned(), text)).into()
}

/// What stands for a character.
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    let names = "amp|lt|gt|quot|apos|hyphen|lowbar|period|sol|plus|equals|commat|colon|shy";
    let hidden = "[\u{0}\u{ad}\u{200b}-\u{200f}\u{2060}\u{feff}]";
    let escapes = [
        r"%u00([0-9a-fA-F]{2})",
        r"[%=]([0-9a-fA-F]{2})",
        r"\\[uU]\{?0*([0-9a-fA-F]{2,4})\}?",
        r"\\x([0-9a-fA-F]{2})",
        r"&#x0*([0-9a-fA-F]{2,4});?",
    ];
    let all = format!(
        "{}|&#0*([0-9]{{2,4}});?|&({names});?|\\\\([^0-9A-Za-z])|{hidden}",
        escapes.join("|")
    );
    Regex::new(&all).unwrap()
});

/// What may be base64 or hex.
static PACKED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[A-Za-z0-9+/_-]{20,}|([0-9a-fA-F]{2}[: ,]?){10,}").unwrap());

/// A text with its escapes undone, once and again, and what of each of these may be packed.
pub(crate) fn undone(text: &str) -> Vec<String> {
    let mut readings = vec![text.to_owned()];
    for _ in 0..3 {
        let last = readings.last().unwrap();
        let next = ESCAPE.replace_all(last, |found: &regex::Captures<'_>| {
            let group = |group: usize| found.get(group).map(|found| found.as_str());
            let number = (1..=5).find_map(|at| u32::from_str_radix(group(at)?, 16).ok());
            let number = number.or_else(|| group(6)?.parse().ok());
            let name = group(7).map_or("", |name| match name {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                "quot" => "\"",
                "apos" => "'",
                "hyphen" => "-",
                "lowbar" => "_",
                "period" => ".",
                "sol" => "/",
                "plus" => "+",
                "equals" => "=",
                "commat" => "@",
                "colon" => ":",
                _ => "",
            });
            let letter = number.and_then(char::from_u32).filter(char::is_ascii);
            match letter {
                Some(letter) => letter.to_string(),
                None => group(8).unwrap_or(name).to_owned(),
            }
        });
        let next = next.into_owned();
        let done = next == *last;
        readings.push(next);
        if done {
            break;
        }
    }
    let last = unpacked(readings.last().unwrap());
    let first = unpacked(&readings[0]);
    let twice = unpacked(&first);
    readings.extend([last, first, twice]);
    readings
}

/// All that the packed parts of a text come to.
fn unpacked(text: &str) -> String {
    let mut made = String::new();
    for part in PACKED.find_iter(text) {
        let part = part.as_str();
        let text = part.replace('-', "+").replace('_', "/");
        for first in 0..4 {
            let of = text.get(first..).unwrap_or_default();
            let whole = &of[..of.len() / 4 * 4];
            let bytes = STANDARD.decode(whole).unwrap_or_default();
            made.push_str(&String::from_utf8_lossy(&bytes));
            made.push('\n');
        }
        let digits: Vec<u32> = part
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .collect();
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|two| u8::try_from(two[0] * 16 + two[1]).unwrap())
            .collect();
        made.push_str(&String::from_utf8_lossy(&bytes));
        made.push('\n');
    }
    made
}
