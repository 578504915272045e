//! The program, run in a folder of its own, and what it printed by trial.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit status.
    pub status: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
    /// The most memory that it held, in KiB, where the system tells.
    pub memory: Option<u64>,
}

/// Runs the program; one that does not end is killed after a minute, and the test has failed.
pub(crate) fn gonogo(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let file = |name: &str| fs::File::create(folder.join(name)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .current_dir(folder)
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(file("stdout"))
        .stderr(file("stderr"))
        .spawn()
        .unwrap();
    let mut memory = None;
    for _ in 0..12_000 {
        memory = high_water(child.id()).or(memory);
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let status = child.wait().unwrap().code();
    let text = |name: &str| String::from_utf8(fs::read(folder.join(name)).unwrap()).unwrap();
    Run {
        status,
        stdout: text("stdout"),
        stderr: text("stderr"),
        memory,
    }
}

fn high_water(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

impl Run {
    /// What became of each trial: `ok`, `ignored`, or the text of its failure.
    pub(crate) fn outcomes(&self) -> BTreeMap<String, String> {
        let mut outcomes = BTreeMap::new();
        for line in self.stdout.lines() {
            let Some(line) = line.strip_prefix("test ") else {
                continue;
            };
            if let Some((name, outcome)) = line.split_once(" ... ") {
                outcomes.insert(name.trim().to_owned(), outcome.to_owned());
            }
        }
        let mut texts = self.stdout.split("\n---- ");
        texts.next();
        for text in texts {
            let (name, text) = text.split_once(" ----\n").unwrap();
            let text = text.split("\n\n\nfailures:\n").next().unwrap();
            outcomes.insert(name.to_owned(), text.to_owned());
        }
        outcomes
    }
}
