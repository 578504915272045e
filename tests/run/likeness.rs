//! Responses that must be like remembered ones: what may differ, and what gives a secret away.

use crate::project;
use crate::server;

use server::{Reply, Server};

const CONTRACT: &str = r#"
name = "Things"
[envelope]
schema = "any.json"
media_type = "application/json"
[[status]]
status = 404
name = "missing"
clause = "own"
[[clause]]
id = "own"
level = "must"
text = "Another caller's thing cannot be told from a missing one."
source = "handbook"
"#;

/// Two missing things, then one of another caller.
const CASES: &str = r#"
[request.valid]
method = "GET"
path = "/valid"
[[case]]
name = "c"
clause = "own"
[[case.step]]
request = "valid"
send.path = "/things/missing-one"
expect = "missing"
remember = "first"
[[case.step]]
request = "valid"
send.path = "/things/missing-two"
expect = "missing"
remember = "second"
[[case.step]]
request = "valid"
send.path = "/things/of-another"
expect = { row = "missing", like = ["first", "second"] }
"#;

/// The messages for the two missing things and for that of another caller, and whether they are alike.
const MESSAGES: [(&str, &str, &str, bool); 14] = [
    ("no such thing", "no such thing", "no such thing", true),
    (
        "no such thing",
        "no such thing",
        "It belongs to another organization",
        false,
    ),
    (
        "no missing-one here",
        "no missing-two here",
        "no of-another here",
        true,
    ),
    // A trace id, with digits and without.
    (
        "not found (trace a1f3)",
        "not found (trace 99be)",
        "not found (trace 70cc)",
        true,
    ),
    (
        "not found (trace abcd)",
        "not found (trace bcda)",
        "not found (trace deaf)",
        true,
    ),
    (
        "not found (trace a1f3)",
        "not found (trace 99be)",
        "It belongs to another organization (trace 70cc)",
        false,
    ),
    (
        "not found (trace abcd)",
        "not found (trace bcda)",
        "forbidden thing (trace deaf)",
        false,
    ),
    (
        "not found trace abcd",
        "not found trace bcda",
        "not found trace deaf, it is another's",
        false,
    ),
    // The number of words differs.
    (
        "not found, trace a b",
        "not found, trace c",
        "not found, trace d",
        true,
    ),
    (
        "not found, trace a b",
        "not found, trace c",
        "forbidden, trace d",
        false,
    ),
    ("a, not found", "b c, not found", "d, another's", false),
    // An id may also have no digit by chance.
    (
        "not found (trace a1f3)",
        "not found (trace 99be)",
        "not found (trace feed)",
        true,
    ),
    (
        "a1f3 not found",
        "99be not found here",
        "feed is another's here",
        false,
    ),
    ("1 left of 10", "2 left of 10", "3 left of 10", true),
];

#[test]
fn what_is_steady_in_the_remembered_texts_must_be_there() {
    for (first, second, third, alike) in MESSAGES {
        for in_header in [false, true] {
            let server = Server::start(move |request| {
                let message = match request.path.as_str() {
                    "/things/missing-one" => first,
                    "/things/missing-two" => second,
                    "/things/of-another" => third,
                    _ => return Reply::json(200, &[], "{}"),
                };
                let body = serde_json::json!({ "message": message }).to_string();
                if in_header {
                    Reply::json(404, &[("x-message", message)], "{}")
                } else {
                    Reply::json(404, &[], &body)
                }
            });
            let files = [
                ("contract.toml", CONTRACT),
                ("cases/c.toml", CASES),
                ("any.json", "{\"type\":\"object\"}"),
            ];
            let run = project::run(&server, &files, "", &[]);
            let status = if alike { 0 } else { 101 };
            assert_eq!(run.status, status, "{third}: {}", run.text);
        }
    }
}

/// The same of whole bodies.
const BODIES: [(&str, &str, &str, bool); 6] = [
    (
        r#"{"errors":[{"text":"no such thing","trace":"a"}]}"#,
        r#"{"errors":[{"text":"no such thing","trace":"b"}]}"#,
        r#"{"errors":[{"text":"no such thing","trace":"c"}]}"#,
        true,
    ),
    (
        r#"{"errors":[{"text":"no such thing","trace":"a"}]}"#,
        r#"{"errors":[{"text":"no such thing","trace":"b"}]}"#,
        r#"{"errors":[{"text":"it is another's","trace":"c"}]}"#,
        false,
    ),
    (
        r#"{"errors":["no (a)"]}"#,
        r#"{"errors":["no (b)"]}"#,
        r#"{"errors":["no (c)", "it is another's"]}"#,
        false,
    ),
    (
        r#"{"errors":["a"]}"#,
        r#"{"errors":["a", "b"]}"#,
        r#"{"errors":["a", "c", "d"]}"#,
        true,
    ),
    (r#"{"by":"a"}"#, r#"{"by":"b"}"#, r#"{"by":null}"#, false),
    (r#"{"by":"a"}"#, r#"{"by":null}"#, r#"{"by":1}"#, true),
];

#[test]
fn what_is_steady_in_arrays_and_kinds_must_be_there() {
    for (first, second, third, alike) in BODIES {
        let server = Server::start(move |request| match request.path.as_str() {
            "/things/missing-one" => Reply::json(404, &[], first),
            "/things/missing-two" => Reply::json(404, &[], second),
            "/things/of-another" => Reply::json(404, &[], third),
            _ => Reply::json(200, &[], "{}"),
        });
        let files = [
            ("contract.toml", CONTRACT),
            ("cases/c.toml", CASES),
            ("any.json", "{\"type\":\"object\"}"),
        ];
        let run = project::run(&server, &files, "", &[]);
        let status = if alike { 0 } else { 101 };
        assert_eq!(run.status, status, "{third}: {}", run.text);
    }
}
