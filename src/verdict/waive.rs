//! Applies waivers to outcomes. A waived trial must fail: if it passes, or the waiver expires, the run fails until the waiver is removed.

use std::collections::BTreeSet;

use crate::event::{Outcome, Redacted, is_of_run};
use crate::targets::{Day, Waiver};

/// The outcome of a trial that some waivers cover; `broken` has the clauses of the findings that violate.
pub fn waive(
    outcome: Outcome,
    broken: &BTreeSet<String>,
    waivers: &[Waiver],
    today: Day,
) -> Outcome {
    if let Some(reason) = overlap(waivers) {
        return stale(reason);
    }
    if let Some(over) = waivers.iter().find(|waiver| waiver.until < today) {
        return stale(format!(
            "`{}` in {} ended on {}; owner: {}; reason: {}",
            over.pattern,
            place(over),
            over.until,
            over.owner,
            over.reason
        ));
    }
    let Some(first) = waivers.first() else {
        return outcome;
    };
    match outcome {
        Outcome::Conforms => stale(format!(
            "it conforms: remove `{}` in {}, or narrow it",
            first.pattern,
            place(first)
        )),
        Outcome::Violates if is_covered(broken, waivers) => {
            let idle = |waiver: &&Waiver| !broken.iter().any(|clause| waiver.names(clause));
            if let Some(idle) = waivers.iter().find(idle) {
                return stale(format!(
                    "the trial breaks no clause of `{}` in {}: remove or narrow the waiver",
                    idle.pattern,
                    place(idle)
                ));
            }
            let days = waivers.iter().map(|waiver| waiver.until);
            let reasons = waivers.iter().map(|waiver| waiver.reason.as_str());
            Outcome::Waived {
                until: days.min().unwrap_or(first.until).to_string(),
                reason: Redacted::without_secrets(reasons.collect::<Vec<_>>().join("; ")),
            }
        }
        // Not judged, or with findings that no waiver covers: waivers do not apply.
        other => other,
    }
}

/// Whether every broken clause is one of a waiver's.
fn is_covered(broken: &BTreeSet<String>, waivers: &[Waiver]) -> bool {
    let named = |clause: &String| waivers.iter().any(|waiver| waiver.names(clause));
    broken.iter().all(named)
}

/// Two waivers that share a clause: it is not known which of them applies.
fn overlap(waivers: &[Waiver]) -> Option<String> {
    waivers.iter().enumerate().find_map(|(index, first)| {
        let others = waivers.iter().skip(index + 1);
        let shared = |second: &&Waiver| second.clauses.iter().any(|(id, _)| first.names(id));
        let second = others.into_iter().find(shared)?;
        Some(format!(
            "two waivers cover it: `{}` in {} and `{}` in {}",
            first.pattern,
            place(first),
            second.pattern,
            place(second)
        ))
    })
}

/// The waivers that cover the line of a control or a probe. If the line conforms, only patterns for controls and probes count.
pub fn of_line(waivers: &[Waiver], line: &str, outcome: &Outcome) -> Vec<Waiver> {
    let waivers = waivers.iter().filter(|waiver| {
        waiver.covers(line) && (*outcome != Outcome::Conforms || is_of_run(&waiver.pattern))
    });
    waivers.cloned().collect()
}

/// The outcome of a waiver that covers no trial at all.
pub fn unmatched(waiver: &Waiver) -> Outcome {
    stale(format!(
        "`{}` in {} covers no trial of the suite",
        waiver.pattern,
        place(waiver)
    ))
}

fn stale(reason: String) -> Outcome {
    Outcome::StaleWaiver {
        reason: Redacted::without_secrets(reason),
    }
}

fn place(waiver: &Waiver) -> String {
    let (line, _) = waiver.at.line_column();
    format!("{}:{line}", waiver.at.source.path())
}
