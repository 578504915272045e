//! Controls and probes during a run: a control that is rejected later, findings in a control, a count that never moves, a count that
//! lags, and a rejected write that is carried out late.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::project;
use crate::server;

use project::{Run, gonogo};
use server::{Reply, Request, Server};

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
id = "stored"
level = "must"
text = "Nothing is stored on the way."
source = "handbook"
[[clause]]
id = "known"
level = "must"
text = "A failure has a row of the table."
source = "handbook"
check = "known-status"
[[header]]
clause = "stored"
name = "Cache-Control"
directive = "no-store"
on = ["any"]
[[status]]
status = 422
code = "invalid"
clause = "own"
"#;

const REQUESTS: &str = r#"
[request.create_order]
method = "POST"
path = "/orders"
as = "member"
json = { item = "book" }
[request.read_usage]
method = "GET"
path = "/usage"
as = "member"
[probe.orders]
request = "read_usage"
pointer = "/orders"
SETTLE
"#;

/// Rejected, and nothing made.
const REFUSED: &str = r#"
[[case]]
name = "refused"
clause = "own"
request = "create_order"
each.item = { number = 1, list = [] }
send.json.item = "{{ each.item }}"
expect = "invalid"
effect.orders = 0
"#;

/// A write that nothing counts, and writes that are counted.
const ACCEPTED: &str = r#"
[[case]]
name = "a_uncounted"
clause = "own"
request = "create_order"
expect = "success"
[[case]]
name = "b_counted"
clause = "own"
each.time = ["1", "2", "3"]
request = "create_order"
expect = "success"
effect.orders = 1
"#;

/// The target's credential and permit.
const TARGET: &str = "permits = [\"writes\"]\n\
    credentials = { member = { bearer = { env = \"KEYS_TEST_SECRET\" } } }\n";

fn files(cases: &str) -> [(&str, &str); 3] {
    [
        ("contract.toml", CONTRACT),
        ("error.json", r#"{"type":"object"}"#),
        ("cases/c.toml", cases),
    ]
}

/// Runs a suite of these cases against a server.
fn run(server: &Server, settle: &str, cases: &str, target: &str) -> Run {
    let cases = REQUESTS.replace("SETTLE", settle) + cases;
    project::run(server, &files(&cases), &format!("{TARGET}{target}"), &[])
}

/// How the server deviates.
#[derive(Clone, Copy, Default)]
struct Deviation {
    /// How many writes it accepts.
    accepts: Option<usize>,
    /// What happens to later valid writes.
    later: Later,
    /// How long a write takes to be counted.
    lag: Duration,
    /// Whether nothing is counted.
    stuck: bool,
    /// Whether a rejected write is carried out, and how much later.
    late: Option<Duration>,
    /// The status of an accepted write, and whether it may be stored.
    status: u16,
    stored: bool,
}

#[derive(Clone, Copy, Default)]
enum Later {
    #[default]
    Rejected,
    /// A 429 that the contract does not have.
    Limited,
    /// No response for three seconds.
    Silent,
}

const HONEST: Deviation = Deviation {
    accepts: None,
    later: Later::Rejected,
    lag: Duration::ZERO,
    stuck: false,
    late: None,
    status: 201,
    stored: false,
};

fn orders(deviation: Deviation) -> Server {
    // When each order counts.
    let counted: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let accepted = Mutex::new(0);
    Server::start(move |request: &Request| {
        let now = Instant::now();
        if request.method == "GET" {
            let mut orders = counted.lock().unwrap().clone();
            orders.retain(|one| *one <= now && !deviation.stuck);
            return Reply::json(200, &[], &format!(r#"{{"orders":{}}}"#, orders.len()));
        }
        let mut accepted = accepted.lock().unwrap();
        let valid = request.body.contains("book");
        if !valid || deviation.accepts.is_some_and(|most| *accepted >= most) {
            if let Some(late) = deviation.late {
                counted.lock().unwrap().push(now + late);
            }
            match deviation.later {
                Later::Limited if valid => return Reply::json(429, &[], "{}"),
                Later::Silent if valid => std::thread::sleep(Duration::from_secs(3)),
                _ => {}
            }
            return Reply::json(422, &[], r#"{"code":"invalid"}"#);
        }
        *accepted += 1;
        counted.lock().unwrap().push(now + deviation.lag);
        let cache = if deviation.stored {
            "private"
        } else {
            "no-store"
        };
        Reply::json(deviation.status, &[("cache-control", cache)], "{}")
    })
}

#[test]
fn a_control_without_a_proper_response_later_is_no_pass() {
    let cases = REFUSED.replace("effect.orders = 0\n", "");
    for (later, limits, status, told) in [
        (Later::Limited, "", 101, "violates[known]"),
        (
            Later::Silent,
            "limits = { request = 1, trial = 1 }\n",
            3,
            "was not answered",
        ),
    ] {
        let server = orders(Deviation {
            accepts: Some(1),
            later,
            ..HONEST
        });
        let ran = run(&server, "", &cases, limits);
        assert_eq!(ran.status, status, "{}", ran.text);
        assert!(ran.text.contains(told), "no `{told}` in {}", ran.text);
    }
}

#[test]
fn a_count_that_never_moves_proves_nothing_in_cases_of_their_own_and_in_a_part() {
    let server = orders(Deviation {
        stuck: true,
        ..HONEST
    });
    let cases = REQUESTS.replace("SETTLE", "") + REFUSED;
    let folder = project::folder(&server, &files(&cases), TARGET);
    for arguments in [["--cases", "cases"], ["--skip", "list"]] {
        let ran = gonogo(folder.path(), &arguments);
        assert_eq!(ran.status, 3, "{arguments:?}: {}", ran.text);
        assert!(ran.text.contains("never moved"), "{}", ran.text);
    }
}

#[test]
fn a_control_that_is_rejected_later_makes_its_trials_inconclusive() {
    let server = orders(Deviation {
        accepts: Some(1),
        ..HONEST
    });
    let cases = REFUSED.replace("effect.orders = 0\n", "");
    let cases = REQUESTS.replace("SETTLE", "") + &cases;
    let folder = project::folder(&server, &files(&cases), TARGET);
    let reports = [
        "--report",
        "jsonl=r.jsonl",
        "--report",
        "certificate=c.json",
    ];
    let ran = gonogo(folder.path(), &reports);
    assert_eq!(ran.status, 3, "{}", ran.text);
    for told in [
        "test control::create_order ... FAILED",
        "inconclusive: the control, the valid request `create_order`, was rejected with 422 when it was repeated",
        "(2 trials revised)",
        "  2 trials: the control, the valid request `create_order`, was rejected",
    ] {
        assert!(ran.text.contains(told), "no `{told}` in {}", ran.text);
    }
    let certificate = fs::read_to_string(folder.path().join("c.json")).unwrap();
    assert!(certificate.contains("no-go"), "{certificate}");
    assert!(certificate.contains("\"inconclusive\": 3"), "{certificate}");
    let judged = gonogo(
        folder.path(),
        &["judge", "r.jsonl", "--certificate", "c.json"],
    );
    assert_eq!(judged.status, 3, "{}", judged.text);
    assert!(
        judged.text.contains("certificate: matches the record"),
        "{}",
        judged.text
    );
    assert!(!judged.text.contains("differs"), "{}", judged.text);
}

/// What is printed, without how long it took.
fn printed(ran: &Run) -> Vec<&str> {
    let lines = ran.text.lines();
    lines
        .map(|line| line.split("; finished in").next().unwrap_or_default())
        .collect()
}

#[test]
fn a_revised_run_is_judged_again_as_it_was() {
    let used_up = Deviation {
        accepts: Some(1),
        ..HONEST
    };
    let stuck = Deviation {
        stuck: true,
        ..HONEST
    };
    let waiver = "[[target.test.waiver]]\ntrial = \"c::refused::list\"\nclauses = [\"own\"]\nreason = \"known\"\nowner = \"us\"\nuntil = 2099-01-01\n";
    for (name, deviation, target, status) in [
        ("a control is rejected later", used_up, "", 3),
        ("a count never moves", stuck, "", 3),
        ("a waiver covers a passed trial", used_up, waiver, 3),
    ] {
        let server = orders(deviation);
        let cases = REQUESTS.replace("SETTLE", "") + REFUSED;
        let target = format!("{TARGET}{target}");
        let folder = project::folder(&server, &files(&cases), &target);
        let ran = gonogo(folder.path(), &["--report", "jsonl=r.jsonl"]);
        assert_eq!(ran.status, status, "{name}: {}", ran.text);
        let again = ["judge", "r.jsonl", "--report", "jsonl=again.jsonl"];
        let judged = gonogo(folder.path(), &again);
        assert_eq!(judged.status, status, "{name}: {}", judged.text);
        assert_eq!(printed(&judged), printed(&ran), "{name}");
        let record = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(
            record("r.jsonl").contains("\"type\":\"trial-revised\""),
            "{name}"
        );
        assert_eq!(record("again.jsonl"), record("r.jsonl"), "{name}");
    }
}

#[test]
fn what_a_control_breaks_has_a_line_of_its_own() {
    let stored = Deviation {
        stored: true,
        ..HONEST
    };
    let crashed = Deviation {
        status: 500,
        ..HONEST
    };
    let waiver = "[[target.test.waiver]]\ntrial = \"control::create_order\"\nclauses = [\"stored\"]\nreason = \"known\"\nowner = \"us\"\nuntil = 2099-01-01\n";
    for (deviation, target, status, told) in [
        (HONEST, "", 0, "2 passed"),
        (stored, "", 101, "violates[stored]"),
        (
            stored,
            waiver,
            0,
            "test control::create_order ... ignored (waived until",
        ),
        (HONEST, waiver, 101, "stale waiver: it conforms"),
        (
            crashed,
            "",
            101,
            "violates[known]: status: expected a response to a valid request",
        ),
    ] {
        let ran = run(&orders(deviation), "", REFUSED, target);
        assert_eq!(ran.status, status, "{told}: {}", ran.text);
        assert!(ran.text.contains(told), "no `{told}` in {}", ran.text);
        let line = ran.text.contains("control::create_order");
        assert_eq!(line, !told.contains("passed"), "{}", ran.text);
    }
}

#[test]
fn a_count_that_never_moves_proves_nothing() {
    let stuck = Deviation {
        stuck: true,
        ..HONEST
    };
    let ran = run(&orders(stuck), "", REFUSED, "");
    assert_eq!(ran.status, 3, "{}", ran.text);
    for told in [
        "test probe::orders ... FAILED",
        "the probe `orders` never moved in this run, so a growth of 0 proves nothing",
        "(2 trials revised)",
    ] {
        assert!(ran.text.contains(told), "no `{told}` in {}", ran.text);
    }
    let moved = run(&orders(HONEST), "", REFUSED, "");
    assert_eq!(moved.status, 0, "{}", moved.text);
}

#[test]
fn a_rejected_write_that_is_carried_out_late_is_found() {
    let late = Deviation {
        late: Some(Duration::from_millis(500)),
        ..HONEST
    };
    let ran = run(&orders(late), "settle = 0.7", REFUSED, "");
    assert_eq!(ran.status, 101, "{}", ran.text);
    let told = "effect on `orders`: expected an increase of 0, was 1";
    assert!(ran.text.contains(told), "{}", ran.text);
    let honest = run(&orders(HONEST), "settle = 0.7", REFUSED, "");
    assert_eq!(honest.status, 0, "{}", honest.text);
}

#[test]
fn a_count_that_lags_is_waited_for() {
    let lagging = Deviation {
        lag: Duration::from_millis(300),
        ..HONEST
    };
    let cases = [ACCEPTED, REFUSED].concat();
    for settle in ["", "settle = 0.5"] {
        let ran = run(&orders(lagging), settle, &cases, "");
        assert_eq!(ran.status, 0, "{settle}: {}", ran.text);
        assert!(ran.text.contains("6 passed"), "{}", ran.text);
    }
}
