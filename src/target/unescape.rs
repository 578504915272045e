//! A text with its escapes undone, which still knows where each of its bytes stood: percent (RFC 3986), JSON (RFC 8259, 7), HTML.

/// A text in lower case, and where in the original each of its bytes began.
#[derive(Debug)]
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// One more than there are bytes: the last is where the original ends. None where it is the original.
    from: Option<Vec<u32>>,
}

/// Names of characters in HTML that stand in secrets.
const NAMES: [(&str, u8); 13] = [
    ("amp", b'&'),
    ("apos", b'\''),
    ("colon", b':'),
    ("dash", b'-'),
    ("equals", b'='),
    ("gt", b'>'),
    ("lowbar", b'_'),
    ("lt", b'<'),
    ("num", b'#'),
    ("period", b'.'),
    ("plus", b'+'),
    ("quot", b'"'),
    ("sol", b'/'),
];

/// What every escape begins with.
pub(super) const ESCAPES: &[u8] = b"%\\&";

/// No escape is longer, in bytes.
const LONGEST: usize = 10;

impl View {
    /// The text as it stands.
    pub(super) fn plain(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_ascii_lowercase(),
            from: None,
        }
    }

    /// Where a part of it stood in the original.
    pub(super) fn place(&self, from: usize, to: usize) -> (usize, usize) {
        (self.origin(from), self.origin(to))
    }

    fn origin(&self, at: usize) -> usize {
        match &self.from {
            Some(from) => from.get(at).map_or(at, |at| *at as usize),
            None => at,
        }
    }
}

/// The text with its escapes undone; none where it has none.
pub(super) fn unescaped(view: &View) -> Option<View> {
    let bytes = &view.bytes;
    bytes.iter().find(|byte| ESCAPES.contains(byte))?;
    let mut made = Vec::with_capacity(bytes.len());
    let mut from = Vec::with_capacity(bytes.len() + 1);
    let mut at = 0;
    let origin = |at: usize| u32::try_from(view.origin(at)).unwrap_or(u32::MAX);
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..bytes.len().min(at + LONGEST)];
        let (letter, length) = escape(rest).unwrap_or((Some(*byte), 1));
        if let Some(letter) = letter {
            made.push(letter.to_ascii_lowercase());
            from.push(origin(at));
        }
        at += length;
    }
    from.push(origin(bytes.len()));
    (made.len() < bytes.len()).then_some(View {
        bytes: made,
        from: Some(from),
    })
}

/// The character that an escape at the beginning stands for, and how long the escape is. An escape that is cut stands for nothing. Secrets
/// are visible ASCII (they stand in headers), so no other character matters.
fn escape(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    let cut = |from: usize| {
        let rest = rest.get(from..).unwrap_or_default();
        rest.is_empty() || rest.starts_with(b"...")
    };
    match rest {
        [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            Some((Some(number(&[*a, *b], 16)?), 3))
        }
        [b'%', a, ..] if a.is_ascii_hexdigit() && cut(2) => Some((None, 2)),
        [b'\\', b'u', digits @ ..] => {
            let length = hex_digits(digits).min(4);
            match length {
                4 => Some((Some(number(&digits[..4], 16)?), 6)),
                length if cut(2 + length) => Some((None, 2 + length)),
                _ => None,
            }
        }
        [b'\\', b'x', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            Some((Some(number(&[*a, *b], 16)?), 4))
        }
        [b'\\', letter @ (b'"' | b'\\' | b'/' | b'\''), ..] => Some((Some(*letter), 2)),
        [b'%' | b'\\', ..] if cut(1) => Some((None, 1)),
        [b'&', rest @ ..] => entity(rest),
        _ => None,
    }
}

fn entity(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    let Some(end) = rest.iter().position(|byte| *byte == b';') else {
        let end = rest.windows(3).position(|three| three == b"...")?;
        let partial = rest[..end]
            .iter()
            .all(|byte| *byte == b'#' || byte.is_ascii_alphanumeric());
        return partial.then_some((None, end + 1));
    };
    let letter = match &rest[..end] {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        name => {
            let known = |(known, _): &&(&str, u8)| known.as_bytes() == name;
            NAMES.iter().find(known).map(|(_, letter)| *letter)?
        }
    };
    Some((Some(letter), end + 2))
}

fn hex_digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count()
}

/// A number of at most two hexadecimal digits' worth, with any zeros before it.
fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(text, radix).ok().filter(u8::is_ascii)
}
