//! Environment that fail: a clear outcome each, and a status that is never green.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::attacks::{json_answer, right};
use crate::program::gonogo;
use crate::server::{Act, Seen, serve};

const CONFORMING: &str = "[request.read]\nmethod = \"GET\"\npath = \"/valid\"\n";

/// Writes a target and so many cases that expect a refusal of `/refused`; yields the folder.
fn folder(base_url: &str, more: &str, cases: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[target.x]\nbase_url = \"{base_url}\"\nlimits = {{ request = 1, trial = 3 }}\n{more}\n"
    );
    let mut text = CONFORMING.to_owned();
    for number in 0..cases {
        let _ = write!(
            text,
            "\n[[case]]\nname = \"c{number}\"\nclause = \"status-404\"\nrequest = \"read\"\n\
             send.path = \"/refused/{number}\"\nexpect = \"not_found\"\n"
        );
    }
    fs::write(folder.path().join("gonogo.toml"), config).unwrap();
    fs::write(folder.path().join("cases.toml"), text).unwrap();
    folder
}

const RUN: [&str; 4] = ["--target", "x", "--cases", "cases.toml"];

fn valid() -> Vec<Act> {
    json_answer(200, "{}")
}

/// A port that nobody listens on.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
fn a_target_that_cannot_be_reached_is_inconclusive() {
    let (plain, _) = serve(BTreeMap::new(), valid());
    let port = closed_port();
    let proxy = format!("proxy = \"http://127.0.0.1:{port}\"");
    for (what, base_url, more, says) in [
        (
            "down",
            format!("http://127.0.0.1:{port}"),
            "",
            "no connection: ",
        ),
        (
            "no such name",
            "http://no-such-host.invalid".to_owned(),
            "",
            "no connection: ",
        ),
        (
            "no TLS there",
            format!("https://{plain}"),
            "",
            "no connection: ",
        ),
        (
            "proxy refuses",
            format!("http://{plain}"),
            proxy.as_str(),
            "no connection: ",
        ),
        (
            "proxy refuses TLS",
            format!("https://{plain}"),
            proxy.as_str(),
            "no connection: ",
        ),
    ] {
        let folder = folder(&base_url, more, 3);
        let run = gonogo(folder.path(), &RUN, &[]);
        assert_eq!(run.status, Some(3), "{what}: {}{}", run.stdout, run.stderr);
        for (name, outcome) in run.outcomes() {
            assert!(
                outcome.starts_with("inconclusive: "),
                "{what}, {name}: {outcome}"
            );
            assert!(outcome.contains(says), "{what}, {name}: {outcome}");
        }
    }
}

#[test]
fn a_target_that_stops_answering_ends_the_run() {
    // Each refusal is silent: without the brake, each trial would take its second.
    let silent = (0..200).map(|n| (format!("/refused/{n}"), vec![vec![Act::Hush]]));
    let (address, seen) = serve(silent.collect(), valid());
    let folder = folder(&format!("http://{address}"), "", 200);
    let run = gonogo(
        folder.path(),
        &[
            &RUN[..],
            &["--max-inconclusive", "8", "--test-threads", "4"],
        ]
        .concat(),
        &[],
    );
    let outcomes = run.outcomes();
    let unrun = outcomes
        .values()
        .filter(|outcome| outcome.starts_with("inconclusive: not run: the target does not respond"))
        .count();
    assert_eq!(run.status, Some(101), "{}", run.stderr);
    assert!(unrun > 150, "{unrun} were not run\n{}", run.stdout);
    assert!(seen.heads().len() < 50, "{} requests", seen.heads().len());
}

#[test]
fn a_target_that_dies_in_the_run_violates_and_ends_it() {
    let (address, _) = serve(
        BTreeMap::from([("/valid".to_owned(), vec![valid()])]),
        vec![Act::Close],
    );
    let folder = folder(&format!("http://{address}"), "", 60);
    let run = gonogo(
        folder.path(),
        &[&RUN[..], &["--test-threads", "2"]].concat(),
        &[],
    );
    assert_eq!(run.status, Some(101), "{}", run.stderr);
    let outcomes = run.outcomes();
    assert!(
        outcomes
            .values()
            .any(|outcome| outcome.contains("violates[answer]"))
    );
    assert!(
        outcomes
            .values()
            .any(|outcome| outcome.contains("not run: the target does not respond"))
    );
    assert!(outcomes.values().all(|outcome| outcome != "ok"));
}

/// Starts the program with its output in a pipe, reads lines until one has `until` in it, and hands both over.
fn reading(
    folder: &Path,
    arguments: &[&str],
    until: &str,
) -> (
    std::process::Child,
    BufReader<std::process::ChildStdout>,
    String,
) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .current_dir(folder)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains(until) && output.read_line(&mut text).unwrap() > 0 {}
    (child, output, text)
}

const SLOW: [&str; 6] = [
    "--target",
    "x",
    "--cases",
    "cases.toml",
    "--test-threads",
    "2",
];

fn slow() -> (tempfile::TempDir, Seen) {
    let silent = (4..100).map(|n| (format!("/refused/{n}"), vec![vec![Act::Hush]]));
    let scripts = silent
        .chain((0..4).map(|n| (format!("/refused/{n}"), vec![right()])))
        .collect();
    let (address, seen) = serve(scripts, valid());
    (folder(&format!("http://{address}"), "", 100), seen)
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_run_quietly() {
    let (folder, _) = slow();
    let (child, output, _) = reading(folder.path(), &SLOW, "running");
    drop(output);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(3));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let (folder, _) = slow();
    let run = gonogo(
        folder.path(),
        &[&RUN[..], &["--logfile", "/dev/full"]].concat(),
        &[],
    );
    assert_eq!(run.status, Some(3), "{}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains("No space left on device"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_what_it_has_not_run() {
    let (folder, seen) = slow();
    let (child, mut output, mut text) = reading(folder.path(), &SLOW, "... ok");
    // Until a trial is under way that waits for its answer.
    let waits = |head: &String| (4..100).any(|n| head.contains(&format!("/refused/{n} ")));
    while !seen.heads().iter().any(waits) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // By its number, as a terminal does by its group.
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    while output.read_line(&mut text).unwrap() > 0 {}
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{text}");
    let count = |what: &str| {
        text.lines()
            .filter(|line| line.starts_with("test ") && line.contains(what))
            .count()
    };
    let unrun = count("... ignored (not run: interrupted)");
    assert!(unrun > 80, "{unrun}\n{text}");
    assert_eq!(count(" ... "), 100, "{text}");
    assert!(text.contains("ended early: interrupted"), "{text}");
    assert!(text.contains("\ntest result: "), "{text}");
}

/// A proof has no lines before its end.
#[cfg(unix)]
#[test]
fn an_interrupted_proof_says_so() {
    let (folder, seen) = slow();
    let arguments = ["prove", "--target", "x", "--cases", "cases.toml"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .current_dir(folder.path())
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    while seen.heads().len() < 5 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let number = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &number]).status();
    assert!(kill.unwrap().success());
    let mut text = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    while output.read_line(&mut text).unwrap() > 0 {}
    assert_eq!(child.wait().unwrap().code(), Some(130), "{text}");
    assert!(text.contains("ended early: interrupted"), "{text}");
    assert!(text.contains("\nproof result: FAILED."), "{text}");
}

/// Starts the program, ends it as Ctrl-C does as soon as it listens for that, and yields its status and what it printed.
#[cfg(all(target_os = "linux", feature = "reference"))]
fn interrupted(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .current_dir(folder)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let number = child.id().to_string();
    // The mask of the signals that it catches; the second is that of Ctrl-C.
    let listens = || {
        let status = fs::read_to_string(format!("/proc/{number}/status")).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        u64::from_str_radix(mask.unwrap().trim(), 16).unwrap() & 2 != 0
    };
    while child.try_wait().unwrap().is_none() && !listens() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = Command::new("kill").args(["-INT", &number]).status();
    assert!(kill.is_ok());
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code(), text.concat())
}

#[cfg(all(target_os = "linux", feature = "reference"))]
#[test]
fn an_interrupted_proof_by_faults_has_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let waits = "[request.read]\nmethod = \"GET\"\npath = \"/api/v1/usage/summary\"\nas = \"member\"\n\
        [[case]]\nname = \"waits\"\nclause = \"accepted\"\nrequest = \"read\"\nwait = 4\nexpect = \"success\"\n";
    fs::write(folder.path().join("c.toml"), waits).unwrap();
    let base = ["prove", "--cases", "c.toml"];
    let seeds = [
        "--fault",
        "no-asset-id",
        "--fault",
        "key-optional",
        "--style",
        "slow",
    ];
    let (status, text) = interrupted(folder.path(), &[&base[..], &seeds].concat());
    assert_eq!(status, Some(130), "{text}");
    for says in [
        "\ntest faults::no-asset-id ... ignored (not run: interrupted)\n",
        "\ntest faults::key-optional ... ignored (not run: interrupted)\n",
        "\nproof result: FAILED. faults found 0 of 0; 0 survived for a known reason; 0 trials never red; 2 not run\n",
        "\ntest styles::slow ... ignored (not run: interrupted)\n",
        "\nproof result: FAILED. styles passed 0 of 0; 1 not run\n",
        "interrupted: servers without a result prove nothing",
    ] {
        assert!(text.contains(says), "no `{says}` in\n{text}");
    }
    let (status, text) = interrupted(folder.path(), &[&base[..], &["--faults"]].concat());
    assert_eq!(status, Some(130), "{text}");
    let says = "interrupted: 366 faults and 0 styles were not run";
    assert!(text.contains(says), "{text}");
}

#[cfg(all(target_os = "linux", feature = "reference"))]
#[test]
fn an_interrupted_judgement_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = gonogo(folder.path(), &["--report", "jsonl=run.jsonl"], &[]);
    assert_eq!(run.status, Some(0), "{}", run.stdout);
    let judge = ["judge", "run.jsonl", "--report", "jsonl=again.jsonl"];
    let (status, text) = interrupted(folder.path(), &judge);
    assert_eq!(status, Some(130), "{text}");
    assert_eq!(text, "interrupted: the record was not judged to its end\n");
    let left = fs::read_dir(folder.path()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    let known = ["run.jsonl", "stderr", "stdout"];
    assert!(
        left.iter()
            .all(|name| known.contains(&name.to_str().unwrap())),
        "{left:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_on_a_full_disk_is_said() {
    let (address, _) = serve(BTreeMap::new(), valid());
    let folder = folder(&format!("http://{address}"), "", 1);
    let run = gonogo(
        folder.path(),
        &[&RUN[..], &["--report", "junit=/dev/full"]].concat(),
        &[],
    );
    assert!([Some(2), Some(101)].contains(&run.status), "{}", run.stderr);
    assert!(
        run.stderr.contains("cannot write the report /dev/full"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn too_few_open_files_are_not_the_targets_fault() {
    let (address, _) = serve(
        BTreeMap::from([("/valid".to_owned(), vec![valid()])]),
        vec![Act::Hush],
    );
    let folder = folder(&format!("http://{address}"), "", 0);
    let case = "\n[[case]]\nname = \"burst\"\nclause = \"status-404\"\nrequest = \"read\"\nsend.path = \"/refused\"\n\
                burst = { requests = 200, at_once = 200 }\nexpect = \"not_found\"\n";
    let cases = folder.path().join("cases.toml");
    fs::write(&cases, fs::read_to_string(&cases).unwrap() + case).unwrap();
    let script = format!(
        "ulimit -n 64; exec {} --target x --cases cases.toml",
        env!("CARGO_BIN_EXE_gonogo")
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(3),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("inconclusive: step 1: a burst of 200, 200 at once: this machine opens no more connections"), "{text}");
}
