//! What is wrong with files as a SARIF log: each code is a rule, each diagnostic a result.

use std::collections::BTreeMap;

use serde_json::json;

use super::log::{Log, Rule, artifact, region};
use crate::input::diagnostic::Diagnostic;

/// The log.
pub fn faults(found: &[Diagnostic]) -> Log {
    let mut log = Log::default();
    let codes: BTreeMap<&str, &Diagnostic> =
        found.iter().map(|found| (found.code, found)).collect();
    for (code, one) in codes {
        log.rule(Rule {
            id: code.to_owned(),
            text: code.replace('-', " "),
            help: one.help.clone().unwrap_or_else(|| one.expected.clone()),
            severity: one.severity,
        });
    }
    for found in found {
        let mut text = format!("{}: {}", found.message, found.expected);
        if let Some(help) = &found.help {
            text = text + ". Help: " + help;
        }
        let result = log.add(found.code, found.severity, &text, found.location.as_ref());
        if let Some(fix) = &found.fix {
            result["fixes"] = json!([{ "artifactChanges": [{
                "artifactLocation": artifact(fix.at.source.path()),
                "replacements": [{
                    "deletedRegion": region(&fix.at),
                    "insertedContent": { "text": fix.with },
                }],
            }] }]);
        }
    }
    log.about("automationDetails", json!({ "id": "gonogo/lint/" }));
    log
}
