//! The command line: one file a command, each of which yields its exit status or an error, which is printed here.

mod args;
mod choose;
mod completions;
mod environment;
mod error;
mod exit;
mod explain;
mod heard;
mod init;
mod interrupt;
mod judge;
mod lint;
mod load;
mod man;
mod merge;
mod new;
mod prove;
mod record;
mod run;
mod runtime;
#[cfg(feature = "reference")]
mod seed;
#[cfg(feature = "reference")]
mod serve;
mod session;
mod try_request;
mod watch;

use std::ffi::OsString;

use clap::Parser as _;

use args::{Cli, Command, RunArgs, SuiteArgs, TargetArgs};
use environment::{Environment, variable};
use error::{CommandError, CommandResult};

pub use exit::Exit;

/// Parses the arguments, does what they say, and yields the exit status.
pub fn main(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let wrong = error.use_stderr();
            // Help that nobody reads to the end is no fault.
            let _ = error.print();
            return if wrong { Exit::Usage } else { Exit::Conforming };
        }
    };
    let surroundings = Environment::read();
    let done = match cli.command {
        None => run::run(&cli.run, &surroundings),
        Some(Command::Run(arguments)) => run::run(&arguments, &surroundings),
        Some(Command::Judge(arguments)) => judge::judge(&arguments, &surroundings),
        Some(Command::Merge(arguments)) => merge::merge(&arguments),
        Some(Command::Prove(arguments)) => prove::prove(&arguments, &surroundings),
        Some(Command::Lint(arguments)) => lint::lint(&arguments, &surroundings),
        Some(Command::Explain(arguments)) => explain::explain(&arguments, &surroundings),
        Some(Command::Try(arguments)) => try_request::try_request(&arguments, &surroundings),
        Some(Command::Record(arguments)) => record::record(&arguments, &surroundings),
        Some(Command::Completions(arguments)) => Ok(completions::completions(&arguments)),
        Some(Command::Man(arguments)) => man::man(&arguments),
        Some(Command::New(arguments)) => new::new(&arguments, &surroundings),
        Some(Command::Init(arguments)) => init::init(&arguments),
        #[cfg(feature = "reference")]
        Some(Command::Serve(arguments)) => serve::serve(&arguments),
    };
    done.unwrap_or_else(|error| error.print(&surroundings))
}
