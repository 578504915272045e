//! A trial that failed, as text: each finding at the line of the case, then what was sent and what came back.

use std::fmt::Write as _;

use super::curl::curl;
use crate::contract::Level;
use crate::diagnostic::{self, Location, Styling, one_line, printable};
use crate::event::{Finished, Outcome, Record, Role};
use crate::exchange::{Exchange, Received};
use crate::judge::Finding;

/// How much of a response's body is shown, in characters.
const EXCERPT: usize = 1200;
/// How many header fields are shown, and how much of each.
const HEADERS: usize = 16;
const HEADER: usize = 160;

/// The text of a trial that did not conform.
pub fn failure(finished: &Finished, styling: Styling) -> String {
    let mut text = String::new();
    if let Outcome::Inconclusive { reason } = &finished.outcome {
        let _ = writeln!(text, "inconclusive: {}\n", one_line(reason));
        let _ = writeln!(text, "{}\n", at(&finished.at));
    }
    if let Outcome::StaleWaiver { reason } = &finished.outcome {
        let _ = writeln!(text, "stale waiver: {}\n", one_line(reason));
    }
    let mut findings: Vec<(&Record, &Finding)> = finished
        .records
        .iter()
        .flat_map(|record| record.findings.iter().map(move |finding| (record, finding)))
        .collect();
    findings.sort_by_key(|(record, finding)| (finding.clause.level, told(record, finding)));
    for (record, finding) in &findings {
        text.push_str(&one(record, finding, styling));
        text.push_str("\n\n");
    }
    for record in &finished.records {
        if let Some(note) = &record.note {
            let _ = writeln!(
                text,
                "{}: {}\n",
                one_line(&record.role.to_string()),
                one_line(note)
            );
        }
    }
    let mut shown: Vec<&Record> = Vec::new();
    for (record, _) in &findings {
        if record.exchange.is_some() && !shown.iter().any(|one| std::ptr::eq(*one, *record)) {
            shown.push(record);
        }
    }
    // What was done before explains an effect, a volley, or why nothing could be judged.
    if shown.is_empty() {
        shown.extend(
            finished
                .records
                .iter()
                .rev()
                .find(|record| record.exchange.is_some()),
        );
    }
    for record in shown {
        if let Some(exchange) = &record.exchange {
            text.push_str(&exchange_text(&record.role, exchange));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// A step's own findings tell more than those of the requests around it.
fn told(record: &Record, finding: &Finding) -> (bool, crate::judge::Place) {
    let around = matches!(record.role, Role::Control(_) | Role::Probe(_));
    (around, finding.place.clone())
}

fn one(record: &Record, finding: &Finding, styling: Styling) -> String {
    let level = match finding.clause.level {
        Level::Must => "violates",
        Level::Should => "warning: should",
    };
    let expected = one_line(&finding.expected);
    let actual = one_line(&finding.actual);
    let place = one_line(&finding.place.to_string());
    let title = format!("{place}: expected {expected}, was {actual}");
    let under = one_line(&format!("{}: was {actual}", record.role));
    let clause = format!(
        "{} ({})",
        one_line(&finding.clause.text),
        one_line(&finding.clause.source)
    );
    diagnostic::finding(
        level,
        &one_line(&finding.clause.id),
        &title,
        &record.at,
        &under,
        &clause,
        styling,
    )
}

fn at(location: &Location) -> String {
    let (line, column) = location.line_column();
    format!("  --> {}:{line}:{column}", one_line(location.source.path()))
}

fn exchange_text(role: &Role, exchange: &Exchange) -> String {
    let role = one_line(&role.to_string());
    let mut text = format!("{role}, request:\n");
    indent(&mut text, &printable(&curl(&exchange.sent)));
    let milliseconds = exchange.took.as_millis();
    match &exchange.answer {
        Ok(received) => {
            let _ = writeln!(text, "{role}, response after {milliseconds} ms:");
            indent(&mut text, &response(received));
        }
        Err(broken) => {
            let _ = writeln!(text, "{role}, no response after {milliseconds} ms:");
            indent(&mut text, &printable(&broken.to_string()));
        }
    }
    text.push('\n');
    text
}

fn response(received: &Received) -> String {
    let mut text = format!("{} {}\n", received.version, received.status);
    for (name, value) in received.headers.iter().take(HEADERS) {
        let value = String::from_utf8_lossy(value);
        let _ = writeln!(
            text,
            "{}: {}",
            one_line(name),
            one_line(&cut(&value, HEADER))
        );
    }
    if received.headers.len() > HEADERS {
        let _ = writeln!(text, "({} more)", received.headers.len() - HEADERS);
    }
    if received.body.is_empty() {
        text.push_str("(no body)");
    } else {
        let _ = write!(
            text,
            "\n{}",
            printable(&cut(&String::from_utf8_lossy(&received.body), EXCERPT))
        );
    }
    text
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// Each line behind a bar: no line that a server sent stands at the beginning of one.
fn indent(into: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(into, "  | {line}");
    }
}
