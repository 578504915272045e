//! SARIF 2.1.0, for code scanning: a finding is a result at the line of the case that asks for what was not there, and its clause a rule.

mod faults;
mod log;

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

pub use faults::faults;
pub use log::{Log, Rule};

use super::failure::{cut, findings, title};
use super::run::Run;
use super::time::rfc3339;
use crate::contract::{Clause, Level};
use crate::event::{Finished, Outcome, Record};
use crate::exchange::{Exchange, Received, Sent};
use crate::input::diagnostic::{Severity, one_line};
use crate::judge::Finding;

/// The rule of a waiver that is of no use.
const STALE: &str = "stale-waiver";

/// How much of a body is shown, in characters.
const EXCERPT: usize = 1200;

/// Writes it.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let strict = run.started.strict;
    let announced = run.announced();
    let mut log = Log::default();
    for clause in run.contract.clauses() {
        log.rule(rule(clause, strict));
    }
    for finished in &run.finished {
        for (record, finding, times) in findings(finished) {
            // A contract has the clauses of its findings; a recorded run may be judged by another one.
            log.rule(rule(&finding.clause, strict));
            let severity = severity(finding.clause.level, strict);
            let times = match times {
                1 => String::new(),
                _ => format!(", {times} times"),
            };
            let (trial, role) = (&finished.trial, &record.role);
            let text = format!("{trial}, {role}{times}: {}", title(finding));
            let result = log.add(&finding.clause.id, severity, &text, Some(&record.at));
            of_trial(result, finished);
            of_finding(result, finished, record, finding);
        }
        let told = |reason: &str| format!("{}: {reason}", finished.trial);
        let result = match &finished.outcome {
            Outcome::Inconclusive { reason } => {
                let Some(asked) = announced.get(finished.trial.as_str()) else {
                    continue;
                };
                log.add_open(&asked.clause, &told(reason), &finished.at)
            }
            Outcome::StaleWaiver { reason } => {
                log.rule(Rule {
                    id: STALE.to_owned(),
                    text: "A waiver covers a trial that fails, until a day to come.".to_owned(),
                    help: "Remove the waiver, or give it another last day.".to_owned(),
                    severity: Severity::Error,
                });
                log.add(STALE, Severity::Error, &told(reason), Some(&finished.at))
            }
            _ => continue,
        };
        of_trial(result, finished);
    }
    for (member, value) in about(run) {
        log.about(member, value);
    }
    log.write(out)
}

fn rule(clause: &Clause, strict: bool) -> Rule {
    let level = match clause.level {
        Level::Must => "must",
        Level::Should => "should",
    };
    Rule {
        id: clause.id.clone(),
        text: clause.text.clone(),
        help: format!("{} Level: {level}. Source: {}", clause.text, clause.source),
        severity: severity(clause.level, strict),
    }
}

fn severity(level: Level, strict: bool) -> Severity {
    match level {
        Level::Should if !strict => Severity::Warning,
        Level::Must | Level::Should => Severity::Error,
    }
}

/// Whose result it is, and whether somebody knows of it.
fn of_trial(result: &mut Value, finished: &Finished) {
    let trial = one_line(&finished.trial);
    result["locations"][0]["logicalLocations"] =
        json!([{ "fullyQualifiedName": trial, "kind": "trial" }]);
    if let Outcome::Waived { until, reason } = &finished.outcome {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": one_line(&format!("waived until {until}: {reason}")),
        }]);
    }
}

fn of_finding(result: &mut Value, finished: &Finished, record: &Record, finding: &Finding) {
    // The same finding keeps it when the file's lines move.
    let mut hash = Sha256::new();
    for part in [
        finished.trial.as_str(),
        &finding.clause.id,
        &record.role.to_string(),
        &finding.place.to_string(),
    ] {
        hash.update(part);
        hash.update([0]);
    }
    let digest = format!("{:x}", hash.finalize());
    result["partialFingerprints"] = json!({ "gonogoFinding/v1": digest[..32] });
    if let Some(exchange) = &record.exchange {
        result["webRequest"] = request(&exchange.sent, exchange);
        result["webResponse"] = match &exchange.answer {
            Ok(received) => response(received),
            Err(_) => json!({ "noResponseReceived": true }),
        };
    }
}

fn request(sent: &Sent, exchange: &Exchange) -> Value {
    let headers = sent.headers.iter();
    let mut request = json!({
        "protocol": "HTTP",
        "target": one_line(&sent.url),
        "method": one_line(&sent.method),
        "headers": fields(headers.map(|(name, value)| (name.as_str(), value.clone()))),
        "body": { "text": excerpt(&sent.body) },
    });
    if let Ok(received) = &exchange.answer {
        request["version"] = number(&received.version).into();
    }
    request
}

fn response(received: &Received) -> Value {
    let headers = received.headers.iter();
    let headers = headers.map(|(name, value)| {
        let value = String::from_utf8_lossy(value).into_owned();
        (name.as_str(), value)
    });
    json!({
        "protocol": "HTTP",
        "version": number(&received.version),
        "statusCode": received.status,
        "headers": fields(headers),
        "body": { "text": excerpt(&received.body) },
    })
}

/// The number of a protocol version such as `HTTP/1.1`.
fn number(version: &str) -> &str {
    version.trim_start_matches("HTTP/")
}

/// Header fields; what stands in several of a name is one list (RFC 9110, 5.3).
fn fields<'a>(all: impl Iterator<Item = (&'a str, String)>) -> Value {
    let mut fields = Map::new();
    for (name, value) in all {
        let value = one_line(&cut(&value, EXCERPT));
        let joined = match fields.get(name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value,
        };
        fields.insert(name.to_owned(), joined.into());
    }
    fields.into()
}

fn excerpt(body: &[u8]) -> String {
    cut(&String::from_utf8_lossy(body), EXCERPT)
}

/// What is told of the run as a whole.
fn about(run: &Run<'_>) -> [(&'static str, Value); 3] {
    let (started, ended) = (&run.started, &run.ended);
    let mut invocation = json!({
        "executionSuccessful": ended.early.is_none(),
        "startTimeUtc": rfc3339(started.began),
        "endTimeUtc": rfc3339(started.began.checked_add(ended.took).unwrap_or(started.began)),
    });
    if let Some(reason) = &ended.early {
        invocation["toolExecutionNotifications"] = json!([{
            "level": "error",
            "message": log::message(&format!("the run ended early: {reason}")),
        }]);
    }
    let suite = started.suite.as_ref();
    [
        // Code scanning tells the runs against different targets apart by it.
        (
            "automationDetails",
            json!({ "id": format!("gonogo/{}/", one_line(&started.target)) }),
        ),
        ("invocations", json!([invocation])),
        (
            "properties",
            json!({
                "target": one_line(&started.target),
                "baseUrl": one_line(&started.base_url),
                "suite": suite.map(|(title, version)| one_line(&format!("{title} {version}"))),
                "digest": started.digest,
                "strict": started.strict,
            }),
        ),
    ]
}
