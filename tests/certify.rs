//! The shipped suite against the embedded reference server, as a test target of its own: `cargo test` runs it, and `cargo nextest`
//! lists and runs the trials one by one.

use std::process::ExitCode;

fn main() -> ExitCode {
    gonogo::cli::main(std::env::args_os()).into()
}
