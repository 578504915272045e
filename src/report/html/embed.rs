//! Texts of others in a page: as JSON that no end of a script and no comment can stand in, and as text between tags.

use std::io::{self, Write};

use serde::Serialize;

use crate::input::diagnostic::{is_hidden, one_line};
use crate::replay::escaped;

/// Whether a page, a script or whoever looks at the file could take a letter for more than itself.
fn acted_on(letter: char) -> bool {
    matches!(letter, '<' | '>' | '&') || is_hidden(letter)
}

/// Writes JSON that may stand in a `<script>`.
pub(super) fn json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    escaped(value, acted_on, out)
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
