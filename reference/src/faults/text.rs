//! Invalid JSON that a lenient parser accepts: the text is repaired before the strict parser sees it. Other faults give what
//! is malformed, or odd, an answer of their own.

use std::borrow::Cow;

use bytes::Bytes;
use regex::Regex;
use serde_json::Value;

use super::Fault as F;
use crate::envelope::Failure;
use crate::json::parse_object;
use crate::route::Class;

/// Nesting beyond this overflows a parser that recurses.
const DEEP: usize = 100;
/// And this one that recurses less.
const DEEPER: usize = 1000;

/// The text that the strict parser is to read.
pub(crate) fn mended(fault: F, class: Class, text: &Bytes) -> Result<Bytes, Failure> {
    if let Some(failure) = overcome(fault, class, text) {
        return Err(failure);
    }
    if parse_object(text).is_ok() {
        return Ok(text.clone());
    }
    let whole = String::from_utf8_lossy(text);
    let valid = serde_json::from_slice::<Value>(text).is_ok();
    let mended: Cow<'_, str> = match fault {
        F::MalformedJson422 if class == Class::Regenerate && !valid => {
            return Err(Failure::Validation("The body is not valid JSON."));
        }
        F::MalformedJson500 if class == Class::CreateAsset && !valid => {
            return Err(Failure::Internal);
        }
        F::MalformedEmpty if class == Class::Regenerate && !valid => "{}".into(),
        F::NoObjectEmpty if class == Class::Regenerate && valid => "{}".into(),
        F::NoObject500 if valid && !whole.trim_start().starts_with('{') => {
            return Err(Failure::Internal);
        }
        F::SingleQuotes => whole.replace('\'', "\"").into(),
        F::BrokenUtf8 => whole,
        F::TrailingBytes => first(&whole).into(),
        F::Unclosed => closed(&whole).into(),
        F::ControlCharacters => in_strings(&whole, escaped).into(),
        _ => match pattern(fault) {
            Some((pattern, with)) => match Regex::new(pattern) {
                Ok(pattern) => {
                    outside(&whole, |text| pattern.replace_all(text, with).into_owned()).into()
                }
                Err(_) => return Ok(text.clone()),
            },
            None => return Ok(text.clone()),
        },
    };
    Ok(mended.into_owned().into())
}

/// What a lenient grammar takes outside of strings, and what it takes it for.
fn pattern(fault: F) -> Option<(&'static str, &'static str)> {
    Some(match fault {
        F::TrailingComma => (r",(\s*[}\]])", "$1"),
        F::Comments => (r"/\*[^*]*\*/|(?://|#)[^\n]*\n?", " "),
        F::NotANumber => (r"-?\b(?:NaN|Infinity)\b", "0"),
        F::LeadingZeros => (r"([\[:,\s-])0+([0-9])", "$1$2"),
        F::PlusSign => (r"\+([0-9])", "$1"),
        F::BareDecimal => (r"([\[:,\s-])\.([0-9])", "${1}0.$2"),
        F::PythonLiterals => (r"\b(?:True|False|None)\b", "null"),
        F::UnquotedNames => (r"([{,]\s*)([A-Za-z_]\w*)(\s*:)", "$1\"$2\"$3"),
        _ => return None,
    })
}

/// The failure of a server that a text is too much for, valid or not.
fn overcome(fault: F, class: Class, text: &[u8]) -> Option<Failure> {
    let whole = String::from_utf8_lossy(text);
    let hit = match fault {
        F::Deep500 => whole.matches(['[', '{']).count() > DEEP,
        F::DeepRegenerate500 if class == Class::Regenerate => {
            whole.matches(['[', '{']).count() > DEEPER
        }
        F::HugeNumber500 => has_huge_number(&whole),
        F::NumberAsset500 if class == Class::CreateAsset => has_huge_number(&whole),
        F::Utf8Regenerate500 if class == Class::Regenerate => str::from_utf8(text).is_err(),
        F::Utf8Asset500 if class == Class::CreateAsset => str::from_utf8(text).is_err(),
        F::Surrogate500 => whole.contains(r"\ud800") || whole.contains(r"\udc00"),
        F::Nul500 => whole.contains(r"\u0000"),
        F::Duplicate500 => {
            serde_json::from_slice::<Value>(text).is_ok()
                && parse_object(text).is_err()
                && whole.trim_start().starts_with('{')
        }
        _ => false,
    };
    hit.then_some(Failure::Internal)
}

fn has_huge_number(text: &str) -> bool {
    Regex::new(r"[eE]\+?[0-9]{3}|[0-9]{300}").is_ok_and(|huge| huge.is_match(text))
}

/// The first JSON value of a text.
fn first(text: &str) -> String {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => value.to_string(),
        _ => text.to_owned(),
    }
}

/// The text with what is open at its end closed.
fn closed(text: &str) -> String {
    let mut open = Vec::new();
    let outside = outside(text, str::to_owned);
    let mut quoted = false;
    let mut letters = outside.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => {
                letters.next();
            }
            '"' => quoted = !quoted,
            '{' if !quoted => open.push('}'),
            '[' if !quoted => open.push(']'),
            '}' | ']' if !quoted => {
                open.pop();
            }
            _ => {}
        }
    }
    let quote = if quoted { "\"" } else { "" };
    let ends: String = open.into_iter().rev().collect();
    format!("{text}{quote}{ends}")
}

/// The text with the control characters escaped.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|letter| match u32::from(letter) {
            code @ 0..0x20 => format!("\\u{code:04x}"),
            _ => letter.to_string(),
        })
        .collect()
}

/// Changes what is outside of strings.
fn outside(text: &str, change: impl Fn(&str) -> String) -> String {
    pieces(text)
        .map(|(piece, string)| {
            if string {
                piece.to_owned()
            } else {
                change(piece)
            }
        })
        .collect()
}

/// Changes what is in strings.
fn in_strings(text: &str, change: impl Fn(&str) -> String) -> String {
    pieces(text)
        .map(|(piece, string)| {
            if string {
                change(piece)
            } else {
                piece.to_owned()
            }
        })
        .collect()
}

/// The text in pieces, and which of them are strings, quotation marks included.
fn pieces(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    let mut in_string = false;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = if in_string {
            let mut escaped = true; // Its opening mark does not end it.
            let end = rest.bytes().position(|byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 1)
        } else {
            rest.find('"').unwrap_or(rest.len())
        };
        let (piece, after) = rest.split_at(end);
        let string = in_string;
        in_string = !in_string;
        rest = after;
        Some((piece, string))
    })
}
