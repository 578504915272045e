//! What a step of GitHub Actions shows.

use std::fmt::Write as _;
use std::fs;

use super::suite::{folder, hostile, hostile_folder, ordinary, run};
use crate::server::Server;

const ACTIONS: (&str, &str) = ("GITHUB_ACTIONS", "true");

/// What GitHub takes for commands.
fn commands(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim_start);
    lines
        .filter(|line| line.starts_with("::") || line.contains("##["))
        .collect()
}

#[test]
fn findings_are_annotations_at_the_lines_of_the_cases() {
    let server = Server::start(ordinary);
    let folder = folder(&server);
    let output = run(&folder, &[ACTIONS], &[]);
    assert_eq!(output.code, 101, "{}", output.all());
    let told = commands(&output.stdout).join("\n");
    let told = told.replace(&server.base_url(), "http://SERVER");
    insta::assert_snapshot!(told);
    // Nowhere else.
    let output = run(&folder, &[], &[]);
    assert_eq!(commands(&output.all()), [""; 0]);
}

#[test]
fn paths_begin_at_the_root_of_the_repository() {
    let server = Server::start(ordinary);
    let folder = folder(&server);
    let root = folder.path("").canonicalize().unwrap();
    let workspace = root.parent().unwrap().to_str().unwrap();
    let output = run(&folder, &[ACTIONS, ("GITHUB_WORKSPACE", workspace)], &[]);
    let name = root.file_name().unwrap().to_str().unwrap();
    let expected = format!("::error file={name}/cases/things.toml,line=12,col=10,title=");
    assert!(output.stdout.contains(&expected), "{}", output.stdout);
    // A file that is not in the repository has no place in it.
    let elsewhere = folder.path("cases");
    let elsewhere = ("GITHUB_WORKSPACE", elsewhere.to_str().unwrap());
    let output = run(&folder, &[ACTIONS, elsewhere], &[]);
    assert!(
        output.stdout.contains("\n::error title=stale waiver"),
        "{}",
        output.stdout
    );
}

#[test]
fn the_summary_is_appended() {
    let server = Server::start(ordinary);
    let folder = folder(&server);
    folder.write("summary.md", "before\n");
    let output = run(
        &folder,
        &[ACTIONS, ("GITHUB_STEP_SUMMARY", "summary.md")],
        &["--report", "markdown=report.md"],
    );
    assert_eq!(output.code, 101, "{}", output.all());
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(read("summary.md"), format!("before\n{}", read("report.md")));
    // What others wrote before leaves less room: all of a step is 1 MiB.
    folder.write("summary.md", "x".repeat(1024 * 1024 - 900));
    run(
        &folder,
        &[ACTIONS, ("GITHUB_STEP_SUMMARY", "summary.md")],
        &[],
    );
    let summary = read("summary.md");
    assert!(summary.len() <= 1024 * 1024, "{}", summary.len());
    assert!(summary.ends_with("There is more than has room here.\n"));
}

#[test]
fn a_summary_that_cannot_be_written_changes_no_verdict() {
    let server = Server::start(ordinary);
    let folder = folder(&server);
    let nowhere = ("GITHUB_STEP_SUMMARY", "nowhere/summary.md");
    let output = run(
        &folder,
        &[ACTIONS, nowhere],
        &["--exact", "things::conforms"],
    );
    assert_eq!(output.code, 0, "{}", output.all());
    assert!(
        output
            .stderr
            .contains("cannot write the report nowhere/summary.md"),
        "{}",
        output.stderr
    );
}

#[test]
fn lines_for_machines_stay_alone() {
    let server = Server::start(ordinary);
    let folder = folder(&server);
    let output = run(&folder, &[ACTIONS], &["--format", "json"]);
    for line in output.stdout.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    assert!(
        output.stderr.contains("\n::error file=cases/things.toml,"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_server_gives_no_commands() {
    let server = Server::start(hostile);
    let folder = hostile_folder(&server);
    let output = run(&folder, &[ACTIONS], &[]);
    let commands = commands(&output.stdout);
    assert!(
        commands.iter().any(|one| one.contains("FORGED")),
        "{commands:#?}"
    );
    for command in commands {
        let (properties, text) = command[2..].split_once("::").unwrap();
        assert!(
            properties.starts_with("error ") || properties.starts_with("warning "),
            "{command}"
        );
        assert!(!properties.contains("FORGED"), "{command}");
        // The one line feed is ours.
        assert!(text.matches("%0A").count() <= 1, "{command}");
        assert!(!command.contains("##["), "{command}");
    }
}

#[test]
fn the_first_of_each_clause_comes_before_the_second_of_any() {
    let server = Server::start(ordinary);
    let folder = folder(&server);
    let mut cases = String::new();
    for number in 0..30 {
        let _ = write!(
            cases,
            "[[case]]\nname = \"a{number:02}\"\nclause = \"refused\"\nrequest = \"thing\"\nsend.query.how = \"wrong\"\nexpect = \"bad_request\"\n"
        );
    }
    folder.write("cases/many.toml", cases);
    let output = run(&folder, &[ACTIONS], &[]);
    let commands = commands(&output.stdout);
    let errors = commands
        .iter()
        .filter(|line| line.starts_with("::error "))
        .count();
    assert_eq!(errors, 10, "{commands:#?}");
    for title in ["complete%3A ", "inconclusive%3A ", "stale waiver%3A "] {
        assert!(
            commands.iter().any(|line| line.contains(title)),
            "{title}: {commands:#?}"
        );
    }
}
