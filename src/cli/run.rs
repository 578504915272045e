//! `gonogo run`: trials against a target.

use std::io::{self, Write as _};
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::load::{Chosen, Loaded, choose, load, one};
use super::{Exit, RunArgs, Surroundings};
use crate::diagnostic::{Diagnostic, render_all};
use crate::event::Listener;
use crate::harness;
use crate::plan::{Planned, all, plan};
use crate::report::{Counts, Progress, Tally, one_line};
use crate::runner::Session;
use crate::target::{Profile, resolve};

/// Runs, or lists, what the arguments select.
pub(super) fn run(arguments: &RunArgs, surroundings: &Surroundings) -> Exit {
    match try_run(arguments, surroundings) {
        Ok(exit) => exit,
        Err(faults) => {
            let text = render_all(&faults, surroundings.stderr());
            let _ = io::stderr().write_all(text.as_bytes());
            Exit::Usage
        }
    }
}

fn try_run(arguments: &RunArgs, surroundings: &Surroundings) -> Result<Exit, Vec<Diagnostic>> {
    let loaded = load(&arguments.suite, surroundings)?;
    let chosen = choose(arguments, &loaded.targets)?;
    if arguments.libtest.list {
        return Ok(print_list(arguments, &loaded, &chosen));
    }
    if let Some(file) = &arguments.libtest.logfile {
        // libtest-mimic panics where it cannot write it.
        std::fs::File::create(file).map_err(|error| {
            one(
                "unwritable",
                format!("cannot write {file}: {error}"),
                "expected a place for the logfile",
            )
        })?;
    }
    let runtime = Runtime::new().map_err(|error| {
        one(
            "runtime",
            format!("cannot start: {error}"),
            "expected threads and sockets",
        )
    })?;
    let started = start(chosen, &runtime)?;
    let planned = harness::select(&arguments.libtest, plan(&loaded.suite, &started.profile));
    let counts = certify(
        arguments,
        surroundings,
        &loaded,
        started.profile.clone(),
        planned,
        &runtime,
    )?;
    started.stop(&runtime);
    Ok(exit(counts))
}

/// Prints the selected trials as libtest does, without the network and without secrets.
fn print_list(arguments: &RunArgs, loaded: &Loaded, chosen: &Chosen) -> Exit {
    let planned = match chosen {
        Chosen::Profile(profile) => plan(&loaded.suite, profile),
        Chosen::Reference(_) => all(&loaded.suite),
    };
    let planned = harness::select(&arguments.libtest, planned);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for planned in planned {
        if writeln!(out, "{}: test", planned.trial.name).is_err() {
            break; // The reader has seen enough.
        }
    }
    let _ = out.flush();
    Exit::Conforming
}

fn certify(
    arguments: &RunArgs,
    surroundings: &Surroundings,
    loaded: &Loaded,
    profile: Profile,
    planned: Vec<Planned>,
    runtime: &Runtime,
) -> Result<Counts, Vec<Diagnostic>> {
    let target = resolve(profile, &super::variable)?;
    let tally = Arc::new(Tally::default());
    let listeners: Vec<Arc<dyn Listener>> =
        vec![Arc::clone(&tally) as _, Arc::new(Progress::new())];
    let session = Session::new(
        Arc::clone(&loaded.contract),
        target,
        arguments.strict,
        listeners.clone(),
    )
    .map_err(|error| {
        one(
            "target",
            error.to_string(),
            "expected settings that make a client",
        )
    })?;
    let run = harness::Run {
        session: Arc::new(session),
        runtime: runtime.handle().clone(),
        listeners,
        deny_ignored: arguments.deny_ignored,
        styling: surroundings.stdout(arguments.libtest.color),
    };
    harness::run(&arguments.libtest, planned, &run);
    Ok(tally.counts())
}

/// The exit status that follows from the outcomes.
fn exit(counts: Counts) -> Exit {
    if counts.violating > 0 {
        Exit::Violating
    } else if counts.inconclusive > 0 {
        Exit::Inconclusive
    } else if counts.conforming > 0 {
        Exit::Conforming
    } else {
        let note = match counts.ignored {
            0 => "no trial was run: nothing matches".to_owned(),
            number => format!("no trial was run: all {number} were ignored"),
        };
        let _ = writeln!(io::stderr(), "{}", one_line(&note));
        Exit::NothingRan
    }
}

/// A target that can be reached.
struct Started {
    profile: Profile,
    #[cfg(feature = "reference")]
    server: Option<crate::reference::Server>,
}

impl Started {
    #[cfg(feature = "reference")]
    fn stop(self, runtime: &Runtime) {
        if let Some(server) = self.server {
            runtime.block_on(server.stop());
        }
    }

    #[cfg(not(feature = "reference"))]
    #[expect(clippy::unused_self, reason = "there is nothing to stop")]
    fn stop(self, _: &Runtime) {}
}

#[cfg(feature = "reference")]
fn start(chosen: Chosen, runtime: &Runtime) -> Result<Started, Vec<Diagnostic>> {
    use super::embedded;
    match chosen {
        Chosen::Profile(profile) => Ok(Started {
            profile: *profile,
            server: None,
        }),
        Chosen::Reference(Some(base_url)) => Ok(Started {
            profile: embedded::profile(base_url),
            server: None,
        }),
        Chosen::Reference(None) => {
            let (server, profile) = runtime.block_on(embedded::start())?;
            Ok(Started {
                profile,
                server: Some(server),
            })
        }
    }
}

#[cfg(not(feature = "reference"))]
fn start(chosen: Chosen, _: &Runtime) -> Result<Started, Vec<Diagnostic>> {
    match chosen {
        Chosen::Profile(profile) => Ok(Started { profile: *profile }),
        Chosen::Reference(_) => Err(one(
            "no-target",
            "this gonogo was built without its reference server",
            "expected --target NAME or --target URL",
        )),
    }
}
