//! From the files of a suite to the checked suite, with all the faults of all the files at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::check::Checker;
use super::model::Suite;
use super::raw::RawFile;
use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, Faults, Source};
use crate::document::{self, Read};
use crate::files::Folder;

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
    pub fn all(folder: &Folder, runs: bool) -> Result<Vec<Self>, crate::files::Unreadable> {
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
}

/// Loads a suite. Requests and probes are known in all the files, wherever they stand.
pub fn load(contract: &Contract, inputs: &[Input]) -> Result<Suite, Vec<Diagnostic>> {
    let mut faults = Faults::new();
    let mut files: Vec<(&Input, RawFile)> = Vec::new();
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
                let root = document::parse(&Source::new(shown, text), &mut faults);
                if let Some(raw) = RawFile::read(&root, &mut faults) {
                    files.push((input, raw));
                }
            }
        }
    }
    let mut checker = Checker::new(contract);
    for (input, raw) in &files {
        checker.requests(input, raw, &mut faults);
    }
    for (input, raw) in &files {
        checker.probes(input, raw, &mut faults);
    }
    let mut names = BTreeMap::new();
    let mut trials = Vec::new();
    for (input, raw) in files.iter().filter(|(input, _)| input.runs) {
        for case in &raw.case {
            checker.case(input, case, &mut names, &mut trials, &mut faults);
        }
    }
    let titles = files.iter().filter_map(|(_, raw)| raw.suite.as_ref());
    let suite = Suite {
        title: titles
            .map(|title| (title.name.clone(), title.version.clone()))
            .next(),
        digest: hex(&digest.finalize()),
        requests: checker.requests,
        probes: checker.probes,
        trials: trials.into_iter().map(Arc::new).collect(),
    };
    faults.finish(Some(suite))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
