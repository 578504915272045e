//! A run as a whole: partial runs, early ends, and two runs at the same time.

use crate::support;

use std::fs;
use std::thread;
use std::time::Duration;

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

/// Rejects requests with a query.
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

/// Responds to each request after 0.4 s, to `first` with this status.
fn slow(status: u16) -> Server {
    Server::start(move |asked| {
        thread::sleep(Duration::from_millis(400));
        match asked.target.as_str() {
            "/thing" => Answer::json(200, r#"{"id":"t_1"}"#),
            "/thing?id=1" => Answer::failure(status, "bad_request"),
            _ => Answer::failure(400, "bad_request"),
        }
    })
}

#[test]
fn a_run_ends_at_its_limit_and_names_what_it_has_not_run() {
    for (status, code) in [(400, 3), (500, 101)] {
        let server = slow(status);
        let folder = folder(&server, "limits.run = 1\n");
        let run = reported(&folder, &["--test-threads", "1"]);
        assert_eq!(run.code, code, "{}", run.all());
        let over = "the run reached its limit of 1 s (the target's `limits.run`)";
        let reason = format!("inconclusive: not run: {over}");
        assert!(run.stdout.contains(&reason), "{}", run.all());
        assert!(
            run.stdout.contains("\nnot run: things::refused::third\n"),
            "{}",
            run.all()
        );
        assert!(
            run.stdout
                .contains(&format!("inconclusive: ended early: {over}"))
        );
        let certificate = json(&folder, "c.json");
        let verdict = if code == 3 { "partial" } else { "no-go" };
        assert_eq!(certificate["verdict"], verdict);
        assert_eq!(certificate["trials"]["run"], 2);
        assert_eq!(certificate["ended_early"], over);
        let judged = folder.run(&["judge", "r.jsonl", "--certificate", "c.json"]);
        assert_eq!(judged.code, code, "{}", judged.all());
    }
}

/// The files that runs have left in the folder.
fn left(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with(".gonogo") || name == "c.json")
        .collect();
    names.sort();
    names
}

/// Sends a signal to a running `gonogo`, and returns its exit status.
#[cfg(unix)]
fn signalled(folder: &Folder, server: &Server, signal: &str) -> Option<i32> {
    use std::process::{Command, Stdio};
    let before = server.asked().len();
    let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(["--test-threads", "1", "--report", "jsonl=r.jsonl"])
        .args(["--report", "certificate=c.json", "--report", "badge=b.svg"])
        .current_dir(folder.path(""))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while server.asked().len() == before {
        thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.unwrap().success());
    child.wait().unwrap().code()
}

#[cfg(unix)]
#[test]
fn a_run_that_is_asked_to_end_leaves_no_go_of_an_earlier_one() {
    let server = slow(400);
    let folder = folder(&server, "");
    for signal in ["-TERM", "-INT"] {
        let whole = reported(&folder, &[]);
        assert_eq!(whole.code, 0, "{}", whole.all());
        assert_eq!(json(&folder, "c.json")["verdict"], "go");
        assert_eq!(signalled(&folder, &server, signal), Some(130));
        let certificate = json(&folder, "c.json");
        assert_ne!(certificate["verdict"], "go");
        assert_eq!(certificate["ended_early"], "interrupted");
        assert!(!badge(&folder).starts_with("go"), "{}", badge(&folder));
        assert_eq!(left(&folder), ["c.json"]);
        let judged = folder.run(&["judge", "r.jsonl", "--certificate", "c.json"]);
        assert_eq!(judged.code, 130, "{}", judged.all());
    }
    // A killed run writes nothing.
    assert_eq!(reported(&folder, &[]).code, 0);
    assert_eq!(signalled(&folder, &server, "-KILL"), None);
    assert!(!left(&folder).contains(&"c.json".to_owned()));
}

#[test]
fn two_reports_have_two_paths() {
    let server = refusing();
    let folder = folder(&server, "");
    fs::create_dir(folder.path("out")).unwrap();
    let pairs = [
        ("badge=a", "junit=a"),
        ("badge=a.json", "jsonl=./a.json"),
        ("badge=out/a", "badge=out/../out/a"),
        ("badge=new/a", "html=./new/a"),
    ];
    for (first, second) in pairs {
        let output = folder.run(&["--report", first, "--report", second]);
        assert_eq!(output.code, 2, "{}", output.all());
        let told = "two reports have the path";
        assert!(output.stderr.contains(told), "{}", output.stderr);
    }
    assert_eq!(server.asked().len(), 0);
    let apart = folder.run(&["--report", "badge=a", "--report", "badge=b"]);
    assert_eq!(apart.code, 0, "{}", apart.all());
}

/// A write that is rejected but carried out, and a trial that takes 3 s.
const COUNTED: &str = r#"
[request.read_thing]
method = "GET"
path = "/thing"
success = { "/id" = { is = "any" } }
[request.count]
method = "GET"
path = "/count"
success = { "/count" = { is = "number" } }
[probe.things]
request = "count"
pointer = "/count"
[[case]]
name = "counted"
clause = "refused"
request = "read_thing"
send.query.id = "1"
expect = "bad_request"
effect.things = 0
[[case]]
name = "slow"
clause = "refused"
request = "read_thing"
send.query.id = "slow"
expect = "bad_request"
[[case]]
name = "within"
clause = "accepted"
[[case.step]]
request = "read_thing"
send.query.id = "burst"
burst = { requests = 3, at_once = 1 }
expect = "success"
"#;

/// The row of a limiter, and its window.
const LIMITER: &str = r#"
[[status]]
status = 429
code = "limited"
clause = "accepted"
window = true
[limits]
window = 1
"#;

fn counting() -> (Server, Folder) {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let bursts = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |asked| match asked.target.as_str() {
        "/thing" => Answer::json(200, r#"{"id":"t_1"}"#),
        "/count" => Answer::json(
            200,
            format!(
                r#"{{"count":{}}}"#,
                count.load(std::sync::atomic::Ordering::Relaxed)
            ),
        ),
        "/thing?id=burst" => {
            if bursts.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 3 < 2 {
                Answer::json(200, r#"{"id":"t_1"}"#)
            } else {
                Answer::json(429, r#"{"error":{"code":"limited","wait":1}}"#)
            }
        }
        target => {
            if target.ends_with("slow") {
                thread::sleep(Duration::from_secs(3));
            } else {
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            Answer::failure(400, "bad_request")
        }
    });
    let folder = folder(&server, "");
    folder.write("cases/things.toml", COUNTED);
    let code = "code = \"/error/code\"\n";
    let window = format!("{code}window = \"/error/wait\"\n");
    folder.write(
        "contract.toml",
        CONTRACT.replacen(code, &window, 1) + LIMITER,
    );
    (server, folder)
}

/// A run of the slow trial, in progress.
fn neighbour(folder: &Folder, server: &Server, temporary: &str) -> std::process::Child {
    use std::process::{Command, Stdio};
    let before = server.asked().len();
    let child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(["slow", "--report", "jsonl=slow.jsonl"])
        .current_dir(folder.path(""))
        .env("TMPDIR", folder.path(temporary))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Its control is done, and its slow request is next.
    while server.asked().len() == before {
        thread::sleep(Duration::from_millis(5));
    }
    child
}

#[cfg(unix)]
#[test]
fn a_limit_that_a_burst_meets_while_another_run_is_under_way_is_inconclusive() {
    let (server, folder) = counting();
    fs::create_dir(folder.path("here")).unwrap();
    let temporary = folder.path("here");
    let run = || {
        let variables = [("TMPDIR", temporary.to_str().unwrap())];
        folder.run_with("", &variables, &["within"])
    };
    let alone = run();
    assert_eq!(alone.code, 101, "{}", alone.all());
    let mut other = neighbour(&folder, &server, "here");
    let beside = run();
    assert_eq!(beside.code, 3, "{}", beside.all());
    let reason = "inconclusive: step 1 was rate limited while another run against this target";
    assert!(beside.stdout.contains(reason), "{}", beside.all());
    other.kill().unwrap();
    other.wait().unwrap();
}

#[cfg(unix)]
#[test]
fn what_grows_while_another_run_is_under_way_is_inconclusive() {
    let (server, folder) = counting();
    fs::create_dir(folder.path("here")).unwrap();
    fs::create_dir(folder.path("there")).unwrap();
    let temporary = folder.path("here");
    let run = || {
        let variables = [("TMPDIR", temporary.to_str().unwrap())];
        folder.run_with("", &variables, &["counted", "--report", "jsonl=r.jsonl"])
    };
    let alone = run();
    assert_eq!(alone.code, 101, "{}", alone.all());
    let note = "note: another run against this target is in progress on this machine";
    let reason = "inconclusive: the count of `things` grew by 1 while another run against this target was in progress on this machine";
    let mut other = neighbour(&folder, &server, "here");
    let beside = run();
    assert_eq!(beside.code, 3, "{}", beside.all());
    assert!(beside.stderr.contains(note), "{}", beside.all());
    assert!(beside.stdout.contains(reason), "{}", beside.all());
    let judged = folder.run(&["judge", "r.jsonl"]);
    assert_eq!(judged.code, 3, "{}", judged.all());
    // The system releases the lock of a killed run.
    other.kill().unwrap();
    other.wait().unwrap();
    let alone = run();
    assert_eq!(alone.code, 101, "{}", alone.all());
    assert!(!alone.stderr.contains(note), "{}", alone.all());
    // A run on another machine is not detected, but its record is.
    let mut other = neighbour(&folder, &server, "there");
    let unseen = run();
    assert_eq!(unseen.code, 101, "{}", unseen.all());
    assert_eq!(other.wait().unwrap().code(), Some(0));
    let merged = folder.run(&["merge", "r.jsonl", "slow.jsonl", "-o", "whole.jsonl"]);
    assert_eq!(merged.code, 0, "{}", merged.all());
    let told = "the counts of things::counted are inconclusive";
    assert!(merged.stderr.contains(told), "{}", merged.all());
    let judged = folder.run(&["judge", "whole.jsonl"]);
    assert_eq!(judged.code, 3, "{}", judged.all());
    assert_eq!(judged.stderr, "");
    // Runs that do not overlap keep their verdicts.
    let after = run();
    assert_eq!(after.code, 101, "{}", after.all());
    let merged = folder.run(&["merge", "r.jsonl", "slow.jsonl", "-o", "whole.jsonl"]);
    assert_eq!(merged.stderr, "", "{}", merged.all());
    assert_eq!(folder.run(&["judge", "whole.jsonl"]).code, 101);
}

/// The server listens on 127.0.0.1 only.
#[test]
fn localhost_is_any_of_its_addresses() {
    let server = refusing();
    let folder = folder(&server, "");
    let url = server.url().replace("127.0.0.1", "localhost");
    let run = folder.run(&["--base-url", &url]);
    assert_eq!(run.code, 0, "{}", run.all());
}

/// The same where `::1` comes first, as on macOS and Windows: with another file of hosts, where this system lets us have one.
#[cfg(target_os = "linux")]
#[test]
fn localhost_is_any_of_its_addresses_also_where_the_first_one_refuses() {
    use std::process::Command;
    let server = refusing();
    let folder = folder(&server, "");
    folder.write("hosts", "::1 localhost\n127.0.0.1 localhost\n");
    let url = server.url().replace("127.0.0.1", "localhost");
    let alone = |script: &str| {
        Command::new("unshare")
            .args(["-rm", "sh", "-c"])
            .arg(format!("mount --bind hosts /etc/hosts && {script}"))
            .env("GONOGO", env!("CARGO_BIN_EXE_gonogo"))
            .env("ADDRESS", &url)
            .current_dir(folder.path(""))
            .output()
    };
    if !alone("true").is_ok_and(|output| output.status.success()) {
        return;
    }
    let run = alone(r#""$GONOGO" --base-url "$ADDRESS""#).unwrap();
    let text = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
    assert_eq!(run.status.code(), Some(0), "{text}");
    assert!(text.contains("3 passed"), "{text}");
}
