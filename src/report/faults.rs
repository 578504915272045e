//! The kill table: each fault and the first trial that noticed it, what survived, and what nothing ever turned red.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use crate::input::diagnostic::number;

/// How many were not run, at the end of a line; nothing where all were.
pub(super) fn not_run(unrun: &[String]) -> String {
    match unrun.len() {
        0 => String::new(),
        number => format!("; {number} not run"),
    }
}

/// A fault and what the suite made of it.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// Its name.
    pub fault: String,
    /// What it does wrong.
    pub about: String,
    /// The clause that must be named, where that is known.
    pub wanted: Option<String>,
    /// Who noticed first; none where it survived.
    pub kill: Option<Kill>,
    /// Why it may survive.
    pub survives: Option<String>,
    /// Why it may turn more than half of the trials red.
    pub breaks: Option<String>,
    /// What conforms all the same, where the server does nothing at all.
    pub idle: Option<Idle>,
    /// How many trials were run.
    pub trials: usize,
    /// The trials that noticed.
    pub red: Vec<String>,
    /// Those of them whose own steps or effects did, and not only a control or a probe.
    pub own: Vec<String>,
}

/// Who noticed a fault, and by which clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// The trial.
    pub trial: String,
    /// The clause.
    pub clause: String,
}

/// The trials that conform to a server that does nothing.
#[derive(Debug, Clone, Default)]
pub struct Idle {
    /// Their names, each with the reason, where there is one.
    pub conforming: Vec<(String, Option<String>)>,
    /// Reasons for trials that do not conform: their patterns.
    pub stale: Vec<String>,
}

/// What came of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Found, for its clause.
    Found,
    /// Not found, which has a reason in writing.
    Known,
    /// Not found.
    Survived,
    /// Found, but no finding names the clause that it breaks.
    Mistaken,
    /// Found, but by more than half of the trials: it breaks everything, so that nothing follows.
    Flooding,
    /// Found, though a reason says that it survives, or that trials conform which do not.
    Stale,
    /// The server does nothing, and trials conform without a reason.
    Scoring,
}

impl Fate {
    fn holds(self) -> bool {
        matches!(self, Self::Found | Self::Known)
    }
}

impl Seeded {
    /// What came of it.
    pub fn fate(&self) -> Fate {
        if let Some(idle) = &self.idle {
            return idle.fate();
        }
        match (&self.kill, &self.survives) {
            (None, Some(_)) => Fate::Known,
            (None, None) => Fate::Survived,
            (Some(_), Some(_)) => Fate::Stale,
            (Some(kill), None)
                if self
                    .wanted
                    .as_ref()
                    .is_some_and(|clause| *clause != kill.clause) =>
            {
                Fate::Mistaken
            }
            (Some(_), None) if self.red.len() * 2 > self.trials && self.breaks.is_none() => {
                Fate::Flooding
            }
            (Some(_), None) => Fate::Found,
        }
    }

    fn line(&self, fate: Fate) -> String {
        let name = &self.fault;
        let kill = self.kill.as_ref();
        let killed = kill.map(|kill| format!("killed by {} ({})", kill.trial, kill.clause));
        let killed = killed.unwrap_or_default();
        let killed = match &self.idle {
            Some(idle) => {
                let conforming = idle.conforming.len();
                format!("{conforming} of {} conformed", number(self.trials, "trial"))
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
    fn help(&self, fate: Fate) -> Option<String> {
        if let Some(idle) = &self.idle {
            return idle.help(&self.fault, &self.about);
        }
        let (wrong, help) = match fate {
            Fate::Found | Fate::Scoring => return None,
            Fate::Known => (self.survives.clone().unwrap_or_default(), None),
            Fate::Survived => (
                "no trial notices it".to_owned(),
                Some(
                    "add a case that asks for what it breaks, or a reason under `survives` in prove.toml",
                ),
            ),
            Fate::Mistaken => (
                format!(
                    "it breaks `{}`, which no finding names",
                    self.wanted.clone().unwrap_or_default()
                ),
                Some(
                    "see what the trials say of it (`gonogo serve --fault`), and mend the case, the judge, or `clause` in prove.toml",
                ),
            ),
            Fate::Flooding => (
                format!(
                    "it turns {} of {} red",
                    self.red.len(),
                    number(self.trials, "trial")
                ),
                Some("make it narrower, or give a reason under `breaks` in prove.toml"),
            ),
            Fate::Stale => (
                format!(
                    "it is found, and `survives` says: {}",
                    self.survives.clone().unwrap_or_default()
                ),
                Some("take the reason out of prove.toml"),
            ),
        };
        let mut text = format!("{}: {}: {wrong}\n", self.fault, self.about);
        if let Some(help) = help {
            let _ = writeln!(text, "  help: {help}");
        }
        Some(text)
    }
}

impl Idle {
    fn fate(&self) -> Fate {
        if self.conforming.iter().any(|(_, reason)| reason.is_none()) {
            Fate::Scoring
        } else if self.stale.is_empty() {
            Fate::Found
        } else {
            Fate::Stale
        }
    }

    /// The trials that conform, each with its reason or what to do about it; nothing where none does.
    fn help(&self, fault: &str, about: &str) -> Option<String> {
        if self.conforming.is_empty() && self.stale.is_empty() {
            return None;
        }
        let mut text = format!("{fault}: {about}\n");
        for (trial, reason) in &self.conforming {
            let reason = reason.as_deref().unwrap_or(
                "it conforms\n    help: add a step that this server fails, or a `[[conforms]]` with the reason to prove.toml",
            );
            let _ = writeln!(text, "  {trial}: {reason}");
        }
        for pattern in &self.stale {
            let _ = writeln!(
                text,
                "  {pattern}: under `[[conforms]]` in prove.toml, but no such trial conforms\n    help: remove it"
            );
        }
        Some(text)
    }
}

/// The whole of a proof by faults.
#[derive(Debug, Clone, Default)]
pub struct KillTable {
    /// The faults.
    pub seeded: Vec<Seeded>,
    /// Those that were not run to their end, since the user ended the proof: their names.
    pub unrun: Vec<String>,
    /// The trials that no fault turned red, with the reason, where there is one. Empty where not all faults were seeded.
    pub green: Vec<(String, Option<String>)>,
    /// Reasons for trials that are red after all, or that do not exist: their patterns.
    pub stale: Vec<String>,
    /// Whether all of the suite was run.
    pub whole: bool,
    /// Whether the faults were asked for by name.
    pub named: bool,
}

impl KillTable {
    /// Whether nothing has to be fixed.
    pub fn holds(&self) -> bool {
        let faults = self.shown().all(|(_, fate)| fate.holds());
        let green = self.green.iter().all(|(_, reason)| reason.is_some());
        faults && green && self.stale.is_empty() && self.unrun.is_empty()
    }

    /// The faults, and what came of them. Where only some trials were run, a fault that nobody asked for may well be for others to
    /// find; which clause must be named is said of the whole suite, and of so few trials half are none too many.
    fn shown(&self) -> impl Iterator<Item = (&Seeded, Fate)> {
        self.seeded.iter().filter_map(|one| match one.fate() {
            Fate::Survived if !self.whole && !self.named => None,
            Fate::Mistaken | Fate::Flooding if !self.whole => Some((one, Fate::Found)),
            // Of some trials only, a reason may be for the others.
            Fate::Stale if !self.whole && one.idle.is_some() => Some((one, Fate::Found)),
            fate => Some((one, fate)),
        })
    }

    /// The trials that some fault turned red by their own doing. A server that does nothing turns almost any red, and shows little.
    pub fn red(&self) -> BTreeSet<&str> {
        self.seeded
            .iter()
            .filter(|one| one.idle.is_none())
            .flat_map(|one| &one.own)
            .map(String::as_str)
            .collect()
    }

    /// The lines of the table, in the manner of libtest, then what has to be fixed, then the score.
    pub fn text(&self) -> String {
        let mut text = format!("\nseeding {}\n", number(self.seeded.len(), "fault"));
        text.extend(self.shown().map(|(one, fate)| one.line(fate)));
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
                .filter_map(|(one, fate)| one.help(fate));
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

    /// The same as JSON, a line a fault, a line a trial that is never red, and one for the score.
    pub fn json(&self) -> String {
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

    /// The faults that were found, those that survive for a reason, and the trials that are never red.
    fn score(&self) -> (usize, usize, usize) {
        let of = |fate: Fate| self.seeded.iter().filter(|one| one.fate() == fate).count();
        let is_found = |one: &&Seeded| match &one.idle {
            Some(idle) => idle.fate() != Fate::Scoring,
            None => one.kill.is_some(),
        };
        let found = self.seeded.iter().filter(is_found).count();
        (found, of(Fate::Known), self.green.len())
    }
}
