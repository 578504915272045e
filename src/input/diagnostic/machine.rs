//! Diagnostics for programs: a JSON object a line.

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

impl Severity {
    /// `error` or `warning`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}
