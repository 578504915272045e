//! Connections that the server keeps, and closes at the very moment of the next request. A server may do so; only on a new connection to
//! close without an answer is a fault.

use std::fmt::Write as _;

use crate::attacks::json_answer;
use crate::program::gonogo;
use crate::server::{Act, Scripts};
use crate::slowness::{accepts, folder};

/// A case against a path of its own, what is played there, the verdict, and how many requests arrive.
struct Row {
    name: &'static str,
    /// What the case has beside its name and its clause; `PATH` stands for the path.
    case: &'static str,
    scripts: Scripts,
    verdict: &'static str,
    requests: usize,
}

/// Two requests one after the other.
const WRITES: &str = r#"step = [
  { request = "write", send.path = "PATH", expect = "success" },
  { request = "write", send.path = "PATH", expect = "success" },
]"#;
const READS: &str = r#"step = [
  { request = "read", send.path = "PATH", expect = "success" },
  { request = "read", send.path = "PATH", expect = "success" },
]"#;

fn rows() -> Vec<Row> {
    let closed = || vec![Act::ReadBody, Act::Close];
    let reset = || vec![Act::Reset];
    let read = || json_answer(200, "{}");
    let written = || accepts(0);
    vec![
        Row {
            name: "a_read_is_sent_again",
            case: READS,
            scripts: vec![read(), closed(), read()],
            verdict: "ok",
            requests: 3,
        },
        Row {
            name: "a_read_is_sent_again_once",
            case: READS,
            scripts: vec![read(), closed(), closed(), read()],
            verdict: "violates[answer]: connection: expected a complete HTTP response",
            requests: 3,
        },
        Row {
            name: "a_delete_is_sent_again",
            case: r#"step = [
  { request = "read", send.path = "PATH", expect = "success" },
  { request = "read", send = { path = "PATH", method = "DELETE" }, expect = "success" },
]"#,
            scripts: vec![read(), closed(), read()],
            verdict: "ok",
            requests: 3,
        },
        // A write is not: what the server did with it, nobody knows. All of the trial is begun again, and none of its connections is kept.
        Row {
            name: "a_write_begins_its_trial_again",
            case: WRITES,
            scripts: vec![written(), closed(), written()],
            verdict: "ok",
            requests: 4,
        },
        Row {
            name: "a_write_that_is_reset_does_so",
            case: WRITES,
            scripts: vec![written(), reset(), written()],
            verdict: "ok",
            requests: 4,
        },
        Row {
            name: "a_write_on_a_new_connection_is_answered",
            case: WRITES,
            scripts: vec![written(), closed(), written(), closed()],
            verdict: "violates[answer]: connection: expected a complete HTTP response",
            requests: 4,
        },
        Row {
            name: "a_burst_is_fired_again",
            case: "request = \"write\"\nsend.path = \"PATH\"\nexpect.each = \"success\"\nburst = { requests = 3, at_once = 1 }",
            scripts: vec![written(), written(), closed(), written()],
            verdict: "ok",
            requests: 6,
        },
        // Each request of it once to open a connection, and once in the race.
        Row {
            name: "a_race_is_run_again",
            case: "request = \"read\"\nsend.path = \"PATH\"\nexpect.each = \"success\"\nrace = { requests = 2, within = 20000 }",
            scripts: vec![read(), read(), closed(), read()],
            verdict: "ok",
            requests: 8,
        },
        // Its connections are opened before the gate, but for it.
        Row {
            name: "an_unanswered_race",
            case: "request = \"write\"\nsend.path = \"PATH\"\nexpect.each = \"success\"\nrace = { requests = 2, within = 20000 }",
            scripts: vec![closed()],
            verdict: "violates[answer]: connection: expected a complete HTTP response",
            requests: 2,
        },
        Row {
            name: "an_unanswered_first_request",
            case: "request = \"write\"\nsend.path = \"PATH\"\nexpect = \"success\"",
            scripts: vec![closed()],
            verdict: "violates[answer]: connection: expected a complete HTTP response",
            requests: 1,
        },
    ]
}

#[test]
fn the_closing_of_a_kept_connection_is_no_fault() {
    for row in rows() {
        let Row { name, case, .. } = row;
        let path = format!("/{name}");
        // The target has answered before, and closed that connection.
        let cases = format!(
            "\n[[case]]\nname = \"first\"\nclause = \"accepted\"\nrequest = \"read\"\nsend.path = \"/first\"\nexpect = \"success\"\n\
             \n[[case]]\nname = \"{name}\"\nclause = \"accepted\"\n{}\n",
            case.replace("PATH", &path)
        );
        let first = vec![Act::Send(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
        ), Act::Close];
        let scripts = [("/first", vec![first]), (path.as_str(), row.scripts)];
        let (folder, seen) = folder(&cases, "request = 10", &scripts);
        let arguments = [
            "--target",
            "slow",
            "--cases",
            "c.toml",
            "--test-threads",
            "1",
        ];
        let run = gonogo(folder.path(), &arguments, &[]);
        let outcome = &run.outcomes()[&format!("c::{name}")];
        let fits = match row.verdict {
            "ok" => outcome == "ok",
            verdict => outcome.contains(verdict),
        };
        assert!(fits, "{name}: {outcome}");
        let heads = seen.heads();
        let asked = heads.iter().filter(|head| head.contains(&path)).count();
        assert_eq!(asked, row.requests, "{name}: {heads:#?}");
    }
}

/// The control is made for all trials: it is made again by itself.
#[test]
fn a_control_that_meets_the_closing_is_made_again() {
    let cases = r#"
[request.controlled]
method = "POST"
path = "/control"
json = { name = "one" }

[[case]]
name = "first"
clause = "accepted"
request = "read"
expect = "success"

[[case]]
name = "refused"
clause = "status-404"
request = "controlled"
send.path = "/refused"
expect = "not_found"
"#;
    let refused = json_answer(
        404,
        r#"{"error":{"code":"not_found","message":"No.","retryable":false,"retry_after":null}}"#,
    );
    let scripts = [
        (
            "/control",
            vec![vec![Act::ReadBody, Act::Close], accepts(0), accepts(0)],
        ),
        ("/refused", vec![[vec![Act::ReadBody], refused].concat()]),
    ];
    let (folder, seen) = folder(cases, "", &scripts);
    let arguments = [
        "--target",
        "slow",
        "--cases",
        "c.toml",
        "--test-threads",
        "1",
    ];
    let run = gonogo(folder.path(), &arguments, &[]);
    assert_eq!(run.outcomes()["c::refused"], "ok", "{}", run.stdout);
    let heads = seen.heads();
    let controls = heads.iter().filter(|head| head.contains(" /control "));
    // Once more where the connection closed, and once at the end of the run.
    assert_eq!(controls.count(), 3, "{heads:#?}");
}

/// A server that reads requests on kept connections and does not respond. The table has the number of trials, how their connections
/// end, and whether the run reports it.
#[test]
fn many_requests_that_are_read_and_not_answered_are_a_finding() {
    let closed = vec![Act::ReadBody, Act::Close];
    for (trials, end, request, wait, violates) in [
        (20, closed.clone(), "write", 0.08, true),
        (20, closed.clone(), "read", 0.08, true),
        (8, closed.clone(), "read", 0.08, false),
        // Right behind a response, the server may not have seen the request.
        (20, closed.clone(), "read", 0.0, false),
        // What was not read was not carried out.
        (20, vec![Act::Reset], "write", 0.08, false),
    ] {
        let mut cases = String::new();
        let mut scripts = Vec::new();
        let paths: Vec<String> = (0..trials).map(|number| format!("/{number}")).collect();
        for path in &paths {
            let name = &path[1..];
            let reads =
                "{ request = \"read\", expect = \"success\" },".repeat(1 + scripts.len() % 4);
            let _ = write!(
                cases,
                "\n[[case]]\nname = \"c{name}\"\nclause = \"accepted\"\nstep = [\n\
                 {reads}\n\
                 {{ request = \"{request}\", send.path = \"{path}\", wait = {wait}, expect = \"success\" }},\n]\n"
            );
            let answered = [vec![Act::ReadBody], json_answer(200, "{}")].concat();
            scripts.push((path.as_str(), vec![end.clone(), answered]));
        }
        let (folder, _) = folder(&cases, "request = 10", &scripts);
        let arguments = [
            "--target",
            "slow",
            "--cases",
            "c.toml",
            "--report=jsonl=record",
            "--test-threads",
            "1",
        ];
        let run = gonogo(folder.path(), &arguments, &[]);
        let all = format!("{}{}", run.stdout, run.stderr);
        let status = if violates { 101 } else { 0 };
        assert_eq!(run.status, Some(status), "{all}");
        let told = format!("{trials} requests were repeated because a kept connection closed");
        assert!(all.contains(&told), "{told}: {all}");
        let outcomes = run.outcomes();
        let failed: Vec<_> = outcomes
            .values()
            .filter(|outcome| *outcome != "ok")
            .collect();
        assert_eq!(failed.len(), usize::from(violates), "{all}");
        let says = "violates[answer]";
        let fits = failed
            .iter()
            .all(|one| one.contains(says) && one.contains("kept connection"));
        assert!(fits, "{failed:?}");
        // The record says the same.
        let again = gonogo(
            folder.path(),
            &["judge", "record", "--cases", "c.toml"],
            &[],
        );
        let all = format!("{}{}", again.stdout, again.stderr);
        assert_eq!(again.status, Some(status), "{all}");
        assert!(all.contains(&told), "{told}: {all}");
    }
}

/// A server that closes each connection after a response without `Connection: close`: requests that arrive then are not read.
#[test]
fn closing_behind_each_response_is_no_fault() {
    for (request, threads) in [("read", "1"), ("write", "1"), ("read", "16")] {
        let mut cases = String::new();
        let mut scripts = Vec::new();
        let paths: Vec<String> = (0..300).map(|number| format!("/{number}")).collect();
        for path in &paths {
            let name = &path[1..];
            let _ = write!(
                cases,
                "\n[[case]]\nname = \"c{name}\"\nclause = \"accepted\"\nrequest = \"{request}\"\n\
                 send.path = \"{path}\"\nexpect = \"success\"\n"
            );
            let answered = [
                vec![Act::ReadBody],
                json_answer(200, "{}"),
                vec![Act::Close],
            ];
            scripts.push((path.as_str(), vec![answered.concat()]));
        }
        let (folder, _) = folder(&cases, "request = 10", &scripts);
        let arguments = ["--target", "slow", "--cases", "c.toml", "--test-threads"];
        let arguments = [&arguments[..], &[threads]].concat();
        let run = gonogo(folder.path(), &arguments, &[]);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.status, Some(0), "{request}, {threads}: {all}");
        let met = all.lines().find(|line| line.contains("repeated"));
        println!("{request}, {threads}: {met:?}");
    }
}
