//! Coverage through the program: what a suite exercises of the contract, and what is gone when a case is.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program has failed"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// Two cases; the second alone exercises the row `not_found`, on one request.
const MALFORMED: &str = r#"
[[case]]
name = "malformed"
clause = "status-400"
request = "create_generation"
send.text = "{"
expect = "bad_request"
"#;
const UNKNOWN: &str = r#"
[[case]]
name = "unknown"
clause = "status-404"
request = "read_generation"
send.path = "/api/v1/generations/job_nothing_0000"
expect = "not_found"
"#;

fn gonogo(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("gonogo")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn gaps(cases: &[&str]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("some.toml"), cases.concat()).unwrap();
    let output = gonogo(folder.path(), &["--cases", "some.toml", "--coverage"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("  gap: "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_deleted_case_turns_exactly_its_entries_to_gaps() {
    let both = gaps(&[MALFORMED, UNKNOWN]);
    let less = gaps(&[MALFORMED]);
    let gone: Vec<&String> = less.difference(&both).collect();
    assert_eq!(gone, ["clause status-404", "not_found on read_generation"]);
    assert_eq!(both.difference(&less).count(), 0);
}

#[test]
fn the_shipped_suite_has_no_unexplained_gap() {
    let folder = tempfile::tempdir().unwrap();
    let output = gonogo(folder.path(), &["--coverage", "--min-coverage", "100"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let left: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("coverage:"))
        .filter(|line| !line.starts_with("  excluded:"))
        .collect();
    let failures: Vec<&str> = text
        .lines()
        .skip_while(|line| *line != "failures:")
        .take(100)
        .collect();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}\n{}",
        left.join("\n"),
        failures.join("\n")
    );
}

/// What is no share would be reached by anything, or by nothing.
#[test]
fn what_is_no_percentage_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for share in ["nan", "inf", "-1", "100.1", "all"] {
        let output = gonogo(folder.path(), &[&format!("--min-coverage={share}")]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{share}: {said}");
        assert!(said.contains("expected percent, from 0 to 100"), "{said}");
    }
}

#[test]
fn too_little_coverage_fails() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("some.toml"), MALFORMED).unwrap();
    let output = gonogo(
        folder.path(),
        &["--cases", "some.toml", "--min-coverage", "90"],
    );
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("and --min-coverage asks for 90%"), "{said}");
}

#[test]
fn what_did_not_run_or_is_waived_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let config = r#"
[target.down]
base_url = "http://127.0.0.1:9"
[target.down.credentials]
member = { bearer = { file = "key" } }
[[target.down.waiver]]
trial = "none::*"
clauses = ["status-404"]
reason = "a test"
owner = "us"
until = 2020-01-01
"#;
    fs::write(folder.path().join("gonogo.toml"), config).unwrap();
    fs::write(folder.path().join("key"), "kat_live_x.y-secret").unwrap();
    fs::write(folder.path().join("some.toml"), UNKNOWN).unwrap();
    let output = gonogo(
        folder.path(),
        &["--cases", "some.toml", "--target", "down", "--coverage"],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("  ignored: not_found on read_generation\n"),
        "{text}"
    );
    assert!(
        text.contains("`none::*` in gonogo.toml:6 covers no trial of the suite"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(101));
}
