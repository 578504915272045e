//! Coverage through the program: what a suite exercises of the contract, and what is gone when a case is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

use crate::project;
use crate::server;

use server::{Reply, Server};

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

/// Four rows, two of which share a status.
const CONTRACT: &str = r#"
name = "Orders"
[envelope]
schema = "error.json"
media_type = "application/json"
code = "/code"
[[clause]]
id = "own"
level = "must"
text = "As documented."
source = "handbook"
[[clause]]
id = "soft"
level = "should"
text = "As documented, mostly."
source = "handbook"
[[status]]
status = 400
code = "bad"
clause = "own"
[[status]]
status = 404
code = "missing"
clause = "own"
[[status]]
status = 404
code = "deleted"
clause = "own"
[[status]]
status = 409
code = 21211
name = "taken"
clause = "own"
"#;

const REQUESTS: &str = r#"
[request.read]
method = "GET"
path = "/valid"
READ
[request.write]
method = "POST"
path = "/valid"
WRITE
"#;

/// A case that requests a path, which selects the response of the server.
fn case(name: &str, clause: &str, request: &str, path: &str, expect: &str) -> String {
    format!(
        "[[case]]\nname = \"{name}\"\nclause = \"{clause}\"\nrequest = \"{request}\"\nsend.path = \"{path}\"\n{expect}\n"
    )
}

/// What a run of these cases prints, and its status; `read` and `write` are further lines of the requests.
fn covered((read, write): (&str, &str), cases: &[String], arguments: &[&str]) -> project::Run {
    let first = std::sync::atomic::AtomicBool::new(true);
    let server = Server::start(move |request| {
        let code = |status, code: &str| Reply::json(status, &[], &format!("{{\"code\":{code}}}"));
        match request.path.as_str() {
            "/bad" => code(400, "\"bad\""),
            "/missing" => code(404, "\"missing\""),
            "/deleted" => code(404, "\"deleted\""),
            "/taken" => code(409, "21211"),
            "/race" if !first.swap(false, std::sync::atomic::Ordering::Relaxed) => {
                code(400, "\"bad\"")
            }
            _ => Reply::json(200, &[], "{}"),
        }
    });
    let requests = REQUESTS.replace("READ", read).replace("WRITE", write);
    let files = [
        ("contract.toml", CONTRACT),
        ("error.json", r#"{"type":"object"}"#),
        ("cases/c.toml", &(requests + &cases.concat())),
    ];
    project::run(&server, &files, "", arguments)
}

/// The lines of a run's coverage that are not of clauses.
fn pairs(run: &project::Run) -> Vec<&str> {
    let lines = run.text.lines().filter(|line| line.starts_with("  "));
    lines
        .map(str::trim)
        .filter(|line| line.contains(": ") && line.contains(" on ") && !line.contains(" of "))
        .collect()
}

#[test]
fn a_request_lists_the_rows_that_it_documents() {
    let cases = [
        case("a", "own", "read", "/missing", "expect = \"missing\""),
        case("b", "own", "write", "/bad", "expect = \"bad\""),
        case("c", "soft", "write", "/taken", "expect = \"taken\""),
    ];
    let rows = ("rows = [\"missing\"]", "rows = [\"bad\", \"taken\"]");
    let arguments = ["--coverage", "--min-coverage", "100"];
    let whole = covered(rows, &cases, &arguments);
    assert_eq!(whole.status, 0, "{}", whole.text);
    assert!(whole.text.contains("coverage: 100.0%"), "{}", whole.text);
    let lint = covered(rows, &cases, &["lint", "--deny-warnings"]);
    // A row that no request documents is no gap of any, but probably a mistake.
    assert_eq!(lint.status, 2, "{}", lint.text);
    let told = "1 warning\nwarning[unexercised-row]: no request documents the row `deleted`";
    assert!(lint.text.contains(told), "{}", lint.text);
    let without = covered(("", ""), &cases, &arguments);
    assert_eq!(without.status, 3, "{}", without.text);
    assert!(
        without.text.contains("  gap: bad on read\n"),
        "{}",
        without.text
    );
    let explained = covered(rows, &cases, &["explain", "write"]);
    let said = "  documented rows: bad, taken\n";
    assert!(explained.text.contains(said), "{}", explained.text);
    let explained = covered(rows, &cases, &["explain", "taken"]);
    let said = "row taken\n  409, /code = 21211\n";
    assert!(explained.text.contains(said), "{}", explained.text);
    // What is documented and never expected is a gap, for `lint`, too.
    let more = ("rows = [\"missing\", \"deleted\"]", rows.1);
    let run = covered(more, &cases, &arguments);
    assert_eq!(pairs(&run), ["gap: deleted on read"], "{}", run.text);
    let lint = covered(more, &cases, &["lint"]);
    let said = "no case expects `deleted` on `read`";
    assert!(lint.text.contains(said), "{}", lint.text);
}

#[test]
fn a_row_outside_of_the_list_is_an_error() {
    let cases = [case(
        "a",
        "own",
        "read",
        "/bad",
        "expect = [\"bad\", \"missing\"]",
    )];
    let run = covered(("rows = [\"missing\"]", ""), &cases, &["lint"]);
    assert_eq!(run.status, 2, "{}", run.text);
    for said in [
        "error[undocumented-row]: `read` does not document the row `bad`",
        "add \"bad\" to `rows` of `read` in cases/c.toml:2",
    ] {
        assert!(run.text.contains(said), "{said}: {}", run.text);
    }
    let run = covered(("rows = [\"missin\"]", ""), &cases, &["lint"]);
    assert_eq!(run.status, 2, "{}", run.text);
    for said in ["unknown row `missin`", "did you mean `missing`?"] {
        assert!(run.text.contains(said), "{said}: {}", run.text);
    }
}

#[test]
fn what_came_counts_and_not_what_could_have_come() {
    let race = case(
        "a",
        "own",
        "write",
        "/race",
        "race = { requests = 2, within = 1 }\nexpect.each = [\"success\", \"bad\", \"missing\"]",
    );
    let shared = case(
        "b",
        "own",
        "read",
        "/deleted",
        "expect = [\"missing\", \"deleted\"]",
    );
    // The first step breaks a `should`, so the second is never sent.
    let unsent = "[[case]]\nname = \"c\"\nclause = \"soft\"\n\
        [[case.step]]\nrequest = \"read\"\nexpect = \"bad\"\n\
        [[case.step]]\nrequest = \"read\"\nsend.path = \"/taken\"\nexpect = \"taken\"\n";
    let rows = (
        "rows = [\"missing\", \"deleted\", \"bad\", \"taken\"]",
        "rows = [\"bad\", \"missing\"]",
    );
    let run = covered(rows, &[race, shared, unsent.to_owned()], &["--coverage"]);
    assert_eq!(run.status, 0, "{}", run.text);
    let gaps = [
        "gap: bad on read",
        "gap: missing on read",
        "gap: missing on write",
        "gap: taken on read",
    ];
    assert_eq!(pairs(&run), gaps, "{}", run.text);
    assert!(run.text.contains("  failed: clause soft\n"), "{}", run.text);
}

#[test]
fn a_trial_that_fails_exercises_nothing() {
    let cases = [
        case(
            "a",
            "own",
            "read",
            "/valid",
            "expect = [\"bad\", \"taken\"]",
        ),
        case(
            "b",
            "own",
            "write",
            "/bad",
            "expect = { row = \"bad\", body = { \"/more\" = 1 } }",
        ),
        case("c", "soft", "read", "/missing", "expect = \"deleted\""),
    ];
    let rows = (
        "rows = [\"bad\", \"taken\", \"deleted\"]",
        "rows = [\"bad\"]",
    );
    let run = covered(rows, &cases, &["--coverage"]);
    assert_eq!(run.status, 101, "{}", run.text);
    let lines = [
        "failed: bad on read",
        "failed: bad on write",
        "gap: deleted on read",
        "failed: taken on read",
    ];
    assert_eq!(pairs(&run), lines, "{}", run.text);
    // The third response was of a row of `own`, though not of the expected one.
    assert!(run.text.contains("  failed: clause soft\n"), "{}", run.text);
    // A code that is a number is shown with its row's name.
    assert!(run.text.contains("409 21211 (taken)"), "{}", run.text);
}

#[test]
fn a_secret_place_that_no_response_has_is_named() {
    let cases = [case("a", "own", "write", "/valid", "expect = \"success\"")];
    let missing = "secret = [\"/acess_token\", \"Content-Type\"]";
    let run = covered(("", missing), &cases, &[]);
    assert_eq!(run.status, 0, "{}", run.text);
    let said = "warning: no response of `write` had the secret place `/acess_token`";
    assert!(run.text.contains(said), "{}", run.text);
    assert!(
        !run.text.contains("secret place `content-type`"),
        "{}",
        run.text
    );
    // A request that was never accepted has no response to search for places.
    let cases = [case("a", "own", "read", "/missing", "expect = \"missing\"")];
    let run = covered(("", missing), &cases, &[]);
    assert!(!run.text.contains("secret place"), "{}", run.text);
}
