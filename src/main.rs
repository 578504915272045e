//! The `gonogo` program: the library's command line and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    gonogo::cli::main(std::env::args_os()).into()
}
