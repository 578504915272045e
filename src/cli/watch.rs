//! `gonogo run --watch`: what changed is run again, until Ctrl-C. A fault of a file is shown, and watching goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use super::interrupt::asked_to_end;
use super::load::watched;
use super::run::once;
use super::runtime::runtime;
use super::{CommandResult, Environment, Exit, RunArgs};
use crate::input::diagnostic::{one, one_line};
use crate::suite::Suite;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(250);

/// Which trials run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selection {
    /// All of them.
    All,
    /// Those of these files, by the paths that messages show.
    Of(BTreeSet<String>),
}

/// The files as they were seen: when each was changed, and its size in bytes.
type Seen = BTreeMap<PathBuf, (SystemTime, u64)>;

impl Selection {
    /// Whether the trials of a file run. A file with requests or probes concerns all the files.
    pub(super) fn has(&self, suite: &Suite, file: &str) -> bool {
        let Self::Of(files) = self else {
            return true;
        };
        let requests = suite.requests.values().map(|request| &request.at);
        let probes = suite.probes.values().map(|probe| &probe.at);
        let mut lent = requests.chain(probes).map(|at| at.source.path());
        files.contains(file) || lent.any(|lending| files.contains(lending))
    }
}

/// Runs, and runs again what changed, until the user ends it.
pub(super) fn watch(arguments: &RunArgs, surroundings: &Environment) -> CommandResult {
    let runtime = runtime()?;
    // Heard from the beginning to the end: between two runs nobody else listens.
    let enough = Arc::new(Notify::new());
    let heard = Arc::clone(&enough);
    runtime.spawn(async move {
        asked_to_end().await;
        heard.notify_one();
    });
    let mut paths = Paths::default();
    let mut selection = Selection::All;
    loop {
        // What the configuration named before is watched on: now it may be faulty.
        let now = watched(&arguments.suite, surroundings);
        paths.cases.extend(now.cases);
        paths.others.extend(now.others);
        if paths.is_empty() {
            return Err(one(
                "nothing-to-watch",
                "there is nothing to watch: the shipped cases do not change",
                "expected a gonogo.toml, or --cases",
            )
            .into());
        }
        let before = seen(&paths);
        let exit = once(arguments, surroundings, &selection)
            .unwrap_or_else(|error| error.print(surroundings));
        if exit == Exit::Interrupted {
            return Ok(Exit::Interrupted);
        }
        say(&format!("watching {} files; Ctrl-C ends", before.len()));
        let Some(changed) = runtime.block_on(change(&paths, &before, &enough)) else {
            return Ok(Exit::Interrupted);
        };
        let names: Vec<String> = changed
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        say(&format!("changed: {}", names.join(", ")));
        let of_cases = changed
            .iter()
            .all(|path| paths.cases.iter().any(|cases| path.starts_with(cases)) && is_case(path));
        selection = if of_cases {
            Selection::Of(names.into_iter().collect())
        } else {
            Selection::All
        };
    }
}

/// What is watched.
#[derive(Debug, Clone, Default)]
pub(super) struct Paths {
    /// Files and folders of cases.
    pub(super) cases: BTreeSet<PathBuf>,
    /// The configuration, and the folder of the contract.
    pub(super) others: BTreeSet<PathBuf>,
}

impl Paths {
    fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.others.is_empty()
    }
}

/// Whether a file is one of cases, and still there.
fn is_case(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|ending| ending == "toml")
}

/// Waits until a file is changed, new or gone; none where the user has enough.
async fn change(paths: &Paths, before: &Seen, enough: &Notify) -> Option<Vec<PathBuf>> {
    loop {
        tokio::select! {
            () = enough.notified() => return None,
            () = tokio::time::sleep(EVERY) => {}
        }
        let now = seen(paths);
        let all = before.keys().chain(now.keys()).collect::<BTreeSet<_>>();
        let changed = all
            .into_iter()
            .filter(|path| before.get(*path) != now.get(*path));
        let changed: Vec<PathBuf> = changed.cloned().collect();
        if !changed.is_empty() {
            return Some(changed);
        }
    }
}

fn seen(paths: &Paths) -> Seen {
    let mut seen = Seen::new();
    for path in paths.cases.iter().chain(&paths.others) {
        look(path, &mut seen);
    }
    seen
}

/// Looks at a file, or at all of a folder; links and hidden names are passed over, as where cases are loaded.
fn look(path: &Path, seen: &mut Seen) {
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    if metadata.is_file() {
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        seen.insert(path.to_owned(), (changed, metadata.len()));
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if !hidden && !link {
            look(&entry.path(), seen);
        }
    }
}

fn say(text: &str) {
    let _ = writeln!(io::stderr(), "\n{}", one_line(text));
}
