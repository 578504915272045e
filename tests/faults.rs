//! `gonogo prove --faults` through the program: each fault of the reference server is found for the clause that it breaks. What is found
//! for another one, what survives, and reasons that are out of date fail. Here some of each category are seeded, the gate seeds all.

#![cfg(feature = "reference")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use gonogo::contract;
use gonogo::prove::Reasons;
use gonogo::reference::{Category, Fault};
use gonogo::shipped;
use serde_json::Value;

/// Of each category every so many.
const EVERY: usize = 16;

fn prove(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("gonogo")
        .unwrap()
        .current_dir(folder)
        .arg("prove")
        .args(arguments)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn faults_are_found_for_the_clause_that_they_break() {
    let folder = tempfile::tempdir().unwrap();
    let reasons = reasons();
    let mut arguments = vec!["--format", "json"];
    for fault in some() {
        arguments.extend(["--fault", fault.name()]);
    }
    let output = prove(folder.path(), &arguments);
    let lines: Vec<Value> = text(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (score, faults) = lines.split_last().unwrap();
    assert_eq!(faults.len(), some().len());
    for line in faults {
        let clause = reasons.clause.get(line["fault"].as_str().unwrap());
        assert_eq!(
            line["clause"].as_str(),
            clause.map(String::as_str),
            "{line}"
        );
        assert_eq!(line["fate"], "found", "{line}");
    }
    assert_eq!(score["found"], faults.len());
    assert_eq!(output.status.code(), Some(0));
}

/// The first fault of each category, and every so many after it.
fn some() -> Vec<Fault> {
    let mut seen: BTreeMap<Category, usize> = BTreeMap::new();
    let mut some = Fault::ALL.to_vec();
    some.retain(|fault| {
        let number = seen.entry(fault.category()).or_default();
        *number += 1;
        (*number - 1).is_multiple_of(EVERY)
    });
    some
}

#[test]
fn a_fault_that_is_found_for_the_wrong_reason_fails() {
    let folder = suite_of_its_own(
        "code-hyphen-422 = \"code\"",
        "code-hyphen-422 = \"retry-flag\"",
    );
    let arguments = ["--fault", "code-hyphen-422", "validation::matrix"];
    let output = prove(folder.path(), &arguments);
    let text = text(&output);
    assert!(text.contains("(code), MISTAKEN\n"), "{text}");
    assert!(
        text.contains("it breaks `retry-flag`, which no finding names"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(101));
}

#[test]
fn a_fault_that_nobody_notices_survives() {
    let folder = tempfile::tempdir().unwrap();
    let output = prove(
        folder.path(),
        &["--fault", "code-hyphen-422", "not_found::"],
    );
    let text = text(&output);
    assert!(
        text.contains("test faults::code-hyphen-422 ... SURVIVED\n"),
        "{text}"
    );
    assert!(text.contains("help: add a case"), "{text}");
    assert_eq!(output.status.code(), Some(101));
}

#[test]
fn a_reason_that_is_out_of_date_fails() {
    let folder = suite_of_its_own(
        "[survives]\n",
        "[survives]\ncode-hyphen-422 = \"nobody reads it\"\n",
    );
    let arguments = ["--fault", "code-hyphen-422", "validation::matrix"];
    let output = prove(folder.path(), &arguments);
    let text = text(&output);
    assert!(text.contains(", STALE REASON\n"), "{text}");
    assert_eq!(output.status.code(), Some(101));
}

#[test]
fn a_fault_that_breaks_everything_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let output = prove(
        folder.path(),
        &["--fault", "no-message-404", "not_found::unknown_job"],
    );
    let text = text(&output);
    assert!(text.contains("FLOODING\n"), "{text}");
    assert_eq!(output.status.code(), Some(101));
}

/// The shipped files in a folder, with one change to what is known of the proof.
fn suite_of_its_own(from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let init = Command::cargo_bin("gonogo")
        .unwrap()
        .current_dir(folder.path())
        .arg("init")
        .output()
        .unwrap();
    assert!(init.status.success(), "{init:?}");
    let file = folder.path().join("schemas/prove.toml");
    let before = fs::read_to_string(&file).unwrap();
    assert!(before.contains(from));
    fs::write(file, before.replacen(from, to, 1)).unwrap();
    folder
}

fn reasons() -> Reasons {
    let contract = contract::load(&shipped::schemas(), shipped::CONTRACT).unwrap();
    Reasons::load(&shipped::schemas(), &contract).unwrap()
}

#[test]
fn every_fault_has_a_name_and_a_clause() {
    let known: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    assert_eq!(known.len(), Fault::ALL.len(), "two faults have one name");
    let reasons = reasons();
    let documented: BTreeSet<&str> = reasons.clause.keys().map(String::as_str).collect();
    assert_eq!(
        documented, known,
        "`clause` in schemas/prove.toml names each fault once"
    );
}
