//! `gonogo prove` through the program: a strong suite is proven, and what a weak case would not notice is named, with what to add.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

use crate::support;
use support::{Answer, CONTRACT, ENVELOPE, Folder, Server};

/// A request that promises nothing of its success, and a case that asks for nothing more; and one that accepts nearly every row.
const WEAK: &str = r#"
[request.usage_of_whatever]
method = "GET"
path = "/api/v1/usage/summary"
as = "member"

[[case]]
name = "anything"
clause = "accepted"
request = "usage_of_whatever"
expect = "success"

[[case]]
name = "any_refusal"
clause = "status-404"
request = "read_generation"
send.path = "/api/v1/generations/job_nothing_0000"
expect = ["bad_request", "unauthorized", "forbidden", "not_found", "idempotency_conflict", "validation_error", "rate_limited"]
"#;

fn gonogo(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("gonogo")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn a_part_of_the_shipped_suite_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["accepted::write", "not_found", "races", "internal_error"] {
        let output = gonogo(folder.path(), &["prove", part]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.contains("; 0 survived; 0 trials unproven"), "{text}");
        assert!(
            text.contains("test mutants::code_unknown ... killed by code")
                || part.starts_with("accepted"),
            "{text}"
        );
    }
}

#[test]
fn what_a_weak_case_would_not_notice_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("weak.toml"), WEAK).unwrap();
    let output = gonogo(folder.path(), &["prove", "--cases", "weak.toml"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(101), "{text}");
    let survivors: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_suffix(" ... SURVIVED"))
        .collect();
    assert_eq!(
        survivors,
        [
            "test weak::anything::step_1::body_of_nothing",
            "test weak::any_refusal::step_1::refused_for_another_reason"
        ],
        "{text}"
    );
    for advice in [
        "help: the case checks nothing in a success: name its members in `success` of the request, or in `expect.body`",
        "help: `expect` accepts most rows of this class, so a rejection for the wrong reason passes: list only the correct rows",
    ] {
        assert!(text.contains(advice), "{text}");
    }
}

#[test]
fn a_proof_is_told_in_json_as_well() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("weak.toml"), WEAK).unwrap();
    let output = gonogo(
        folder.path(),
        &["prove", "--cases", "weak.toml", "--format", "json"],
    );
    let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [anything, refusal, score] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(anything["survivors"][0]["clause"], "accepted");
    assert_eq!(refusal["survivors"][0]["clause"], "status-404");
    assert_eq!(score["holds"], false);
}

#[test]
fn what_violates_is_not_proven() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("wrong.toml"),
        "[[case]]\nname = \"wrong\"\nclause = \"accepted\"\nrequest = \"read_usage\"\nexpect = \"not_found\"\n",
    )
    .unwrap();
    let output = gonogo(folder.path(), &["prove", "--cases", "wrong.toml"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(101), "{text}");
    assert!(
        text.contains("test wrong::wrong ... UNPROVEN (it violates"),
        "{text}"
    );
}

/// The limit of a whole run holds for the run of a proof, too.
#[test]
fn a_proof_ends_at_the_limit_of_a_run() {
    let server = Server::start(|_| {
        std::thread::sleep(std::time::Duration::from_millis(250));
        Answer::json(200, "{\"id\": 1}")
    });
    let numbers: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let folder = Folder::of(&[
        ("contract.toml", CONTRACT),
        ("envelope.json", ENVELOPE),
        (
            "gonogo.toml",
            &format!(
                "contract = \"contract.toml\"\ncases = [\"cases\"]\n[target.here]\nbase_url = \"{}\"\nlimits = {{ run = 0.4 }}\n",
                server.url()
            ),
        ),
        (
            "cases/things.toml",
            &format!(
                "[request.read]\nmethod = \"GET\"\npath = \"/\"\nsuccess = {{ \"/id\" = 1 }}\n\
                 [[case]]\nname = \"read\"\nclause = \"accepted\"\neach.n = [{}]\nrequest = \"read\"\n\
                 send.query.n = \"{{{{ each.n }}}}\"\nexpect = \"success\"\n",
                numbers.join(", ")
            ),
        ),
    ]);
    let began = std::time::Instant::now();
    let output = folder.run(&["prove", "read", "--target", "here"]);
    assert!(began.elapsed().as_secs() < 20);
    assert_eq!(output.code, 3, "{}", output.all());
    let said = "the run reached its limit of 0.4 s (the target's `limits.run`): ";
    let line = output
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix(said));
    let left = line.and_then(|line| line.strip_suffix(" trials were not run or proven"));
    let left: usize = left
        .unwrap_or_else(|| panic!("{}", output.all()))
        .parse()
        .unwrap();
    let asked = server.asked().len();
    assert!(
        left > 0 && asked + left <= 200,
        "{asked} asked, {left} left"
    );
}
