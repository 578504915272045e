//! One piece of work, for a tool that counts its instructions: `.ci/counts` runs it under callgrind, which counts what is inside
//! [`measured`] and nothing else.
//!
//!     counts PIECE
#![expect(clippy::expect_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::print_stderr, reason = "it is a program")]

#[expect(dead_code, reason = "not all pieces are counted")]
mod work;

use std::fs;
use std::hint::black_box;

use work::Work;

/// How many are loaded and listed: not the shipped ones, whose number grows.
const CASES: usize = 500;

/// What is counted. Its name is what the tool looks for.
#[inline(never)]
fn measured<T>(piece: impl FnOnce() -> T) {
    black_box(piece());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map_or("", String::as_str) {
        "judging" => {
            let work = Work::new();
            measured(|| (0..10).map(|_| work.judge()).sum::<usize>());
        }
        "mutants" => {
            let work = Work::new();
            measured(|| work.mutants());
        }
        "loading" => {
            let contract = work::contract();
            let folder = tempfile::tempdir().expect("a folder");
            work::write_cases(folder.path(), CASES);
            measured(|| work::load(&contract, folder.path(), None));
        }
        "listing" => {
            let folder = tempfile::tempdir().expect("a folder");
            work::write_cases(folder.path(), CASES);
            let config = folder.path().join("gonogo.toml");
            fs::write(&config, "cases = [\"cases\"]\n").expect("a file");
            let arguments: [std::ffi::OsString; 4] = [
                "gonogo".into(),
                "--list".into(),
                "--config".into(),
                config.into(),
            ];
            measured(|| gonogo::cli::main(arguments));
        }
        // `cargo test --benches` calls it without a piece.
        other => eprintln!("no piece of work is named `{other}`"),
    }
}
