//! The lines of a record as they are written: one for the run, one a trial, one for the end.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exchange::ExchangeShape;
use crate::contract::Level;
use crate::event::{
    Announced, AnnouncedVolley, Answer, Counts, Ending, Evidence, Finished, Item, Outcome, Record,
    Redacted, Revised, Role, Stage, Started,
};
use crate::input::diagnostic::{Location, Source};
use crate::judge::{Finding, Place};
use crate::record::text::{micros, parse_time, time};
use crate::targets::{Day, Waiver};

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Line {
    Run(Box<RunShape>),
    Trial(TrialShape),
    Revised(RevisedShape),
    End(EndShape),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunShape {
    /// The version of the format.
    pub(super) record: u32,
    pub(super) gonogo: String,
    pub(super) suite: Option<SuiteShape>,
    pub(super) digest: String,
    pub(super) contract: String,
    pub(super) target: String,
    pub(super) base_url: String,
    pub(super) strict: bool,
    pub(super) began: String,
    pub(super) today: String,
    pub(super) waivers: Vec<WaiverShape>,
    pub(super) trials: Vec<AnnouncedShape>,
    /// How many trials the whole suite has.
    #[serde(default)]
    pub(super) suite_trials: usize,
    /// The selection of trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) selection: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuiteShape {
    name: String,
    version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaiverShape {
    trial: String,
    #[serde(default)]
    clauses: Vec<String>,
    reason: String,
    owner: String,
    issue: Option<String>,
    until: String,
    file: String,
    line: usize,
    /// What stands there.
    text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnnouncedShape {
    pub(super) trial: String,
    clause: String,
    pub(super) steps: Vec<StepShape>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepShape {
    request: String,
    rows: Vec<String>,
    /// Whether nothing else is accepted.
    sole: bool,
    pub(super) volley: Option<VolleyShape>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum VolleyShape {
    Burst,
    Race,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialShape {
    pub(super) trial: String,
    file: String,
    line: usize,
    pub(super) outcome: Outcome,
    pub(super) ending: EndingShape,
    began: String,
    took_us: u64,
    pub(super) evidence: Vec<EvidenceShape>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum EndingShape {
    Whole,
    Stopped { reason: String },
    Unrun { instead: Outcome },
}

/// A piece of evidence, and what it came to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceShape {
    pub(super) item: ItemShape,
    lost: Option<String>,
    pub(super) records: Vec<RecordShape>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum ItemShape {
    Again,
    Aside {
        role: Role,
        exchange: Box<ExchangeShape>,
    },
    Step {
        /// Counted from 1.
        step: usize,
        stage: Stage,
        bound: Vec<Value>,
        exchange: Box<ExchangeShape>,
    },
    Volley {
        step: usize,
        bound: Vec<Value>,
        note: String,
        exchanges: Vec<ExchangeShape>,
    },
    Effect {
        /// Counted from 1.
        effect: usize,
        before: i64,
        after: i64,
    },
    Rest,
}

/// What is told of a piece of evidence; it follows from it, and is made again where it is judged again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordShape {
    pub(super) role: Role,
    file: String,
    line: usize,
    /// Which exchange of a volley, counted from 1.
    exchange: Option<usize>,
    note: Option<String>,
    pub(super) findings: Vec<FindingShape>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingShape {
    clause: String,
    pub(super) level: String,
    place: Place,
    expected: String,
    actual: String,
}

/// The new outcome of an earlier trial, which turned out to be inconclusive.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevisedShape {
    pub(super) trial: String,
    pub(super) reason: String,
    /// The outcome of the trial now.
    pub(super) outcome: Outcome,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndShape {
    pub(super) early: Option<String>,
    pub(super) took_us: u64,
    /// How many requests were repeated because a kept connection closed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) repeated: usize,
    pub(super) counts: Counts,
    /// SHA-256 over all lines before this one, in hexadecimal.
    pub(super) sha256: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl From<&Started> for RunShape {
    fn from(started: &Started) -> Self {
        Self {
            record: super::FORMAT,
            gonogo: started.gonogo.clone(),
            suite: started
                .suite
                .clone()
                .map(|(name, version)| SuiteShape { name, version }),
            digest: started.digest.clone(),
            contract: started.contract.clone(),
            target: started.target.clone(),
            base_url: started.base_url.to_string(),
            strict: started.strict,
            began: time(started.began),
            today: started.today.to_string(),
            waivers: started.waivers.iter().map(WaiverShape::from).collect(),
            trials: started.trials.iter().map(AnnouncedShape::from).collect(),
            suite_trials: started.suite_trials,
            selection: started.selection.as_ref().map(ToString::to_string),
        }
    }
}

impl RunShape {
    /// The run that it tells of. What its trials ask for is the suite's to say.
    pub(super) fn started(&self) -> Result<Started, String> {
        let day = |text: &str| Day::parse(text).ok_or_else(|| format!("`{text}` is no day"));
        let waivers = self.waivers.iter().map(|waiver| {
            let at = location(&waiver.file, waiver.line, &waiver.text);
            let clauses = waiver.clauses.iter();
            Ok(Waiver {
                pattern: waiver.trial.clone(),
                clauses: clauses.map(|id| (id.clone(), at.clone())).collect(),
                reason: waiver.reason.clone(),
                owner: waiver.owner.clone(),
                issue: waiver.issue.clone(),
                until: day(&waiver.until)?,
                at,
            })
        });
        Ok(Started {
            gonogo: self.gonogo.clone(),
            suite: self.suite.clone().map(|suite| (suite.name, suite.version)),
            digest: self.digest.clone(),
            contract: self.contract.clone(),
            target: self.target.clone(),
            base_url: Redacted::known(self.base_url.clone()),
            strict: self.strict,
            began: parse_time(&self.began).ok_or_else(|| format!("`{}` is no time", self.began))?,
            today: day(&self.today)?,
            waivers: waivers.collect::<Result<_, String>>()?,
            trials: Vec::new(),
            suite_trials: self.suite_trials,
            selection: self.selection.clone().map(Redacted::known),
        })
    }
}

impl From<&Waiver> for WaiverShape {
    fn from(waiver: &Waiver) -> Self {
        let (file, line) = place(&waiver.at);
        Self {
            trial: waiver.pattern.clone(),
            clauses: waiver.clauses.iter().map(|(id, _)| id.clone()).collect(),
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            issue: waiver.issue.clone(),
            until: waiver.until.to_string(),
            file,
            line,
            text: waiver.at.text().to_owned(),
        }
    }
}

impl From<&Announced> for AnnouncedShape {
    fn from(announced: &Announced) -> Self {
        let steps = announced.steps.iter().map(|step| StepShape {
            request: step.request.clone(),
            rows: step.rows.clone(),
            sole: step.sole,
            volley: step.volley.map(|volley| match volley {
                AnnouncedVolley::Burst => VolleyShape::Burst,
                AnnouncedVolley::Race => VolleyShape::Race,
            }),
        });
        Self {
            trial: announced.trial.clone(),
            clause: announced.clause.clone(),
            steps: steps.collect(),
        }
    }
}

impl From<&Finished> for TrialShape {
    fn from(finished: &Finished) -> Self {
        let (file, line) = place(&finished.at);
        let mut records = finished.records.iter();
        let evidence = finished.evidence.iter().map(|evidence| EvidenceShape {
            item: ItemShape::from(&*evidence.item),
            lost: evidence.lost.clone(),
            records: records
                .by_ref()
                .take(evidence.records)
                .map(RecordShape::from)
                .collect(),
        });
        Self {
            trial: finished.trial.clone(),
            file,
            line,
            outcome: finished.outcome.clone(),
            ending: match finished.ending.clone() {
                Ending::Whole => EndingShape::Whole,
                Ending::Stopped(reason) => EndingShape::Stopped {
                    reason: reason.to_string(),
                },
                Ending::Unrun(instead) => EndingShape::Unrun { instead },
            },
            began: time(finished.began),
            took_us: micros(finished.took),
            evidence: evidence.collect(),
        }
    }
}

impl TrialShape {
    /// The time span of the trial.
    pub(super) fn span(&self) -> Option<(SystemTime, SystemTime)> {
        let began = parse_time(&self.began)?;
        let took = Duration::from_micros(self.took_us);
        Some((began, began.checked_add(took)?))
    }

    /// The trial without what is made again of its evidence.
    pub(super) fn finished(self) -> Result<Finished, String> {
        let evidence = self.evidence.into_iter().map(|shape| {
            Ok(Evidence {
                item: Redacted::known(shape.item.item()?),
                lost: shape.lost,
                records: 0,
            })
        });
        Ok(Finished {
            at: Redacted::known(location(&self.file, self.line, "")),
            trial: self.trial,
            outcome: self.outcome,
            records: Vec::new(),
            began: parse_time(&self.began).ok_or_else(|| format!("`{}` is no time", self.began))?,
            took: Duration::from_micros(self.took_us),
            ending: match self.ending {
                EndingShape::Whole => Ending::Whole,
                EndingShape::Stopped { reason } => Ending::Stopped(Redacted::known(reason)),
                EndingShape::Unrun { instead } => Ending::Unrun(instead),
            },
            evidence: evidence.collect::<Result<_, String>>()?,
        })
    }
}

impl From<&Revised> for RevisedShape {
    fn from(revised: &Revised) -> Self {
        Self {
            trial: revised.trial.clone(),
            reason: revised.reason.to_string(),
            outcome: revised.outcome.clone(),
        }
    }
}

impl From<&Item> for ItemShape {
    fn from(item: &Item) -> Self {
        let boxed = |answer: &Answer| Box::new(ExchangeShape::from(answer));
        match item {
            Item::Again => Self::Again,
            Item::Rest => Self::Rest,
            Item::Aside { role, answer } => Self::Aside {
                role: role.clone(),
                exchange: boxed(answer),
            },
            Item::Step {
                step,
                stage,
                bound,
                answer,
            } => Self::Step {
                step: step + 1,
                stage: *stage,
                bound: bound.clone(),
                exchange: boxed(answer),
            },
            Item::Volley {
                step,
                bound,
                answers,
                note,
            } => Self::Volley {
                step: step + 1,
                bound: bound.clone(),
                note: note.clone(),
                exchanges: answers.iter().map(ExchangeShape::from).collect(),
            },
            Item::Effect {
                effect,
                before,
                after,
            } => Self::Effect {
                effect: effect + 1,
                before: *before,
                after: *after,
            },
        }
    }
}

impl ItemShape {
    fn item(self) -> Result<Item, String> {
        let counted = |number: usize| {
            let index = number.checked_sub(1);
            index.ok_or_else(|| "steps and effects are counted from 1".to_owned())
        };
        Ok(match self {
            Self::Again => Item::Again,
            Self::Rest => Item::Rest,
            Self::Aside { role, exchange } => Item::Aside {
                role,
                answer: Box::new((*exchange).try_into()?),
            },
            Self::Step {
                step,
                stage,
                bound,
                exchange,
            } => Item::Step {
                step: counted(step)?,
                stage,
                bound,
                answer: Box::new((*exchange).try_into()?),
            },
            Self::Volley {
                step,
                bound,
                note,
                exchanges,
            } => Item::Volley {
                step: counted(step)?,
                bound,
                answers: exchanges
                    .into_iter()
                    .map(Answer::try_from)
                    .collect::<Result<_, _>>()?,
                note,
            },
            Self::Effect {
                effect,
                before,
                after,
            } => Item::Effect {
                effect: counted(effect)?,
                before,
                after,
            },
        })
    }
}

impl From<&Record> for RecordShape {
    fn from(record: &Record) -> Self {
        let (file, line) = place(&record.at);
        Self {
            role: record.role.clone(),
            file,
            line,
            exchange: record.shot.map(|shot| shot + 1),
            note: record.note.as_ref().map(ToString::to_string),
            findings: record.findings.iter().map(FindingShape::from).collect(),
        }
    }
}

impl From<&Finding> for FindingShape {
    fn from(finding: &Finding) -> Self {
        Self {
            clause: finding.clause.id.clone(),
            level: match finding.clause.level {
                Level::Must => "must".to_owned(),
                Level::Should => "should".to_owned(),
            },
            place: finding.place.clone(),
            expected: finding.expected.clone(),
            actual: finding.actual.clone(),
        }
    }
}

fn place(at: &Location) -> (String, usize) {
    (at.source.path().to_owned(), at.line_column().0)
}

/// A place of a file of which nothing else is known.
fn location(file: &str, line: usize, text: &str) -> Location {
    Location {
        source: Source::part(file, line, text),
        span: 0..text.len(),
    }
}
