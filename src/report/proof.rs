//! A proof as text, in the manner of libtest, or as JSON lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::diagnostic::one_line;

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
    pub unproven: Option<String>,
}

impl Proven {
    /// Whether the trial would notice everything, and something at all.
    pub fn holds(&self) -> bool {
        self.unproven.is_none() && self.survivors.is_empty() && !self.killed.is_empty()
    }
}

/// The lines of a proof: each kind of mutant with how often it was killed, then what survived, then the score.
pub fn proof_text(proven: &[Proven]) -> String {
    let mut text = format!("\nproving {} trials\n", proven.len());
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (name, clause) in proven.iter().flat_map(|one| &one.killed) {
        *kinds.entry((clause, name)).or_default() += 1;
    }
    for ((clause, name), number) in &kinds {
        let _ = writeln!(
            text,
            "test mutants::{name} ... killed by {clause} ({number})"
        );
    }
    for one in proven {
        for (mutant, _, _) in &one.survivors {
            let _ = writeln!(text, "test {}::{mutant} ... SURVIVED", one.trial);
        }
        if let Some(reason) = &one.unproven {
            let _ = writeln!(
                text,
                "test {} ... UNPROVEN ({})",
                one.trial,
                one_line(reason)
            );
        } else if one.killed.is_empty() && one.survivors.is_empty() {
            let _ = writeln!(text, "test {} ... UNPROVEN (it has no mutants)", one.trial);
        }
    }
    let weak: Vec<&Proven> = proven
        .iter()
        .filter(|one| !one.survivors.is_empty())
        .collect();
    if !weak.is_empty() {
        text.push_str("\nsurvivors:\n");
    }
    for one in weak {
        let _ = writeln!(text, "\n---- {} ----", one.trial);
        for (mutant, clause, advice) in &one.survivors {
            let _ = writeln!(
                text,
                "{mutant}: accepted, though it breaks `{clause}`\n  help: {advice}"
            );
        }
    }
    let killed: usize = proven.iter().map(|one| one.killed.len()).sum();
    let survived: usize = proven.iter().map(|one| one.survivors.len()).sum();
    let unproven = proven
        .iter()
        .filter(|one| !one.holds() && one.survivors.is_empty());
    let result = if proven.iter().all(Proven::holds) {
        "ok"
    } else {
        "FAILED"
    };
    let _ = writeln!(
        text,
        "\nproof result: {result}. mutants killed {killed} of {}; {survived} survived; {} trials unproven",
        killed + survived,
        unproven.count()
    );
    text
}

/// The same as JSON, a line a trial and one for the score.
pub fn proof_json(proven: &[Proven]) -> String {
    let mut text = String::new();
    for one in proven {
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
            "unproven": one.unproven,
        });
        let _ = writeln!(text, "{line}");
    }
    let killed: usize = proven.iter().map(|one| one.killed.len()).sum();
    let survived: usize = proven.iter().map(|one| one.survivors.len()).sum();
    let holds = proven.iter().all(Proven::holds);
    let _ = writeln!(
        text,
        "{}",
        json!({ "type": "score", "holds": holds, "killed": killed, "made": killed + survived })
    );
    text
}
