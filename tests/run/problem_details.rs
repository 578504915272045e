//! A second contract, RFC 9457, against a server that speaks it: nothing of the first API is in the program.

use std::sync::atomic::{AtomicI64, Ordering};

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::server;

use server::{Reply, Request, Server};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/problem-details");

/// What the server does to a problem before it is sent, and its header fields.
type Bend = fn(Value) -> (Value, Vec<(&'static str, &'static str)>);

/// The media type of a problem, in the case that nobody expects.
const PROBLEM: (&str, &str) = ("content-type", "Application/Problem+JSON; charset=utf-8");

const UNBENT: Bend = |problem| (problem, vec![PROBLEM]);

fn answer(request: &Request, ordered: &AtomicI64, bend: Bend) -> Reply {
    let problem = |status: u16, name: &str, title: &str| {
        let mut problem = json!({
            "type": format!("https://orders.example/problems/{name}"),
            "title": title,
            "status": status,
            "instance": request.path,
        });
        if name == "out-of-stock" {
            problem["article"] = "bolt-m8".into();
        }
        let (problem, headers) = bend(problem);
        Reply::json(status, &headers, &problem.to_string())
    };
    let ok = |status, body: Value| Reply::json(status, &[], &body.to_string());
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/stock") => ok(200, json!({"ordered": ordered.load(Ordering::Relaxed)})),
        ("GET", "/orders/1") => ok(200, json!({"id": "1", "article": "bolt-m8", "quantity": 2})),
        ("POST", "/orders") => match (body["article"].as_str(), body["quantity"].as_i64()) {
            (_, Some(..=0) | None) => problem(422, "invalid-quantity", "Not a quantity"),
            (Some("bolt-m8"), Some(quantity @ ..=100)) => {
                ordered.fetch_add(quantity, Ordering::Relaxed);
                ok(201, json!({"id": "1"}))
            }
            (Some("bolt-m8"), _) => problem(409, "out-of-stock", "Out of stock"),
            _ => problem(422, "unknown-article", "Not sold here"),
        },
        _ => problem(404, "no-such-order", "No such order"),
    }
}

fn run(bend: Bend) -> (i32, String) {
    let ordered = AtomicI64::new(0);
    let server = Server::start(move |request| {
        assert_eq!(request.header("authorization"), None);
        answer(request, &ordered, bend)
    });
    let output = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(["--config", &format!("{FOLDER}/gonogo.toml")])
        .args(["--target", "local", "--base-url", &server.base_url()])
        .output()
        .unwrap();
    assert!(server.seen().len() > 10);
    let text =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn a_server_of_problem_details_conforms() {
    let (exit, text) = run(UNBENT);
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("9 passed; 0 failed; 0 ignored"), "{text}");
}

#[test]
fn a_broken_one_does_not() {
    let table: [(&str, Bend); 8] = [
        (
            "violates[media-type]: header content-type: expected `application/problem+json`, was `application/json`",
            |problem| (problem, vec![]),
        ),
        (
            "violates[type]: body, /type: expected \"https://orders.example/problems/no-such-order\", was \"about:blank\"",
            |mut problem| {
                problem["type"] = "about:blank".into();
                (problem, vec![PROBLEM])
            },
        ),
        // Of two rows of one status, the expected one; the other is no better than an unknown one.
        (
            "violates[type]: body, /type: expected \"https://orders.example/problems/unknown-article\", was \"https://orders.example/problems/invalid-quantity\"",
            |mut problem| {
                if problem["status"] == 422 {
                    problem["type"] = "https://orders.example/problems/invalid-quantity".into();
                }
                (problem, vec![PROBLEM])
            },
        ),
        ("violates[problem]: body, as a whole", |mut problem| {
            problem.as_object_mut().unwrap().remove("title");
            (problem, vec![PROBLEM])
        }),
        ("violates[problem]: body, as a whole", |mut problem| {
            problem.as_object_mut().unwrap().remove("type");
            (problem, vec![PROBLEM])
        }),
        ("violates[problem]: body, /status", |mut problem| {
            problem["status"] = 400.into();
            (problem, vec![PROBLEM])
        }),
        ("violates[problem]: body, as a whole", |mut problem| {
            problem.as_object_mut().unwrap().remove("article");
            (problem, vec![PROBLEM])
        }),
        // There is no window to agree with, and a header is well-formed all the same.
        (
            "violates[retry-after]: header retry-after: expected whole seconds or an HTTP date, was `soon`",
            |problem| (problem, vec![PROBLEM, ("retry-after", "soon")]),
        ),
    ];
    for (said, bend) in table {
        let (exit, text) = run(bend);
        assert_eq!(exit, 101, "{text}");
        assert!(text.contains(said), "no `{said}` in\n{text}");
    }
}

/// The lint takes the files as they are, without a server.
#[test]
fn the_files_are_in_order() {
    let output = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(["lint", "--config", &format!("{FOLDER}/gonogo.toml")])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
