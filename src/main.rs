//! The `gonogo` program: the library's command line and nothing else.

use std::process::ExitCode;

/// A run makes and frees hundreds of small texts for each answer, in which the system's allocator takes a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    gonogo::cli::main(std::env::args_os()).into()
}
