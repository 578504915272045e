//! Coverage of the contract: which row was exercised on which request, and which clause, and which never was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::contract::{Contract, Pair};
use crate::event::{Announced, Event, Finished, Listener, Outcome, Record, Revised, Role, Started};
use crate::input::diagnostic::one_line;

/// Why something counts, or does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "standing", content = "reason", rename_all = "kebab-case")]
pub enum Standing {
    /// No trial asks for it, or no response showed it.
    Gap,
    /// A trial asks for it, and could not be judged.
    Inconclusive,
    /// A trial asks for it, and did not run.
    Ignored,
    /// A trial asks for it, and its failure is waived.
    Waived,
    /// A trial asks for it, and failed.
    #[serde(rename = "violates")]
    Failed,
    /// The contract says why no case can exercise it.
    Excluded(String),
    /// A response showed it in a trial that conforms.
    Exercised,
}

/// What was exercised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Pairs of a documented row and its request.
    pub pairs: BTreeMap<Pair, Standing>,
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
    /// The announced trials by name.
    trials: HashMap<String, usize>,
    /// What each trial exercised, by its place among the announced ones.
    shares: BTreeMap<usize, Share>,
}

/// What one trial exercised.
#[derive(Debug, Default)]
struct Share {
    pairs: BTreeMap<Pair, Standing>,
    clauses: BTreeMap<String, Standing>,
    /// The kinds of response, if the trial conforms.
    judged: BTreeSet<Judged>,
}

/// A kind of response.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Judged {
    status: u16,
    row: Option<String>,
    /// The clauses that it breaks, all of them of level `should`.
    broken: Vec<String>,
}

impl Listener for Coverage {
    fn hear(&self, event: &Event) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::RunStarted(started) => {
                let trials = started.trials.iter().enumerate();
                seen.trials = trials.map(|(at, one)| (one.trial.clone(), at)).collect();
                seen.started = Some(Arc::clone(started));
            }
            Event::TrialFinished(finished) => seen.take(finished),
            Event::TrialRevised(revised) => seen.revise(revised),
            Event::TrialStarted { .. } | Event::Notice { .. } | Event::RunFinished(_) => {}
        }
    }
}

/// The standing of everything that a trial asks for. A conforming trial has none: its responses count instead.
fn standing(outcome: &Outcome) -> Option<Standing> {
    match outcome {
        Outcome::Conforms => None,
        Outcome::Violates | Outcome::StaleWaiver { .. } => Some(Standing::Failed),
        Outcome::Inconclusive { .. } => Some(Standing::Inconclusive),
        Outcome::Ignored { .. } => Some(Standing::Ignored),
        Outcome::Waived { .. } => Some(Standing::Waived),
    }
}

impl Seen {
    fn take(&mut self, finished: &Finished) {
        self.replace(&finished.trial, &finished.outcome, &finished.records);
    }

    /// A revised trial exercised nothing.
    fn revise(&mut self, revised: &Revised) {
        self.replace(&revised.trial, &revised.outcome, &[]);
    }

    fn replace(&mut self, trial: &str, outcome: &Outcome, records: &[Record]) {
        let trials = self.started.as_ref().map(|started| &started.trials);
        let at = self.trials.get(trial);
        let Some((at, announced)) = trials
            .zip(at)
            .and_then(|(trials, at)| Some((*at, trials.get(*at)?)))
        else {
            return;
        };
        let mut share = Share::default();
        match standing(outcome) {
            None => share.conforming(announced, records),
            Some(standing) => share.other(announced, records, &standing),
        }
        self.shares.insert(at, share);
    }
}

impl Share {
    /// A conforming trial exercised the rows of its responses, and its clause unless a response broke it.
    fn conforming(&mut self, announced: &Announced, records: &[Record]) {
        for record in records {
            if let Role::Step(number) = record.role
                && let Some(step) = number.checked_sub(1).and_then(|at| announced.steps.get(at))
            {
                for row in record.rows.iter().filter(|row| step.rows.contains(row)) {
                    let pair = (row.clone(), step.request.clone());
                    raise(&mut self.pairs, pair, Standing::Exercised);
                }
            }
            self.judged.extend(judged(record));
        }
        let clause = &announced.clause;
        let mut findings = records.iter().flat_map(|record| &record.findings);
        let standing = if findings.any(|finding| finding.clause.id == *clause) {
            Standing::Failed
        } else {
            Standing::Exercised
        };
        raise(&mut self.clauses, clause.clone(), standing);
    }

    fn other(&mut self, announced: &Announced, records: &[Record], standing: &Standing) {
        for step in &announced.steps {
            for row in &step.rows {
                let pair = (row.clone(), step.request.clone());
                raise(&mut self.pairs, pair, standing.clone());
            }
        }
        let findings = records.iter().flat_map(|record| &record.findings);
        let broken = findings.map(|finding| &finding.clause.id);
        for clause in broken.chain([&announced.clause]) {
            raise(&mut self.clauses, clause.clone(), standing.clone());
        }
    }
}

/// The kinds of response in a record.
fn judged(record: &Record) -> Vec<Judged> {
    let answer = record.exchange.as_ref().map(|one| one.answer.as_ref());
    let answer = answer.and_then(Result::ok).map(|answer| answer.status);
    let shots = record.shots.iter().filter_map(|shot| shot.status);
    let statuses: BTreeSet<u16> = answer.into_iter().chain(shots).collect();
    let broken: BTreeSet<&str> = record
        .findings
        .iter()
        .map(|finding| finding.clause.id.as_str())
        .collect();
    let kind = |status, row| Judged {
        status,
        row,
        broken: broken.iter().map(|id| (*id).to_owned()).collect(),
    };
    let rows = || record.rows.iter().cloned().map(Some).chain([None]);
    let kinds = statuses.into_iter();
    kinds
        .flat_map(|status| rows().map(move |row| (status, row)))
        .map(|(status, row)| kind(status, row))
        .collect()
}

/// The better of two standings; what is excluded stays so only until something exercises it.
fn raise<K: Ord>(known: &mut BTreeMap<K, Standing>, key: K, standing: Standing) {
    let known = known.entry(key).or_insert(Standing::Gap);
    if *known < standing {
        *known = standing;
    }
}

impl Coverage {
    /// The coverage of a contract on these requests, each with its documented rows.
    pub fn covered<'a>(
        &self,
        contract: &Contract,
        requests: impl IntoIterator<Item = (&'a str, Option<&'a [String]>)>,
    ) -> Covered {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let possible = |reason: Option<&str>| match reason {
            Some(reason) => Standing::Excluded(reason.to_owned()),
            None => Standing::Gap,
        };
        let pairs = contract.pairs(requests).into_iter();
        let mut pairs = pairs
            .map(|(pair, reason)| (pair, possible(reason)))
            .collect();
        let clauses = contract.clauses().iter().map(|clause| {
            let reason = contract.excluded_clause(&clause.id);
            (clause.id.clone(), possible(reason))
        });
        let mut clauses = clauses.collect();
        for share in seen.shares.values() {
            merge(&mut pairs, &share.pairs);
            merge(&mut clauses, &share.clauses);
        }
        let kinds = seen.shares.values().flat_map(|share| &share.judged);
        for judged in kinds.collect::<BTreeSet<_>>() {
            for id in contract.held_to(judged.status, judged.row.as_deref()) {
                let is_broken = judged.broken.iter().any(|broken| broken == id);
                if !is_broken && let Some(known) = clauses.get_mut(id) {
                    *known = Standing::Exercised;
                }
            }
        }
        Covered { pairs, clauses }
    }
}

/// Raises the standings of a contract to those that were seen.
fn merge<K: Ord + Clone>(possible: &mut BTreeMap<K, Standing>, seen: &BTreeMap<K, Standing>) {
    for (key, standing) in seen {
        if let Some(known) = possible.get_mut(key)
            && *known < *standing
        {
            *known = standing.clone();
        }
    }
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
                Standing::Failed => "failed".to_owned(),
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
        "  {what}: {} of {} exercised, {} excluded, {} ignored, {} waived, {} failed, {} inconclusive, {} gaps",
        of(|one| *one == Standing::Exercised),
        standings.len(),
        of(|one| matches!(one, Standing::Excluded(_))),
        of(|one| *one == Standing::Ignored),
        of(|one| *one == Standing::Waived),
        of(|one| *one == Standing::Failed),
        of(|one| *one == Standing::Inconclusive),
        of(|one| *one == Standing::Gap),
    );
}
