//! The checked contract: only a valid one can exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Check, Code, Pointer, Schema, Window};
use crate::input::diagnostic::{Faults, Location, list, suggestion};
use crate::input::document::{Form, Node, Read, Value, mismatch, words};

/// What every response is held to.
#[derive(Debug)]
pub struct Contract {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) digest: Vec<u8>,
    pub(super) envelope: Envelope,
    pub(super) rows: Vec<Arc<Row>>,
    pub(super) others: Vec<OtherStatus>,
    pub(super) headers: Vec<HeaderRule>,
    pub(super) clauses: Vec<Arc<Clause>>,
    pub(super) checks: BTreeMap<Check, Arc<Clause>>,
    pub(super) leaks: Vec<Leak>,
    pub(super) limits: BTreeMap<String, f64>,
    pub(super) excludes: Vec<Exclude>,
}

/// What the body of a failure looks like.
#[derive(Debug)]
pub struct Envelope {
    /// The schema of its body.
    pub schema: Schema,
    /// The media type, in lower case and without parameters.
    pub media_type: String,
    /// Where the code is; none: this API has no codes.
    pub code: Option<Pointer>,
    /// Where the retry flag is, if there is one.
    pub retryable: Option<Pointer>,
    /// Where the retry window is, if there is one.
    pub window: Option<Window>,
    /// Where the text for people is, if there is one.
    pub message: Option<Pointer>,
}

/// One line of the status table.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// What cases call it: its code, unless the contract names it otherwise.
    pub name: String,
    /// The HTTP status.
    pub status: u16,
    /// The machine-readable code.
    pub code: Code,
    /// The clause that promises it.
    pub clause: Arc<Clause>,
    /// The retry flag, where the row fixes it.
    pub retryable: Option<bool>,
    /// Whether it advertises a retry window.
    pub window: bool,
    /// Where it is written.
    pub at: Location,
}

/// What holds for statuses that have no row.
#[derive(Debug)]
pub struct OtherStatus {
    /// Which ones.
    pub statuses: Statuses,
    /// The retry flag, where it is fixed.
    pub retryable: Option<bool>,
}

/// A header that answers must carry.
#[derive(Debug)]
pub struct HeaderRule {
    /// The clause that demands it.
    pub clause: Arc<Clause>,
    /// The field's name, in lower case.
    pub name: String,
    /// A directive that must be among its comma-separated ones; none: any value will do.
    pub directive: Option<String>,
    /// On which statuses.
    pub on: Vec<Statuses>,
}

/// Something that no message may show.
#[derive(Debug)]
pub struct Leak {
    /// The clause that forbids it.
    pub clause: Arc<Clause>,
    /// What it is: `a stack trace`.
    pub what: String,
    /// What it looks like.
    pub pattern: regex::Regex,
    /// A message that shows it.
    pub example: String,
}

/// What no case can exercise, and why.
#[derive(Debug)]
pub struct Exclude {
    /// The row or the clause, by name.
    pub of: Excluded,
    /// The requests; none: all of them.
    pub requests: Option<Vec<String>>,
    /// Why.
    pub reason: String,
    /// Where it is written.
    pub at: Location,
}

/// What is excluded.
#[derive(Debug, PartialEq, Eq)]
pub enum Excluded {
    /// A row of the table.
    Row(String),
    /// A clause.
    Clause(String),
}

/// Some statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statuses {
    /// All of them.
    Any,
    /// A class, by its first digit.
    Class(u16),
    /// One.
    Exactly(u16),
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its name, such as `status-400`.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// The requirement as a sentence.
    pub text: String,
    /// Where it is published.
    pub source: String,
    /// Where it is written.
    #[serde(skip)]
    pub at: Location,
}

words! {
    /// How binding a clause is (RFC 2119).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Level: "unknown-level", "level" {
        /// A finding is a violation.
        Must = "must",
        /// A finding is a warning, and a violation under `--strict`.
        Should = "should",
    }
}

impl Statuses {
    /// Whether `status` is one of them.
    pub fn contain(self, status: u16) -> bool {
        match self {
            Self::Any => true,
            Self::Class(digit) => status / 100 == digit,
            Self::Exactly(one) => status == one,
        }
    }
}

impl Read for Statuses {
    const FORM: Form = Form::Either(&[Form::Whole(100, 599), Form::Like("^(any|[2-5]xx)$")]);

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let statuses = match &node.value {
            Value::String(text) => match text.as_str() {
                "any" => Some(Self::Any),
                "2xx" => Some(Self::Class(2)),
                "3xx" => Some(Self::Class(3)),
                "4xx" => Some(Self::Class(4)),
                "5xx" => Some(Self::Class(5)),
                _ => None,
            },
            Value::Integer(number) => u16::try_from(*number)
                .ok()
                .filter(|status| (100..600).contains(status))
                .map(Self::Exactly),
            _ => None,
        };
        if statuses.is_none() {
            let expected = "a status, a class such as \"4xx\", or \"any\"";
            mismatch(node, expected, faults);
        }
        statuses
    }
}

impl Contract {
    /// Its title.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, where it has one.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// SHA-256 over its files.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The same in hexadecimal.
    pub fn digest_text(&self) -> String {
        let digits = self.digest.iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
    }

    /// What no message may show.
    pub fn leaks(&self) -> &[Leak] {
        &self.leaks
    }

    /// The published limits by name.
    pub fn limits(&self) -> &BTreeMap<String, f64> {
        &self.limits
    }

    /// What no case can exercise.
    pub fn excludes(&self) -> &[Exclude] {
        &self.excludes
    }

    /// The checks and the clauses that ask for them.
    pub fn checks(&self) -> impl Iterator<Item = (Check, &Arc<Clause>)> {
        self.checks.iter().map(|(check, clause)| (*check, clause))
    }

    /// What failures look like.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The status table.
    pub fn rows(&self) -> &[Arc<Row>] {
        &self.rows
    }

    /// The header rules.
    pub fn headers(&self) -> &[HeaderRule] {
        &self.headers
    }

    /// All clauses.
    pub fn clauses(&self) -> &[Arc<Clause>] {
        &self.clauses
    }

    /// The rows of a status: one, several, or none.
    pub fn rows_of(&self, status: u16) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.iter().filter(move |row| row.status == status)
    }

    /// The row of a name; otherwise what to tell the author.
    pub fn row(&self, name: &str) -> Result<&Arc<Row>, String> {
        let names = || self.rows.iter().map(|row| row.name.as_str());
        self.rows
            .iter()
            .find(|row| row.name == name)
            .ok_or_else(|| hint(name, names()))
    }

    /// The clause of an id; otherwise what to tell the author.
    pub fn clause(&self, id: &str) -> Result<&Arc<Clause>, String> {
        find_clause(&self.clauses, id)
    }

    /// The clause that asks for a check, if the contract asks for it.
    pub fn check(&self, check: Check) -> Option<&Arc<Clause>> {
        self.checks.get(&check)
    }

    /// The retry flag of a status that has no row, where it is fixed.
    pub fn other_retryable(&self, status: u16) -> Option<bool> {
        self.others
            .iter()
            .find(|other| other.statuses.contain(status))
            .and_then(|other| other.retryable)
    }
}

pub(super) fn find_clause<'a>(
    clauses: &'a [Arc<Clause>],
    id: &str,
) -> Result<&'a Arc<Clause>, String> {
    clauses
        .iter()
        .find(|clause| clause.id == id)
        .ok_or_else(|| hint(id, clauses.iter().map(|clause| clause.id.as_str())))
}

fn hint<'a>(typed: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    suggestion(typed, known.clone()).unwrap_or_else(|| format!("use {}", list(known)))
}
