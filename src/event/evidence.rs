//! What a trial was judged on, so that it can be judged again without the target.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Redacted, Role};
use crate::exchange::Exchange;
use crate::judge::{Place, Useless};

/// A piece of what a trial was judged on, to be judged again.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What it is.
    pub item: Redacted<Item>,
    /// What of it is not kept, if it cannot be judged again for that.
    pub lost: Option<String>,
    /// How many records of the trial follow from it. They are in the order of the evidence.
    pub records: usize,
}

/// What a trial is judged on. Steps and effects are counted from 0.
#[derive(Debug, Clone)]
pub enum Item {
    /// The trial begins anew: what came before shows too little.
    Again,
    /// An answer that only the contract is asked of: of a control, of a probe, or of a limiter that nobody asked.
    Aside {
        /// What it was for.
        role: Role,
        /// The answer.
        answer: Box<Answer>,
    },
    /// An answer to a step.
    Step {
        /// The step.
        step: usize,
        /// How far the step is.
        stage: Stage,
        /// What the case's templates came to.
        bound: Bound,
        /// The answer.
        answer: Box<Answer>,
    },
    /// All answers of a volley.
    Volley {
        /// The step.
        step: usize,
        /// What the case's templates came to.
        bound: Bound,
        /// The answers.
        answers: Vec<Answer>,
        /// How it was released, and how fast it was answered.
        note: String,
    },
    /// A probe's count.
    Effect {
        /// The effect.
        effect: usize,
        /// The count before the trial.
        before: i64,
        /// The count after it.
        after: i64,
    },
    /// What follows is not kept.
    Rest,
}

/// An exchange as it is judged.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The exchange.
    pub exchange: Exchange,
    /// Where a credential came back in it, if one did.
    pub echoed: Option<Place>,
    /// Why its retry window does not help, as the run has shown.
    pub useless: Option<Useless>,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It is polled, and not over.
    Polled,
    /// It is polled, not over, and its time is.
    Late,
    /// This is its answer.
    Last,
}

/// What the templates of a step's matchers yielded, by index.
pub type Bound = Vec<Value>;
