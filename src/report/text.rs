//! Texts that others wrote, made fit to be printed: nothing in them moves a cursor, hides a character or forges a line.

use std::fmt::Write as _;

/// Replaces what a terminal would act on or hide: control characters, bidirectional overrides, invisible ones. Line feeds stay.
pub fn printable(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => made.push('\n'),
            '\t' => made.push_str("    "),
            letter if is_hidden(letter) => {
                let _ = write!(made, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => made.push(letter),
        }
    }
    made
}

/// The same for a text that must stay in its line.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

/// Whether a terminal would act on a letter, or not show it.
pub(super) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
