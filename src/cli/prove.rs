//! `gonogo prove`: the suite is run once, and every trial that conforms is shown to be able to fail.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::runtime::Runtime;

use super::load::{Loaded, choose, load, one};
use super::run::start;
use super::{Exit, SuiteArgs, Surroundings, TargetArgs};
use crate::diagnostic::{Diagnostic, render_all};
use crate::event::{Finished, Listener, Outcome};
use crate::harness::THREADS;
use crate::plan::{Planned, plan};
use crate::prove::proof_of;
use crate::report::{Progress, Proven, proof_json, proof_text};
use crate::runner::Session;
use crate::target::{Day, resolve};

#[derive(Debug, Clone, Args)]
pub(super) struct ProveArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// How the proof is printed
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    format: Format,
    /// Prove only trials whose names contain this
    filter: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Pretty,
    Json,
}

/// Proves what the arguments select.
pub(super) fn prove(arguments: &ProveArgs, surroundings: &Surroundings) -> Exit {
    match try_prove(arguments, surroundings) {
        Ok(exit) => exit,
        Err(faults) => {
            let text = render_all(&faults, surroundings.stderr());
            let _ = io::stderr().write_all(text.as_bytes());
            Exit::Usage
        }
    }
}

fn try_prove(arguments: &ProveArgs, surroundings: &Surroundings) -> Result<Exit, Vec<Diagnostic>> {
    let loaded = load(&arguments.suite, surroundings)?;
    let chosen = choose(&arguments.target, &loaded)?;
    let runtime = Runtime::new().map_err(|error| {
        one(
            "runtime",
            format!("cannot start: {error}"),
            "expected threads and sockets",
        )
    })?;
    let started = start(chosen, &runtime)?;
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let planned: Vec<Planned> = plan(&loaded.suite, &started.profile)
        .into_iter()
        .filter(|planned| planned.ignored.is_none() && planned.trial.name.contains(filter))
        .collect();
    let target = resolve(started.profile.clone(), &super::variable)?;
    let progress: Arc<dyn Listener> = Arc::new(Progress::new());
    let today = Day::of(SystemTime::now());
    let session = Session::new(
        Arc::clone(&loaded.contract),
        target,
        false,
        today,
        vec![progress],
    )
    .map_err(|error| {
        one(
            "target",
            error.to_string(),
            "expected settings that make a client",
        )
    })?
    .keeping_evidence();
    let proven = runtime.block_on(prove_all(&session, &loaded, &planned));
    started.stop(&runtime);
    if proven.is_empty() {
        let _ = writeln!(io::stderr(), "no trial was run: nothing matches");
        return Ok(Exit::NothingRan);
    }
    let text = match arguments.format {
        Format::Pretty => proof_text(&proven),
        Format::Json => proof_json(&proven),
    };
    let _ = io::stdout().write_all(text.as_bytes());
    Ok(if proven.iter().all(Proven::holds) {
        Exit::Conforming
    } else {
        Exit::Violating
    })
}

async fn prove_all(session: &Session, loaded: &Loaded, planned: &[Planned]) -> Vec<Proven> {
    let mut proven: Vec<(usize, Proven)> = stream::iter(planned.iter().enumerate())
        .map(|(index, planned)| async move {
            let finished = session.run(planned).await;
            (index, of(session, loaded, planned, &finished))
        })
        .buffer_unordered(THREADS)
        .collect()
        .await;
    proven.sort_by_key(|(index, _)| *index);
    proven.into_iter().map(|(_, proven)| proven).collect()
}

fn of(session: &Session, loaded: &Loaded, planned: &Planned, finished: &Finished) -> Proven {
    let unproven = match &finished.outcome {
        Outcome::Conforms => None,
        Outcome::Violates => Some("it violates: run it without `prove` to see how".to_owned()),
        Outcome::Inconclusive { reason } => Some(format!("inconclusive: {reason}")),
        Outcome::Ignored { reason } | Outcome::StaleWaiver { reason } => Some(reason.clone()),
        Outcome::Waived { until, .. } => Some(format!("waived until {until}")),
    };
    let mut proven = Proven {
        trial: planned.trial.name.clone(),
        killed: Vec::new(),
        survivors: Vec::new(),
        unproven,
    };
    if proven.unproven.is_none() {
        let secrets = session.secrets();
        let secret = secrets.first().copied();
        let proof = proof_of(&loaded.contract, &planned.trial, &finished.evidence, secret);
        proven.killed = proof.killed;
        proven.survivors = proof
            .survivors
            .into_iter()
            .map(|one| (one.mutant, one.clause, one.advice))
            .collect();
    }
    proven
}
