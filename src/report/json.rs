//! JSON that a terminal or a log may show: what is hidden there, and what is a command, stands escaped, and means the same to every
//! reader.

use std::io::{self, Write};

use serde_json::Value;

use crate::input::diagnostic::is_hidden;

/// Writes a value over many lines, and a line feed.
pub(super) fn write(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    let mut rest = text.as_str();
    // Outside of its strings JSON has line feeds and nothing else that is hidden.
    while let Some((at, letter)) = rest.char_indices().find(|(at, letter)| {
        // Two of them begin a command where a log of a pipeline is read.
        let second = *letter == '#' && rest[..*at].ends_with('#');
        second || is_hidden(*letter) && *letter != '\n'
    }) {
        out.write_all(&rest.as_bytes()[..at])?;
        for unit in letter.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        rest = &rest[at + letter.len_utf8()..];
    }
    writeln!(out, "{rest}")
}
