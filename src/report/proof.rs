//! A proof by mutants as text, in the manner of libtest, or as JSON lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::event::NOT_RUN;
use crate::input::diagnostic::{number, one_line};

/// What a proof shows of one trial, for printing.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The trial.
    pub trial: String,
    /// The mutants that were rejected, with their clauses.
    pub killed: Vec<(String, String)>,
    /// The mutants that were accepted: what was altered, the clause, what to add.
    pub survivors: Vec<(String, String, String)>,
    /// Why nothing could be proven, if so.
    pub unproven: Option<Unproven>,
}

/// Why nothing could be proven of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unproven {
    /// It violates, so that there is no accepted answer to alter.
    Violates,
    /// It could not be judged, for this reason.
    Inconclusive(String),
    /// A waiver of it is of no use, for this reason.
    StaleWaiver(String),
    /// It violates, which is known until this day.
    Waived(String),
}

impl std::fmt::Display for Unproven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Violates => f.write_str("it violates: run it without `prove` to see how"),
            Self::Inconclusive(reason) => write!(f, "inconclusive: {}", one_line(reason)),
            Self::StaleWaiver(reason) => f.write_str(&one_line(reason)),
            Self::Waived(until) => write!(f, "waived until {until}"),
        }
    }
}

impl Proven {
    /// Whether the trial would notice everything, and something at all; of a waived one that is not asked.
    pub fn holds(&self) -> bool {
        match &self.unproven {
            None => self.survivors.is_empty() && !self.killed.is_empty(),
            Some(unproven) => matches!(unproven, Unproven::Waived(_)),
        }
    }

    /// What is said in its line, unless it holds.
    fn verdict(&self) -> Option<String> {
        match &self.unproven {
            Some(waived @ Unproven::Waived(_)) => Some(waived.to_string()),
            Some(unproven) => Some(format!("UNPROVEN ({unproven})")),
            None if self.killed.is_empty() && self.survivors.is_empty() => {
                Some("UNPROVEN (it has no mutants)".to_owned())
            }
            None => None,
        }
    }
}

/// What a proof shows of all trials.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    /// The trials that were run, in the order of the suite.
    pub trials: Vec<Proven>,
    /// How many were not, since the target lacks something for them.
    pub ignored: usize,
}

impl Proofs {
    /// Whether every trial would notice.
    pub fn hold(&self) -> bool {
        self.trials.iter().all(Proven::holds)
    }

    /// Whether the others could not be judged, and nothing else is wrong with them.
    pub fn are_only_inconclusive(&self) -> bool {
        self.trials
            .iter()
            .filter(|one| !one.holds())
            .all(|one| matches!(one.unproven, Some(Unproven::Inconclusive(_))))
    }

    /// How many trials the end of the run left out.
    pub fn unrun(&self) -> usize {
        let unrun = |one: &&Proven| matches!(&one.unproven, Some(Unproven::Inconclusive(reason)) if reason.starts_with(NOT_RUN));
        self.trials.iter().filter(unrun).count()
    }

    /// Each kind of mutant with how often it was killed, then what survived, then the score.
    pub fn text(&self) -> String {
        let mut text = format!("\nproving {}\n", number(self.trials.len(), "trial"));
        let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (name, clause) in self.trials.iter().flat_map(|one| &one.killed) {
            *kinds.entry((clause, name)).or_default() += 1;
        }
        for ((clause, name), number) in &kinds {
            let _ = writeln!(
                text,
                "test mutants::{name} ... killed by {clause} ({number})"
            );
        }
        for one in &self.trials {
            for (mutant, _, _) in &one.survivors {
                let _ = writeln!(text, "test {}::{mutant} ... SURVIVED", one.trial);
            }
            if let Some(verdict) = one.verdict() {
                let _ = writeln!(text, "test {} ... {verdict}", one.trial);
            }
        }
        let weak = self.trials.iter().filter(|one| !one.survivors.is_empty());
        for (index, one) in weak.enumerate() {
            let title = if index == 0 { "\nsurvivors:\n" } else { "" };
            let _ = writeln!(text, "{title}\n---- {} ----", one.trial);
            for (mutant, clause, advice) in &one.survivors {
                let _ = writeln!(
                    text,
                    "{mutant}: accepted, though it breaks `{clause}`\n  help: {advice}"
                );
            }
        }
        let (killed, made) = self.score();
        let unproven = self
            .trials
            .iter()
            .filter(|one| !one.holds() && one.survivors.is_empty());
        let result = if self.hold() { "ok" } else { "FAILED" };
        let _ = writeln!(
            text,
            "\nproof result: {result}. mutants killed {killed} of {made}; {} survived; {} unproven; {} ignored",
            made - killed,
            number(unproven.count(), "trial"),
            self.ignored
        );
        text
    }

    /// The same as JSON, a line a trial and one for the score.
    pub fn json(&self) -> String {
        let mut text = String::new();
        for one in &self.trials {
            let survivors: Vec<_> = one
                .survivors
                .iter()
                .map(|(mutant, clause, advice)| json!({ "mutant": mutant, "clause": clause, "advice": advice }))
                .collect();
            let line = json!({
                "type": "proof",
                "trial": one.trial,
                "killed": one.killed.len(),
                "survivors": survivors,
                "unproven": one.unproven.as_ref().map(ToString::to_string),
            });
            let _ = writeln!(text, "{line}");
        }
        let (killed, made) = self.score();
        let score = json!({
            "type": "score",
            "holds": self.hold(),
            "killed": killed,
            "made": made,
            "ignored": self.ignored,
        });
        let _ = writeln!(text, "{score}");
        text
    }

    /// The mutants that were killed, and those that were made.
    fn score(&self) -> (usize, usize) {
        let killed: usize = self.trials.iter().map(|one| one.killed.len()).sum();
        let survived: usize = self.trials.iter().map(|one| one.survivors.len()).sum();
        (killed, killed + survived)
    }
}
