//! The frame of a SARIF 2.1.0 log: the tool, its rules, and results at places of input files. What the results are of is left to
//! whoever makes one: a run, or the faults of files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::diagnostic::{Location, one_line};
use crate::report::json as written;

/// Where the format is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// How much of a place's text is quoted, in characters.
const SNIPPET: usize = 200;

/// How grave a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It fails.
    Error,
    /// It is worth a look.
    Warning,
    /// It could not be told: the result is open.
    Open,
}

/// What a result is a breach of.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its stable name.
    pub id: String,
    /// What it asks for, in a sentence.
    pub text: String,
    /// How to mend a breach, or where it is published.
    pub help: String,
    /// How grave a breach is.
    pub severity: Severity,
}

/// A log that is being made.
///
/// To report other things than a run, such as the faults of files: make one, add each [`Rule`] once (a diagnostic's `code` is its id),
/// [`add`](Log::add) each result with the place of its file, and [`write`](Log::write) it.
///
/// ```
/// use gonogo::report::sarif::{Log, Rule, Severity};
///
/// let mut log = Log::default();
/// log.rule(Rule {
///     id: "unknown-key".to_owned(),
///     text: "Every key is known.".to_owned(),
///     help: "Remove it, or mend its name.".to_owned(),
///     severity: Severity::Error,
/// });
/// log.add("unknown-key", Severity::Error, "unknown key `remve`", None);
/// let mut out = Vec::new();
/// log.write(&mut out).unwrap();
/// ```
#[derive(Debug, Default)]
pub struct Log {
    rules: Vec<Value>,
    /// Where each rule stands among them, by id.
    known: BTreeMap<String, usize>,
    results: Vec<Value>,
    /// What else is told of the run of the tool.
    about: Map<String, Value>,
}

impl Log {
    /// Makes a rule known; one that is known already stays as it is.
    pub fn rule(&mut self, rule: Rule) {
        let Rule {
            id,
            text,
            help,
            severity,
        } = rule;
        if self.known.contains_key(&id) {
            return;
        }
        self.rules.push(json!({
            "id": one_line(&id),
            "shortDescription": message(&text),
            "fullDescription": message(&text),
            "help": message(&help),
            "defaultConfiguration": { "level": severity.level() },
        }));
        self.known.insert(id, self.rules.len() - 1);
    }

    /// Adds a result at a place of an input file. Yields it, for more of the format's members.
    pub fn add(
        &mut self,
        rule: &str,
        severity: Severity,
        text: &str,
        at: Option<&Location>,
    ) -> &mut Value {
        let mut result = json!({
            "ruleId": one_line(rule),
            "kind": if severity == Severity::Open { "open" } else { "fail" },
            "level": severity.level(),
            "message": message(text),
            "locations": at.map(place).into_iter().collect::<Vec<_>>(),
        });
        if let Some(index) = self.known.get(rule) {
            result["ruleIndex"] = (*index).into();
        }
        let index = self.results.len();
        self.results.push(result);
        &mut self.results[index]
    }

    /// Tells more of the run of the tool, by a member of the format's `run` object.
    pub fn about(&mut self, member: &str, value: Value) {
        self.about.insert(member.to_owned(), value);
    }

    /// Writes it.
    pub fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let mut run = json!({
            "tool": {
                "driver": {
                    "name": "gonogo",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": self.rules,
                }
            },
            "columnKind": "unicodeCodePoints",
            "results": self.results,
        });
        for (member, value) in self.about {
            run[member] = value;
        }
        written::write(
            &json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }),
            out,
        )
    }
}

impl Severity {
    fn level(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Open => "none",
        }
    }
}

/// A message. Viewers make a link of `[text](address)`, which no text of others may be.
pub(super) fn message(text: &str) -> Value {
    json!({ "text": one_line(text).replace("](", "] (") })
}

fn place(at: &Location) -> Value {
    let (line, column) = at.line_column();
    let end = Location {
        source: at.source.clone(),
        span: at.span.end..at.span.end,
    };
    let (end_line, end_column) = end.line_column();
    let snippet: String = at.text().chars().take(SNIPPET).collect();
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(at.source.path()),
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line.max(line),
                "endColumn": end_column,
                "snippet": { "text": snippet },
            },
        }
    })
}

/// Where a file is: as a whole address, or from the folder in which the program was started.
fn artifact(path: &str) -> Value {
    let path = if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.to_owned()
    };
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    if std::path::Path::new(&path).is_absolute() {
        let slash = if encoded.starts_with('/') { "" } else { "/" };
        json!({ "uri": format!("file://{slash}{encoded}") })
    } else {
        json!({ "uri": encoded, "uriBaseId": "%SRCROOT%" })
    }
}
