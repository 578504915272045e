//! A text with its escapes undone, which still knows where each of its bytes stood.
//!
//! Undone at once are percent (RFC 3986), backslash (JSON, JavaScript, C), HTML and what is not seen at all; apart from them, since every
//! `=` of a query looks like it, quoted-printable (RFC 2045, 6.7), and line breaks and tabs, which most texts have. Texts in base64 and hex are left to `packed`.

use memchr::memmem;

use super::view::{CUT, View};
use crate::input::diagnostic::is_hidden;

/// Names of characters in HTML that stand in secrets; those of 0 are not seen.
const NAMES: [(&str, u8); 50] = [
    ("amp", b'&'),
    ("apos", b'\''),
    ("ast", b'*'),
    ("bsol", b'\\'),
    ("colon", b':'),
    ("comma", b','),
    ("commat", b'@'),
    ("dash", b'-'),
    ("diacriticalgrave", b'`'),
    ("dollar", b'$'),
    ("equals", b'='),
    ("excl", b'!'),
    ("grave", b'`'),
    ("gt", b'>'),
    ("hat", b'^'),
    ("hyphen", b'-'),
    ("lbrace", b'{'),
    ("lbrack", b'['),
    ("lcub", b'{'),
    ("lowbar", b'_'),
    ("lpar", b'('),
    ("lsqb", b'['),
    ("lt", b'<'),
    ("midast", b'*'),
    ("minus", b'-'),
    ("newline", b'\n'),
    ("nobreak", 0),
    ("num", b'#'),
    ("percnt", b'%'),
    ("period", b'.'),
    ("plus", b'+'),
    ("quest", b'?'),
    ("quot", b'"'),
    ("rbrace", b'}'),
    ("rbrack", b']'),
    ("rcub", b'}'),
    ("rpar", b')'),
    ("rsqb", b']'),
    ("semi", b';'),
    ("shy", 0),
    ("sol", b'/'),
    ("tab", b'\t'),
    ("tilde", b'~'),
    ("underbar", b'_'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("verticalline", b'|'),
    ("zerowidthspace", 0),
    ("zwj", 0),
    ("zwnj", 0),
];

/// The digits of an escape are looked at so far, in bytes.
const LONGEST: usize = 24;

/// What an escape stands for, none where that is not seen, and how long it is.
type Undone = (Option<u8>, usize);

/// Whether an escape may begin with a byte: with one of those that mark it, or with the first byte of a character that is not seen.
pub(super) const fn leads(byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' | b'\r' => false,
        b'%' | b'\\' | b'&' => true,
        _ => matches!(byte, 0..0x20 | 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1..=0xe3 | 0xef | 0xf3),
    }
}

/// The text with its escapes undone; none where it has none.
pub(super) fn unescaped(view: &View) -> Option<View> {
    undone(view, leads, escape)
}

/// The text with its quoted-printable undone; none where it has none.
pub(super) fn unquoted(view: &View) -> Option<View> {
    undone(view, |byte| byte == b'=', quoted)
}

/// The text without its line breaks and tabs, if it has any.
pub(super) fn joined(view: &View) -> Option<View> {
    undone(view, is_break, |_| Some((None, 1)))
}

/// The text with its folded lines joined, without their leading spaces, if it has any.
pub(super) fn unfolded(view: &View) -> Option<View> {
    memmem::find(&view.bytes, b"\n ")?;
    let space = |byte: &&u8| is_break(**byte) || **byte == b' ';
    undone(view, is_break, |text| {
        let length = match text {
            [b'\t', ..] => 1,
            _ => text.iter().take_while(space).count(),
        };
        Some((None, length))
    })
}

/// Whether a byte is an invisible break: a line break or a tab.
pub(super) const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r')
}

fn undone(
    view: &View,
    leads: impl Fn(u8) -> bool,
    undo: impl Fn(&[u8]) -> Option<Undone>,
) -> Option<View> {
    let bytes = &view.bytes;
    let find = |from: usize| {
        let here = |at: &usize| leads(bytes[*at]) && undo(&bytes[*at..]).is_some();
        (from..bytes.len()).find(here)
    };
    let first = find(0)?;
    let mut made = view.beginning(first);
    let mut at = first;
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let here = leads(*byte).then(|| undo(rest)).flatten();
        let (letter, length) = here.unwrap_or((Some(*byte), 1));
        if let Some(letter) = letter {
            made.push(letter, view.origin(at));
        }
        at += length;
    }
    made.end(view.origin(bytes.len()));
    Some(made)
}

/// The escape that a text begins with. One that is cut stands for nothing.
pub(super) fn escape(text: &[u8]) -> Option<Undone> {
    match text {
        [b'%', b'u' | b'U', digits @ ..] => numbered(digits, 4),
        [b'%', rest @ ..] => byte(rest, 1),
        [b'\\', rest @ ..] => backslash(rest),
        [b'&', rest @ ..] => entity(rest),
        _ => hidden(text),
    }
}

/// The quoted-printable that a text begins with.
pub(super) fn quoted(text: &[u8]) -> Option<Undone> {
    match text {
        [b'=', b'\r', b'\n', ..] => Some((None, 3)),
        [b'=', b'\n', ..] => Some((None, 2)),
        [b'=', rest @ ..] => byte(rest, 1),
        _ => None,
    }
}

/// A byte in two hexadecimal digits, behind a mark of that length.
fn byte(rest: &[u8], mark: usize) -> Option<Undone> {
    match hex_digits(rest).min(2) {
        2 => Some((Some(number(&rest[..2], 16)?.try_into().ok()?), mark + 2)),
        digits if is_cut(&rest[digits..]) => Some((None, mark + digits)),
        _ => None,
    }
}

/// A character in so many hexadecimal digits, behind a mark of two letters.
fn numbered(digits: &[u8], most: usize) -> Option<Undone> {
    match hex_digits(digits).min(most) {
        length if length == most => letter(&digits[..most], 16, most + 2),
        length if is_cut(&digits[length..]) => Some((None, length + 2)),
        _ => None,
    }
}

fn backslash(rest: &[u8]) -> Option<Undone> {
    match rest {
        [b'u' | b'U' | b'x' | b'X', b'{', digits @ ..] => {
            let length = hex_digits(digits);
            match digits.get(length) {
                Some(b'}') => letter(&digits[..length], 16, length + 4),
                _ if is_cut(&digits[length..]) => Some((None, length + 3)),
                _ => None,
            }
        }
        [b'u', digits @ ..] => numbered(digits, 4),
        [b'U', digits @ ..] => numbered(digits, 8).or_else(|| numbered(digits, 4)),
        [b'x' | b'X', digits @ ..] => byte(digits, 2),
        [b'0'..=b'7', ..] => {
            let length = rest
                .iter()
                .take(3)
                .take_while(|digit| (b'0'..=b'7').contains(digit));
            let length = length.count();
            let byte = number(&rest[..length], 8)?.try_into().ok()?;
            Some((Some(byte), length + 1))
        }
        [b'n', ..] => Some((Some(b'\n'), 2)),
        [b'r', ..] => Some((Some(b'\r'), 2)),
        [b't', ..] => Some((Some(b'\t'), 2)),
        [b'\n', ..] => Some((None, 2)),
        _ if is_cut(rest) => Some((None, 1)),
        [letter, ..] if letter.is_ascii_punctuation() => Some((Some(*letter), 2)),
        _ => None,
    }
}

/// With a semicolon or without: browsers forgive its absence.
fn entity(rest: &[u8]) -> Option<Undone> {
    let (what, length) = match rest {
        [b'#', b'x' | b'X', digits @ ..] if hex_digits(digits) > 0 => {
            let length = hex_digits(digits);
            letter(&digits[..length], 16, length + 3)?
        }
        [b'#', digits @ ..] if digits.first().is_some_and(u8::is_ascii_digit) => {
            let digits = digits.iter().take(LONGEST);
            let length = digits.take_while(|digit| digit.is_ascii_digit()).count();
            letter(&rest[1..=length], 10, length + 2)?
        }
        name => {
            let begins = |known: &str| {
                let here = name.get(..known.len());
                here.is_some_and(|here| here.eq_ignore_ascii_case(known.as_bytes()))
            };
            let known = NAMES.iter().filter(|(known, _)| begins(known));
            let Some((known, letter)) = known.max_by_key(|(known, _)| known.len()) else {
                let part = |byte: &&u8| **byte == b'#' || byte.is_ascii_alphanumeric();
                let part = rest.iter().take(LONGEST).take_while(part).count();
                return is_cut(&rest[part..]).then_some((None, part + 1));
            };
            ((*letter != 0).then_some(*letter), known.len() + 1)
        }
    };
    let semicolon = usize::from(rest.get(length - 1) == Some(&b';'));
    Some((what, length + semicolon))
}

/// A character that is not seen, or the first bytes of one that is cut. Line breaks and tabs are seen.
fn hidden(text: &[u8]) -> Option<Undone> {
    let first = text.get(..text.len().min(4))?;
    let valid = first.utf8_chunks().next()?.valid();
    let Some(letter) = valid.chars().next() else {
        let more = text
            .iter()
            .skip(1)
            .take_while(|byte| (0x80..0xc0).contains(*byte));
        let length = 1 + more.count();
        return (text.first() >= Some(&0xc2) && is_cut(&text[length..])).then_some((None, length));
    };
    let seen = matches!(letter, '\t' | '\n' | '\r') || !is_hidden(letter);
    (!seen).then_some((None, letter.len_utf8()))
}

/// Whether a text ends here, or was cut here.
fn is_cut(rest: &[u8]) -> bool {
    rest.is_empty() || rest.starts_with(&CUT[..3])
}

fn hex_digits(bytes: &[u8]) -> usize {
    let digits = bytes.iter().take(LONGEST);
    digits.take_while(|byte| byte.is_ascii_hexdigit()).count()
}

/// An escape of so many bytes for the character of a number, where that matters: it is ASCII, as secrets are (they stand in headers), or is
/// not seen.
fn letter(digits: &[u8], radix: u32, length: usize) -> Option<Undone> {
    let letter = char::from_u32(number(digits, radix)?)?;
    let ascii = u8::try_from(letter).ok().filter(u8::is_ascii);
    (ascii.is_some() || is_hidden(letter)).then_some((ascii, length))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(text, radix).ok()
}
