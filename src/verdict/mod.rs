//! What the evidence of a trial comes to: its findings, whether it could go on, its outcome. Pure, and the same for a run and for
//! what was recorded of one.
//!
//! Gathering evidence is left to `runner`, reading it back to `replay`.

mod announced;
mod bench;
mod captured;
mod control;
mod told;
mod waive;

pub use announced::announced;
pub use bench::{Bench, Judged};
pub use captured::missing;
pub use control::control_trials;
pub use told::Told;
pub use waive::{of_line, unmatched, waive};

use crate::event::{Ending, Outcome};

/// The outcome of a trial before waivers; `violates` says whether any finding does. It weighs more than what stopped the trial.
pub fn outcome(ending: &Ending, violates: bool) -> Outcome {
    match ending {
        Ending::Unrun(outcome) => outcome.clone(),
        _ if violates => Outcome::Violates,
        Ending::Stopped(reason) => Outcome::Inconclusive {
            reason: reason.clone(),
        },
        Ending::Whole => Outcome::Conforms,
    }
}
