//! The cases that have something in common, for a list: one line a case, or one a file where there are many.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::show::place;
use crate::input::diagnostic::number;
use crate::suite::Trial;

/// How many cases are listed one by one.
const LISTED: usize = 40;

/// Some cases, in the order of the suite.
pub(super) struct Cases<'a> {
    of: Vec<Case<'a>>,
}

/// A case and its trials.
struct Case<'a> {
    first: &'a Trial,
    /// The part of the name that all its trials have.
    shared: &'a str,
    trials: usize,
}

impl<'a> Cases<'a> {
    /// The cases of which some trial is meant.
    pub(super) fn of(trials: &'a [Arc<Trial>], meant: impl Fn(&Trial) -> bool) -> Self {
        let mut of: Vec<Case<'a>> = Vec::new();
        for trial in trials.iter().filter(|trial| meant(trial)) {
            match of.last_mut() {
                Some(case) if case.first.at == trial.at => {
                    case.trials += 1;
                    case.shared = shared(case.shared, &trial.name);
                }
                _ => of.push(Case {
                    first: trial,
                    shared: &trial.name,
                    trials: 1,
                }),
            }
        }
        Self { of }
    }

    /// What each case is asked for by.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &'a str> {
        self.of.iter().map(|case| case.shared)
    }

    /// The list, under a heading.
    pub(super) fn text(&self, heading: &str) -> String {
        if self.of.is_empty() {
            return format!("  {heading}: no case\n");
        }
        let trials: usize = self.of.iter().map(|case| case.trials).sum();
        let mut text = format!(
            "  {heading}: {}, {}\n",
            number(self.of.len(), "case"),
            number(trials, "trial")
        );
        let lines = if self.of.len() > LISTED {
            self.by_file()
        } else {
            self.one_by_one()
        };
        let width = |of: fn(&Line) -> usize| lines.iter().map(of).max().unwrap_or_default();
        let (name, number) = (width(|line| line.0.len()), width(|line| line.1.len()));
        for line in &lines {
            let _ = writeln!(text, "    {:name$}  {:number$}  {}", line.0, line.1, line.2);
        }
        text
    }

    fn one_by_one(&self) -> Vec<Line> {
        let lines = self.of.iter().map(|case| {
            let trials = number(case.trials, "trial");
            (case.shared.to_owned(), trials, place(&case.first.at))
        });
        lines.collect()
    }

    fn by_file(&self) -> Vec<Line> {
        let mut files: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for case in &self.of {
            let (cases, trials) = files.entry(case.first.at.source.path()).or_default();
            *cases += 1;
            *trials += case.trials;
        }
        let lines = files.into_iter().map(|(file, (cases, trials))| {
            (
                file.to_owned(),
                number(cases, "case"),
                number(trials, "trial"),
            )
        });
        lines.collect()
    }
}

/// A name, a number, and a place or another number.
type Line = (String, String, String);

/// The whole parts that two names have in common.
fn shared<'a>(known: &'a str, other: &str) -> &'a str {
    let mut end = 0;
    let mut at = 0;
    for (a, b) in known.split("::").zip(other.split("::")) {
        if a != b {
            break;
        }
        end = at + a.len();
        at = end + 2;
    }
    &known[..end]
}
