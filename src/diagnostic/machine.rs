//! Diagnostics for programs: a JSON object a line, and SARIF 2.1.0.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Diagnostic, Location, Severity, one_line};

/// One JSON object, in one line.
pub fn json_line(found: &Diagnostic) -> String {
    let place = found.location.as_ref();
    let mut made = json!({
        "severity": found.severity.word(),
        "code": found.code,
        "message": one_line(&found.message),
        "expected": one_line(&found.expected),
        "help": found.help.as_deref().map(one_line),
        "file": place.map(|at| one_line(at.source.path())),
    });
    if let Some(at) = place {
        made["range"] = range(at);
    }
    if let Some(fix) = &found.fix {
        made["fix"] = json!({ "range": range(&fix.at), "with": fix.with });
    }
    made.to_string()
}

/// From the first letter to behind the last, lines and columns counted from 1, columns in characters.
fn range(at: &Location) -> Value {
    let (line, column) = at.line_column();
    let (end_line, end_column) = at.end().line_column();
    json!({ "line": line, "column": column, "end_line": end_line, "end_column": end_column })
}

/// A SARIF log (OASIS, 2.1.0) of one run: each code is a rule, each diagnostic a result.
pub fn sarif(found: &[Diagnostic]) -> Value {
    let codes: BTreeSet<&str> = found.iter().map(|found| found.code).collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            let text = code.replace('-', " ");
            json!({ "id": code, "shortDescription": { "text": text } })
        })
        .collect();
    let results: Vec<Value> = found.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "gonogo lint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(found: &Diagnostic) -> Value {
    let mut text = format!("{}: {}", found.message, found.expected);
    if let Some(help) = &found.help {
        text.push_str(". Help: ");
        text.push_str(help);
    }
    let mut made = json!({
        "ruleId": found.code,
        "level": found.severity.word(),
        "message": { "text": one_line(&text) },
    });
    if let Some(at) = &found.location {
        made["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": uri(at) },
            "region": region(at),
        } }]);
    }
    if let Some(fix) = &found.fix {
        made["fixes"] = json!([{ "artifactChanges": [{
            "artifactLocation": { "uri": uri(&fix.at) },
            "replacements": [{
                "deletedRegion": region(&fix.at),
                "insertedContent": { "text": fix.with },
            }],
        }] }]);
    }
    made
}

/// The file's path as a reference to it (RFC 3986): relative where the path is.
fn uri(at: &Location) -> String {
    let path = at.source.path().replace('\\', "/");
    path.replace('%', "%25").replace(' ', "%20")
}

fn region(at: &Location) -> Value {
    let (line, column) = at.line_column();
    let (end_line, end_column) = at.end().line_column();
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

impl Severity {
    /// `error` or `warning`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}
