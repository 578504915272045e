//! From the files of a suite to the checked suite, with all the faults of all the files at once.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::check::{Checker, MOST};
use super::keys::RawFile;
use super::model::Suite;
use crate::contract::Contract;
use crate::input::diagnostic::{Diagnostic, Faults, Source, one_line};
use crate::input::document::{self, Read};
use crate::input::files::Folder;

/// A file of the suite.
#[derive(Debug, Clone)]
pub struct Input {
    /// The folder that it must not lead out of.
    pub folder: Folder,
    /// Its path in the folder.
    pub file: String,
    /// Whether its cases run. Otherwise it only lends its requests and probes, and those of the running files win.
    pub runs: bool,
}

impl Input {
    /// All the files of a folder.
    pub fn all(folder: &Folder, runs: bool) -> Result<Vec<Self>, crate::input::files::Unreadable> {
        let files = folder.toml_files()?;
        Ok(files
            .into_iter()
            .map(|file| Self {
                folder: folder.clone(),
                file,
                runs,
            })
            .collect())
    }

    /// What the names of its trials begin with. The name of a file may be anything; that of a trial is a line of the output.
    pub(super) fn prefix(&self) -> String {
        one_line(&self.file.trim_end_matches(".toml").replace('/', "::"))
    }
}

/// Whether a trial's name is `outer`, or of something in it.
pub(super) fn is_within(name: &str, outer: &str) -> bool {
    let rest = name.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether a file contains only cases, judging by its lines: each table belongs to a case, and no key comes before them. It may
/// return false for such a file, but never true for another one.
fn holds_only_cases(text: &str) -> bool {
    let mut lines = text
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .peekable();
    let begins = lines.peek().is_none_or(|first| first.starts_with('['));
    let of_a_case = |line: &str| {
        let table = line.trim_start_matches('[').trim_start();
        table.starts_with("case")
    };
    begins && lines.all(|line| !line.starts_with('[') || of_a_case(line))
}

/// A file of the suite while it is loaded. One that holds nothing but cases is read when it is its turn: as typed, the cases of all files
/// would take more room at once than the trials that they become.
enum File {
    Read(RawFile),
    Unread(Arc<Source>),
}

impl File {
    fn raw(&self) -> Option<&RawFile> {
        match self {
            Self::Read(raw) => Some(raw),
            Self::Unread(_) => None,
        }
    }
}

fn read(source: &Arc<Source>, faults: &mut Faults) -> Option<RawFile> {
    RawFile::read(&document::parse(source, faults)?, faults)
}

/// Loads a suite. Requests and probes are known in all the files, wherever they stand.
pub fn load(contract: &Contract, inputs: &[Input]) -> Result<Suite, Vec<Diagnostic>> {
    load_only(contract, inputs, None)
}

/// The same; where `only` names one trial, it alone. The files that cannot hold it, nor anything that it builds on, are not looked into
/// then, but all of them count in the digest.
pub fn load_only(
    contract: &Contract,
    inputs: &[Input],
    only: Option<&str>,
) -> Result<Suite, Vec<Diagnostic>> {
    let holds = |input: &Input, only: &str| input.runs && is_within(only, &input.prefix());
    // A name that no file has is one of nothing, or of what needs all the others to be known.
    let only = only.filter(|only| inputs.iter().any(|input| holds(input, only)));
    let mut faults = Faults::new();
    let mut files = Vec::new();
    // Whether requests and probes may be missing that a file has.
    let mut lost = false;
    let mut seen = BTreeSet::new();
    let mut digest = Sha256::new();
    digest.update(contract.digest());
    // The running files come first: what they define is not defined again by a lending one.
    let (running, lending): (Vec<_>, Vec<_>) = inputs.iter().partition(|input| input.runs);
    for input in running.into_iter().chain(lending) {
        let shown = input.folder.shown(&input.file);
        if !seen.insert(input.folder.identity(&input.file)) {
            continue;
        }
        match input.folder.text(&input.file) {
            Err(error) => faults.whole(
                "unreadable",
                format!("cannot read {shown}: {error}"),
                "expected a file of the suite there",
            ),
            Ok(text) => {
                digest.update(&text);
                let only_cases = holds_only_cases(&text);
                if only_cases && only.is_some_and(|only| !holds(input, only)) {
                    continue;
                }
                let source = Source::new(shown, text);
                let file = if only_cases {
                    Some(File::Unread(source))
                } else {
                    let file = read(&source, &mut faults).map(File::Read);
                    lost |= file.is_none();
                    file
                };
                files.extend(file.map(|file| (input, file)));
            }
        }
    }
    let mut checker = Checker::new(contract);
    let raws = || {
        files
            .iter()
            .filter_map(|(input, file)| Some((*input, file.raw()?)))
    };
    for (input, raw) in raws() {
        checker.requests(input, raw, &mut faults);
    }
    checker.resolve_controls(&mut faults);
    for (input, raw) in raws() {
        checker.probes(input, raw, &mut faults);
    }
    let title = raws().find_map(|(_, raw)| raw.suite.as_ref());
    let title = title.map(|title| (title.name.clone(), title.version.clone()));
    let mut names = HashMap::new();
    let mut trials = Vec::new();
    // Each file is let go when its cases are trials.
    for (input, file) in files {
        let raw = match file {
            File::Read(raw) => Some(raw),
            File::Unread(source) => read(&source, &mut faults),
        };
        let Some(raw) = raw.filter(|_| input.runs && !lost) else {
            continue;
        };
        let prefix = input.prefix();
        for case in raw.case {
            if trials.len() > MOST || faults.is_full() {
                break;
            }
            let found = (&mut names, &mut trials);
            checker.case(input, &prefix, &case, only, found, &mut faults);
        }
    }
    let suite = Suite {
        limits: contract.limits().clone(),
        title,
        digest: hex(&digest.finalize()),
        requests: checker.requests,
        probes: checker.probes,
        trials,
    };
    faults.finish(Some(suite))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
