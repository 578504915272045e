//! `gonogo prove --faults` through the program: each fault of the reference server is found for the clause that it breaks. What is found
//! for another one, what survives, and reasons that are out of date fail. Here some of each category are seeded; `cargo run --release -- prove --faults` seeds all.

#![cfg(feature = "reference")]
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use gonogo::contract;
use gonogo::input::shipped;
use gonogo::prove::Reasons;
use gonogo_reference::{Category, Fault};
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
    some.retain(|fault| !fault.is_idle());
    some.retain(|fault| {
        let number = seen.entry(fault.category()).or_default();
        *number += 1;
        (*number - 1).is_multiple_of(EVERY)
    });
    some
}

/// How many trials may conform to all servers that do nothing together.
const MOST_CONFORMING: usize = 20;

#[test]
fn servers_that_do_nothing_do_not_score() {
    let folder = tempfile::tempdir().unwrap();
    let idle = Fault::ALL.iter().filter(|fault| fault.is_idle());
    let mut arguments = vec!["--format", "json"];
    arguments.extend(idle.flat_map(|fault| ["--fault", fault.name()]));
    let output = prove(folder.path(), &arguments);
    let text = text(&output);
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (_, faults) = lines.split_last().unwrap();
    assert_eq!(faults.len(), 5, "{text}");
    let conforming = faults
        .iter()
        .map(|line| line["conforming"].as_array().unwrap().len());
    assert!(conforming.sum::<usize>() <= MOST_CONFORMING, "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
}

/// What `unprotected` accepts, and what prove.toml says of it.
const UNPROTECTED: &str = r#"
[request.usage]
method = "GET"
path = "/api/v1/usage/summary"
as = "member"

[[case]]
name = "unprotected"
clause = "accepted"
request = "usage"
expect = "success"
"#;

#[test]
fn a_trial_that_conforms_to_a_server_that_does_nothing_needs_a_reason() {
    let reason = |trial: &str| {
        format!(
            "[[conforms]]\nfault = \"always-empty\"\ntrial = \"{trial}\"\nreason = \"it reads nothing\"\n"
        )
    };
    for (reasons, exit, said) in [
        (
            String::new(),
            101,
            [
                "always-empty ... 1 of 2 trials conformed, SCORING\n",
                "  all::unprotected: it conforms\n",
            ],
        ),
        (
            reason("all::unprot*"),
            0,
            [
                "always-empty ... 1 of 2 trials conformed\n",
                "  all::unprotected: it reads nothing\n",
            ],
        ),
        (
            reason("all::*protected") + &reason("all::unknown_job"),
            101,
            [
                "always-empty ... 1 of 2 trials conformed, STALE REASON\n",
                "  all::unknown_job: under `[[conforms]]` in prove.toml, but no such trial conforms\n",
            ],
        ),
    ] {
        let folder = suite_of_one_trial();
        let path = folder.path().join("cases/all.toml");
        let all = fs::read_to_string(&path).unwrap() + UNPROTECTED;
        fs::write(path, all).unwrap();
        fs::write(folder.path().join("schemas/prove.toml"), reasons).unwrap();
        let output = prove(folder.path(), &["--fault", "always-empty"]);
        let text = text(&output);
        for said in said {
            assert!(text.contains(said), "{said}\n{text}");
        }
        assert_eq!(output.status.code(), Some(exit), "{text}");
    }
}

#[test]
fn a_fault_that_is_found_for_the_wrong_reason_fails() {
    let folder = suite_of_one_trial();
    let known = "[clause]\nno-message-404 = \"retry-flag\"\n";
    fs::write(folder.path().join("schemas/prove.toml"), known).unwrap();
    let output = prove(folder.path(), &["--fault", "no-message-404"]);
    let text = text(&output);
    assert!(
        text.contains("killed by all::unknown_job (schema), MISTAKEN\n"),
        "{text}"
    );
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
    let folder = suite_of_one_trial();
    let known = "[survives]\nno-message-404 = \"nobody reads it\"\n";
    fs::write(folder.path().join("schemas/prove.toml"), known).unwrap();
    let output = prove(folder.path(), &["--fault", "no-message-404"]);
    let text = text(&output);
    assert!(text.contains(", STALE REASON\n"), "{text}");
    assert_eq!(output.status.code(), Some(101));
}

#[test]
fn a_reason_lets_a_fault_survive() {
    let folder = suite_of_one_trial();
    let known = "[survives]\nno-code-401 = \"it asks for no 401\"\n";
    fs::write(folder.path().join("schemas/prove.toml"), known).unwrap();
    let output = prove(folder.path(), &["--fault", "no-code-401"]);
    let text = text(&output);
    assert!(
        text.contains("test faults::no-code-401 ... survived (known)\n"),
        "{text}"
    );
    assert!(text.contains("no `code`: it asks for no 401\n"), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
}

#[test]
fn a_fault_that_breaks_everything_is_told() {
    let folder = suite_of_one_trial();
    let output = prove(folder.path(), &["--fault", "no-message-404"]);
    let text = text(&output);
    assert!(
        text.contains("killed by all::unknown_job (schema), FLOODING\n"),
        "{text}"
    );
    assert!(text.contains("it turns 1 of 1 trial red"), "{text}");
    assert_eq!(output.status.code(), Some(101));
}

/// The shipped contract with one trial: whoever turns it red turns all of them red.
fn suite_of_one_trial() -> tempfile::TempDir {
    const CASE: &str = r#"
[request.read_generation]
method = "GET"
path = "/api/v1/generations/{{ fixture.job_id }}"
as = "member"

[[case]]
name = "unknown_job"
clause = "status-404"
request = "read_generation"
send.path = "/api/v1/generations/job_0000"
expect = "not_found"
"#;
    let folder = tempfile::tempdir().unwrap();
    let init = Command::cargo_bin("gonogo")
        .unwrap()
        .current_dir(folder.path())
        .arg("init")
        .output()
        .unwrap();
    assert!(init.status.success(), "{init:?}");
    fs::remove_dir_all(folder.path().join("cases")).unwrap();
    fs::create_dir(folder.path().join("cases")).unwrap();
    fs::write(folder.path().join("cases/all.toml"), CASE).unwrap();
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
    let known: BTreeSet<&str> = Fault::ALL
        .iter()
        .filter(|fault| !fault.is_idle())
        .map(|fault| fault.name())
        .collect();
    let reasons = reasons();
    let documented: BTreeSet<&str> = reasons.clause.keys().map(String::as_str).collect();
    assert_eq!(
        documented, known,
        "`clause` in schemas/prove.toml names each fault once, but for servers that do nothing"
    );
}
