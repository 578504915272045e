//! The servers with faults and styles: which run at a time, which again, and what they show together.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::thread::available_parallelism;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::watch;

use super::faults::Bench;
use super::kill_table::{Fate, KillTable};
use super::styles::Styles;
use crate::embedded;
use crate::input::diagnostic::{Diagnostic, one};
use crate::targets::matches;
use gonogo_reference::{Fault, Options, Style};

/// How many servers there are at a time for each processor: their trials wait for windows and polls now and then.
const AT_ONCE: usize = 24;
/// How many of those that told nothing are tried again at a time.
const AGAIN_AT_ONCE: usize = 4;

/// Starts servers, and the suite against each.
#[derive(Debug)]
pub struct Schedule<P> {
    /// What all runs have in common.
    pub bench: Bench,
    /// Hears how many of all have ended, and of what.
    pub progress: P,
    /// Whether the user has ended the proof.
    pub interrupted: watch::Receiver<bool>,
}

impl<P: Fn(usize, usize, &str)> Schedule<P> {
    /// Runs the suite against a server with each of the faults; `whole`: all trials of the suite.
    pub async fn faults(
        &self,
        faults: &[Fault],
        whole: bool,
    ) -> Result<KillTable, Vec<Diagnostic>> {
        let all = faults.len() == Fault::ALL.len();
        let named = !all;
        let seeded = self
            .run_with_repeats(
                faults,
                "faults",
                |bench, fault, options| async move { bench.seed(fault, options).await },
                |one| (whole || named) && matches!(one.fate(), Fate::Survived | Fate::Mistaken),
            )
            .await?;
        let (seeded, unrun) = ended_of(faults.iter().map(|fault| fault.name()), seeded);
        let complete = unrun.is_empty();
        let mut table = KillTable {
            seeded,
            unrun,
            whole,
            named,
            ..KillTable::default()
        };
        if all && complete {
            self.note_green(whole, &mut table);
        }
        Ok(table)
    }

    /// Runs the suite against a server in each of the styles.
    pub async fn styles(&self, styles: &[Style]) -> Result<Styles, Vec<Diagnostic>> {
        let ended = self
            .run_with_repeats(
                styles,
                "styles",
                |bench, style, options| async move { bench.style(style, options).await },
                |one| !one.passes(),
            )
            .await?;
        let (styles, unrun) = ended_of(styles.iter().map(|style| style.name()), ended);
        Ok(Styles { styles, unrun })
    }

    /// Runs the suite once for each of `all`, many servers at a time; then again, few at a time and at the server's own pace, for those
    /// that are `doubtful`. What depends on time hides where many share the processors. None comes of what the user did not wait for.
    async fn run_with_repeats<S, T, R>(
        &self,
        all: &[S],
        what: &str,
        run: impl Fn(Bench, S, Options) -> R,
        doubtful: impl Fn(&T) -> bool,
    ) -> Result<Vec<Option<T>>, Vec<Diagnostic>>
    where
        S: Copy,
        T: Send + 'static,
        R: Future<Output = Result<T, Vec<Diagnostic>>> + Send + 'static,
    {
        let at_once = AT_ONCE * available_parallelism().map_or(1, NonZero::get);
        let runs = all
            .iter()
            .map(|one| run(self.bench.clone(), *one, embedded::hurried()));
        let mut ended = self.run_concurrently(runs, what, at_once).await?;
        let doubts: Vec<usize> = (0..ended.len())
            .filter(|index| ended[*index].as_ref().is_some_and(&doubtful))
            .collect();
        let runs = doubts
            .iter()
            .map(|index| run(self.bench.clone(), all[*index], embedded::options()));
        let repeats = self
            .run_concurrently(runs, &format!("{what} again"), AGAIN_AT_ONCE)
            .await?;
        for (index, repeat) in doubts.into_iter().zip(repeats) {
            ended[index] = repeat;
        }
        Ok(ended)
    }

    /// Runs the jobs concurrently and yields their results in order, until the user interrupts.
    async fn run_concurrently<T: Send + 'static>(
        &self,
        work: impl ExactSizeIterator<
            Item = impl Future<Output = Result<T, Vec<Diagnostic>>> + Send + 'static,
        >,
        what: &str,
        at_once: usize,
    ) -> Result<Vec<Option<T>>, Vec<Diagnostic>> {
        let number = work.len();
        let mut running = stream::iter(work.enumerate())
            .map(|(index, work)| async move {
                // A task of its own, so that all processors are at work.
                (index, tokio::spawn(work).await)
            })
            .buffer_unordered(at_once);
        let mut ended: Vec<Option<T>> = (0..number).map(|_| None).collect();
        let mut done = 0;
        loop {
            let next = tokio::select! {
                biased;
                () = self.interrupted() => None,
                next = running.next() => next,
            };
            let Some((index, outcome)) = next else {
                return Ok(ended);
            };
            let outcome = outcome.map_err(|error| {
                one(
                    "seed",
                    error.to_string(),
                    "expected the run of a server to end",
                )
            })?;
            ended[index] = Some(outcome?);
            done += 1;
            (self.progress)(done, number, what);
        }
    }

    /// Waits until the user ends the proof, for ever if they never do.
    async fn interrupted(&self) {
        let mut interrupted = self.interrupted.clone();
        if interrupted.wait_for(|yes| *yes).await.is_err() && !*self.interrupted.borrow() {
            std::future::pending::<()>().await;
        }
    }

    /// Notes the trials that no fault turned red, and reasons that are of no use.
    fn note_green(&self, whole: bool, table: &mut KillTable) {
        let reasons = &self.bench.reasons;
        let names = self.bench.suite.trials.iter().map(|trial| &trial.name);
        let run = names.filter(|name| self.bench.filter.selects(name));
        let red: BTreeSet<&str> = table.red();
        let green: Vec<&String> = run.filter(|name| !red.contains(name.as_str())).collect();
        let stale = reasons
            .green
            .keys()
            .filter(|pattern| whole && !green.iter().any(|trial| matches(pattern, trial)));
        let stale = stale.cloned().collect();
        let green = green
            .into_iter()
            .map(|trial| (trial.clone(), reasons.green(trial).map(str::to_owned)))
            .collect();
        (table.stale, table.green) = (stale, green);
    }
}

/// What ended, and the names of what did not.
fn ended_of<'a, T>(
    names: impl Iterator<Item = &'a str>,
    ended: Vec<Option<T>>,
) -> (Vec<T>, Vec<String>) {
    let (mut told, mut unrun) = (Vec::new(), Vec::new());
    for (name, one) in names.zip(ended) {
        match one {
            Some(one) => told.push(one),
            None => unrun.push(name.to_owned()),
        }
    }
    (told, unrun)
}
