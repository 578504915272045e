//! The kill table as text: its lines in the manner of libtest, then what has to be fixed, then the score. As JSON: a line a fault, a line
//! a trial that is never red, and one for the score.

use std::fmt::Write as _;

use serde_json::json;

use super::proof::ProofReport;
use crate::input::diagnostic::number;
use crate::prove::{Fate, Idle, KillTable, Seeded};

/// How many were not run, at the end of a line; nothing where all were.
pub(super) fn not_run(unrun: &[String]) -> String {
    match unrun.len() {
        0 => String::new(),
        number => format!("; {number} not run"),
    }
}

impl ProofReport for KillTable {
    fn text(&self) -> String {
        let mut text = format!("\nseeding {}\n", number(self.seeded.len(), "fault"));
        text.extend(self.shown().map(|(one, fate)| line(one, fate)));
        for fault in &self.unrun {
            let _ = writeln!(
                text,
                "test faults::{fault} ... ignored (not run: interrupted)"
            );
        }
        for (trial, reason) in &self.green {
            let end = if reason.is_some() {
                "never red (known)"
            } else {
                "NEVER RED"
            };
            let _ = writeln!(text, "test {trial} ... {end}");
        }
        for (title, known) in [("\nknown:\n", true), ("\nto fix:\n", false)] {
            let faults = self
                .shown()
                .filter(|(_, fate)| fate.holds() == known)
                .filter_map(|(one, fate)| help(one, fate));
            let green = self
                .green
                .iter()
                .filter(|(_, reason)| reason.is_some() == known);
            let green = green.map(|(trial, reason)| match reason {
                Some(reason) => format!("{trial}: {reason}\n"),
                None => format!(
                    "{trial}: no fault turns it red\n  help: add a fault that it must notice, or a reason under `green` in prove.toml\n"
                ),
            });
            let stale = self.stale.iter().filter(|_| !known);
            let stale = stale.map(|pattern| {
                format!("{pattern}: under `green` in prove.toml, and there is no such trial that is never red\n  help: take it out\n")
            });
            let lines: String = faults.chain(green).chain(stale).collect();
            if !lines.is_empty() {
                text.push_str(title);
                text.push_str(&lines);
            }
        }
        let result = if self.holds() { "ok" } else { "FAILED" };
        let (found, known, never) = self.score();
        let _ = writeln!(
            text,
            "\nproof result: {result}. faults found {found} of {}; {known} survived for a known reason; {} never red{}",
            self.seeded.len(),
            number(never, "trial"),
            not_run(&self.unrun)
        );
        text
    }

    fn json(&self) -> String {
        let faults = self.shown().map(|(one, fate)| {
            json!({
                "type": "fault",
                "fault": one.fault,
                "about": one.about,
                "fate": format!("{fate:?}").to_lowercase(),
                "wanted": one.wanted,
                "trial": one.kill.as_ref().map(|kill| &kill.trial),
                "clause": one.kill.as_ref().map(|kill| &kill.clause),
                "conforming": one.idle.as_ref().map(|idle| &idle.conforming),
                "stale": one.idle.as_ref().map(|idle| &idle.stale),
                "red": one.red.len(),
                "trials": one.trials,
                "reason": one.survives,
            })
        });
        let green = self
            .green
            .iter()
            .map(|(trial, reason)| json!({"type": "never-red", "trial": trial, "reason": reason}));
        let stale = self
            .stale
            .iter()
            .map(|pattern| json!({"type": "stale-reason", "pattern": pattern}));
        let unrun = self
            .unrun
            .iter()
            .map(|fault| json!({"type": "fault", "fault": fault, "fate": "not-run"}));
        let (found, known, never) = self.score();
        let score = json!({
            "type": "fault-score",
            "not_run": self.unrun.len(),
            "holds": self.holds(),
            "found": found,
            "seeded": self.seeded.len(),
            "known": known,
            "never_red": never,
        });
        let mut text = String::new();
        for line in faults.chain(unrun).chain(green).chain(stale).chain([score]) {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

fn line(seeded: &Seeded, fate: Fate) -> String {
    let name = &seeded.fault;
    let kill = seeded.kill.as_ref();
    let killed = kill.map(|kill| format!("killed by {} ({})", kill.trial, kill.clause));
    let killed = killed.unwrap_or_default();
    let killed = match &seeded.idle {
        Some(idle) => {
            let conforming = idle.conforming.len();
            format!(
                "{conforming} of {} conformed",
                number(seeded.trials, "trial")
            )
        }
        None => killed,
    };
    let end = match fate {
        Fate::Found => killed,
        Fate::Known => "survived (known)".to_owned(),
        Fate::Survived => "SURVIVED".to_owned(),
        Fate::Mistaken => format!("{killed}, MISTAKEN"),
        Fate::Flooding => format!("{killed}, FLOODING"),
        Fate::Stale => format!("{killed}, STALE REASON"),
        Fate::Scoring => format!("{killed}, SCORING"),
    };
    format!("test faults::{name} ... {end}\n")
}

/// What is wrong and how to mend it; nothing where it holds.
fn help(seeded: &Seeded, fate: Fate) -> Option<String> {
    if let Some(idle) = &seeded.idle {
        return idle_help(idle, &seeded.fault, &seeded.about);
    }
    let (wrong, help) = match fate {
        Fate::Found | Fate::Scoring => return None,
        Fate::Known => (seeded.survives.clone().unwrap_or_default(), None),
        Fate::Survived => (
            "no trial notices it".to_owned(),
            Some(
                "add a case that asks for what it breaks, or a reason under `survives` in prove.toml",
            ),
        ),
        Fate::Mistaken => (
            format!(
                "it breaks `{}`, which no finding names",
                seeded.wanted.clone().unwrap_or_default()
            ),
            Some(
                "see what the trials say of it (`gonogo serve --fault`), and mend the case, the judge, or `clause` in prove.toml",
            ),
        ),
        Fate::Flooding => (
            format!(
                "it turns {} of {} red",
                seeded.red.len(),
                number(seeded.trials, "trial")
            ),
            Some("make it narrower, or give a reason under `breaks` in prove.toml"),
        ),
        Fate::Stale => (
            format!(
                "it is found, and `survives` says: {}",
                seeded.survives.clone().unwrap_or_default()
            ),
            Some("take the reason out of prove.toml"),
        ),
    };
    let mut text = format!("{}: {}: {wrong}\n", seeded.fault, seeded.about);
    if let Some(help) = help {
        let _ = writeln!(text, "  help: {help}");
    }
    Some(text)
}

/// The trials that conform, each with its reason or what to do about it; nothing where none does.
fn idle_help(idle: &Idle, fault: &str, about: &str) -> Option<String> {
    if idle.conforming.is_empty() && idle.stale.is_empty() {
        return None;
    }
    let mut text = format!("{fault}: {about}\n");
    for (trial, reason) in &idle.conforming {
        let reason = reason.as_deref().unwrap_or(
            "it conforms\n    help: add a step that this server fails, or a `[[conforms]]` with the reason to prove.toml",
        );
        let _ = writeln!(text, "  {trial}: {reason}");
    }
    for pattern in &idle.stale {
        let _ = writeln!(
            text,
            "  {pattern}: under `[[conforms]]` in prove.toml, but no such trial conforms\n    help: remove it"
        );
    }
    Some(text)
}
