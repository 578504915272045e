//! Retry windows that do not help a client, wherever the runner waits one out.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::project;
use crate::server;

use server::{Reply, Server};

/// The window is in the body, with clauses for both of its checks.
const BOTH: &str = r#"
name = "Things"
[envelope]
schema = "error.json"
media_type = "application/json"
code = "/code"
window = "/wait"
[[clause]]
id = "own"
level = "must"
text = "As documented."
source = "handbook"
[[clause]]
id = "limited"
level = "must"
text = "What is too much is limited."
source = "handbook"
[[clause]]
id = "said"
level = "must"
text = "The window is a number."
source = "handbook"
check = "window"
[[clause]]
id = "header"
level = "must"
text = "The header agrees."
source = "handbook"
check = "retry-after"
[[status]]
status = 400
code = "bad"
clause = "own"
[[status]]
status = 429
code = "limited"
clause = "limited"
window = true
[[status]]
status = 429
code = "quota"
clause = "own"
[limits]
window = 30
"#;

const REQUESTS: &str = r#"
[request.one]
method = "GET"
path = "/one"
[request.two]
method = "GET"
path = "/two"
[request.count]
method = "GET"
path = "/count"
[probe.things]
request = "count"
pointer = "/total"
"#;

const ACCEPTED: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "one"
expect = "success"
"#;

const CONTROL: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "one"
send.path = "/odd"
expect = "bad"
"#;

const PROBE: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "one"
expect = "success"
effect.things = 0
"#;

const SET_UP: &str = r#"
[[case]]
name = "c"
clause = "own"
[[case.step]]
request = "one"
expect = "success"
[[case.step]]
request = "two"
expect = "success"
"#;

const RACE: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "one"
race = { requests = 2, within = 5 }
expect.each = "success"
"#;

const FRESH: &str = r#"
[[case]]
name = "c"
clause = "own"
[[case.step]]
request = "one"
expect = "success"
[[case.step]]
request = "one"
burst = { requests = 2, fresh = true }
expect.each = "success"
"#;

/// A limiter's answer that asks to wait so long.
fn limited(wait: &str) -> Reply {
    Reply::json(429, &[], &format!(r#"{{"code":"limited","wait":{wait}}}"#))
}

fn ok() -> Reply {
    Reply::json(200, &[], r#"{"total":0}"#)
}

/// Runs the cases against a server that answers each request with what `script` makes of its path and of how many to that path have come
/// before; yields the run and the requests.
fn run(
    contract: &str,
    cases: &str,
    target: &str,
    script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static,
) -> (project::Run, Vec<String>) {
    let seen = Mutex::new(std::collections::HashMap::<String, usize>::new());
    let server = Server::start(move |request| {
        let before = {
            let mut seen = seen.lock().unwrap();
            let count = seen.entry(request.path.clone()).or_default();
            *count += 1;
            *count - 1
        };
        script(&request.path, before)
    });
    let cases = format!("{REQUESTS}{cases}");
    let files = [
        ("contract.toml", contract),
        ("error.json", "{}"),
        ("cases/c.toml", &cases),
    ];
    let target = format!("permits = [\"writes\", \"bursts\"]\n{target}");
    let run = project::run(&server, &files, &target, &[]);
    (run, server.seen())
}

#[test]
fn a_window_that_does_not_help_is_a_violation_wherever_it_is_waited_out() {
    // The path of each that is limited, and how many of it come before.
    let places = [
        ("a step", ACCEPTED, "/one", 0),
        ("a control", CONTROL, "/one", 0),
        ("a probe", PROBE, "/count", 0),
        ("a probe after the trial", PROBE, "/count", 1),
        ("set-up", SET_UP, "/one", 0),
        ("a later step", SET_UP, "/two", 0),
        ("a race", RACE, "/one", 0),
        ("a fresh burst", FRESH, "/one", 1),
    ];
    // What is advertised, and what is found.
    let windows = [
        (
            "0",
            "expected to get through after the advertised wait of 0 s, was limited again (429)",
        ),
        (
            "0.3",
            "expected to get through after the advertised wait of 0.3 s, was limited again (429)",
        ),
        (
            "1767225600",
            "expected a time to wait, was 1767225600 s, an absolute time",
        ),
        (
            "1767225600000",
            "expected a time to wait, was 1767225600000 s, an absolute time",
        ),
        (
            "40",
            "expected at most the limiter's window of 30 s, was 40 s",
        ),
    ];
    let mut wrong = String::new();
    for (place, cases, path, free) in places {
        for (wait, found) in windows {
            let begun = Instant::now();
            let (run, seen) = run(BOTH, cases, "", move |asked, before| match asked {
                _ if asked == path && before >= free => limited(wait),
                "/odd" => Reply::json(400, &[], r#"{"code":"bad"}"#),
                _ => ok(),
            });
            let told = format!("violates[said]: body, /wait: {found}");
            let late = begun.elapsed() > Duration::from_secs(5);
            if run.status != 101 || !run.text.contains(&told) || late || seen.len() > 8 {
                let _ = write!(
                    wrong,
                    "\n=== {place}, {wait}: {} {seen:?} {:?}\n{}",
                    run.status,
                    begun.elapsed(),
                    run.text
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_window_that_helps_is_waited_out() {
    for (cases, path, wait) in [
        (ACCEPTED, "/one", "0"),
        (ACCEPTED, "/one", "0.2"),
        (CONTROL, "/one", "0"),
        (PROBE, "/count", "0.2"),
        (SET_UP, "/two", "0"),
    ] {
        // As long as the declared window and the rounding: it would be waited for, in vain here.
        for (wait, limits, status) in [(wait, "", 0), ("32", "limits = { wait = 5 }\n", 3)] {
            let (run, _) = run(BOTH, cases, limits, move |asked, before| match asked {
                _ if asked == path && before == 0 => limited(wait),
                "/odd" => Reply::json(400, &[], r#"{"code":"bad"}"#),
                _ => ok(),
            });
            assert_eq!(run.status, status, "{cases} {wait}: {}", run.text);
        }
    }
}

#[test]
fn the_finding_names_the_clause_of_the_check_or_of_the_row() {
    let without =
        |check: &str, contract: &str| contract.replace(&format!("check = \"{check}\"\n"), "");
    let header_only = without("window", BOTH).replace("window = \"/wait\"\n", "");
    for (contract, clause) in [
        (BOTH.to_owned(), "said"),
        (without("window", BOTH), "header"),
        (without("retry-after", &without("window", BOTH)), "limited"),
        (header_only.clone(), "header"),
        (without("retry-after", &header_only), "limited"),
    ] {
        for (wait, found) in [
            ("0", "expected to get through"),
            ("40", "expected at most the limiter's window"),
            ("1767225600", "expected a time to wait"),
        ] {
            let (run, _) = run(&contract, ACCEPTED, "", move |_, _| {
                let body = format!(r#"{{"code":"limited","wait":{wait}}}"#);
                Reply::json(429, &[("retry-after", wait)], &body)
            });
            assert_eq!(run.status, 101, "{clause}: {}", run.text);
            let line = run.text.lines().find(|line| line.contains(found));
            let told = format!("violates[{clause}]");
            assert!(
                line.is_some_and(|line| line.contains(&told)),
                "{told}: {}",
                run.text
            );
        }
    }
}

#[test]
fn the_window_of_the_contract_bounds_that_of_a_429_unless_the_target_declares_another() {
    let published = BOTH.replace("window = 30", "window = 10");
    let unpublished = BOTH.replace("window = 30", "others = 1");
    for (contract, target, status) in [
        (&unpublished, "", 3),
        (&published, "", 101),
        (&published, "declared = { window = 60 }\n", 3),
        (&published, "declared = { window = 30 }\n", 101),
    ] {
        let target = format!("{target}limits = {{ wait = 1 }}\n");
        let (run, _) = run(contract, ACCEPTED, &target, |_, _| limited("50"));
        assert_eq!(run.status, status, "{target}: {}", run.text);
    }
}

#[test]
fn an_expected_429_is_held_to_its_window_too() {
    let burst = r#"
[[case]]
name = "c"
clause = "own"
[[case.step]]
request = "one"
burst = { requests = 3, until = "limited" }
expect.each = ["success", "limited"]
capture.wait = "/wait"
[[case.step]]
request = "one"
wait = "{{ wait }}"
expect = "success"
"#;
    for (wait, found) in [
        (
            "0",
            "violates[own]: status: expected success (2xx), was 429 limited",
        ),
        (
            "40",
            "violates[said]: body, /wait: expected at most the limiter's window of 30 s, was 40 s",
        ),
        (
            "1767225600",
            "violates[said]: body, /wait: expected a time to wait",
        ),
    ] {
        let target = "limits = { wait = 1 }\n";
        let (run, _) = run(BOTH, burst, target, move |_, before| match before {
            0 => ok(),
            _ => limited(wait),
        });
        assert_eq!(run.status, 101, "{}", run.text);
        assert!(run.text.contains(found), "{wait}: {}", run.text);
    }
}

#[test]
fn of_rows_that_share_a_status_the_one_with_the_code_counts() {
    // A quota is no limiter: it is not waited out, and ends no burst until `limited`.
    let quota = || Reply::json(429, &[], r#"{"code":"quota"}"#);
    let (accepted, seen) = run(BOTH, ACCEPTED, "", move |_, _| quota());
    assert_eq!((accepted.status, seen.len()), (101, 1), "{}", accepted.text);
    let told = "expected success (2xx), was 429 quota";
    assert!(accepted.text.contains(told), "{}", accepted.text);
    let burst = r#"
[[case]]
name = "c"
clause = "own"
request = "one"
burst = { requests = 6, at_once = 1, until = "limited" }
expect.each = ["success", "quota", "limited"]
"#;
    let script = move |_: &str, before| match before {
        0 => ok(),
        3 => limited("1"),
        _ => quota(),
    };
    let (burst, seen) = run(BOTH, burst, "", script);
    assert_eq!((burst.status, seen.len()), (0, 5), "{}", burst.text);
    // A step that expects the quota alone waits for the limiter.
    let expected = "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"one\"\nsend.path = \"/odd\"\nexpect = \"quota\"\n";
    let (run, _) = run(BOTH, expected, "", move |path, before| {
        match (path, before) {
            ("/odd", 0) => limited("0"),
            ("/odd", _) => quota(),
            _ => ok(),
        }
    });
    assert_eq!(run.status, 0, "{}", run.text);
}

/// A limit that all requests share, however small it is: who waits as long as it says gets through, unless others were first.
struct Shared {
    window: Duration,
    limit: usize,
    /// When each request was admitted.
    admitted: Mutex<Vec<Instant>>,
}

impl Shared {
    /// Admits a request, or says how long it has to wait.
    fn admit(&self) -> Result<(), f64> {
        let mut admitted = self.admitted.lock().unwrap();
        let now = Instant::now();
        admitted.retain(|one| now.duration_since(*one) < self.window);
        if admitted.len() < self.limit {
            admitted.push(now);
            return Ok(());
        }
        let wait = self.window.saturating_sub(now.duration_since(admitted[0]));
        Err(wait.as_secs_f64())
    }
}

fn trials(number: usize, request: &str) -> String {
    let case = |index| {
        format!(
            "[[case]]\nname = \"{request}_{index}\"\nclause = \"own\"\nrequest = \"{request}\"\nsend.query.n = {index}\nexpect = \"success\"\n"
        )
    };
    (0..number).map(case).collect()
}

#[test]
fn a_limit_that_parallel_trials_share_is_not_blamed_on_the_target() {
    for (limit, milliseconds) in [(1, 100), (3, 300)] {
        let shared = Shared {
            window: Duration::from_millis(milliseconds),
            limit,
            admitted: Mutex::default(),
        };
        let cases = trials(10, "one") + &trials(10, "two");
        let (run, _) = run(BOTH, &cases, "", move |_, _| match shared.admit() {
            Ok(()) => ok(),
            Err(wait) => limited(&format!("{wait}")),
        });
        assert_eq!(run.status, 0, "{limit}: {}", run.text);
    }
}

#[test]
fn a_limiter_that_never_recovers_ends_each_trial_after_one_window() {
    // Also beside traffic that gets through: then the second wait is alone.
    for (others, most) in [(0, 4), (30, 8)] {
        let begun = Instant::now();
        let cases = trials(6, "one") + &trials(others, "two");
        let (run, _) = run(BOTH, &cases, "", |path, _| match path {
            _ if path.starts_with("/one") => limited("1"),
            _ => ok(),
        });
        assert_eq!(run.status, 101, "{}", run.text);
        let told =
            "expected to get through after the advertised wait of 1 s, was limited again (429)";
        assert_eq!(run.text.matches(told).count(), 6, "{}", run.text);
        assert!(
            begun.elapsed() < Duration::from_secs(most),
            "{:?}",
            begun.elapsed()
        );
    }
}

#[test]
fn a_record_keeps_why_a_window_does_not_help() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("run.jsonl");
    for wait in ["0", "40", "1767225600"] {
        let server = Server::start(move |_| limited(wait));
        let cases = format!("{REQUESTS}{ACCEPTED}");
        let files = [
            ("contract.toml", BOTH),
            ("error.json", "{}"),
            ("cases/c.toml", &cases),
        ];
        let report = format!("jsonl={}", record.display());
        let target = "";
        let first = project::run(&server, &files, target, &["--report", &report]);
        assert_eq!(first.status, 101, "{}", first.text);
        let again = project::run(&server, &files, target, &["judge", &report[6..]]);
        assert_eq!(again.status, 101, "{}", again.text);
        assert!(again.text.contains("violates[said]"), "{}", again.text);
    }
}

#[test]
fn a_burst_that_is_too_large_for_a_target_is_ignored() {
    let burst = r#"
[[case]]
name = "c"
clause = "limited"
request = "one"
burst = { requests = "{{ limit.reads * 2 }}", most = 6, at_once = 1, until = "limited" }
expect.each = ["success", "limited"]
"#;
    let contract = format!("{BOTH}reads = 100\n");
    let ignored =
        "ignored (a burst of 8 would be needed on target `test`, and the case sends at most 6";
    for (reads, status, told) in [("4", 4, ignored), ("3", 0, "1 passed")] {
        let target = format!("declared = {{ reads = {reads} }}\n");
        let (run, _) = run(&contract, burst, &target, |_, before| match before {
            0..=3 => ok(),
            _ => limited("1"),
        });
        assert_eq!(run.status, status, "{}", run.text);
        assert!(run.text.contains(told), "{}", run.text);
    }
}

/// Another run has used a part of the limit: fewer than three requests get through in the first window, three in the next.
#[test]
fn a_fresh_burst_is_repeated_when_the_window_was_not_unused() {
    let burst = "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"one\"\nburst = { requests = 4, at_once = 1, fresh = true }\n\
        expect = { each = [\"success\", \"limited\"], count = { success = 3 } }\n";
    // The control comes first.
    for (first, status) in [(3, 0), (2, 0), (0, 0)] {
        let (run, _) = run(BOTH, burst, "", move |_, before| match before {
            0 | 5..=7 => ok(),
            before if before <= first => ok(),
            _ => limited("0.3"),
        });
        assert_eq!(run.status, status, "{first}: {}", run.text);
    }
    let (never, _) = run(
        BOTH,
        burst,
        "declared = { window = 1 }",
        |_, before| match before % 4 {
            0 | 1 => ok(),
            _ => limited("0.3"),
        },
    );
    assert_eq!(never.status, 101, "{}", never.text);
}
