//! `JUnit` XML, for what shows tests: CI systems, dashboards, editors. A case file is a test suite, a trial a test case.
//!
//! What a trial is told by is `failure`'s text, in which nothing is left that XML forbids.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::failure::{failure, findings};
use super::run::{Extent, Run};
use super::time::utc;
use crate::event::{Announced, Finished, Outcome};
use crate::input::diagnostic::{Styling, one_line};

/// Writes it.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let announced = run.announced();
    let mut files: BTreeMap<&str, Vec<&Finished>> = BTreeMap::new();
    for finished in &run.finished {
        files
            .entry(finished.at.source.path())
            .or_default()
            .push(finished);
    }
    let mut report = Report::new("gonogo");
    report.set_time(run.ended.took);
    for (file, trials) in files {
        let mut suite = TestSuite::new(one_line(file));
        if let Some(first) = trials.iter().map(|finished| finished.began).min() {
            suite.set_timestamp(utc(first));
        }
        suite.set_time(
            trials
                .iter()
                .map(|finished| finished.took)
                .sum::<Duration>(),
        );
        for (name, value) in about(run) {
            suite.add_property(Property::new(name, one_line(&value)));
        }
        for finished in trials {
            let asked = announced.get(finished.trial.as_str()).copied();
            suite.add_test_case(trial(finished, asked, run.started.strict));
        }
        report.add_test_suite(suite);
    }
    report.serialize(out).map_err(io::Error::other)
}

/// Which questions were asked of whom.
fn about(run: &Run<'_>) -> Vec<(&'static str, String)> {
    let started = &run.started;
    let mut about = vec![
        ("target", started.target.clone()),
        ("base_url", started.base_url.to_string()),
        ("digest", started.digest.clone()),
        ("strict", started.strict.to_string()),
    ];
    let Extent { run: ran, of, .. } = run.extent();
    about.push(("trials", format!("{ran} of {of}")));
    if let Some(typed) = &started.selection {
        about.push(("selection", typed.to_string()));
    }
    if let Some((title, version)) = &started.suite {
        about.push(("suite", format!("{title} {version}")));
    }
    if let Some(reason) = &run.ended.early {
        about.push(("ended_early", reason.clone()));
    }
    about
}

fn trial(finished: &Finished, asked: Option<&Announced>, strict: bool) -> TestCase {
    let text = failure(finished, strict, Styling::Plain);
    let first = text.lines().next().unwrap_or_default();
    let status = match &finished.outcome {
        Outcome::Conforms => TestCaseStatus::success(),
        Outcome::Violates => broken(NonSuccessKind::Failure, "violates", first, &text),
        Outcome::StaleWaiver { .. } => {
            broken(NonSuccessKind::Failure, "stale-waiver", first, &text)
        }
        Outcome::Inconclusive { .. } => broken(NonSuccessKind::Error, "inconclusive", first, &text),
        Outcome::Ignored { reason } => skipped("ignored", &one_line(reason), ""),
        Outcome::Waived { until, reason } => {
            let why = format!("waived until {until}: {}", one_line(reason));
            skipped("waived", &why, &text)
        }
    };
    let mut case = TestCase::new(one_line(&finished.trial), status);
    let name = one_line(&finished.trial);
    case.set_classname(name.split("::").next().unwrap_or_default());
    case.set_timestamp(utc(finished.began));
    case.set_time(finished.took);
    // What a clause of level `should` has to say of a trial that conforms all the same.
    if finished.outcome == Outcome::Conforms && !findings(finished).is_empty() {
        case.set_system_out(&text);
    }
    let (line, _) = finished.at.line_column();
    let place = format!("{}:{line}", one_line(finished.at.source.path()));
    case.add_property(Property::new("case", place));
    if let Some(asked) = asked {
        let rows = asked.steps.iter().flat_map(|step| &step.rows);
        let requests = asked.steps.iter().map(|step| &step.request);
        case.add_property(Property::new("clause", one_line(&asked.clause)));
        case.add_property(Property::new("rows", names(rows)));
        case.add_property(Property::new("requests", names(requests)));
    }
    case
}

/// Names, each once, in a line.
fn names<'a>(all: impl Iterator<Item = &'a String>) -> String {
    let once: BTreeSet<&str> = all.map(String::as_str).collect();
    one_line(&once.into_iter().collect::<Vec<_>>().join(", "))
}

fn broken(kind: NonSuccessKind, of: &str, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(of)
        .set_message(message)
        .set_description(text);
    status
}

fn skipped(of: &str, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(of).set_message(message);
    if !text.is_empty() {
        status.set_description(text);
    }
    status
}
