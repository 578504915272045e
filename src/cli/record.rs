//! `gonogo record`: a case is made from an exchange, a curl line or an entry of a HAR file. Nothing is sent.

use std::fs::OpenOptions;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::choose::{Chosen, choose};
use super::load::{Loaded, load};
use super::{CommandResult, Environment, Exit, SuiteArgs, TargetArgs};
use crate::authoring::transcribe::{
    Asked, Known, Recorded, RecordingError, case, from_curl, from_har,
};
use crate::input::diagnostic::{Diagnostic, one};
use crate::input::files;
use crate::targets::Profile;

/// The largest recording that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

#[derive(Debug, Clone, Args)]
pub(super) struct RecordArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// A file with a curl command, and below it the output of `curl -i`. Without it both are read from standard input, which keeps
    /// secrets out of the arguments
    #[arg(long, value_name = "FILE", conflicts_with = "har")]
    curl: Option<PathBuf>,
    /// A HAR file from a browser or proxy
    #[arg(long, value_name = "FILE")]
    har: Option<PathBuf>,
    /// The number of the entry, counted from 1
    #[arg(long, value_name = "N", requires = "har")]
    entry: Option<usize>,
    /// The name of the case
    #[arg(long)]
    name: Option<String>,
    /// The clause that a failure breaks, instead of the row's
    #[arg(long, value_name = "ID")]
    clause: Option<String>,
    /// The expectation, instead of the recorded response: a row, `success` or a status
    #[arg(long, value_name = "ROW")]
    expect: Option<String>,
    /// Append the case to this file instead of printing it
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

/// Makes the case, and prints or appends it.
pub(super) fn record(arguments: &RecordArgs, surroundings: &Environment) -> CommandResult {
    let text = recorded(arguments, surroundings)?;
    match &arguments.file {
        None => {
            let _ = io::stdout().write_all(text.as_bytes());
        }
        Some(file) => append(file, &text).map_err(|error| {
            one(
                "unwritable",
                format!("cannot write {}: {error}", file.display()),
                "expected a place for the case",
            )
        })?,
    }
    Ok(Exit::Conforming)
}

fn recorded(arguments: &RecordArgs, surroundings: &Environment) -> Result<String, Vec<Diagnostic>> {
    let loaded = load(&arguments.suite, surroundings)?;
    let known = Known::of(profile(arguments, &loaded)?, &super::variable);
    let recorded = exchange(arguments)?;
    let asked = Asked {
        name: arguments.name.clone(),
        clause: arguments.clause.clone(),
        expect: arguments.expect.clone(),
    };
    case(&loaded.contract, &loaded.suite, &known, &recorded, &asked).map_err(|error| fault(&error))
}

/// Whose secrets and fixtures are looked for.
fn profile(arguments: &RecordArgs, loaded: &Loaded) -> Result<Profile, Vec<Diagnostic>> {
    // Nothing is sent: where there is only one target, it is the one that is meant.
    if let (None, Some(only)) = (&arguments.target.target, loaded.only_target()) {
        return Ok(only.clone());
    }
    match choose(&arguments.target, loaded)? {
        Chosen::Profile(profile) => Ok(*profile),
        Chosen::Reference(base_url) => {
            let base_url = match base_url {
                Some(base_url) => base_url,
                None => super::choose::address("http://127.0.0.1/")?,
            };
            #[cfg(feature = "reference")]
            let profile = crate::embedded::profile(base_url, &crate::embedded::options().limits);
            #[cfg(not(feature = "reference"))]
            let profile = Profile::at("reference", base_url);
            Ok(profile)
        }
    }
}

fn exchange(arguments: &RecordArgs) -> Result<Recorded, Vec<Diagnostic>> {
    let text = match arguments.har.as_ref().or(arguments.curl.as_ref()) {
        Some(file) => files::open(file)
            .map_err(io::Error::other)
            .and_then(|open| read(open, file)),
        None => read(io::stdin(), Path::new("standard input")),
    };
    let text = text.map_err(|error| {
        one(
            "unreadable",
            format!("cannot read the recording: {error}"),
            "expected a curl command or a HAR file",
        )
    })?;
    let recorded = if arguments.har.is_some() {
        from_har(&text, arguments.entry)
    } else {
        from_curl(&text)
    };
    recorded.map_err(|error| fault(&error))
}

fn read(from: impl Read, shown: &Path) -> io::Result<String> {
    let mut text = String::new();
    let bytes = from.take(LARGEST + 1).read_to_string(&mut text)?;
    if bytes as u64 > LARGEST {
        let shown = shown.display();
        return Err(io::Error::other(format!("{shown} is larger than 64 MiB")));
    }
    Ok(text)
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    let mut open = OpenOptions::new().create(true).append(true).open(file)?;
    let fresh = open.metadata()?.len() == 0;
    let between = if fresh { "" } else { "\n" };
    open.write_all(format!("{between}{text}").as_bytes())
}

fn fault(error: &RecordingError) -> Vec<Diagnostic> {
    let expected = match error {
        RecordingError::Which(entries) => format!("it has {}", entries.join("; ")),
        RecordingError::NoAnswer => "expected a row, `success` or a status".to_owned(),
        RecordingError::Curl(_) => {
            "expected a curl command for bash or cmd.exe, and below it what `curl -i` printed"
                .to_owned()
        }
        RecordingError::Har(_) => "expected an HTTP Archive 1.2".to_owned(),
        RecordingError::Unknown(_) => {
            "expected a name of the contract, or an entry of the file".to_owned()
        }
    };
    one("recording", error.to_string(), expected)
}
