//! `gonogo new`: a case to begin with, added to a file of the team's.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::load::{Loaded, cases_folder, load};
use super::{CommandResult, Environment, Exit, SuiteArgs};
use crate::authoring::new::{Wanted, beginning, case, file_name};
use crate::input::diagnostic::{Diagnostic, Location, Source, one, one_line};
use crate::input::files::{self, Unreadable};

/// No file is larger that a case is added to, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

#[derive(Debug, Clone, Args)]
pub(super) struct NewArgs {
    /// The case's name: letters, digits, `_`, `-` and `.`
    name: String,
    /// The request to change
    #[arg(long, value_name = "REQUEST")]
    request: String,
    /// The expected response: a row of the contract, or `success`
    #[arg(long, value_name = "ROW")]
    row: String,
    /// The clause that a failure breaks; default: the row's
    #[arg(long, value_name = "CLAUSE")]
    clause: Option<String>,
    /// The file to add the case to; default: ROW.toml in the cases folder
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Use this configuration instead of the nearest gonogo.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Adds the case to its file, and says how to go on.
pub(super) fn new(arguments: &NewArgs, surroundings: &Environment) -> CommandResult {
    let told = added(arguments, surroundings)?;
    let _ = io::stdout().write_all(told.as_bytes());
    Ok(Exit::Conforming)
}

fn added(arguments: &NewArgs, surroundings: &Environment) -> Result<String, Vec<Diagnostic>> {
    let suite = SuiteArgs {
        config: arguments.config.clone(),
        cases: Vec::new(),
    };
    let loaded = load(&suite, surroundings)?;
    let wanted = Wanted {
        name: &arguments.name,
        request: &arguments.request,
        row: &arguments.row,
        clause: arguments.clause.as_deref(),
    };
    let case = case(&loaded.contract, &loaded.suite, wanted)?;
    let file = match &arguments.file {
        Some(file) => file.clone(),
        None => cases_folder(&suite, surroundings)?.join(file_name(&arguments.row)),
    };
    let before = match files::read_text(&file, LARGEST) {
        Ok(text) => Some(text),
        Err(Unreadable::System(error)) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unwritable(&file, &io::Error::other(error))),
    };
    let text = match &before {
        Some(text) if text.trim().is_empty() => case.clone(),
        Some(text) => format!("{}\n\n{case}", text.trim_end()),
        None => beginning(&file) + &case,
    };
    let made = text.len() - case.len();
    write(&file, &text)?;
    // The loader knows best whether the name is free, and whether the file was right before.
    let alone = SuiteArgs {
        cases: vec![file.clone()],
        ..suite.clone()
    };
    let checked = load(&alone, surroundings).and_then(|alone| {
        let whole = load(&suite, surroundings)?;
        Ok((alone, whole))
    });
    match checked {
        Ok((alone, whole)) => Ok(told(arguments, &file, &alone, &whole)),
        Err(faults) => {
            let _ = match before {
                Some(text) => fs::write(&file, text),
                None => fs::remove_file(&file),
            };
            Err(faults
                .into_iter()
                .map(|fault| relocated(fault, &text, made, &case))
                .collect())
        }
    }
}

/// Moves a fault in the new case to the text of the case, because the file was restored. `made` is the offset of the case in `text`.
fn relocated(fault: Diagnostic, text: &str, made: usize, case: &str) -> Diagnostic {
    let location = fault.location.clone().map(|at| {
        if at.source.text() != text || at.span.start < made {
            return at;
        }
        Location {
            source: Source::new("the new case, which was not added", case),
            span: at.span.start - made..at.span.end.saturating_sub(made),
        }
    });
    Diagnostic { location, ..fault }
}

/// What was done, and what is left to do.
fn told(arguments: &NewArgs, file: &Path, alone: &Loaded, whole: &Loaded) -> String {
    let name = |loaded: &Loaded| {
        let end = format!("::{}", arguments.name);
        let trials = loaded.suite.trials.iter();
        let here = |path: &str| fs::canonicalize(path).ok() == fs::canonicalize(file).ok();
        let mut trials =
            trials.filter(|trial| trial.name.ends_with(&end) && here(trial.at.source.path()));
        trials
            .next()
            .map(|trial| (trial.name.clone(), trial.at.line_column().0))
    };
    let shown = file.display();
    let config = arguments.config.as_ref();
    let config = config.map_or(String::new(), |file| format!(" --config {}", quoted(file)));
    let gonogo = format!("gonogo{config}{}", whole.target_flag());
    let (trial, line, run) = match (name(whole), name(alone)) {
        (Some((trial, line)), _) => (trial.clone(), line, format!("{gonogo} {trial}")),
        // The configuration does not have that file.
        (None, Some((trial, line))) => (
            trial.clone(),
            line,
            format!("{gonogo} --cases {} {trial}", quoted(file)),
        ),
        (None, None) => (arguments.name.clone(), 1, gonogo),
    };
    one_line(&format!("added {trial}: {shown}:{line}"))
        + "\n"
        + "next: say there what the one change is, and run it:\n"
        + &one_line(&format!("  {run}"))
        + "\n"
}

/// A path as a shell takes it.
fn quoted(file: &Path) -> String {
    let file = file.display().to_string();
    crate::report::quoted(&file)
}

fn write(file: &Path, text: &str) -> Result<(), Vec<Diagnostic>> {
    let folder = file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| unwritable(file, &error))
}

fn unwritable(file: &Path, error: &io::Error) -> Vec<Diagnostic> {
    one(
        "unwritable",
        format!("cannot write {}: {error}", file.display()),
        "expected a file for the case",
    )
}
