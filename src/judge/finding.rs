//! A finding: a clause that an exchange broke, where, what was expected, and what was there.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::contract::{Clause, Level};

/// How much of a server's text a finding quotes, in characters.
const EXCERPT: usize = 160;

/// One clause broken at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The clause.
    pub clause: Arc<Clause>,
    /// Where.
    pub place: Place,
    /// What the clause asks for there.
    pub expected: String,
    /// What was there. It quotes the server, and is not fit to be printed as it is.
    pub actual: String,
}

/// Where a finding is. The order is that of telling: what explains the others comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "at",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum Place {
    /// There was no complete answer.
    Connection,
    /// In the status line.
    Status,
    /// In what the trial did.
    Effect(String),
    /// In a volley as a whole.
    Volley(String),
    /// In the body as a whole.
    Body,
    /// At a member of the body, as a JSON Pointer.
    Member(String),
    /// In a header field.
    Header(String),
}

impl Finding {
    /// A finding.
    pub fn new(
        clause: &Arc<Clause>,
        place: Place,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        Self {
            clause: Arc::clone(clause),
            place,
            expected: expected.into(),
            actual: actual.into(),
        }
    }

    /// Whether it is a violation; `strict` makes every finding one.
    pub fn violates(&self, strict: bool) -> bool {
        strict || self.clause.level == Level::Must
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection => f.write_str("connection"),
            Self::Status => f.write_str("status"),
            Self::Effect(probe) => write!(f, "effect on `{probe}`"),
            Self::Volley(what) => write!(f, "volley, {what}"),
            Self::Body => f.write_str("body"),
            Self::Member(pointer) if pointer.is_empty() => f.write_str("body, as a whole"),
            Self::Member(pointer) => write!(f, "body, {pointer}"),
            Self::Header(name) => write!(f, "header {name}"),
        }
    }
}

/// The most telling first, each once.
pub(super) fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        (a.clause.level, &a.place)
            .cmp(&(b.clause.level, &b.place))
            .then_with(|| a.clause.id.cmp(&b.clause.id))
    });
    findings.dedup();
}

/// The beginning of a text that a server sent.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => cut(&text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// The same of bytes that are mostly text.
pub(super) fn excerpt_of_bytes(bytes: &[u8]) -> String {
    // No character is longer than four bytes.
    let first = bytes.get(..4 * (EXCERPT + 1)).unwrap_or(bytes);
    let text = String::from_utf8_lossy(first);
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => cut(&text[..end], bytes.len()),
        None => text.into_owned(),
    }
}

/// The same of what is displayed, which is never made whole: it may be longer than the answer that it shows.
pub fn excerpt_of(shown: &impl fmt::Display) -> String {
    let mut beginning = Beginning::default();
    // It takes all that comes, so nothing goes wrong unless what is displayed says so itself.
    let _ = write!(beginning, "{shown}");
    if beginning.letters > EXCERPT {
        cut(&beginning.text, beginning.bytes)
    } else {
        beginning.text
    }
}

fn cut(beginning: &str, bytes: usize) -> String {
    format!("{beginning}... ({bytes} bytes)")
}

/// Takes in a text, and keeps its beginning.
#[derive(Default)]
struct Beginning {
    text: String,
    letters: usize,
    bytes: usize,
}

impl fmt::Write for Beginning {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        self.bytes += more.len();
        for letter in more
            .chars()
            .take((EXCERPT + 1).saturating_sub(self.letters))
        {
            self.letters += 1;
            if self.letters <= EXCERPT {
                self.text.push(letter);
            }
        }
        Ok(())
    }
}
