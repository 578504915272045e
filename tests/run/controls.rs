//! The control of a request: the request itself, another one, or none.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::project;
use crate::server;

use project::Run;
use server::{Reply, Server};

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
id = "accepted"
level = "must"
text = "A valid request is accepted."
source = "handbook"
[[status]]
status = 401
code = "unauthorized"
clause = "own"
"#;

const REQUESTS: &str = r#"
[request.read_order]
method = "GET"
path = "/orders/{{ fixture.order }}"
as = "member"
[request.delete_order]
method = "DELETE"
path = "/orders/{{ fixture.order }}"
as = "member"
CONTROL
"#;

const CASES: &str = r#"
[[case]]
name = "read"
clause = "accepted"
request = "read_order"
expect = "success"
[[case]]
name = "no_token"
clause = "own"
request = "delete_order"
as = "none"
expect = "unauthorized"
"#;

/// One order, until it is deleted by its owner.
fn orders() -> Server {
    let there = AtomicBool::new(true);
    Server::start(move |request| {
        if request.header("authorization").is_none() {
            return Reply::json(401, &[], r#"{"code":"unauthorized"}"#);
        }
        let found = match request.method.as_str() {
            "DELETE" => there.swap(false, Ordering::Relaxed),
            _ => there.load(Ordering::Relaxed),
        };
        if found {
            Reply::json(200, &[], "{}")
        } else {
            Reply::json(404, &[], r#"{"code":"not_found"}"#)
        }
    })
}

/// Runs the program on a suite whose `delete_order` has these further lines.
fn run(server: &Server, control: &str, arguments: &[&str]) -> Run {
    let cases = REQUESTS.replace("CONTROL", control) + CASES;
    let files = [
        ("contract.toml", CONTRACT),
        ("error.json", r#"{"type":"object"}"#),
        ("cases/c.toml", &cases),
    ];
    let target = "permits = [\"writes\"]\nfixtures = { order = \"1\" }\n\
        credentials = { member = { bearer = { env = \"KEYS_TEST_SECRET\" } } }\n";
    project::run(server, &files, target, arguments)
}

#[test]
fn a_try_that_deletes_a_fixture_says_so() {
    let server = orders();
    let said = "warning: this request deletes `fixture.order` of the target `test`";
    let read = run(&server, "", &["try", "read_order"]);
    assert!(!read.text.contains(said), "{}", read.text);
    let deleted = run(&server, "", &["try", "delete_order"]);
    assert!(deleted.text.contains(said), "{}", deleted.text);
}

#[test]
fn the_control_of_a_delete_can_leave_the_fixture() {
    let deleted = "DELETE /orders/1";
    for (control, second, deletes) in [
        ("", 3, 3),
        ("control = \"read_order\"", 0, 2),
        ("control = { none = \"there is one order\" }", 0, 2),
    ] {
        let server = orders();
        let first = run(&server, control, &["run", "no_token"]);
        assert_eq!(first.status, 0, "{control}: {}", first.text);
        let again = run(&server, control, &["run", "no_token"]);
        assert_eq!(again.status, second, "{control}: {}", again.text);
        let seen = server.seen();
        let count = seen.iter().filter(|one| *one == deleted).count();
        assert_eq!(count, deletes, "{control}: {seen:?}");
    }
}

#[test]
fn a_rejected_control_is_named() {
    let gone = "[request.gone]\nmethod = \"GET\"\npath = \"/gone\"\n";
    let server = orders();
    let run = run(&server, &format!("control = \"gone\"\n{gone}"), &[]);
    assert_eq!(run.status, 3, "{}", run.text);
    let told = "the control, the valid request `gone`, was rejected with 401";
    assert!(run.text.contains(told), "{}", run.text);
}

#[test]
fn a_control_that_cannot_be_one_is_a_fault_of_the_file() {
    let server = orders();
    let circle = "control = \"other\"\n[request.other]\nmethod = \"GET\"\npath = \"/\"\n";
    for (control, told) in [
        ("control = \"reed_order\"", "did you mean `read_order`?"),
        (
            "control = \"delete_order\"",
            "request `delete_order` names itself as its control",
        ),
        (
            &format!("{circle}control = \"read_order\""),
            "the control `other` has a control of its own, `read_order`",
        ),
        (
            &format!("{circle}control = \"delete_order\""),
            "the control `other` has a control of its own, `delete_order`",
        ),
        (
            &format!("{circle}control = {{ none = \"why\" }}"),
            "the request `other` cannot be a control: it has none",
        ),
        ("control = { none = \"\" }", "the reason is empty"),
        ("control = { nine = \"why\" }", "did you mean `none`?"),
        ("control = 1", "cases/c.toml:10:11"),
    ] {
        let run = run(&server, control, &["lint"]);
        assert_eq!(run.status, 2, "{control}: {}", run.text);
        assert!(run.text.contains(told), "{control}: {}", run.text);
    }
}

#[test]
fn lint_warns_of_a_control_that_deletes_a_fixture() {
    let server = orders();
    for (control, status) in [
        ("", 2),
        ("control = \"read_order\"", 0),
        ("control = { none = \"there is one order\" }", 0),
    ] {
        let run = run(&server, control, &["lint", "--deny-warnings"]);
        assert_eq!(run.status, status, "{control}: {}", run.text);
        let told = "the control of `delete_order` deletes `fixture.order`";
        assert_eq!(run.text.contains(told), status == 2, "{}", run.text);
    }
}

#[test]
fn explain_shows_a_control_that_is_not_the_request_itself() {
    let server = orders();
    for (control, told) in [
        ("", ""),
        ("control = \"read_order\"", "its control is `read_order`"),
        (
            "control = { none = \"there is one order\" }",
            "it has no control: there is one order",
        ),
    ] {
        for name in ["delete_order", "c::no_token"] {
            let run = run(&server, control, &["explain", name]);
            assert!(run.text.contains(told), "{control}: {}", run.text);
            assert_eq!(
                run.text.contains("control"),
                !told.is_empty(),
                "{}",
                run.text
            );
        }
    }
}
