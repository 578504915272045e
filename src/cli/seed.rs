//! `gonogo prove --faults` and `--styles`: the suite against the reference server with each of its faults, of which each must be
//! found, and with each of its styles, of which none may be.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::runtime::Runtime;

use super::Exit;
use super::interrupt::Interrupt;
use super::load::{Loaded, one};
use super::prove::{Format, ProveArgs, show};
use crate::embedded;
use crate::input::diagnostic::Diagnostic;
use crate::prove::Bench;
use crate::report::{Fate, KillTable, Progress, Styles};
use crate::targets::matches;
use gonogo_reference::{Fault, Options, Style};

/// How many servers there are at a time for each processor: their trials wait for windows and polls now and then.
const AT_ONCE: usize = 24;
/// How many of those that told nothing are tried again at a time.
const AGAIN_AT_ONCE: usize = 4;

/// What beside the mutants is to be proven.
#[derive(Debug, Clone, Args)]
pub(super) struct SeedArgs {
    /// Run the suite against the reference server with each of its faults, too: some trial must notice
    #[arg(long, conflicts_with_all = ["target", "base_url"])]
    faults: bool,
    /// Only this fault, and no mutants (`gonogo serve --list-faults` has the names; repeatable)
    #[arg(long, conflicts_with_all = ["target", "base_url"], value_parser = super::serve::fault, value_name = "NAME")]
    fault: Vec<Fault>,
    /// Run the suite against the reference server with each of its styles, too: every trial must conform
    #[arg(long, conflicts_with_all = ["target", "base_url"])]
    styles: bool,
    /// Only this style, and no mutants (`gonogo serve --list-styles` has the names; repeatable)
    #[arg(long, conflicts_with_all = ["target", "base_url"], value_parser = super::serve::style, value_name = "NAME")]
    style: Vec<Style>,
}

impl SeedArgs {
    /// Whether only some faults or styles are asked for.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.fault.is_empty() || !self.style.is_empty()
    }

    /// Says what is not run, where the user ended the proof before it.
    pub(super) fn tell_unrun(&self) {
        let (faults, styles) = (self.faults().len(), self.styles().len());
        if faults + styles > 0 {
            let told = format!("interrupted: {faults} faults and {styles} styles were not run");
            let _ = writeln!(io::stderr(), "{told}");
        }
    }

    fn faults(&self) -> &[Fault] {
        if self.fault.is_empty() && self.faults {
            Fault::ALL
        } else {
            &self.fault
        }
    }

    fn styles(&self) -> &[Style] {
        if self.style.is_empty() && self.styles {
            Style::ALL
        } else {
            &self.style
        }
    }
}

/// Runs the suite against all that is asked for.
pub(super) fn seed(
    arguments: &ProveArgs,
    loaded: &Loaded,
    runtime: &Runtime,
    progress: &Progress,
) -> Result<Exit, Vec<Diagnostic>> {
    let sower = Sower {
        bench: Bench {
            contract: Arc::clone(&loaded.contract),
            suite: Arc::clone(&loaded.suite),
            reasons: Arc::clone(&loaded.reasons),
            filter: arguments.filter(),
        },
        progress,
        interrupt: Interrupt::listen(runtime),
    };
    let (faults, styles) = (arguments.seeds.faults(), arguments.seeds.styles());
    let mut trials = loaded.suite.trials.iter();
    let asked = !(faults.is_empty() && styles.is_empty());
    if asked && !trials.any(|trial| sower.bench.filter.selects(&trial.name)) {
        let _ = writeln!(io::stderr(), "no trial was run: the filters select none");
        return Ok(Exit::NothingRan);
    }
    runtime.block_on(async {
        let mut exit = Exit::Conforming;
        if !faults.is_empty() {
            let whole = arguments.filter().is_everything() && arguments.suite.cases.is_empty();
            let table = sower.faults(faults, whole).await?;
            show(&match arguments.format {
                Format::Pretty => table.text(),
                Format::Json => table.json(),
            });
            if !table.holds() {
                exit = Exit::Violating;
            }
        }
        if !styles.is_empty() {
            let styled = sower.styles(styles).await?;
            show(&match arguments.format {
                Format::Pretty => styled.text(),
                Format::Json => styled.json(),
            });
            if !styled.are_only_inconclusive() {
                exit = Exit::Violating;
            } else if !styled.hold() && exit == Exit::Conforming {
                exit = Exit::Inconclusive;
            }
        }
        if sower.interrupt.is_pressed() {
            let _ = writeln!(
                io::stderr(),
                "interrupted: servers without a result prove nothing"
            );
            exit = Exit::Interrupted;
        }
        Ok(exit)
    })
}

/// Starts servers, and the suite against each.
struct Sower<'a> {
    bench: Bench,
    progress: &'a Progress,
    interrupt: Interrupt,
}

impl Sower<'_> {
    async fn faults(&self, faults: &[Fault], whole: bool) -> Result<KillTable, Vec<Diagnostic>> {
        let all = faults.len() == Fault::ALL.len();
        let named = !all;
        let seeded = self
            .twice(
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

    async fn styles(&self, styles: &[Style]) -> Result<Styles, Vec<Diagnostic>> {
        let ended = self
            .twice(
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
    async fn twice<S, T, R>(
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
        let mut ended = self.side_by_side(runs, what, at_once).await?;
        let doubts: Vec<usize> = (0..ended.len())
            .filter(|index| ended[*index].as_ref().is_some_and(&doubtful))
            .collect();
        let runs = doubts
            .iter()
            .map(|index| run(self.bench.clone(), all[*index], embedded::options()));
        let repeats = self
            .side_by_side(runs, &format!("{what} again"), AGAIN_AT_ONCE)
            .await?;
        for (index, repeat) in doubts.into_iter().zip(repeats) {
            ended[index] = repeat;
        }
        Ok(ended)
    }

    /// Does all of something, much of it at once, and yields what came of it in the order of the work, until the user ends it.
    async fn side_by_side<T: Send + 'static>(
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
                () = self.interrupt.pressed() => None,
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
            self.progress.count(done, number, what);
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
