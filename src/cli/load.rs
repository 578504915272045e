//! From the arguments to the contract, the suite and the profile, with every file's faults at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::watch::Paths;
use super::{Environment, SuiteArgs, TargetArgs};
use crate::contract::{self, Contract};
use crate::input::diagnostic::{Diagnostic, Faults, Location, list, one, suggestion};
use crate::input::files::Folder;
use crate::input::shipped;
use crate::plan::wanted;
use crate::prove::Reasons;
use crate::report::Asked;
use crate::suite::{self, Input, Suite};
use crate::targets::{Config, Profile, REFERENCE};

/// What the files say.
pub(super) struct Loaded {
    pub(super) contract: Arc<Contract>,
    pub(super) suite: Arc<Suite>,
    /// What is known of the suite's proof.
    #[cfg_attr(
        not(feature = "reference"),
        expect(dead_code, reason = "it is about the faults of the server")
    )]
    pub(super) reasons: Arc<Reasons>,
    pub(super) targets: BTreeMap<String, Profile>,
    /// The target of a run that names none.
    pub(super) default_target: Option<String>,
    /// Whether the contract or the cases are the project's own: the reference server is of no use to it then.
    pub(super) is_own: bool,
    /// The reports that the configuration asks of each run.
    pub(super) reports: Vec<Asked>,
}

/// Loads everything that the arguments name.
pub(super) fn load(
    arguments: &SuiteArgs,
    surroundings: &Environment,
) -> Result<Loaded, Vec<Diagnostic>> {
    load_all(arguments, surroundings, None, None)
}

/// The same, held to the contract in `file`.
pub(super) fn load_by(
    arguments: &SuiteArgs,
    surroundings: &Environment,
    file: &Path,
) -> Result<Loaded, Vec<Diagnostic>> {
    load_all(arguments, surroundings, None, Some(file))
}

/// The same; of the trials `only` one, where it is given.
pub(super) fn load_only(
    arguments: &SuiteArgs,
    surroundings: &Environment,
    only: Option<&str>,
) -> Result<Loaded, Vec<Diagnostic>> {
    load_all(arguments, surroundings, only, None)
}

fn load_all(
    arguments: &SuiteArgs,
    surroundings: &Environment,
    only: Option<&str>,
    contract_file: Option<&Path>,
) -> Result<Loaded, Vec<Diagnostic>> {
    let config = match config_file(arguments, surroundings) {
        Some(file) => Config::load(&file)?,
        None => Config::default(),
    };
    let (folder, name) = match contract_file.or(config.contract.as_deref()) {
        Some(file) => split(file),
        None => (shipped::schemas(), shipped::CONTRACT.to_owned()),
    };
    let reports = reports(&config)?;
    let contract = contract::load(&folder, &name)?;
    let reasons = Reasons::load(&folder, &contract)?;
    declared(&config.targets, &contract)?;
    if contract_file.is_none() {
        waived(&config.targets, &contract)?;
    }
    let mut inputs = Vec::new();
    let asked = !arguments.cases.is_empty();
    match &config.cases {
        Some(paths) => {
            for path in paths {
                inputs.extend(inputs_of(path, !asked)?);
            }
        }
        // The shipped cases name rows of the shipped contract.
        None if config.contract.is_some() && contract_file.is_none() => {
            if !asked {
                return Err(without_cases(config.contract_at.as_ref()));
            }
        }
        None => inputs.extend(all_of(&shipped::cases(), !asked)?),
    }
    for path in &arguments.cases {
        inputs.extend(inputs_of(path, true)?);
    }
    let suite = suite::load_only(&contract, &inputs, only)?;
    secrets(&config.targets, &suite)?;
    Ok(Loaded {
        contract: Arc::new(contract),
        suite: Arc::new(suite),
        reasons: Arc::new(reasons),
        default_target: config.default_target,
        is_own: config.contract.is_some() || config.cases.is_some(),
        targets: config.targets,
        reports,
    })
}

fn without_cases(at: Option<&Location>) -> Vec<Diagnostic> {
    let mut faults = one(
        "no-cases",
        "this project has a contract of its own, and no cases",
        "expected `cases = [\"cases\"]` beside `contract`: the shipped cases are about the shipped contract",
    );
    if let Some(fault) = faults.first_mut() {
        fault.location = at.cloned();
    }
    faults
}

impl Loaded {
    /// The target of a project that has one, and no default.
    pub(super) fn only_target(&self) -> Option<&Profile> {
        let mut targets = self.targets.values();
        let first = targets.next();
        first.filter(|_| self.default_target.is_none() && targets.next().is_none())
    }

    /// Whether a run has a target.
    pub(super) fn has_target(&self, arguments: &TargetArgs) -> bool {
        arguments.target.is_some() || self.default_target.is_some() || !self.is_own
    }

    /// The flag that a command of this project needs to have a target, with a blank before it.
    pub(super) fn target_flag(&self) -> String {
        if self.default_target.is_some() || !self.is_own {
            return String::new();
        }
        let name = self.targets.keys().next();
        format!(" --target {}", name.map_or(REFERENCE, String::as_str))
    }
}

/// The suite that is in the binary.
pub(super) fn shipped_suite() -> Result<Suite, Vec<Diagnostic>> {
    let contract = contract::load(&shipped::schemas(), shipped::CONTRACT)?;
    suite::load(&contract, &all_of(&shipped::cases(), true)?)
}

/// The folder that new cases go to: the first that the configuration names.
pub(super) fn cases_folder(
    arguments: &SuiteArgs,
    surroundings: &Environment,
) -> Result<PathBuf, Vec<Diagnostic>> {
    let config = match config_file(arguments, surroundings) {
        Some(file) => Config::load(&file)?,
        None => Config::default(),
    };
    let paths = config.cases.unwrap_or_default();
    let folder = paths.iter().find(|path| path.is_dir()).cloned();
    let beside = || paths.first()?.parent().map(Path::to_owned);
    Ok(folder
        .or_else(beside)
        .unwrap_or_else(|| PathBuf::from("cases")))
}

/// The files and folders that a run is made of, as far as they are on disk; of a faulty configuration only itself.
pub(super) fn watched(arguments: &SuiteArgs, surroundings: &Environment) -> Paths {
    let mut paths = Paths {
        cases: arguments.cases.iter().cloned().collect(),
        others: BTreeSet::new(),
    };
    if let Some(file) = config_file(arguments, surroundings) {
        let config = Config::load(&file).unwrap_or_default();
        let contract = config.contract.as_deref();
        paths
            .others
            .extend(contract.map(|file| match file.parent() {
                Some(folder) if folder != Path::new("") => folder.to_owned(),
                // Its schemas are beside it, but not all of the current folder is.
                _ => file.to_owned(),
            }));
        paths.cases.extend(config.cases.into_iter().flatten());
        paths.others.insert(file);
    }
    paths
}

/// The case files that the arguments name, as far as they are on disk.
pub(super) fn case_files(arguments: &SuiteArgs, surroundings: &Environment) -> Vec<Input> {
    let paths = case_paths(arguments, surroundings).into_iter();
    paths
        .flat_map(|path| inputs_of(&path, true).unwrap_or_default())
        .collect()
}

/// The folders of case files that the arguments name.
pub(super) fn case_folders(arguments: &SuiteArgs, surroundings: &Environment) -> Vec<Folder> {
    let paths = case_paths(arguments, surroundings).into_iter();
    let folders: BTreeSet<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    folders.into_iter().map(Folder::Disk).collect()
}

fn case_paths(arguments: &SuiteArgs, surroundings: &Environment) -> Vec<PathBuf> {
    let config = config_file(arguments, surroundings).and_then(|file| Config::load(&file).ok());
    let mut paths = config.and_then(|config| config.cases).unwrap_or_default();
    paths.extend(arguments.cases.iter().cloned());
    paths
}

fn config_file(arguments: &SuiteArgs, surroundings: &Environment) -> Option<PathBuf> {
    let file = arguments
        .config
        .clone()
        .or_else(|| Config::find(&surroundings.folder))?;
    // Messages show the path as a person would type it here.
    Some(match file.strip_prefix(&surroundings.folder) {
        Ok(relative) => relative.to_owned(),
        Err(_) => file,
    })
}

/// A file's folder and its name in it.
fn split(file: &Path) -> (Folder, String) {
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    (Folder::Disk(folder), name)
}

fn inputs_of(path: &Path, runs: bool) -> Result<Vec<Input>, Vec<Diagnostic>> {
    if path.is_dir() {
        return all_of(&Folder::Disk(path.to_owned()), runs);
    }
    let (folder, file) = split(path);
    Ok(vec![Input { folder, file, runs }])
}

fn all_of(folder: &Folder, runs: bool) -> Result<Vec<Input>, Vec<Diagnostic>> {
    Input::all(folder, runs).map_err(|error| {
        one(
            "unreadable",
            format!("cannot read {}: {error}", folder.shown("")),
            "expected a folder of case files",
        )
    })
}

/// The reports that the configuration asks for.
fn reports(config: &Config) -> Result<Vec<Asked>, Vec<Diagnostic>> {
    let mut faults = Faults::new();
    let mut asked = Vec::new();
    for (kind, at, path) in &config.reports {
        match Asked::new(kind, path.clone()) {
            Ok(one) => asked.push(one),
            Err(_) => faults.at(
                at,
                "unknown-report",
                format!("unknown kind of report `{kind}`"),
                format!("expected a kind of report: {}", list(Asked::kinds())),
                suggestion(kind, Asked::kinds()),
            ),
        }
    }
    faults.finish(Some(asked))
}

/// A declared limit that the contract does not know would never be used.
fn declared(
    targets: &BTreeMap<String, Profile>,
    contract: &Contract,
) -> Result<(), Vec<Diagnostic>> {
    let known = || contract.limits().keys().map(String::as_str);
    let mut faults = Faults::new();
    for (name, (_, at)) in targets.values().flat_map(|profile| &profile.declared) {
        if let Some(at) = at
            && !contract.limits().contains_key(name)
        {
            faults.at(
                at,
                "unknown-limit",
                format!("unknown limit `{name}`"),
                format!("expected a limit of the contract: {}", list(known())),
                suggestion(name, known()),
            );
        }
    }
    faults.finish(Some(()))
}

/// Rejects waivers of clauses that the contract does not have: they would cover nothing.
fn waived(targets: &BTreeMap<String, Profile>, contract: &Contract) -> Result<(), Vec<Diagnostic>> {
    let known = || contract.clauses().iter().map(|clause| clause.id.as_str());
    let mut faults = Faults::new();
    let waivers = targets.values().flat_map(|profile| &profile.waivers);
    for (id, at) in waivers.flat_map(|waiver| &waiver.clauses) {
        if !known().any(|clause| clause == id) {
            faults.at(
                at,
                "unknown-clause",
                format!("unknown clause `{id}`"),
                "expected the id of a clause of the contract",
                suggestion(id, known()),
            );
        }
    }
    faults.finish(Some(()))
}

/// A template cannot name the secret of a credential that has none, or several.
fn secrets(targets: &BTreeMap<String, Profile>, suite: &Suite) -> Result<(), Vec<Diagnostic>> {
    let mut unnamed = Vec::new();
    for profile in targets.values() {
        let credentials = profile.credentials.iter();
        let of_target = credentials.filter(|(_, source)| source.secret().is_none());
        unnamed.extend(of_target.map(|credential| (profile, credential)));
    }
    if unnamed.is_empty() {
        return Ok(());
    }
    let mut faults = Faults::new();
    let places = wanted(suite).secrets;
    for (profile, (name, source)) in unnamed {
        let Some(at) = places.get(name) else { continue };
        let headers: Vec<&str> = source.secret_headers().map(|(name, _)| name).collect();
        faults.at(
            at,
            "secret-without-value",
            format!(
                "`secret.{name}` has no value for the target `{}`",
                profile.name
            ),
            "expected a credential with a bearer token or exactly one secret header",
            Some(match headers.as_slice() {
                [] => format!("the credential `{name}` has no secret"),
                several => format!(
                    "the credential `{name}` has {} secret headers: {}",
                    several.len(),
                    several.join(", ")
                ),
            }),
        );
    }
    faults.finish(Some(()))
}
