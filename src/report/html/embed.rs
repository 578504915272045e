//! Texts of others in a page: as JSON that no end of a script and no comment can stand in, and as text between tags.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::input::diagnostic::{is_hidden, one_line};

/// JSON in which what a page or a script would act on is escaped.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, letter)) = rest.char_indices().find(|(at, letter)| {
            // Two of them begin a command where a log of a pipeline is read.
            let second = *letter == '#' && rest[..*at].ends_with('#');
            second || acted_on(*letter)
        }) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + letter.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Whether a page, a script or whoever looks at the file could take a letter for more than itself.
fn acted_on(letter: char) -> bool {
    matches!(letter, '<' | '>' | '&') || is_hidden(letter)
}

/// Writes JSON that may stand in a `<script>`.
pub(super) fn json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Harmless);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// A text as it may stand between tags, and in a quoted attribute.
pub(super) fn text(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            '<' => made.push_str("&lt;"),
            '>' => made.push_str("&gt;"),
            '&' => made.push_str("&amp;"),
            '"' => made.push_str("&quot;"),
            '\'' => made.push_str("&#39;"),
            letter => made.push(letter),
        }
    }
    made
}
