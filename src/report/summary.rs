//! What a person wants to know after the lines of a run: what was exercised, which clauses are broken, why trials did not run, which
//! were slow, and where the target's limits were met. A few lines where all is well.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Covered, Hints, Standing};
use crate::contract::{Contract, Level};
use crate::event::{Event, Finished, Listener, Outcome, Record, Redacted, Role, Started};
use crate::input::diagnostic::{Location, number, one_line};
use crate::judge::limiter;

/// How many lines each part has at the most.
const LINES: usize = 4;
/// How many of the slowest trials are named.
const SLOWEST: usize = 3;
/// How much of a reason is told, in characters.
const REASON: usize = 160;
/// A trial that took less is not slow.
const SLOW: Duration = Duration::from_secs(1);

/// Listens to a run, and sums it up.
#[derive(Debug)]
pub struct Summary {
    contract: Arc<Contract>,
    seen: Mutex<Seen>,
    hints: Hints,
}

#[derive(Debug, Default)]
struct Seen {
    started: Option<Arc<Started>>,
    clauses: BTreeMap<(Level, String), Broken>,
    /// How many trials did not come to a verdict, by what became of them and why.
    unjudged: BTreeMap<(&'static str, String), usize>,
    /// The trials that were not run because the run ended early.
    cut_off: Vec<String>,
    slow: Vec<(Duration, String)>,
    /// How often a limiter sent a request back that was to come through, by what was sent.
    limited: BTreeMap<String, usize>,
    /// How many requests were repeated because a kept connection closed.
    repeated: usize,
}

/// A clause that was broken.
#[derive(Debug)]
struct Broken {
    trials: BTreeSet<String>,
    first: Redacted<Location>,
}

impl Listener for Summary {
    fn hear(&self, event: &Event) {
        self.hints.hear(event);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::RunStarted(started) => seen.started = Some(Arc::clone(started)),
            Event::TrialFinished(finished) => seen.take(finished, &self.contract),
            Event::TrialRevised(revised) => {
                if let Some(key) = unjudged(&revised.was)
                    && let Some(number) = seen.unjudged.get_mut(&key)
                {
                    *number = number.saturating_sub(1);
                }
                seen.unjudged.retain(|_, number| *number > 0);
                seen.count(&revised.outcome);
            }
            Event::RunFinished(ended) => seen.repeated = ended.repeated,
            Event::TrialStarted { .. } | Event::Notice { .. } => {}
        }
    }
}

/// The outcome of a trial without a verdict, and its reason.
fn unjudged(outcome: &Outcome) -> Option<(&'static str, String)> {
    let (what, reason) = match outcome {
        Outcome::Conforms | Outcome::Violates => return None,
        Outcome::Inconclusive { reason } => ("inconclusive", reason),
        Outcome::Ignored { reason } => ("ignored", reason),
        Outcome::Waived { reason, .. } => ("waived", reason),
        Outcome::StaleWaiver { reason } => ("stale waiver", reason),
    };
    Some((what, reason.to_string()))
}

impl Seen {
    fn count(&mut self, outcome: &Outcome) {
        if let Some(key) = unjudged(outcome) {
            *self.unjudged.entry(key).or_default() += 1;
        }
    }

    fn take(&mut self, finished: &Finished, contract: &Contract) {
        self.count(&finished.outcome);
        if finished.ending.is_cut_off() {
            self.cut_off.push(finished.trial.clone());
        }
        for record in &finished.records {
            for finding in &record.findings {
                let key = (finding.clause.level, finding.clause.id.clone());
                let broken = self.clauses.entry(key).or_insert_with(|| Broken {
                    trials: BTreeSet::new(),
                    first: record.at.clone(),
                });
                broken.trials.insert(finished.trial.clone());
            }
        }
        if finished.took >= SLOW {
            self.slow.push((finished.took, finished.trial.clone()));
        }
        for record in &finished.records {
            if let Some(what) = self.limited(finished, record, contract) {
                *self.limited.entry(what).or_default() += 1;
            }
        }
    }

    /// What a limiter sent back, though it was to come through. A volley is there to meet it.
    fn limited(&self, finished: &Finished, record: &Record, contract: &Contract) -> Option<String> {
        let exchange = record.exchange.as_ref()?;
        // Most responses are of no limiter, and need not be read.
        let mut rows = contract.rows_of(exchange.status()?);
        rows.find(|row| row.window)?;
        let row = limiter(contract, exchange.answer.as_ref().ok()?)?;
        match &record.role {
            Role::Step(number) => {
                let mut trials = self.started.as_ref()?.trials.iter();
                let announced = trials.find(|announced| announced.trial == finished.trial)?;
                let step = announced.steps.get(number.checked_sub(1)?)?;
                let asked = step.volley.is_some() || step.rows.contains(&row.name);
                (!asked).then(|| step.request.clone())
            }
            Role::Control(name) | Role::Probe(name) => Some(name.clone()),
            Role::Effect(_) => None,
        }
    }

    fn findings(&self, text: &mut String) {
        if self.clauses.is_empty() {
            return;
        }
        text.push_str("broken clauses:\n");
        let mut clauses: Vec<_> = self.clauses.iter().collect();
        // Those that bind first, and of them the most frequent.
        clauses.sort_by_key(|((level, _), broken)| (*level, Reverse(broken.trials.len())));
        for ((level, clause), broken) in clauses.iter().take(LINES) {
            let should = match level {
                Level::Must => "",
                Level::Should => " (should)",
            };
            let (line, _) = broken.first.line_column();
            let _ = writeln!(
                text,
                "  {}{should}: {}, the first at {}:{line}",
                one_line(clause),
                trials(broken.trials.len()),
                one_line(broken.first.source.path())
            );
        }
        more(text, clauses.len());
    }

    fn unjudged(&self, text: &mut String) {
        for outcome in ["inconclusive", "stale waiver", "ignored", "waived"] {
            let reasons = self.unjudged.iter().filter(|((of, _), _)| *of == outcome);
            let mut reasons: Vec<_> = reasons.collect();
            if reasons.is_empty() {
                continue;
            }
            reasons.sort_by_key(|(_, number)| Reverse(**number));
            let _ = writeln!(text, "{outcome}:");
            for ((_, reason), number) in reasons.iter().take(LINES) {
                let _ = writeln!(text, "  {}: {}", trials(**number), one_line(&cut(reason)));
            }
            more(text, reasons.len());
        }
    }

    fn left_out(&self, text: &mut String) {
        if self.cut_off.is_empty() {
            return;
        }
        let named = self.cut_off.iter().take(LINES).map(|name| one_line(name));
        let named = named.collect::<Vec<_>>().join(", ");
        let more = match self.cut_off.len().saturating_sub(LINES) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let _ = writeln!(text, "not run: {named}{more}");
    }

    fn slowest(&self, text: &mut String) {
        let mut slow: Vec<_> = self.slow.iter().collect();
        slow.sort_by_key(|(took, _)| Reverse(*took));
        let slow: Vec<String> = slow
            .iter()
            .take(SLOWEST)
            .map(|(took, trial)| format!("{trial} {:.1} s", took.as_secs_f64()))
            .collect();
        if !slow.is_empty() {
            let _ = writeln!(text, "slowest: {}", slow.join(", "));
        }
    }

    fn throttled(&self, text: &mut String) {
        let limited = self.limited.iter();
        let limited: Vec<String> = limited
            .map(|(what, number)| format!("{} ({number})", one_line(what)))
            .collect();
        if !limited.is_empty() {
            let _ = writeln!(text, "rate limited and retried: {}", limited.join(", "));
        }
    }
}

impl Seen {
    fn repeated(&self, text: &mut String) {
        if self.repeated > 0 {
            let were = if self.repeated == 1 { "was" } else { "were" };
            let _ = writeln!(
                text,
                "{} {were} repeated because a kept connection closed without a response",
                number(self.repeated, "request")
            );
        }
    }
}

impl Summary {
    /// Holds what is to be summed up against this contract.
    pub fn new(contract: Arc<Contract>) -> Self {
        Self {
            contract,
            seen: Mutex::default(),
            hints: Hints::default(),
        }
    }

    /// The summary, ended by a line break; `covered` is what the run exercised.
    pub fn text(&self, covered: &Covered) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = exercised(covered);
        seen.findings(&mut text);
        seen.unjudged(&mut text);
        seen.left_out(&mut text);
        text.push_str(&self.hints.text());
        seen.slowest(&mut text);
        seen.throttled(&mut text);
        seen.repeated(&mut text);
        text
    }
}

/// `1 trial`, `2 trials`.
pub(super) fn trials(count: usize) -> String {
    number(count, "trial")
}

fn more(text: &mut String, all: usize) {
    if all > LINES {
        let _ = writeln!(text, "  {} more", all - LINES);
    }
}

/// A reason that quotes a long answer is told by its beginning.
fn cut(reason: &str) -> String {
    match reason.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}...", &reason[..end]),
        None => reason.to_owned(),
    }
}

/// How much of the contract was exercised, in a line.
pub(super) fn exercised(covered: &Covered) -> String {
    fn counts<'a>(standings: impl Iterator<Item = &'a Standing>) -> String {
        let (mut exercised, mut possible) = (0, 0);
        for standing in standings {
            exercised += usize::from(*standing == Standing::Exercised);
            possible += usize::from(!matches!(standing, Standing::Excluded(_)));
        }
        format!("{exercised} of {possible}")
    }
    format!(
        "exercised: {} clauses, {} rows on requests\n",
        counts(covered.clauses.values()),
        counts(covered.pairs.values())
    )
}
