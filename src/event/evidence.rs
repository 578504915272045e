//! What a trial was judged on, so that it can be judged again without the target.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Role;
use crate::exchange::Exchange;
use crate::judge::{Place, Useless};

/// A piece of what a trial was judged on, without secrets, to be judged again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What it is.
    pub item: Item,
    /// What of it is not kept, if it cannot be judged again for that.
    pub lost: Option<String>,
    /// How many records of the trial follow from it. They are in the order of the evidence.
    pub records: usize,
}

/// What a trial is judged on. Steps and effects are counted from 0, and from 1 where they are written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
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
        #[serde(with = "from_one")]
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
        #[serde(with = "from_one")]
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
        #[serde(with = "from_one")]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The exchange.
    pub exchange: Exchange,
    /// Where a credential came back in it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echoed: Option<Place>,
    /// Why its retry window does not help, as the run has shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

/// What is counted from 0, counted from 1 as people do.
mod from_one {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(index: &usize, out: S) -> Result<S::Ok, S::Error> {
        (index + 1).serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
        let index = usize::deserialize(from)?.checked_sub(1);
        index.ok_or_else(|| D::Error::custom("steps and effects are counted from 1"))
    }
}
