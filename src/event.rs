//! What happens in a run, for whoever listens: the runner emits, reports hear.
//!
//! What an event holds may be shown: secrets are taken out before it is emitted. What a server sent is in it as it came.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::diagnostic::Location;
use crate::exchange::Exchange;
use crate::judge::Finding;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run begins, with these trials.
    RunStarted {
        /// The trials.
        trials: Vec<Announced>,
    },
    /// A trial begins.
    TrialStarted {
        /// Its name.
        trial: String,
    },
    /// Something worth knowing that is no finding, such as a wait.
    Notice {
        /// The trial that it concerns.
        trial: String,
        /// What it is.
        text: String,
    },
    /// A trial has ended.
    TrialFinished(Arc<Finished>),
}

/// A trial that is going to run, or known not to.
#[derive(Debug, Clone)]
pub struct Announced {
    /// Its name.
    pub trial: String,
    /// The clause that a failure breaks, by id.
    pub clause: String,
    /// What its steps ask for.
    pub steps: Vec<AnnouncedStep>,
}

/// What a step asks for.
#[derive(Debug, Clone)]
pub struct AnnouncedStep {
    /// The request, by name.
    pub request: String,
    /// The rows that it accepts, by name.
    pub rows: Vec<String>,
    /// Whether it accepts nothing else.
    pub sole: bool,
    /// Whether it is a volley.
    pub volley: bool,
}

/// How a trial ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its name.
    pub trial: String,
    /// Where its case stands.
    pub at: Location,
    /// What came of it.
    pub outcome: Outcome,
    /// What was sent and received, with its findings.
    pub records: Vec<Record>,
    /// How long it took, waits included.
    pub took: Duration,
    /// What it was judged on, kept only where the run was asked to.
    pub evidence: Vec<Evidence>,
}

/// What a trial was judged on, to be judged again.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// One answer of a step.
    Answer {
        /// The step, counted from 0.
        step: usize,
        /// The values that members must have.
        equal: Vec<Value>,
        /// The values that members must not have.
        differ: Vec<Value>,
        /// The answer.
        exchange: Box<Exchange>,
        /// The answers that it must be like.
        like: Vec<Exchange>,
    },
    /// All answers of a volley.
    Volley {
        /// The step, counted from 0.
        step: usize,
        /// The answers.
        exchanges: Vec<Exchange>,
    },
    /// The growth of a probe's count.
    Effect {
        /// The effect, counted from 0.
        effect: usize,
        /// How much it grew.
        growth: i64,
    },
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Judged, and nothing broke a clause that binds.
    Conforms,
    /// A clause that binds is broken.
    Violates,
    /// It could not be judged.
    Inconclusive {
        /// Why.
        reason: String,
    },
    /// It violates, and a waiver covers it.
    Waived {
        /// The last day of the waiver.
        until: String,
        /// Why it fails.
        reason: String,
    },
    /// A waiver of it is of no use, or no longer.
    StaleWaiver {
        /// Why.
        reason: String,
    },
    /// It could not run, which was known before.
    Ignored {
        /// Why.
        reason: String,
    },
}

/// One exchange of a trial, judged.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it was for.
    pub role: Role,
    /// Where what it was held to is written.
    pub at: Location,
    /// The exchange; none for findings of a trial or a volley as a whole.
    pub exchange: Option<Exchange>,
    /// What it broke, the most telling first.
    pub findings: Vec<Finding>,
    /// What else is worth knowing of it, such as how tight a race was.
    pub note: Option<String>,
}

/// What an exchange of a trial is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The step of this number, counted from 1.
    Step(usize),
    /// The valid request of this name.
    Control(String),
    /// The probe of this name.
    Probe(String),
    /// The count of this probe, before against after.
    Effect(String),
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Step(number) => write!(f, "step {number}"),
            Self::Control(request) => write!(f, "control `{request}`"),
            Self::Probe(probe) => write!(f, "probe `{probe}`"),
            Self::Effect(probe) => write!(f, "effect on `{probe}`"),
        }
    }
}

/// Hears what happens. It is called from many threads, and should be quick.
pub trait Listener: Send + Sync {
    /// Takes an event in.
    fn hear(&self, event: &Event);
}
