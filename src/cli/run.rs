//! `gonogo run`: trials against a target.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use clap::CommandFactory as _;
use libtest_mimic::FormatSetting;
use tokio::runtime::Runtime;

use super::choose::{Chosen, choose};
use super::heard::{Heard, begin, exit, tell_lost, tell_unwritten};
use super::load::{Loaded, load_only};
use super::runtime::runtime;
use super::session::{Manner, open};
use super::watch::{Selection, watch};
use super::{CommandResult, Environment, Exit, RunArgs};
use crate::authoring::explain::changed;
use crate::harness::{self, Line};
use crate::input::diagnostic::{Diagnostic, did_you_mean, misspelt, one};
use crate::plan::{all, plan, unmatched};
use crate::report::{Asked, Progress, one_line, printable};
use crate::targets::{Day, Profile};

/// Runs, or lists, what the arguments select.
pub(super) fn run(arguments: &RunArgs, surroundings: &Environment) -> CommandResult {
    if arguments.watch {
        return watch(arguments, surroundings);
    }
    once(arguments, surroundings, &Selection::All)
}

/// The same once, of the trials that are selected.
pub(super) fn once(
    arguments: &RunArgs,
    surroundings: &Environment,
    selection: &Selection,
) -> CommandResult {
    let mut loaded = load_only(&arguments.suite, surroundings, only(arguments))?;
    let reported = surroundings.actions.is_some() || !asked(arguments, &loaded).is_empty();
    if only(arguments).is_some() && reported && !arguments.libtest.list {
        // Reports state how much of the suite was run.
        loaded = load_only(&arguments.suite, surroundings, None)?;
    }
    if arguments.libtest.list && !loaded.has_target(&arguments.target) {
        // All trials: what a target lacks is not known.
        return Ok(print_list(arguments, &loaded, &Chosen::Reference(None)));
    }
    let chosen = choose(&arguments.target, &loaded)?;
    if arguments.libtest.list {
        return Ok(print_list(arguments, &loaded, &chosen));
    }
    if let Some(file) = &arguments.libtest.logfile {
        let reports = asked(arguments, &loaded);
        if let Some(report) = reports.iter().find(|one| one.writes_to(Path::new(file))) {
            return Err(one(
                "same-path",
                format!(
                    "the logfile has the path of a report: {file} ({})",
                    report.kind()
                ),
                "expected a different path for each file",
            )
            .into());
        }
        // libtest-mimic panics where it cannot write it.
        std::fs::File::create(file).map_err(|error| {
            one(
                "unwritable",
                format!("cannot write {file}: {error}"),
                "expected a place for the logfile",
            )
        })?;
    }
    let runtime = runtime()?;
    let started = start(chosen, &runtime)?;
    let mut lines = lines(&loaded, &started.profile);
    lines.retain(|line| match line {
        Line::Trial(planned) => selection.has(&loaded.suite, planned.trial.at.source.path()),
        Line::Waiver(_) => *selection == Selection::All,
    });
    let lines = harness::select(&arguments.libtest, lines);
    if lines.is_empty() {
        tell_unmatched(arguments, surroundings, &loaded);
    }
    let exit = certify(
        arguments,
        surroundings,
        &loaded,
        &started.profile,
        (lines, selected(arguments, selection)),
        &runtime,
    )?;
    started.stop(&runtime);
    Ok(exit)
}

/// The one trial that the arguments name, if they do. Whether a waiver covers nothing is known only of the whole suite.
fn only(arguments: &RunArgs) -> Option<&str> {
    let name = arguments.libtest.filter.as_deref();
    name.filter(|name| arguments.libtest.exact && !name.starts_with(harness::WAIVER))
}

/// The selection of trials by the arguments, as it was typed; none if they select the whole suite.
fn selected(arguments: &RunArgs, selection: &Selection) -> Option<String> {
    let typed = &arguments.libtest;
    let mut words: Vec<String> = typed.filter.iter().cloned().collect();
    if typed.exact && !words.is_empty() {
        words.push("--exact".to_owned());
    }
    words.extend(typed.skip.iter().map(|skip| format!("--skip {skip}")));
    if typed.ignored {
        words.push("--ignored".to_owned());
    }
    if *selection != Selection::All {
        words.push("--watch".to_owned());
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// Says that a filter matches no trial, and what was probably meant: a trial, a file of cases, or a command.
fn tell_unmatched(arguments: &RunArgs, surroundings: &Environment, loaded: &Loaded) {
    let Some(filter) = &arguments.libtest.filter else {
        return;
    };
    let commands = super::Cli::command();
    let commands = commands.get_subcommands().map(clap::Command::get_name);
    let help = if let Some(command) = misspelt(filter, commands) {
        Some(format!("gonogo {command}"))
    } else {
        // With `--exact` only the files that may hold the trial were loaded.
        let whole = load_only(&arguments.suite, surroundings, None).ok();
        let suite = whole.as_ref().map_or(&loaded.suite, |whole| &whole.suite);
        let names = suite.trials.iter().map(|trial| trial.name.as_str());
        let parts = names.flat_map(|name| name.split("::").chain([name]));
        let parts: BTreeSet<&str> = parts.collect();
        did_you_mean(filter, parts).map(str::to_owned)
    };
    let help = help.map_or(String::new(), |near| {
        format!("\nhelp: did you mean `{}`?", one_line(&near))
    });
    let _ = writeln!(
        io::stderr(),
        "no trial has `{}` in its name{help}",
        one_line(filter)
    );
}

/// The trials of the suite against a target, and its waivers that cover none of them.
fn lines(loaded: &Loaded, profile: &Profile) -> Vec<Line> {
    let trials = plan(&loaded.suite, profile).into_iter().map(Line::Trial);
    let waivers = unmatched(&loaded.suite, profile).into_iter().cloned();
    trials
        .chain(waivers.map(Box::new).map(Line::Waiver))
        .collect()
}

/// Prints the selected lines as libtest does, without the network and without secrets.
fn print_list(arguments: &RunArgs, loaded: &Loaded, chosen: &Chosen) -> Exit {
    let lines = match chosen {
        Chosen::Profile(profile) => lines(loaded, profile),
        Chosen::Reference(_) => all(&loaded.suite).into_iter().map(Line::Trial).collect(),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in harness::select(&arguments.libtest, lines) {
        if writeln!(out, "{}: test", line.name()).is_err() {
            break; // The reader has seen enough.
        }
    }
    let _ = out.flush();
    Exit::Conforming
}

/// The reports of a run: those of the command line, and those of the configuration whose kind it does not name.
fn asked(arguments: &RunArgs, loaded: &Loaded) -> Vec<Asked> {
    let typed = |kind: &str| arguments.report.iter().any(|one| one.kind() == kind);
    let configured = loaded.reports.iter().filter(|one| !typed(one.kind()));
    arguments.report.iter().chain(configured).cloned().collect()
}

fn certify(
    arguments: &RunArgs,
    surroundings: &Environment,
    loaded: &Loaded,
    profile: &Profile,
    (lines, selected): (Vec<Line>, Option<String>),
    runtime: &Runtime,
) -> Result<Exit, Vec<Diagnostic>> {
    let reports = begin(&asked(arguments, loaded), surroundings.actions.clone())?;
    let heard = Heard::new(loaded);
    let mut listeners = heard.listeners();
    listeners.push(Arc::new(Progress::beside_lines()));
    listeners.extend(reports.listeners());
    let manner = Manner {
        partial: only(arguments).is_some(),
        strict: arguments.strict,
        keeps_evidence: reports.need_evidence(),
        max_inconclusive: arguments.max_inconclusive,
    };
    let opened = open(loaded, profile, &manner, listeners, runtime)?;
    let run = harness::Run {
        session: Arc::clone(&opened.session),
        runtime: runtime.handle().clone(),
        deny_ignored: arguments.deny_ignored,
        styling: surroundings.stdout(arguments.libtest.color),
        today: Day::of(SystemTime::now()),
        suite: loaded.suite.title.clone(),
        digest: loaded.suite.digest.clone(),
        suite_trials: loaded.suite.trials.len(),
        selection: selected,
        changes: changed,
        flags: arguments.suite.flags(),
    };
    reports.begin_anew();
    let printed = harness::run(&arguments.libtest, lines, &run);
    tell_lost(&printed);
    let covered = heard.covered(loaded);
    let (name, base_url) = opened.session.against();
    let mut text = heard.text(loaded, &covered, (&name, &base_url), arguments.coverage);
    text.push_str(&opened.session.missing_secrets());
    show(arguments, &text);
    let written = reports.write(&loaded.contract, &covered);
    beside(arguments, &written.annotations);
    let lost = tell_unwritten(&written);
    if opened.is_interrupted() {
        return Ok(Exit::Interrupted);
    }
    // Nobody reads the output: the trials that did not run for that are not green, and not worth a message.
    if printed.is_err() && heard.counts().violating == 0 {
        return Ok(Exit::Inconclusive);
    }
    let exit = exit(heard.counts());
    if lost && exit != Exit::Violating {
        return Ok(Exit::Usage);
    }
    let wanted = arguments.min_coverage.unwrap_or(0.0);
    if exit == Exit::Conforming && covered.percent() < wanted {
        let percent = covered.percent();
        let note = format!("coverage is {percent:.1}%, and --min-coverage asks for {wanted}%\n");
        let _ = io::stderr().write_all(note.as_bytes());
        return Ok(Exit::Inconclusive);
    }
    Ok(exit)
}

/// After libtest's lines.
fn show(arguments: &RunArgs, text: &str) {
    beside(arguments, &printable(text));
}

/// To standard output; to standard error where libtest's lines are to be read by a machine.
fn beside(arguments: &RunArgs, text: &str) {
    let machine = arguments.libtest.format == Some(FormatSetting::Json);
    let _ = if machine {
        io::stderr().write_all(text.as_bytes())
    } else {
        io::stdout().write_all(text.as_bytes())
    };
}

/// A target that can be reached.
pub(super) struct Started {
    pub(super) profile: Profile,
    #[cfg(feature = "reference")]
    server: Option<gonogo_reference::Server>,
}

impl Started {
    #[cfg(feature = "reference")]
    pub(super) fn stop(self, runtime: &Runtime) {
        if let Some(server) = self.server {
            runtime.block_on(server.stop());
        }
    }

    #[cfg(not(feature = "reference"))]
    #[expect(clippy::unused_self, reason = "there is nothing to stop")]
    pub(super) fn stop(self, _: &Runtime) {}
}

#[cfg(feature = "reference")]
pub(super) fn start(chosen: Chosen, runtime: &Runtime) -> Result<Started, Vec<Diagnostic>> {
    use crate::embedded;
    match chosen {
        Chosen::Profile(profile) => Ok(Started {
            profile: *profile,
            server: None,
        }),
        Chosen::Reference(Some(base_url)) => Ok(Started {
            profile: embedded::profile(base_url, &embedded::options().limits),
            server: None,
        }),
        Chosen::Reference(None) => {
            let (server, profile) = runtime.block_on(embedded::start(embedded::options()))?;
            Ok(Started {
                profile,
                server: Some(server),
            })
        }
    }
}

#[cfg(not(feature = "reference"))]
pub(super) fn start(chosen: Chosen, _: &Runtime) -> Result<Started, Vec<Diagnostic>> {
    match chosen {
        Chosen::Profile(profile) => Ok(Started { profile: *profile }),
        Chosen::Reference(_) => Err(one(
            "no-target",
            "this gonogo was built without its reference server",
            "expected --target NAME or --target URL",
        )),
    }
}
