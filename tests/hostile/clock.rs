//! Clocks that are wrong: the target's, and this machine's, which is set while a run goes on.

use crate::attacks::{json_answer, limited};
use crate::program::gonogo;
use crate::slowness::folder;

/// A date is as far away as the target's own clock says.
#[test]
fn a_window_that_ends_at_a_date_is_waited_for_by_the_clock_of_the_target() {
    let cases = "\n[[case]]\nname = \"limited\"\nclause = \"accepted\"\nrequest = \"read\"\nsend.path = \"/limited\"\nexpect = \"success\"\n";
    for day in ["Fri, 01 Jan 1971", "Tue, 01 Jan 2999"] {
        let dates = format!("Date: {day} 00:00:00 GMT\r\nRetry-After: {day} 00:00:01 GMT\r\n");
        // The contract asks for a number in the body, too. It is not there, so that the header counts.
        for (window, says) in [("1", "ok"), ("null", "violates[window]")] {
            let scripts = vec![limited(&dates, window), json_answer(200, "{}")];
            let (folder, seen) = folder(cases, "wait = 5", &[("/limited", scripts)]);
            let run = gonogo(
                folder.path(),
                &["--target", "slow", "--cases", "c.toml"],
                &[],
            );
            let outcome = &run.outcomes()["c::limited"];
            assert!(outcome.starts_with(says), "{day}, {window}: {outcome}");
            assert_eq!(seen.heads().len(), 2, "{day}, {window}: {outcome}");
        }
    }
}

/// The wall clock jumps by years, forth and back, ten times a second. Left out where `faketime` is not installed.
#[cfg(target_os = "linux")]
#[test]
fn a_clock_that_jumps_changes_nothing() {
    use std::collections::BTreeSet;
    use std::fs;
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Duration;

    use crate::server::Act;

    let library = Command::new("faketime")
        .args(["-f", "+0", "printenv", "LD_PRELOAD"])
        .output();
    let Ok(library) = library.map(|output| String::from_utf8(output.stdout).unwrap()) else {
        println!("faketime is not installed: left out");
        return;
    };
    let cases = r#"
[[case]]
name = "limited"
clause = "accepted"
request = "read"
send.path = "/limited"
expect = "success"

[[case]]
name = "slow"
clause = "accepted"
request = "write"
send.path = "/slow"
race = 3
expect.each = "success"

[[case]]
name = "polled"
clause = "accepted"
request = "read"
send.path = "/polled"
poll = { until = { "/status" = "ready" }, every = 0.3, within = 30 }
expect = "success"
"#;
    let slow = [
        vec![Act::ReadBody, Act::Pause(1000)],
        json_answer(201, "{}"),
    ]
    .concat();
    let status = |status: &str| json_answer(200, &format!(r#"{{"status":"{status}"}}"#));
    let polled = [vec![status("busy"); 4], vec![status("ready")]].concat();
    let scripts = [
        ("/limited", vec![limited("", "1"), json_answer(200, "{}")]),
        ("/slow", vec![slow]),
        ("/polled", polled),
    ];
    let (folder, _) = folder(cases, "request = 10, wait = 5, trial = 30", &scripts);
    let times = folder.path().join("times");
    fs::write(&times, "+0").unwrap();
    let over = AtomicBool::new(false);
    let ran = thread::scope(|scope| {
        scope.spawn(|| {
            for time in ["+900d", "-20000d", "+0", "-900d"].iter().cycle() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                // Put in place whole: it is read at any time.
                fs::write(folder.path().join("next"), time).unwrap();
                fs::rename(folder.path().join("next"), &times).unwrap();
                thread::sleep(Duration::from_millis(100));
            }
        });
        let arguments = [
            "--target",
            "slow",
            "--cases",
            "c.toml",
            "--report",
            "jsonl=run.jsonl",
        ];
        let environment = [
            ("LD_PRELOAD", library.trim()),
            ("FAKETIME_TIMESTAMP_FILE", times.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        let ran = gonogo(folder.path(), &arguments, &environment);
        over.store(true, Ordering::Relaxed);
        ran
    });
    assert_eq!(ran.status, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let record = fs::read_to_string(folder.path().join("run.jsonl")).unwrap();
    let began = record.split("\"began\":\"").skip(1);
    let years: BTreeSet<_> = began.filter_map(|rest| rest.get(..4)).collect();
    assert!(years.len() > 1, "no clock was set: {years:?}");
    // It says when things happened, and what is said of them does not depend on it.
    let judge = ["judge", "run.jsonl", "--cases", "c.toml"];
    let judged = gonogo(folder.path(), &judge, &[]);
    assert_eq!(judged.status, Some(0), "{}", judged.stderr);
}
