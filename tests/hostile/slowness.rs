//! Slowness is no fault: of the server, of this machine, or of what else the run does. No answer that came in its own time is red.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::attacks::{json_answer, limited};
use crate::program::gonogo;
use crate::server::{Act, Scripts, Seen, serve};

/// Reads a write, and accepts it after so many milliseconds.
pub(crate) fn accepts(after: u64) -> Vec<Act> {
    let mut acts = vec![Act::ReadBody, Act::Pause(after)];
    acts.extend(json_answer(201, r#"{"id":"1"}"#));
    acts
}

/// A folder with these cases, and a target that plays the scripts.
pub(crate) fn folder(cases: &str, limits: &str, scripts: &[(&str, Scripts)]) -> (TempDir, Seen) {
    let scripts = scripts.iter();
    let scripts = scripts.map(|(path, scripts)| ((*path).to_owned(), scripts.clone()));
    let (address, seen) = serve(scripts.collect::<BTreeMap<_, _>>(), json_answer(200, "{}"));
    let folder = tempfile::tempdir().unwrap();
    let config =
        format!("[target.slow]\nbase_url = \"http://{address}\"\nlimits = {{ {limits} }}\n");
    fs::write(folder.path().join("gonogo.toml"), config).unwrap();
    let requests = r#"
[request.read]
method = "GET"
path = "/valid"

[request.write]
method = "POST"
path = "/valid"
json = { name = "one" }
"#;
    fs::write(folder.path().join("c.toml"), [requests, cases].concat()).unwrap();
    (folder, seen)
}

fn outcomes(folder: &Path) -> BTreeMap<String, String> {
    let run = gonogo(folder, &["--target", "slow", "--cases", "c.toml"], &[]);
    run.outcomes()
}

fn ok(outcomes: &BTreeMap<String, String>, trial: &str) {
    let outcome = outcomes.get(trial).map_or("no such line", String::as_str);
    assert_eq!(outcome, "ok", "{trial}");
}

/// The second race begins while the first one has an idle connection, and is answered when the first one is over.
#[test]
fn two_races_share_no_connection() {
    let cases = r#"
[[case]]
name = "first"
clause = "accepted"
request = "write"
send.path = "/first"
race = 2
expect.each = "success"

[[case]]
name = "second"
clause = "accepted"
step = [
  { request = "read", send.path = "/wait", expect = "success" },
  { request = "write", send.path = "/second", race = 2, expect.each = "success" },
]
"#;
    let wait = [vec![Act::Pause(200)], json_answer(200, "{}")].concat();
    let (folder, _) = folder(
        cases,
        "",
        &[
            ("/first", vec![accepts(0), accepts(600)]),
            ("/wait", vec![wait]),
            ("/second", vec![accepts(900)]),
        ],
    );
    let outcomes = outcomes(folder.path());
    ok(&outcomes, "c::first");
    ok(&outcomes, "c::second");
}

/// One body is taken late, so the others wait for it at the gate, and all are answered late: both together are longer than a request may
/// take, neither is by itself.
#[test]
fn to_wait_for_the_others_of_a_race_is_not_the_target_s_time() {
    let cases = r#"
[[case]]
name = "race"
clause = "accepted"
request = "write"
send.path = "/race"
send.json.pad = "{{ repeat('x', 16000000) }}"
race = { requests = 2, within = 20000 }
expect.each = "success"
"#;
    let late = [vec![Act::Pause(4000)], accepts(4000)].concat();
    let scripts = [("/race", vec![late, accepts(4000)])];
    let (folder, _) = folder(cases, "request = 6", &scripts);
    ok(&outcomes(folder.path()), "c::race");
}

/// A server that does not wait for ever for the rest of a body: one request is late, and the others are not held back until they are cut.
#[test]
fn a_race_does_not_hold_bodies_back_for_long() {
    let cases = r#"
[[case]]
name = "race"
clause = "accepted"
request = "write"
send.path = "/race"
send.json.pad = "{{ repeat('x', 16000000) }}"
race = 2
expect.each = "success"
"#;
    let late = [vec![Act::Pause(14_000)], accepts(0)].concat();
    let impatient = [vec![Act::ReadBodyWithin(10_000)], json_answer(201, "{}")].concat();
    let scripts = [("/race", vec![late, impatient.clone(), impatient])];
    let (folder, _) = folder(cases, "request = 30", &scripts);
    let outcomes = outcomes(folder.path());
    // Again, where none is late.
    ok(&outcomes, "c::race");
}

/// The limits are for all that a run does: who meets one that others have used up says nothing of the race.
#[test]
fn a_race_that_is_limited_in_part_is_run_again() {
    let cases = r#"
[[case]]
name = "mended"
clause = "accepted"
request = "write"
send.path = "/once"
race = { requests = 3, within = 20000 }
expect.each = "success"

[[case]]
name = "never"
clause = "accepted"
request = "write"
send.path = "/always"
race = { requests = 3, within = 20000 }
expect.each = "success"
"#;
    let full = [vec![Act::ReadBody], limited("", "0")].concat();
    let always = [full.clone(), accepts(0), accepts(0)];
    let always = always.iter().cycle().take(12).cloned().collect();
    let scripts = [("/once", vec![full, accepts(0)]), ("/always", always)];
    let (folder, _) = folder(cases, "", &scripts);
    let outcomes = outcomes(folder.path());
    ok(&outcomes, "c::mended");
    let never = &outcomes["c::never"];
    assert!(
        never.starts_with("inconclusive: step 1: of a race of 3, 1 met the target's limit"),
        "{never}"
    );
}

/// All of a request's time is over while the program stands still, as that of a server beside it may: the answer is waited for again.
#[cfg(unix)]
#[test]
fn the_time_for_which_the_program_stands_still_is_not_the_target_s() {
    use std::process::{Command, Stdio};
    use std::thread::sleep;
    use std::time::Duration;

    let cases = "\n[[case]]\nname = \"slow\"\nclause = \"accepted\"\n\
        step = [{ request = \"read\", expect = \"success\" }, { request = \"read\", send.path = \"/slow\", expect = \"success\" }]\n";
    let slow = [vec![Act::Pause(6500)], json_answer(200, "{}")].concat();
    let (folder, seen) = folder(cases, "request = 3", &[("/slow", vec![slow])]);
    let child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .current_dir(folder.path())
        .args(["--target", "slow", "--cases", "c.toml"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let signal = |name: &str| {
        let process = child.id().to_string();
        let sent = Command::new("kill").args([name, &process]).status();
        assert!(sent.unwrap().success());
    };
    while !seen.heads().iter().any(|head| head.contains(" /slow ")) {
        sleep(Duration::from_millis(10));
    }
    signal("-STOP");
    sleep(Duration::from_millis(5500));
    signal("-CONT");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
}
