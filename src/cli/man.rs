//! `gonogo man`: the manual pages.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_mangen::{Man, generate_to};

use super::{Cli, Exit};

#[derive(Debug, Clone, Args)]
pub(super) struct ManArgs {
    /// The folder for one page per command; without it, prints the page of `gonogo`
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Prints or writes the pages.
pub(super) fn man(arguments: &ManArgs) -> Exit {
    let done = match &arguments.folder {
        None => Man::new(Cli::command()).render(&mut io::stdout()),
        Some(folder) => {
            fs::create_dir_all(folder).and_then(|()| generate_to(Cli::command(), folder))
        }
    };
    match done {
        Ok(()) => Exit::Conforming,
        // A reader that has seen enough is no fault.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Conforming,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cannot write the manual: {error}");
            Exit::Usage
        }
    }
}
