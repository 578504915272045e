//! A finding: a clause that an exchange broke, where, what was expected, and what was there.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::contract::{Clause, Level};

/// How much of a server's text a finding quotes, in characters.
const EXCERPT: usize = 160;

/// One clause broken at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The clause.
    #[serde(serialize_with = "clause")]
    pub clause: Arc<Clause>,
    /// Where.
    pub place: Place,
    /// What the clause asks for there.
    pub expected: String,
    /// What was there. It quotes the server, and is not fit to be printed as it is.
    pub actual: String,
}

/// Where a finding is. The order is that of telling: what explains the others comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "at", rename_all = "kebab-case")]
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

fn clause<S: Serializer>(clause: &Arc<Clause>, serializer: S) -> Result<S::Ok, S::Error> {
    clause.as_ref().serialize(serializer)
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

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
