//! A trial that failed, as text: each finding at the line of the case, then what was sent and what came back.

use std::fmt::Write as _;

use super::curl::curl;
use crate::contract::Level;
use crate::event::{Finished, NOT_RUN, Outcome, Record, Role};
use crate::exchange::{Exchange, Received, unreached};
use crate::input::diagnostic::{self, Styling, one_line, printable};
use crate::judge::Finding;

/// How much of a response's body is shown, in characters.
const EXCERPT: usize = 1200;
/// How many lines of it: a line of one character takes as much of a screen as a long one.
const LINES: usize = 40;
/// How many findings are told, and how many exchanges are shown.
const FINDINGS: usize = 20;
const EXCHANGES: usize = 5;
/// How many header fields are shown, and how much of each.
const HEADERS: usize = 16;
const HEADER: usize = 160;

/// The text of a trial that did not conform; in a `strict` run every finding is a violation.
pub fn failure(finished: &Finished, strict: bool, styling: Styling) -> String {
    let mut text = String::new();
    let without_finding = match &finished.outcome {
        Outcome::Inconclusive { reason } => Some(("inconclusive", "not judged", reason)),
        Outcome::StaleWaiver { reason } => Some(("stale waiver", "stale", reason)),
        _ => None,
    };
    if let Some((outcome, under, reason)) = without_finding {
        let under = (!is_shared(finished)).then_some(under);
        let told = diagnostic::unjudged(outcome, &one_line(reason), &finished.at, under, styling);
        if under.is_none() {
            return told;
        }
        let _ = writeln!(text, "{told}\n");
    }
    let told = findings(finished);
    for (record, finding, times) in told.iter().take(FINDINGS) {
        text.push_str(&one(record, finding, *times, strict, styling));
        text.push_str("\n\n");
    }
    more(&mut text, told.len(), FINDINGS, "findings");
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
    for (record, ..) in &told {
        if record.exchange.is_some() && !shown.iter().any(|one| std::ptr::eq(*one, *record)) {
            shown.push(record);
        }
    }
    if shown.is_empty() {
        shown = before(finished);
    }
    for record in shown.iter().take(EXCHANGES) {
        if let Some(exchange) = &record.exchange {
            text.push_str(&exchange_text(&record.role, exchange));
        }
    }
    more(&mut text, shown.len(), EXCHANGES, "exchanges");
    text.truncate(text.trim_end().len());
    text
}

/// Whether all trials share the reason for which this one was not judged. The summary has it once; the trial has it in short.
pub fn is_shared(finished: &Finished) -> bool {
    match &finished.outcome {
        Outcome::Inconclusive { reason } => {
            unreached::is_unreached(reason) || reason.starts_with(NOT_RUN)
        }
        _ => false,
    }
}

/// The findings of a trial, the most telling first; the same one of many answers once, with how often it was found.
pub(super) fn findings(finished: &Finished) -> Vec<(&Record, &Finding, usize)> {
    let mut findings: Vec<(&Record, &Finding)> = finished
        .records
        .iter()
        .flat_map(|record| record.findings.iter().map(move |finding| (record, finding)))
        .collect();
    findings.sort_by_key(|(record, finding)| (finding.clause.level, order(record, finding)));
    let mut told: Vec<(&Record, &Finding, usize)> = Vec::new();
    for (record, finding) in findings {
        let same = told
            .iter_mut()
            .find(|(known, one, _)| known.role == record.role && *one == finding);
        match same {
            Some((_, _, times)) => *times += 1,
            None => told.push((record, finding, 1)),
        }
    }
    told
}

/// A finding in a line: where, what was expected, what was there.
pub(super) fn title(finding: &Finding) -> String {
    format!(
        "{}: expected {}, was {}",
        one_line(&finding.place.to_string()),
        one_line(&finding.expected),
        one_line(&finding.actual)
    )
}

/// What was done before: the steps explain an effect or a volley, the last exchange why nothing could be judged.
fn before(finished: &Finished) -> Vec<&Record> {
    let exchanges = || {
        let records = finished.records.iter();
        records.filter(|record| record.exchange.is_some())
    };
    let steps: Vec<&Record> = exchanges()
        .filter(|record| matches!(record.role, Role::Step(_)))
        .collect();
    if finished.outcome == Outcome::Violates && !steps.is_empty() {
        steps
    } else {
        exchanges().next_back().into_iter().collect()
    }
}

fn more(text: &mut String, all: usize, shown: usize, what: &str) {
    if all > shown {
        let _ = writeln!(text, "{} more {what}\n", all - shown);
    }
}

/// A step's own findings tell more than those of the requests around it.
fn order(record: &Record, finding: &Finding) -> (bool, crate::judge::Place) {
    let around = matches!(record.role, Role::Control(_) | Role::Probe(_));
    (around, finding.place.clone())
}

fn one(record: &Record, finding: &Finding, times: usize, strict: bool, styling: Styling) -> String {
    let level = match finding.clause.level {
        Level::Must => "violates",
        Level::Should if strict => "violates should",
        Level::Should => "warning: should",
    };
    let actual = one_line(&finding.actual);
    let under = match times {
        1 => format!("{}: was {actual}", record.role),
        _ => format!("{}, {times} times: was {actual}", record.role),
    };
    let under = one_line(&under);
    let clause = format!(
        "{} ({})",
        one_line(&finding.clause.text),
        one_line(&finding.clause.source)
    );
    diagnostic::finding(
        level,
        &one_line(&finding.clause.id),
        &title(finding),
        &record.at,
        &under,
        &clause,
        styling,
    )
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
            printable(&cut_lines(&cut(
                &String::from_utf8_lossy(&received.body),
                EXCERPT
            )))
        );
    }
    text
}

/// The beginning of a text, and how long all of it is.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

fn cut_lines(text: &str) -> String {
    match text.match_indices('\n').nth(LINES) {
        Some((end, _)) => format!("{}\n... (more lines)", &text[..end]),
        None => text.to_owned(),
    }
}

/// Each line behind a bar: no line that a server sent stands at the beginning of one.
fn indent(into: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(into, "  | {line}");
    }
}
