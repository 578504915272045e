//! Responses checked against their rows: redirections, bodies that are missing or not JSON, polls, and `same`.

use crate::project;
use crate::server;

use std::sync::atomic::{AtomicUsize, Ordering};

use project::Run;
use server::{Reply, Server};

/// No clause names a check.
const CONTRACT: &str = r#"
name = "Things"
[envelope]
schema = "any.json"
media_type = "application/json"
code = "/code"
retryable = "/retryable"
window = "/after"
[[status]]
status = 302
code = "moved"
retryable = true
window = true
clause = "own"
[[status]]
status = 404
code = "missing"
clause = "own"
[[status]]
status = 409
code = "busy"
retryable = true
clause = "own"
[[status]]
status = 409
code = "taken"
retryable = false
clause = "own"
[[clause]]
id = "own"
level = "must"
text = "It does as it says."
source = "handbook"
"#;

/// The checks of rows.
const CHECKS: &str = r#"
[[clause]]
id = "code"
level = "must"
text = "The code is that of the row."
source = "handbook"
check = "code"
[[clause]]
id = "flag"
level = "must"
text = "The flag is that of the row."
source = "handbook"
check = "retry-flag"
[[clause]]
id = "window"
level = "must"
text = "There is a window."
source = "handbook"
check = "window"
"#;

const REQUEST: &str = r#"
[request.valid]
method = "GET"
path = "/valid"
"#;

/// Runs a case against a server that sends these responses for `/odd` in order, and repeats the last one.
fn run(contract: &str, case: &str, answers: &'static [Answer]) -> Run {
    run_with(contract, case, answers, &[])
}

fn run_with(contract: &str, case: &str, answers: &'static [Answer], arguments: &[&str]) -> Run {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        if request.path != "/odd" {
            return Reply::json(200, &[], "{}");
        }
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let (status, media_type, body) = answers[number.min(answers.len() - 1)];
        Reply::json(status, &[("content-type", media_type)], body)
    });
    let cases = format!("{REQUEST}\n[[case]]\nname = \"c\"\nclause = \"own\"\n{case}\n");
    let files = [
        ("contract.toml", contract),
        ("cases/c.toml", &cases),
        ("any.json", "{}"),
    ];
    project::run(&server, &files, "", arguments)
}

/// Status, media type and body.
type Answer = (u16, &'static str, &'static str);

const JSON: &str = "application/json";
const HTML: &str = "text/html";
const BUSY: Answer = (409, JSON, r#"{"code":"busy","retryable":true}"#);
const TAKEN: Answer = (409, JSON, r#"{"code":"taken","retryable":false}"#);

#[test]
fn a_redirection_is_held_to_its_row() {
    const MOVED: &str = r#"{"code":"moved","retryable":true,"after":1}"#;
    let named = "request = \"valid\"\nsend.path = \"/odd\"\nexpect = \"moved\"";
    let unnamed = "request = \"valid\"\nsend.path = \"/odd\"\nexpect = 302";
    let with_checks = format!("{CONTRACT}{CHECKS}");
    let answers: [(&'static [Answer], &str); 6] = [
        (&[(302, JSON, MOVED)], ""),
        (
            &[(302, JSON, r#"{"code":"gone","retryable":true,"after":1}"#)],
            "/code: expected \"moved\"",
        ),
        (
            &[(302, JSON, r#"{"code":"moved","retryable":false,"after":1}"#)],
            "/retryable: expected true",
        ),
        (
            &[(302, JSON, r#"{"code":"moved","retryable":true}"#)],
            "/after: expected a number of seconds",
        ),
        (&[(302, HTML, "<p>Moved")], "body: expected one JSON text"),
        (&[(302, JSON, "")], "body: expected one JSON text"),
    ];
    for (answers, found) in answers {
        let runs = [
            run(CONTRACT, named, answers),
            run(&with_checks, unnamed, answers),
        ];
        for run in runs {
            let status = if found.is_empty() { 0 } else { 101 };
            assert_eq!(run.status, status, "{answers:?}: {}", run.text);
            assert!(run.text.contains(found), "{answers:?}: {}", run.text);
        }
    }
    // Its mutants are killed.
    for contract in [CONTRACT, &with_checks] {
        let run = run_with(contract, named, &[(302, JSON, MOVED)], &["prove"]);
        assert_eq!(run.status, 0, "{}", run.text);
        for mutant in ["code_unknown", "retry_flag_flipped", "window_null"] {
            assert!(run.text.contains(mutant), "{mutant}: {}", run.text);
        }
    }
    // Without a check, only a row that the case names is asked for.
    let run = run(CONTRACT, unnamed, &[(302, HTML, "")]);
    assert_eq!(run.status, 0, "{}", run.text);
}

#[test]
fn a_row_without_a_check_is_held_to_its_code() {
    let case = "request = \"valid\"\nsend.path = \"/odd\"\nexpect = \"missing\"";
    let answers: [(&'static [Answer], i32); 5] = [
        (&[(404, JSON, r#"{"code":"missing"}"#)], 0),
        (&[(404, JSON, r#"{"code":"no_code"}"#)], 101),
        (&[(404, JSON, "{}")], 101),
        (&[(404, HTML, "<p>Missing")], 101),
        (&[(404, JSON, "")], 101),
    ];
    for (answers, status) in answers {
        let run = run(CONTRACT, case, answers);
        assert_eq!(run.status, status, "{answers:?}: {}", run.text);
    }
    let flag = "request = \"valid\"\nsend.path = \"/odd\"\nexpect = \"busy\"";
    let run = run(
        CONTRACT,
        flag,
        &[(409, JSON, r#"{"code":"busy","retryable":false}"#)],
    );
    assert_eq!(run.status, 101, "{}", run.text);
}

#[test]
fn a_poll_goes_on_while_nothing_can_be_read() {
    let case = "[[case.step]]\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = \"success\"\n\
                poll = { until = { \"/state\" = \"ready\" }, every = 0.05, within = 2 }\n\
                [[case.step]]\nrequest = \"valid\"\nexpect = \"success\"";
    let answers: [(&'static [Answer], bool); 5] = [
        (
            &[
                (200, HTML, "<p>Wait"),
                (202, JSON, ""),
                (204, JSON, ""),
                (200, JSON, r#"{"state":"ready"}"#),
            ],
            true,
        ),
        (&[(200, HTML, "<p>Wait")], false),
        (&[(202, JSON, "")], false),
        (&[(204, JSON, "")], false),
        (&[(200, JSON, r#"{"state":"failed"}"#)], false),
    ];
    for (answers, fits) in answers {
        let run = run(CONTRACT, case, answers);
        assert_eq!(run.status == 0, fits, "{answers:?}: {}", run.text);
    }
    // Of rows that share a status the poll waits for the one that is expected.
    let case = "request = \"valid\"\nsend.path = \"/odd\"\nexpect = \"busy\"\n\
                poll = { until = { \"/state\" = \"ready\" }, every = 0.05, within = 30 }";
    let began = std::time::Instant::now();
    let run = run(
        CONTRACT,
        case,
        &[(409, JSON, r#"{"code":"taken","retryable":false}"#)],
    );
    assert_eq!(run.status, 101, "{}", run.text);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn same_needs_the_member_in_every_success() {
    let case = "request = \"valid\"\nsend.path = \"/odd\"\nrace = { requests = 4, within = 20000 }\n\
                expect = { each = \"success\", same = [\"/id\"] }";
    let answers: [(&'static [Answer], i32); 4] = [
        (&[(200, JSON, r#"{"id":1}"#)], 0),
        (&[(200, JSON, "{}")], 101),
        (&[(200, JSON, "")], 101),
        (
            &[
                (200, JSON, r#"{"id":1}"#),
                (200, JSON, r#"{"id":1}"#),
                (200, JSON, r#"{"id":1}"#),
                (200, JSON, r#"{"id":1}"#),
                (200, JSON, r#"{"id":1}"#),
                (200, JSON, "{}"),
            ],
            101,
        ),
    ];
    for (answers, status) in answers {
        let run = run(CONTRACT, case, answers);
        assert_eq!(run.status, status, "{answers:?}: {}", run.text);
    }
}

#[test]
fn count_and_until_look_at_the_code() {
    let case = "request = \"valid\"\nsend.path = \"/odd\"\nburst = { requests = 3, at_once = 1, until = \"busy\" }\n\
                expect = { each = [\"busy\", \"taken\"], count = { busy = 1, taken = 1 } }";
    let answers: [(&'static [Answer], i32); 3] =
        [(&[TAKEN, BUSY], 0), (&[BUSY], 101), (&[TAKEN], 101)];
    for (answers, status) in answers {
        let run = run(CONTRACT, case, answers);
        assert_eq!(run.status, status, "{answers:?}: {}", run.text);
    }
}

#[test]
fn each_looks_at_the_code() {
    for volley in [
        "race = { requests = 4, within = 20000 }",
        "burst = { requests = 4, at_once = 2 }",
    ] {
        let case = format!(
            "request = \"valid\"\nsend.path = \"/odd\"\n{volley}\nexpect.each = [\"success\", \"busy\"]"
        );
        let answers: [(&'static [Answer], i32); 3] =
            [(&[BUSY], 0), (&[TAKEN], 101), (&[BUSY, BUSY, TAKEN], 101)];
        for (answers, status) in answers {
            let run = run(CONTRACT, &case, answers);
            assert_eq!(run.status, status, "{volley}, {answers:?}: {}", run.text);
        }
    }
}
