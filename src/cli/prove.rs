//! `gonogo prove`: the suite is run once, and every trial that conforms is shown to be able to fail. Then, where that is asked for,
//! it is run against the reference server with each of its faults, and with each of its styles.

use std::io::{self, Write as _};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tokio::runtime::Runtime;

use super::choose::choose;
use super::load::{Loaded, load};
use super::run::start;
use super::runtime::runtime;
use super::session::{Manner, open};
use super::{CommandResult, Environment, Exit, SuiteArgs, TargetArgs};
use crate::event::Listener;
use crate::harness::THREADS;
use crate::input::diagnostic::{Diagnostic, number, one_line};
use crate::plan::plan;
use crate::prove::{Filter, Proofs, prove_all};
use crate::report::{Hints, Progress, ProofReport};

#[derive(Debug, Clone, Args)]
pub(super) struct ProveArgs {
    #[command(flatten)]
    pub(super) suite: SuiteArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// End the run when this many trials in a row get no response; 0 for never
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_inconclusive: usize,
    /// How the proof is printed
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    pub(super) format: Format,
    #[cfg(feature = "reference")]
    #[command(flatten)]
    pub(super) seeds: super::seed::SeedArgs,
    /// Leave out the trials whose names contain this (repeatable)
    #[arg(long, value_name = "FILTER")]
    skip: Vec<String>,
    /// Prove only trials whose names contain this
    filter: Option<String>,
}

impl ProveArgs {
    /// The trials that are to be proved.
    pub(super) fn filter(&self) -> Filter {
        Filter {
            contains: self.filter.clone().unwrap_or_default(),
            skip: self.skip.clone(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Pretty,
    Json,
}

/// Proves what the arguments select.
pub(super) fn prove(arguments: &ProveArgs, surroundings: &Environment) -> CommandResult {
    let loaded = load(&arguments.suite, surroundings)?;
    let runtime = runtime()?;
    let progress = Arc::new(Progress::new());
    #[cfg(not(feature = "reference"))]
    return Ok(mutants(arguments, &loaded, &runtime, &progress)?);
    #[cfg(feature = "reference")]
    {
        let mut exits = Vec::new();
        if !arguments.seeds.is_narrowed() {
            exits.push(mutants(arguments, &loaded, &runtime, &progress)?);
        }
        if exits.contains(&Exit::Interrupted) {
            arguments.seeds.tell_unrun();
        } else {
            exits.push(super::seed::seed(arguments, &loaded, &runtime, &progress)?);
        }
        Ok(worst(&exits))
    }
}

/// What several parts of a proof come to.
#[cfg(feature = "reference")]
fn worst(exits: &[Exit]) -> Exit {
    let by_weight = [
        Exit::Interrupted,
        Exit::Violating,
        Exit::Inconclusive,
        Exit::NothingRan,
    ];
    let worst = by_weight.into_iter().find(|exit| exits.contains(exit));
    worst.unwrap_or(Exit::Conforming)
}

/// Prints a part of the proof.
pub(super) fn show(proof: &impl ProofReport, format: Format) {
    let text = match format {
        Format::Pretty => proof.text(),
        Format::Json => proof.json(),
    };
    // Whoever has seen enough may stop reading.
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Runs the suite once, and judges mutants of what it was judged on.
fn mutants(
    arguments: &ProveArgs,
    loaded: &Loaded,
    runtime: &Runtime,
    progress: &Arc<Progress>,
) -> Result<Exit, Vec<Diagnostic>> {
    let started = start(choose(&arguments.target, loaded)?, runtime)?;
    let filter = arguments.filter();
    let mut planned = plan(&loaded.suite, &started.profile);
    planned.retain(|planned| filter.selects(&planned.trial.name));
    let selected = planned.len();
    planned.retain(|planned| planned.ignored.is_none());
    if planned.is_empty() {
        let note = match selected {
            0 => "no trial was run: the filters select none".to_owned(),
            number => format!("no trial was run: the target lacks something for all {number}"),
        };
        let _ = writeln!(io::stderr(), "{note}");
        return Ok(Exit::NothingRan);
    }
    let manner = Manner {
        partial: false,
        strict: false,
        keeps_evidence: true,
        max_inconclusive: arguments.max_inconclusive,
    };
    let hints = Arc::new(Hints::against(&started.profile.base_url));
    let listeners: Vec<Arc<dyn Listener>> =
        vec![Arc::clone(progress) as _, Arc::clone(&hints) as _];
    let opened = open(loaded, &started.profile, &manner, listeners, runtime)?;
    let limit = started.profile.limits.run.map(|limit| {
        let session = Arc::clone(&opened.session);
        runtime.spawn(async move { session.brake().stop_after(limit).await })
    });
    let proofs = Proofs {
        ignored: selected - planned.len(),
        trials: runtime.block_on(prove_all(
            &opened.session,
            &loaded.contract,
            &planned,
            THREADS,
            |done| progress.count(done, planned.len(), "trials"),
        )),
    };
    if let Some(limit) = limit {
        limit.abort();
    }
    started.stop(runtime);
    show(&proofs, arguments.format);
    let _ = io::stderr().write_all(hints.text().as_bytes());
    if let (Some(reason), left @ 1..) = (opened.session.brake().reason(), proofs.unrun()) {
        let _ = writeln!(
            io::stderr(),
            "{}: {} {} not run or proven",
            one_line(&reason),
            number(left, "trial"),
            if left == 1 { "was" } else { "were" }
        );
    }
    Ok(if opened.is_interrupted() {
        let left = planned.len() - proofs.trials.len();
        let _ = writeln!(io::stderr(), "interrupted: {left} trials were not run");
        Exit::Interrupted
    } else if proofs.hold() {
        Exit::Conforming
    } else if proofs.are_only_inconclusive() {
        Exit::Inconclusive
    } else {
        Exit::Violating
    })
}
