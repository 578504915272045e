//! Coverage of the contract: which row was exercised on which request, and which clause, and which never was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use crate::contract::{Check, Contract, Excluded, Statuses};
use crate::diagnostic::one_line;
use crate::event::{Announced, Event, Finished, Listener, Outcome, Role, Started};

/// Why something counts, or does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// No trial asks for it.
    Gap,
    /// A trial asks for it, and could not be judged.
    Inconclusive,
    /// A trial asks for it, and did not run.
    Ignored,
    /// A trial asks for it, and its failure is waived.
    Waived,
    /// The contract says why no case can exercise it.
    Excluded(String),
    /// A trial that was judged asked for it.
    Exercised,
}

/// What was exercised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Row and request.
    pub pairs: BTreeMap<(String, String), Standing>,
    /// Clauses by id.
    pub clauses: BTreeMap<String, Standing>,
}

/// Listens to a run, and tells what it covered.
#[derive(Debug, Default)]
pub struct Coverage {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    started: Option<Arc<Started>>,
    ended: Vec<Ended>,
}

/// What is kept of a trial that has ended.
#[derive(Debug)]
struct Ended {
    trial: String,
    standing: Standing,
    /// The statuses of the answers, by step.
    statuses: Box<[(Option<usize>, u16)]>,
}

impl Listener for Coverage {
    fn hear(&self, event: &Event) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::RunStarted(started) => seen.started = Some(Arc::clone(started)),
            Event::TrialFinished(finished) => seen.ended.push(ended(finished)),
            Event::TrialRevised(revised) => {
                let mut ended = seen.ended.iter_mut();
                if let Some(ended) = ended.find(|ended| ended.trial == revised.trial) {
                    ended.standing = standing(&revised.outcome);
                }
            }
            Event::TrialStarted { .. } | Event::Notice { .. } | Event::RunFinished(_) => {}
        }
    }
}

fn standing(outcome: &Outcome) -> Standing {
    match outcome {
        Outcome::Conforms | Outcome::Violates => Standing::Exercised,
        Outcome::Inconclusive { .. } | Outcome::StaleWaiver { .. } => Standing::Inconclusive,
        Outcome::Ignored { .. } => Standing::Ignored,
        Outcome::Waived { .. } => Standing::Waived,
    }
}

fn ended(finished: &Finished) -> Ended {
    let standing = standing(&finished.outcome);
    let statuses = finished.records.iter().filter_map(|record| {
        let received = record.exchange.as_ref()?.answer.as_ref().ok()?;
        let step = match record.role {
            Role::Step(number) => Some(number),
            _ => None,
        };
        Some((step, received.status))
    });
    Ended {
        trial: finished.trial.clone(),
        standing,
        statuses: statuses.collect(),
    }
}

impl Coverage {
    /// What was covered of a contract, on these requests.
    pub fn covered(&self, contract: &Contract, requests: &BTreeSet<String>) -> Covered {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = seen.announced();
        Covered {
            pairs: pairs(&ended, contract, requests),
            clauses: clauses(&ended, contract),
        }
    }
}

impl Seen {
    /// What has ended, with what was announced of it.
    fn announced(&self) -> Vec<(&Announced, &Ended)> {
        let trials = self.started.iter().flat_map(|started| &started.trials);
        let trials: HashMap<&str, &Announced> =
            trials.map(|one| (one.trial.as_str(), one)).collect();
        let ended = self.ended.iter();
        ended
            .filter_map(|ended| Some((*trials.get(ended.trial.as_str())?, ended)))
            .collect()
    }
}

fn pairs(
    all: &[(&Announced, &Ended)],
    contract: &Contract,
    requests: &BTreeSet<String>,
) -> BTreeMap<(String, String), Standing> {
    let mut pairs = BTreeMap::new();
    for row in contract.rows() {
        for request in requests {
            let excluded = contract.excludes().iter().find(|exclude| {
                let here = exclude.requests.as_ref();
                exclude.of == Excluded::Row(row.name.clone())
                    && here.is_none_or(|here| here.contains(request))
            });
            let standing = excluded.map_or(Standing::Gap, |exclude| {
                Standing::Excluded(exclude.reason.clone())
            });
            pairs.insert((row.name.clone(), request.clone()), standing);
        }
    }
    for (announced, ended) in all {
        for (index, step) in announced.steps.iter().enumerate() {
            for row in &step.rows {
                // Of several accepted rows the one that came is exercised; of an untold answer none.
                let came = step.rows.len() == 1 && step.sole
                    || contract.row(row).is_ok_and(|row| {
                        step.volley.is_some()
                            || ended.statuses.contains(&(Some(index + 1), row.status))
                    });
                let standing = match ended.standing {
                    Standing::Exercised if !came => continue,
                    ref standing => standing.clone(),
                };
                if let Some(known) = pairs.get_mut(&(row.clone(), step.request.clone())) {
                    raise(known, standing);
                }
            }
        }
    }
    pairs
}

fn clauses(all: &[(&Announced, &Ended)], contract: &Contract) -> BTreeMap<String, Standing> {
    let mut clauses: BTreeMap<String, Standing> = BTreeMap::new();
    for clause in contract.clauses() {
        let excluded = contract
            .excludes()
            .iter()
            .find(|exclude| exclude.of == Excluded::Clause(clause.id.clone()));
        let standing = excluded.map_or(Standing::Gap, |exclude| {
            Standing::Excluded(exclude.reason.clone())
        });
        clauses.insert(clause.id.clone(), standing);
    }
    let mut judged: BTreeSet<u16> = BTreeSet::new();
    for (announced, ended) in all {
        if let Some(known) = clauses.get_mut(&announced.clause) {
            raise(known, ended.standing.clone());
        }
        if ended.standing == Standing::Exercised {
            judged.extend(ended.statuses.iter().map(|(_, status)| *status));
        }
    }
    for id in judged.iter().flat_map(|status| held_to(contract, *status)) {
        if let Some(known) = clauses.get_mut(id) {
            raise(known, Standing::Exercised);
        }
    }
    clauses
}

/// The better of two standings; what is excluded stays so only until something exercises it.
fn raise(known: &mut Standing, standing: Standing) {
    if *known < standing {
        *known = standing;
    }
}

/// The clauses that the judge holds every answer of a status to.
fn held_to(contract: &Contract, status: u16) -> Vec<&str> {
    let of_success = |check: Check| {
        matches!(
            check,
            Check::Answer
                | Check::Json
                | Check::Bom
                | Check::Coding
                | Check::DeepDuplicate
                | Check::SecretEcho
        )
    };
    let checks = contract
        .checks()
        .filter(|(check, _)| status >= 400 || of_success(*check))
        .map(|(_, clause)| clause.id.as_str());
    let headers = contract
        .headers()
        .iter()
        .filter(|rule| rule.on.iter().any(|on: &Statuses| on.contain(status)))
        .map(|rule| rule.clause.id.as_str());
    let rows = contract.rows_of(status).map(|row| row.clause.id.as_str());
    let leaks = contract
        .leaks()
        .iter()
        .filter(|_| status >= 400)
        .map(|leak| leak.clause.id.as_str());
    checks.chain(headers).chain(rows).chain(leaks).collect()
}

impl Covered {
    /// The share of what can be exercised that was, in percent.
    pub fn percent(&self) -> f64 {
        let all = || self.pairs.values().chain(self.clauses.values());
        let possible = all()
            .filter(|one| !matches!(one, Standing::Excluded(_)))
            .count();
        let exercised = all().filter(|one| **one == Standing::Exercised).count();
        if possible == 0 {
            return 100.0;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of rows, requests and clauses are small"
        )]
        let share = exercised as f64 / possible as f64;
        share * 100.0
    }

    /// The figures, then every entry that was not exercised.
    pub fn text(&self) -> String {
        let mut text = format!("coverage: {:.1}%\n", self.percent());
        count(
            &mut text,
            "rows on requests",
            &self.pairs.values().collect::<Vec<_>>(),
        );
        count(
            &mut text,
            "clauses",
            &self.clauses.values().collect::<Vec<_>>(),
        );
        let pairs = self.pairs.iter();
        let pairs =
            pairs.map(|((row, request), standing)| (format!("{row} on {request}"), standing));
        let clauses = self.clauses.iter();
        let clauses = clauses.map(|(id, standing)| (format!("clause {id}"), standing));
        for (what, standing) in pairs.chain(clauses) {
            let what = one_line(&what);
            let word = match standing {
                Standing::Exercised => continue,
                Standing::Gap => "gap".to_owned(),
                Standing::Inconclusive => "inconclusive".to_owned(),
                Standing::Ignored => "ignored".to_owned(),
                Standing::Waived => "waived".to_owned(),
                Standing::Excluded(reason) => {
                    let _ = writeln!(text, "  excluded: {what} ({})", one_line(reason));
                    continue;
                }
            };
            let _ = writeln!(text, "  {word}: {what}");
        }
        text
    }
}

fn count(text: &mut String, what: &str, standings: &[&Standing]) {
    let of = |wanted: fn(&Standing) -> bool| standings.iter().filter(|one| wanted(one)).count();
    let _ = writeln!(
        text,
        "  {what}: {} of {} exercised, {} excluded, {} ignored, {} waived, {} inconclusive, {} gaps",
        of(|one| *one == Standing::Exercised),
        standings.len(),
        of(|one| matches!(one, Standing::Excluded(_))),
        of(|one| *one == Standing::Ignored),
        of(|one| *one == Standing::Waived),
        of(|one| *one == Standing::Inconclusive),
        of(|one| *one == Standing::Gap),
    );
}
