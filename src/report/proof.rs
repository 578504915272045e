//! A proof as text, in the manner of libtest, or as JSON lines; a proof by mutants first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::input::diagnostic::number;
use crate::prove::{Proof, Proofs, Unproven};

/// The result of a proof, as it is printed.
pub trait ProofReport {
    /// Lines in the manner of libtest, then what has to be fixed, then the score.
    fn text(&self) -> String;

    /// JSON lines, the last one for the score.
    fn json(&self) -> String;
}

impl ProofReport for Proofs {
    fn text(&self) -> String {
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
            for survivor in &one.survivors {
                let mutant = &survivor.mutant;
                let _ = writeln!(text, "test {}::{mutant} ... SURVIVED", one.trial);
            }
            if let Some(verdict) = verdict(one) {
                let _ = writeln!(text, "test {} ... {verdict}", one.trial);
            }
        }
        let weak = self.trials.iter().filter(|one| !one.survivors.is_empty());
        for (index, one) in weak.enumerate() {
            let title = if index == 0 { "\nsurvivors:\n" } else { "" };
            let _ = writeln!(text, "{title}\n---- {} ----", one.trial);
            for survivor in &one.survivors {
                let _ = writeln!(
                    text,
                    "{}: accepted, though it breaks `{}`\n  help: {}",
                    survivor.mutant, survivor.clause, survivor.advice
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

    fn json(&self) -> String {
        let mut text = String::new();
        for one in &self.trials {
            let survivors: Vec<_> = one
                .survivors
                .iter()
                .map(|one| json!({ "mutant": one.mutant, "clause": one.clause, "advice": one.advice }))
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
}

/// What is said in its line, unless it holds.
fn verdict(proof: &Proof) -> Option<String> {
    match &proof.unproven {
        Some(waived @ Unproven::Waived(_)) => Some(waived.to_string()),
        Some(unproven) => Some(format!("UNPROVEN ({unproven})")),
        None if proof.killed.is_empty() && proof.survivors.is_empty() => {
            Some("UNPROVEN (it has no mutants)".to_owned())
        }
        None => None,
    }
}
