//! The frame of a SARIF 2.1.0 log: the tool, its rules, and results at places of input files. What the results are of is left to
//! whoever makes one: a run, or the faults of files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::input::diagnostic::{Location, Severity, one_line};
use crate::report::json as written;

/// Where the format is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// How much of a place's text is quoted, in characters.
const SNIPPET: usize = 200;

/// What a result is a breach of.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its stable name.
    pub id: String,
    /// What it asks for, in a sentence.
    pub text: String,
    /// How to mend a breach, or where it is published.
    pub help: String,
    /// How bad a breach is.
    pub severity: Severity,
}

/// A log that is being made.
///
/// To report of other things than a run: make one, add each [`Rule`] once and each [result](Log::add) with the place of its file,
/// then [write](Log::write) it. `faults.rs` does so for what is wrong with files.
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
            "defaultConfiguration": { "level": severity.word() },
        }));
        self.known.insert(id, self.rules.len() - 1);
    }

    /// Adds a breach of a rule at a place of an input file. Yields it, for more of the format's members.
    pub fn add(
        &mut self,
        rule: &str,
        severity: Severity,
        text: &str,
        at: Option<&Location>,
    ) -> &mut Value {
        self.result(rule, ("fail", severity.word()), text, at)
    }

    /// Adds that it could not be told whether a rule is kept.
    pub fn add_open(&mut self, rule: &str, text: &str, at: &Location) -> &mut Value {
        self.result(rule, ("open", "none"), text, Some(at))
    }

    fn result(
        &mut self,
        rule: &str,
        (kind, level): (&str, &str),
        text: &str,
        at: Option<&Location>,
    ) -> &mut Value {
        let mut result = json!({
            "ruleId": one_line(rule),
            "kind": kind,
            "level": level,
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

/// A message. Viewers make a link of `[text](address)`, which no text of others may be.
pub(super) fn message(text: &str) -> Value {
    json!({ "text": one_line(text).replace("](", "] (") })
}

fn place(at: &Location) -> Value {
    let snippet: String = at.text().chars().take(SNIPPET).collect();
    let mut region = region(at);
    region["snippet"] = json!({ "text": snippet });
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(at.source.path()),
            "region": region,
        }
    })
}

/// From the first letter to behind the last, lines and columns counted from 1.
pub(super) fn region(at: &Location) -> Value {
    let (line, column) = at.line_column();
    let (end_line, end_column) = at.end().line_column();
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// Where a file is: as a whole address, or from the folder in which the program was started.
pub(super) fn artifact(path: &str) -> Value {
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
