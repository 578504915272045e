//! A run as a whole: how much of the suite it shows, how it ends early, and what two runs at once do to each other.
#![expect(
    clippy::unwrap_used,
    reason = "a report that cannot be read is a test that fails"
)]

mod support;

use std::fs;

use serde_json::Value;
use support::{Answer, CONTRACT, ENVELOPE, Folder, Output, Server};

/// Three trials that conform, and a control.
const CASES: &str = r#"
[request.read_thing]
method = "GET"
path = "/thing"
success = { "/id" = { is = "any" } }
[[case]]
name = "refused"
clause = "refused"
request = "read_thing"
each.id = { first = "1", second = "2", third = "3" }
send.query.id = "{{ each.id }}"
expect = "bad_request"
"#;

/// A suite of three trials against the target `here`, to whose table `more` is added.
fn folder(server: &Server, more: &str) -> Folder {
    let config = format!(
        "contract = \"contract.toml\"\ncases = [\"cases\"]\ndefault_target = \"here\"\n[target.here]\nbase_url = \"{}\"\n{more}",
        server.url()
    );
    Folder::of(&[
        ("contract.toml", CONTRACT),
        ("envelope.json", ENVELOPE),
        ("gonogo.toml", &config),
        ("cases/things.toml", CASES),
    ])
}

/// Refuses what has a query.
fn refusing() -> Server {
    Server::start(|asked| {
        if asked.target.contains('?') {
            Answer::failure(400, "bad_request")
        } else {
            Answer::json(200, r#"{"id":"t_1"}"#)
        }
    })
}

fn reported(folder: &Folder, more: &[&str]) -> Output {
    let always = [
        "--report",
        "badge=b.svg",
        "--report",
        "jsonl=r.jsonl",
        "--report",
        "certificate=c.json",
        "--report",
        "markdown=m.md",
    ];
    let arguments: Vec<&str> = more.iter().chain(&always).copied().collect();
    folder.run(&arguments)
}

fn read(folder: &Folder, path: &str) -> String {
    fs::read_to_string(folder.path(path)).unwrap()
}

fn json(folder: &Folder, path: &str) -> Value {
    serde_json::from_str(&read(folder, path)).unwrap()
}

fn badge(folder: &Folder) -> String {
    let badge = read(folder, "b.svg");
    let (_, title) = badge.split_once("<title>gonogo: ").unwrap();
    title.split('<').next().unwrap().to_owned()
}

#[test]
fn go_is_said_of_the_whole_suite_only() {
    let server = refusing();
    let folder = folder(&server, "");
    let whole = reported(&folder, &[]);
    assert_eq!(whole.code, 0, "{}", whole.all());
    assert_eq!(badge(&folder), "go, 3 conform");
    let certificate = json(&folder, "c.json");
    assert_eq!(certificate["verdict"], "go");
    assert_eq!(certificate["trials"]["run"], 3);
    assert_eq!(certificate["selection"], Value::Null);
    let parts: [(&[&str], u64, &str); 4] = [
        (&["first"], 1, "first"),
        (
            &["things::refused::first", "--exact"],
            1,
            "things::refused::first --exact",
        ),
        (&["--skip", "first"], 2, "--skip first"),
        (&["refused", "--skip", "d::t"], 2, "refused --skip d::t"),
    ];
    for (arguments, run, selection) in parts {
        let output = reported(&folder, arguments);
        assert_eq!(output.code, 0, "{}", output.all());
        assert_eq!(badge(&folder), format!("partial: {run} of 3"));
        assert!(!read(&folder, "b.svg").contains("#1a7f37"));
        let certificate = json(&folder, "c.json");
        assert_eq!(certificate["verdict"], "partial", "{arguments:?}");
        assert_eq!(certificate["trials"]["run"], run);
        assert_eq!(certificate["trials"]["of"], 3);
        assert_eq!(certificate["selection"], selection);
        let page = read(&folder, "m.md");
        let line = format!("- Trials: {run} of 3, selected by `{selection}`\n");
        assert!(page.contains(&line), "{page}");
        let judged = folder.run(&["judge", "r.jsonl", "--certificate", "c.json"]);
        assert_eq!(judged.code, 0, "{}", judged.all());
    }
}

#[test]
fn merged_records_are_whole_where_together_they_have_all_of_the_suite() {
    let server = refusing();
    let folder = folder(&server, "");
    for shard in ["first", "second", "third"] {
        let record = format!("jsonl={shard}.jsonl");
        let output = folder.run(&[shard, "--report", &record]);
        assert_eq!(output.code, 0, "{}", output.all());
    }
    let judge = |record: &str| {
        let reports = ["--report", "badge=b.svg", "--report", "jsonl=again.jsonl"];
        let arguments = [&["judge", record][..], &reports].concat();
        let judged = folder.run(&arguments);
        assert_eq!(judged.code, 0, "{}", judged.all());
        badge(&folder)
    };
    let merged = folder.run(&["merge", "first.jsonl", "third.jsonl", "-o", "part.jsonl"]);
    assert_eq!(merged.code, 0, "{}", merged.all());
    assert_eq!(merged.stdout, "2 records, 2 trials; partial: 2 of 3\n");
    assert_eq!(judge("part.jsonl"), "partial: 2 of 3");
    assert!(read(&folder, "part.jsonl").contains(r#""selection":"first; third""#));
    let merged = folder.run(&["merge", "part.jsonl", "second.jsonl", "-o", "whole.jsonl"]);
    assert_eq!(merged.stdout, "2 records, 3 trials\n", "{}", merged.all());
    assert_eq!(judge("whole.jsonl"), "go, 3 conform");
    assert!(!read(&folder, "whole.jsonl").contains("selection"));
}

#[test]
fn a_part_that_violates_is_no_go() {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/thing?id=1" => Answer::failure(500, "bad_request"),
        _ => Answer::json(200, r#"{"id":"t_1"}"#),
    });
    let folder = folder(&server, "");
    let output = reported(&folder, &["first"]);
    assert_eq!(output.code, 101, "{}", output.all());
    assert_eq!(badge(&folder), "no-go, 1 violate");
    assert_eq!(json(&folder, "c.json")["verdict"], "no-go");
}
