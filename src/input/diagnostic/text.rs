//! Texts that others wrote, made fit to be printed: nothing in them moves a cursor, hides a character or forges a line.

use std::fmt::Write as _;

/// What CI systems take for commands, wherever it stands in a line: those of GitHub, of Azure, and of `TeamCity`.
const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// Replaces what a terminal would act on or hide (control characters, bidirectional overrides, invisible ones), and what a CI system would
/// take for a command. Line feeds stay.
pub fn printable(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    // Whether only white space stands before in the line.
    let mut fresh = true;
    for (at, letter) in text.char_indices() {
        let rest = &text[at..];
        let command = (fresh && rest.starts_with("::"))
            || COMMANDS.iter().any(|command| rest.starts_with(command));
        match letter {
            '\n' => made.push('\n'),
            '\t' => made.push_str("    "),
            letter if command || is_hidden(letter) => {
                let _ = write!(made, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => made.push(letter),
        }
        fresh = letter == '\n' || (fresh && letter.is_whitespace());
    }
    made
}

/// The same for a text that must stay in its line.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

/// How much of a long text stays, in characters: most of it at its beginning, and what closes it.
const BEGINNING: usize = 1_600;
const END: usize = 400;

/// A text that quotes others, without its middle where it is long: a key may be of 5 MB.
pub fn shortened(text: String) -> String {
    if text.len() <= BEGINNING + END {
        return text;
    }
    let beginning = text.char_indices().nth(BEGINNING);
    let end = text.char_indices().nth_back(END - 1);
    match (beginning, end) {
        (Some((to, _)), Some((from, _))) if to < from => {
            let (beginning, end) = (&text[..to], &text[from..]);
            format!("{beginning} ... ({} bytes) ... {end}", from - to)
        }
        _ => text,
    }
}

/// Whether a terminal would act on a letter, or not show it.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{3164}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e01ef}')
}
