//! `gonogo completions`: what a shell completes after `gonogo`.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::{Cli, Exit};

#[derive(Debug, Clone, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the shell's script.
pub(super) fn completions(arguments: &CompletionsArgs) -> Exit {
    // In memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), "gonogo", &mut script);
    let _ = io::stdout().write_all(&script);
    Exit::Conforming
}
