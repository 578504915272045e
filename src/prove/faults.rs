//! The suite against each fault of the reference server: who notices, and by which clause. And against each style: nobody may.
//!
//! Every one has a server of its own, on a port of its own, in this process. Printing is left to `report`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use futures_util::stream;

use super::Filter;
use super::kill_table::{Idle, Kill, Seeded};
use super::reasons::Reasons;
use super::styles::{Alarm, Styled};
use crate::contract::Contract;
use crate::embedded;
use crate::event::{Finished, Outcome, Record, Role, is_of_run};
use crate::input::diagnostic::{Diagnostic, one};
use crate::plan::{Planned, plan};
use crate::runner::Session;
use crate::suite::Suite;
use crate::targets::{Day, Limits, Profile, matches, resolve};
use gonogo_reference::{Fault, Options, Style};

/// How many trials of one server are under way at a time: those that wait for a window hold up no other.
const TRIALS: usize = 64;
/// Nothing of the reference server is in the environment.
const NO_VARIABLE: fn(&str) -> Option<String> = |_| None;

/// What all runs have in common.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The contract.
    pub contract: Arc<Contract>,
    /// The suite.
    pub suite: Arc<Suite>,
    /// What is known beforehand.
    pub reasons: Arc<Reasons>,
    /// Only these trials are run.
    pub filter: Filter,
}

/// A trial that ended, as far as a proof needs it.
#[derive(Debug, Clone)]
struct Ended {
    trial: String,
    red: bool,
    conforms: bool,
    /// The clauses that its own steps and effects broke; those of its controls and probes are anybody's.
    own: BTreeSet<String>,
    /// All clauses that it found broken.
    all: BTreeSet<String>,
}

impl Bench {
    /// Runs the suite against a server with the fault, otherwise with these options.
    pub async fn seed(&self, fault: Fault, options: Options) -> Result<Seeded, Vec<Diagnostic>> {
        let options = Options {
            fault: Some(fault),
            ..options
        };
        let ended = self.run(options).await?;
        Ok(self.seeded(fault, &ended))
    }

    /// Runs the suite against a server in the style, otherwise with these options.
    pub async fn style(
        &self,
        style: Style,
        mut options: Options,
    ) -> Result<Styled, Vec<Diagnostic>> {
        options.styles.push(style);
        Ok(Styled {
            style: style.name().to_owned(),
            about: style.about().to_owned(),
            alarms: self.alarms(options).await?,
        })
    }

    /// Runs the suite against a server with these options; yields the trials that do not conform, with what they say.
    pub async fn alarms(&self, options: Options) -> Result<Vec<Alarm>, Vec<Diagnostic>> {
        let (server, profile) = embedded::start(options).await?;
        let session = self.session(profile)?;
        let mut alarms: Vec<Alarm> = stream::iter(self.planned(&session))
            .map(|planned| {
                let session = &session;
                async move { session.run(&planned).await }
            })
            .buffer_unordered(TRIALS)
            .filter_map(|finished| async move { alarm(&finished) })
            .collect()
            .await;
        let finish = session.finish().await;
        alarms.extend(finish.lines.iter().filter_map(|line| alarm(line)));
        server.stop().await;
        Ok(alarms)
    }

    async fn run(&self, options: Options) -> Result<Vec<Ended>, Vec<Diagnostic>> {
        let (server, profile) = embedded::start(options).await?;
        let session = self.session(profile)?;
        let mut ended: Vec<(usize, Ended)> =
            stream::iter(self.planned(&session).into_iter().enumerate())
                .map(|(index, planned)| {
                    let session = &session;
                    async move { (index, Ended::of(&*session.run(&planned).await)) }
                })
                .buffer_unordered(TRIALS)
                .collect()
                .await;
        let finish = session.finish().await;
        server.stop().await;
        ended.sort_by_key(|(index, _)| *index);
        let lines = finish.lines.iter().map(|line| Ended::of(line));
        let ended = ended.into_iter().map(|(_, ended)| ended);
        Ok(ended.chain(lines).collect())
    }

    /// A strict run: a fault of level `should` is one as well.
    fn session(&self, profile: Profile) -> Result<Session, Vec<Diagnostic>> {
        // A faulty server is not waited for as long as one that may only be slow.
        let limits = Limits {
            request: Duration::from_secs(10),
            trial: Duration::from_secs(30),
            wait: Duration::from_secs(5),
            ..Limits::default()
        };
        let profile = Profile { limits, ..profile };
        let target = resolve(profile, &NO_VARIABLE)?;
        let today = Day::of(SystemTime::now());
        let session = Session::new(Arc::clone(&self.contract), target, true, today, Vec::new());
        let session = session.map(|session| session.knowing(&self.suite.trials));
        session.map_err(|error| {
            one(
                "target",
                error.to_string(),
                "expected settings that make a client",
            )
        })
    }

    fn planned(&self, session: &Session) -> Vec<Planned> {
        let all = plan(&self.suite, session.profile());
        all.into_iter()
            .filter(|planned| planned.ignored.is_none() && self.filter.selects(&planned.trial.name))
            .collect()
    }

    /// Which trials conform to a server that does nothing, and which reasons for it are out of date.
    fn idle(&self, fault: &str, ended: &[Ended]) -> Idle {
        let conforming: Vec<&Ended> = ended.iter().filter(|ended| ended.conforms).collect();
        let stale = self.reasons.conforms.iter().filter(|one| {
            let mut conforming = conforming.iter();
            one.fault == fault && !conforming.any(|ended| matches(&one.trial, &ended.trial))
        });
        Idle {
            stale: stale.map(|one| one.trial.clone()).collect(),
            conforming: conforming
                .iter()
                .map(|ended| {
                    let reason = self.reasons.conforms(fault, &ended.trial);
                    (ended.trial.clone(), reason.map(str::to_owned))
                })
                .collect(),
        }
    }

    fn seeded(&self, fault: Fault, ended: &[Ended]) -> Seeded {
        let name = fault.name().to_owned();
        let wanted = self.reasons.clause.get(&name).cloned();
        let red: Vec<&Ended> = ended.iter().filter(|ended| ended.red).collect();
        let names = |ended: &Ended| {
            wanted
                .as_ref()
                .is_none_or(|clause| ended.all.contains(clause))
        };
        let tells = |ended: &Ended| {
            wanted
                .as_ref()
                .is_none_or(|clause| ended.own.contains(clause))
                && !ended.own.is_empty()
        };
        let killer = red
            .iter()
            .find(|ended| tells(ended))
            .or_else(|| red.iter().find(|ended| names(ended)))
            .or(red.first());
        Seeded {
            kill: killer.map(|killer| Kill {
                trial: killer.trial.clone(),
                clause: wanted
                    .clone()
                    .filter(|clause| killer.all.contains(clause))
                    .or_else(|| killer.own.first().or(killer.all.first()).cloned())
                    .unwrap_or_default(),
            }),
            about: fault.about().to_owned(),
            wanted,
            survives: self.reasons.survives.get(&name).cloned(),
            breaks: self.reasons.breaks.get(&name).cloned(),
            idle: fault.is_idle().then(|| self.idle(&name, ended)),
            trials: ended.iter().filter(|one| !is_of_run(&one.trial)).count(),
            red: red.iter().map(|ended| ended.trial.clone()).collect(),
            own: red
                .iter()
                .filter(|ended| !ended.own.is_empty())
                .map(|ended| ended.trial.clone())
                .collect(),
            fault: name,
        }
    }
}

impl Ended {
    fn of(finished: &Finished) -> Self {
        // A control that is rejected at the end, or a count that does not move, detects the fault.
        let unborne =
            is_of_run(&finished.trial) && matches!(finished.outcome, Outcome::Inconclusive { .. });
        let red = unborne || finished.outcome == Outcome::Violates;
        let clauses = |own: bool| {
            let records = finished
                .records
                .iter()
                .filter(|record| !own || is_own(record));
            records
                .flat_map(|record| &record.findings)
                .map(|finding| finding.clause.id.clone())
                .collect()
        };
        Self {
            trial: finished.trial.clone(),
            red,
            conforms: finished.outcome == Outcome::Conforms,
            own: clauses(true),
            all: clauses(false),
        }
    }
}

fn is_own(record: &Record) -> bool {
    matches!(record.role, Role::Step(_) | Role::Effect(_))
}

/// What a trial says that does not conform.
fn alarm(finished: &Finished) -> Option<Alarm> {
    let (reason, inconclusive) = match &finished.outcome {
        Outcome::Conforms => return None,
        Outcome::Inconclusive { reason } => (Some(format!("inconclusive: {reason}")), true),
        _ => (None, false),
    };
    let findings = finished.records.iter().flat_map(|record| &record.findings);
    let findings = findings.map(|finding| {
        format!(
            "{}: {}: expected {}, was {}",
            finding.clause.id, finding.place, finding.expected, finding.actual
        )
    });
    let said: Vec<String> = reason.into_iter().chain(findings).collect();
    Some(Alarm {
        trial: finished.trial.clone(),
        said: said.join("; "),
        inconclusive,
    })
}
