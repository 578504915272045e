//! What a waiver does to an outcome. A known failure must fail: one that is mended, or past its day, breaks the run until it is removed.

use crate::event::{Outcome, is_of_run};
use crate::target::{Day, Waiver};

/// The outcome of a trial that some waivers cover.
pub fn waive(outcome: Outcome, waivers: &[Waiver], today: Day) -> Outcome {
    let waiver = match waivers {
        [] => return outcome,
        [one] => one,
        [first, second, ..] => {
            return stale(format!(
                "two waivers cover it: `{}` in {} and `{}` in {}",
                first.pattern,
                place(first),
                second.pattern,
                place(second)
            ));
        }
    };
    if waiver.until < today {
        return stale(format!(
            "`{}` in {} ended on {}; {} answers for it: {}",
            waiver.pattern,
            place(waiver),
            waiver.until,
            waiver.owner,
            waiver.reason
        ));
    }
    match outcome {
        Outcome::Violates => Outcome::Waived {
            until: waiver.until.to_string(),
            reason: waiver.reason.clone(),
        },
        Outcome::Conforms => stale(format!(
            "it conforms: remove `{}` in {}, or narrow it",
            waiver.pattern,
            place(waiver)
        )),
        // Not judged, not known to fail: a waiver says nothing of it.
        other => other,
    }
}

/// The waivers that cover the line of a control or of a probe. One that conforms is no news, unless a waiver names it.
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
    Outcome::StaleWaiver { reason }
}

fn place(waiver: &Waiver) -> String {
    let (line, _) = waiver.at.line_column();
    format!("{}:{line}", waiver.at.source.path())
}
