//! What happens in a run, for whoever listens: the runner emits, reports hear.
//!
//! What an event holds may be shown: secrets are taken out before it is emitted. What a server sent is in it as it came.

mod evidence;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub use evidence::{Answer, Bound, Evidence, Item, Stage};

use crate::exchange::{Exchange, form};
use crate::input::diagnostic::Location;
use crate::judge::Finding;
use crate::targets::{Day, Waiver};

/// Something that happened. What is told only while a run goes on is not written down.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// The run begins.
    RunStarted(Arc<Started>),
    /// A trial begins.
    #[serde(skip)]
    TrialStarted {
        /// Its name.
        trial: String,
    },
    /// Something worth knowing that is no finding, such as a wait.
    #[serde(skip)]
    Notice {
        /// The trial that it concerns.
        trial: String,
        /// What it is.
        text: String,
    },
    /// A trial has ended.
    TrialFinished(Arc<Finished>),
    /// The end of the run has made a finished trial inconclusive.
    TrialRevised(Arc<Revised>),
    /// The run has ended: nothing follows.
    RunFinished(Arc<Ended>),
}

/// The prefix of the lines of waivers that cover no trial.
pub const WAIVER: &str = "waiver::";

/// The prefix of the reason of a trial that was not run because the run ended early.
pub const NOT_RUN: &str = "not run: ";

/// What is going to run, and which questions are asked of whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// The version of gonogo that the trials ran with.
    pub gonogo: String,
    /// The title of the suite and its version, where it has them.
    pub suite: Option<(String, String)>,
    /// SHA-256 over the suite's files, in hexadecimal.
    pub digest: String,
    /// SHA-256 over the contract's files, in hexadecimal.
    pub contract: String,
    /// The target's name.
    pub target: String,
    /// Its address.
    pub base_url: String,
    /// Whether a finding of a `should` clause is a violation.
    pub strict: bool,
    /// When, by the wall clock.
    #[serde(with = "form::time")]
    pub began: SystemTime,
    /// The day that waivers are held against.
    pub today: Day,
    /// The target's known failures.
    pub waivers: Vec<Waiver>,
    /// The trials that were selected.
    pub trials: Vec<Announced>,
    /// How many trials the whole suite has; 0 if unknown.
    pub suite_trials: usize,
    /// The selection of trials, as it was typed; none if the whole suite was selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<String>,
}

/// The prefix of the lines of controls. A control has a line only if it breaks the contract or is rejected later.
pub const CONTROL: &str = "control::";
/// The prefix of the lines of probes. A probe has a line if its count never grew, or grew without an explanation.
pub const PROBE: &str = "probe::";

/// Whether a line belongs to a control or a probe, and not to a trial of the suite.
pub fn is_of_run(line: &str) -> bool {
    line.starts_with(CONTROL) || line.starts_with(PROBE)
}

/// A trial whose outcome has changed at the end of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revised {
    /// Its name.
    pub trial: String,
    /// The outcome that it ended with.
    pub was: Outcome,
    /// The outcome now.
    pub outcome: Outcome,
    /// Why it was not judged, before waivers.
    pub reason: String,
}

/// How a run ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Why it ended before all of its trials had run, if it did.
    pub early: Option<String>,
    /// How long it took.
    #[serde(rename = "took_us", with = "form::micros")]
    pub took: Duration,
    /// How many requests were repeated because a kept connection closed.
    pub repeated: usize,
}

/// A trial that is going to run, or known not to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announced {
    /// Its name.
    pub trial: String,
    /// The clause that a failure breaks, by id.
    pub clause: String,
    /// What its steps ask for.
    pub steps: Vec<AnnouncedStep>,
}

/// What a step asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnouncedStep {
    /// The request, by name.
    pub request: String,
    /// The rows that it accepts, by name.
    pub rows: Vec<String>,
    /// Whether it accepts nothing else.
    pub sole: bool,
    /// What volley it is, if it is one.
    pub volley: Option<AnnouncedVolley>,
}

/// Many requests of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnnouncedVolley {
    /// As fast as allowed.
    Burst,
    /// All complete at the same instant.
    Race,
}

/// How a trial ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finished {
    /// Its name.
    pub trial: String,
    /// Where its case stands.
    pub at: Location,
    /// What came of it.
    pub outcome: Outcome,
    /// What was sent and received, with its findings.
    pub records: Vec<Record>,
    /// When it began, by the wall clock.
    #[serde(with = "form::time")]
    pub began: SystemTime,
    /// How long it took, waits included.
    #[serde(rename = "took_us", with = "form::micros")]
    pub took: Duration,
    /// How far it came.
    pub ending: Ending,
    /// What it was judged on, kept only where the run was asked to.
    pub evidence: Vec<Evidence>,
}

impl Finished {
    /// The same without what it was judged on.
    #[must_use]
    pub fn without_evidence(&self) -> Self {
        Self {
            trial: self.trial.clone(),
            at: self.at.clone(),
            outcome: self.outcome.clone(),
            records: self.records.clone(),
            began: self.began,
            took: self.took,
            ending: self.ending.clone(),
            evidence: Vec::new(),
        }
    }
}

/// How far a trial came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "of",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum Ending {
    /// To its end.
    Whole,
    /// Something stopped it; reads as a reason.
    Stopped(String),
    /// It never began: what came of it instead, before waivers.
    Unrun(Outcome),
}

impl Ending {
    /// Whether the run ended before this trial began.
    pub fn is_cut_off(&self) -> bool {
        match self {
            Self::Unrun(Outcome::Inconclusive { reason } | Outcome::Ignored { reason }) => {
                reason.starts_with(NOT_RUN)
            }
            _ => false,
        }
    }
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", deny_unknown_fields)]
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

/// How many trials ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Judged and found right.
    pub conforming: usize,
    /// Judged and found wrong.
    pub violating: usize,
    /// Not judged.
    pub inconclusive: usize,
    /// Not run.
    pub ignored: usize,
    /// Found wrong, and known to be.
    pub waived: usize,
}

impl Counts {
    /// One more trial.
    pub fn add(&mut self, outcome: &Outcome) {
        *self.of(outcome) += 1;
    }

    /// The same trials, one of them with another outcome.
    pub fn revise(&mut self, was: &Outcome, outcome: &Outcome) {
        let known = self.of(was);
        *known = known.saturating_sub(1);
        self.add(outcome);
    }

    fn of(&mut self, outcome: &Outcome) -> &mut usize {
        match outcome {
            Outcome::Conforms => &mut self.conforming,
            Outcome::Violates | Outcome::StaleWaiver { .. } => &mut self.violating,
            Outcome::Inconclusive { .. } => &mut self.inconclusive,
            Outcome::Waived { .. } => &mut self.waived,
            Outcome::Ignored { .. } => &mut self.ignored,
        }
    }
}

/// One exchange of a trial, judged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What it was for.
    pub role: Role,
    /// Where what it was held to is written.
    pub at: Location,
    /// The exchange; none for findings of a trial or a volley as a whole. It follows from the evidence, and is never read back.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
    /// Which request of its volley it is, counted from 1, if it is of one.
    pub shot: Option<usize>,
    /// The names of the rows that its responses match.
    pub rows: Vec<String>,
    /// What it broke, the most telling first.
    pub findings: Vec<Finding>,
    /// What else is worth knowing of it, such as how tight a race was.
    pub note: Option<String>,
    /// When each request of a volley was under way, in the order sent; empty where this is no volley as a whole. The same holds.
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub shots: Vec<Shot>,
}

/// One request of a volley: its answers are not all kept, its times are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shot {
    /// When it began, by the wall clock.
    #[serde(with = "form::time")]
    pub began: SystemTime,
    /// Until the head of the response was there, where one came.
    #[serde(rename = "head_after_us", with = "form::micros_if_any")]
    pub head_after: Option<Duration>,
    /// Until all of it was there, or it was given up.
    #[serde(rename = "took_us", with = "form::micros")]
    pub took: Duration,
    /// The status of the response, where one came.
    pub status: Option<u16>,
}

impl From<&Exchange> for Shot {
    fn from(exchange: &Exchange) -> Self {
        Self {
            began: exchange.began,
            head_after: exchange.head_after,
            took: exchange.took,
            status: exchange
                .answer
                .as_ref()
                .ok()
                .map(|received| received.status),
        }
    }
}

/// What an exchange of a trial is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "of",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
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
