//! `gonogo man`: the manual pages.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_mangen::{Man, generate_to};

use super::{Cli, CommandError, CommandResult, Exit};

#[derive(Debug, Clone, Args)]
pub(super) struct ManArgs {
    /// The folder for one page per command; without it, prints the page of `gonogo`
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Prints or writes the pages.
pub(super) fn man(arguments: &ManArgs) -> CommandResult {
    let done = match &arguments.folder {
        None => Man::new(Cli::command()).render(&mut io::stdout()),
        Some(folder) => {
            fs::create_dir_all(folder).and_then(|()| generate_to(Cli::command(), folder))
        }
    };
    match done {
        Ok(()) => Ok(Exit::Conforming),
        // A reader that has seen enough is no fault.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Conforming),
        Err(error) => Err(CommandError::Other(format!(
            "cannot write the manual: {error}"
        ))),
    }
}
