//! What holds for every format: it is whole after an interruption, and holds no secret.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::suite::{SECRET, folder, hostile, hostile_folder, run};
use super::{har, sarif};
use crate::server::Server;

const KINDS: [&str; 5] = ["badge", "har", "junit", "markdown", "sarif"];

#[test]
fn no_report_holds_a_secret_that_comes_back() {
    let server = Server::start(hostile);
    let folder = hostile_folder(&server);
    let asked: Vec<String> = KINDS.iter().map(|kind| format!("{kind}={kind}")).collect();
    let mut arguments = Vec::new();
    for report in &asked {
        arguments.extend(["--report", report]);
    }
    let actions = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_STEP_SUMMARY", "summary"),
    ];
    let output = run(&folder, &actions, &arguments);
    assert_eq!(output.code, 101, "{}", output.all());
    let mut texts = vec![("stdout", output.stdout), ("stderr", output.stderr)];
    for name in KINDS.into_iter().chain(["summary"]) {
        texts.push((name, fs::read_to_string(folder.path(name)).unwrap()));
    }
    for (name, text) in texts {
        for secret in [
            SECRET.to_owned(),
            STANDARD.encode(SECRET),
            STANDARD_NO_PAD.encode(SECRET),
        ] {
            assert!(!text.contains(&secret), "{name}: {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_whole_reports() {
    use std::fmt::Write as _;
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    use std::thread;
    use std::time::Duration;

    let server = Server::start(|request| {
        thread::sleep(Duration::from_millis(20));
        super::suite::ordinary(request)
    });
    let folder = folder(&server);
    let mut cases = String::new();
    for number in 0..500 {
        let _ = write!(
            cases,
            "[[case]]\nname = \"a{number:03}\"\nclause = \"refused\"\nrequest = \"thing\"\nsend.query.how = \"right\"\nexpect = \"bad_request\"\n"
        );
    }
    folder.write("cases/many.toml", cases);
    let reports = KINDS.iter().map(|kind| format!("--report={kind}={kind}"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .current_dir(folder.path(""))
        .args(["--target", "staging", "--test-threads", "1"])
        .args(reports)
        .env_clear()
        .env("MEMBER_KEY", SECRET)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("... ok") && output.read_line(&mut text).unwrap() > 0 {}
    let number = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &number]).status();
    assert!(kill.unwrap().success());
    while output.read_line(&mut text).unwrap() > 0 {}
    assert_eq!(child.wait().unwrap().code(), Some(130), "{text}");
    let read = |name: &str| fs::read_to_string(folder.path(name)).unwrap();
    let junit = read("junit");
    let junit = roxmltree::Document::parse(&junit).unwrap();
    let trials = junit
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    assert_eq!(trials.count(), 509);
    assert_eq!(
        har::check(&read("har"))["log"]["pages"]
            .as_array()
            .unwrap()
            .len(),
        509
    );
    let run = sarif::check(&read("sarif"));
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert!(read("markdown").contains("- Ended early: `interrupted`"));
    assert!(read("badge").ends_with("</svg>\n"));
}
