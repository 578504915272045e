//! Matchers, row codes and window sources: what passes, what fails, and the messages.

use std::fmt::Write as _;

use crate::project;
use crate::server;

use project::Run;
use server::{Reply, Server};

/// What every contract here has.
const CONTRACT: &str = r#"
name = "Things"

[[clause]]
id = "own"
level = "must"
text = "As documented."
source = "handbook"
"#;

const ENVELOPE: &str = r#"
[envelope]
schema = "any.json"
media_type = "application/json"
code = "/code"

[[status]]
status = 400
code = "bad"
clause = "own"
"#;

/// A response: its status, its header fields and its body.
type Response = (u16, &'static [(&'static str, &'static str)], &'static str);

/// A project run against a server that gives the response of each path, by its index.
fn run(contract: &str, cases: &str, arguments: &[&str], responses: &[Response]) -> Run {
    let any = r#"{"type":["object","array"]}"#;
    run_by(any, contract, cases, arguments, responses)
}

/// The same, with this schema of the envelope.
fn run_by(
    schema: &str,
    contract: &str,
    cases: &str,
    arguments: &[&str],
    responses: &[Response],
) -> Run {
    let responses = responses.to_vec();
    let server = Server::start(move |request| {
        let index = request.path.trim_start_matches('/').parse::<usize>();
        let (status, headers, body) = index
            .ok()
            .and_then(|index| responses.get(index).copied())
            .unwrap_or((200, &[], "{}"));
        Reply::json(status, headers, body)
    });
    let files = [
        ("contract.toml", contract),
        ("cases/c.toml", cases),
        ("any.json", schema),
        ("cases/never.json", r#"{"required":["nothing"]}"#),
    ];
    project::run(&server, &files, "", arguments)
}

/// The contract with one row of failures.
fn contract() -> String {
    format!("{CONTRACT}{ENVELOPE}")
}

/// Cases on the paths from 0 on, each with one of these expectations.
fn cases<'a>(expectations: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = "[request.valid]\nmethod = \"GET\"\npath = \"/valid\"\n".to_owned();
    for (index, expect) in expectations.into_iter().enumerate() {
        let _ = write!(
            text,
            "[[case]]\nname = \"n{index}\"\nclause = \"own\"\nrequest = \"valid\"\nsend.path = \"/{index}\"\nexpect = {expect}\n"
        );
    }
    text
}

/// The trials that did not pass, by index.
fn failed(run: &Run) -> Vec<usize> {
    let lines = run.text.lines().filter(|line| line.ends_with("FAILED"));
    lines
        .filter_map(|line| {
            line.strip_prefix("test c::n")?
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .collect()
}

/// A matcher of the body's `/v`, a body that it accepts, and bodies that it does not.
const OF_BODIES: &[(&str, &str, &[&str])] = &[
    (
        r#""x""#,
        r#"{"v":"x"}"#,
        &[r#"{"v":"y"}"#, "{}", r#"{"v":["x"]}"#],
    ),
    (
        "7",
        r#"{"v":7.0}"#,
        &[r#"{"v":"7"}"#, r#"{"v":8}"#, r#"{"v":null}"#],
    ),
    (
        "true",
        r#"{"v":true}"#,
        &[r#"{"v":false}"#, r#"{"v":"true"}"#],
    ),
    (
        r#"["a", 1]"#,
        r#"{"v":["a",1]}"#,
        &[r#"{"v":[1,"a"]}"#, r#"{"v":["a"]}"#],
    ),
    (
        "2026-11-28",
        r#"{"v":"2026-11-28"}"#,
        &[r#"{"v":"2026-11-29"}"#],
    ),
    (
        r#"{ is = "string" }"#,
        r#"{"v":"string"}"#,
        &[r#"{"v":7}"#, "{}"],
    ),
    (
        r#"{ is = "integer" }"#,
        r#"{"v":1.0}"#,
        &[r#"{"v":1.5}"#, r#"{"v":"1"}"#],
    ),
    (r#"{ is = "number" }"#, r#"{"v":1.5}"#, &[r#"{"v":"1"}"#]),
    (r#"{ is = "boolean" }"#, r#"{"v":false}"#, &[r#"{"v":0}"#]),
    (r#"{ is = "array" }"#, r#"{"v":[]}"#, &[r#"{"v":{}}"#]),
    (r#"{ is = "object" }"#, r#"{"v":{}}"#, &[r#"{"v":[]}"#]),
    (r#"{ is = "null" }"#, r#"{"v":null}"#, &[r#"{"v":0}"#, "{}"]),
    (r#"{ is = "any" }"#, r#"{"v":null}"#, &["{}"]),
    (
        r#"{ is = ["number", "null"] }"#,
        r#"{"v":null}"#,
        &[r#"{"v":"x"}"#, "{}"],
    ),
    (
        r#"{ is = "number", optional = true }"#,
        "{}",
        &[r#"{"v":null}"#],
    ),
    (
        r#"{ equal = "string" }"#,
        r#"{"v":"string"}"#,
        &[r#"{"v":"other"}"#],
    ),
    (
        "{ equal = { a = 1, b = 2 } }",
        r#"{"v":{"b":2,"a":1.0}}"#,
        &[r#"{"v":{"a":1}}"#],
    ),
    (
        r#"{ not_equal = "x" }"#,
        r#"{"v":"y"}"#,
        &[r#"{"v":"x"}"#, "{}"],
    ),
    (
        r#"{ one_of = ["a", 2] }"#,
        r#"{"v":2}"#,
        &[r#"{"v":"2"}"#, "{}"],
    ),
    (
        r#"{ matches = "b+$" }"#,
        r#"{"v":"abb"}"#,
        &[r#"{"v":"bba"}"#, r#"{"v":1}"#],
    ),
    (
        r#"{ contains = "b" }"#,
        r#"{"v":"abc"}"#,
        &[r#"{"v":"ac"}"#],
    ),
    (
        "{ contains = 2 }",
        r#"{"v":[1,2]}"#,
        &[r#"{"v":[1]}"#, r#"{"v":2}"#],
    ),
    (
        "{ min = 1 }",
        r#"{"v":1}"#,
        &[r#"{"v":0.5}"#, r#"{"v":"2"}"#],
    ),
    ("{ max = 1 }", r#"{"v":1}"#, &[r#"{"v":2}"#]),
    ("{ above = 1 }", r#"{"v":1.1}"#, &[r#"{"v":1}"#]),
    ("{ below = 1 }", r#"{"v":0}"#, &[r#"{"v":1}"#]),
    (
        "{ length = 2 }",
        r#"{"v":"äö"}"#,
        &[r#"{"v":"a"}"#, r#"{"v":12}"#],
    ),
    (
        "{ length = { min = 1, max = 2 } }",
        r#"{"v":[0]}"#,
        &[r#"{"v":[]}"#, r#"{"v":[0,0,0]}"#],
    ),
    (
        "{ length = { min = 1 } }",
        r#"{"v":{"a":0}}"#,
        &[r#"{"v":{}}"#],
    ),
    (
        r#"{ any_order = ["a", "b", "a"] }"#,
        r#"{"v":["a","a","b"]}"#,
        &[r#"{"v":["a","b","b"]}"#, r#"{"v":["a","b"]}"#],
    ),
    // Beyond 2^53 doubles are not exact.
    (
        "{ max = 9007199254740992 }",
        r#"{"v":9007199254740992}"#,
        &[r#"{"v":9007199254740993}"#],
    ),
    (
        "{ below = 9007199254740993 }",
        r#"{"v":9007199254740992}"#,
        &[r#"{"v":9007199254740993}"#],
    ),
    ("{ absent = true }", "{}", &[r#"{"v":null}"#]),
    (
        r#"{ min = 1, is = "integer" }"#,
        r#"{"v":2}"#,
        &[r#"{"v":2.5}"#, r#"{"v":0}"#],
    ),
    (r#""{{ null }}""#, r#"{"v":null}"#, &[r#"{"v":0}"#, "{}"]),
    // What a template makes can exclude one of the accepted values.
    (
        r#"{ one_of = ["queued", "running"], not_equal = "{{ 'queued' }}" }"#,
        r#"{"v":"running"}"#,
        &[r#"{"v":"queued"}"#, r#"{"v":"done"}"#],
    ),
    (
        r#"{ one_of = [1, 2, 3], above = "{{ 1 }}" }"#,
        r#"{"v":2}"#,
        &[r#"{"v":1}"#, r#"{"v":4}"#],
    ),
];

/// A matcher, the values of a header that it accepts, and those that it does not.
type OfHeader = (
    &'static str,
    &'static [&'static str],
    &'static [&'static [&'static str]],
);

/// A matcher of the header `x`, and whether it accepts some header fields.
const OF_HEADERS: &[OfHeader] = &[
    (r#""a""#, &["a"], &[&["b"], &[], &["a", "a"]]),
    ("7", &["7"], &[&["8"], &["seven"]]),
    (r#"{ is = "string" }"#, &["a"], &[&[]]),
    (r#"{ is = "integer" }"#, &["12"], &[&["1.5"], &["x"]]),
    (r#"{ matches = "^/orders/" }"#, &["/orders/1"], &[&["/x"]]),
    (
        r#"{ contains = "no-store" }"#,
        &["private, no-store"],
        &[&["private"]],
    ),
    ("{ min = 1, max = 5 }", &["5"], &[&["6"], &["x"]]),
    // A number in a header is text, too.
    (
        r#"{ is = "integer", matches = "^[0-9]{2}$", length = 2 }"#,
        &["12"],
        &[&["7"], &["ab"]],
    ),
    (r#"{ equal = 7, matches = "^7$" }"#, &["7"], &[&["7.0"]]),
    (
        r#"{ is = "integer", not_equal = "0" }"#,
        &["12"],
        &[&["0"], &["x"]],
    ),
    (r#"{ min = 1, not_equal = "1.0" }"#, &["1"], &[&["1.0"]]),
    (
        r#"{ all = { min = 1, not_equal = "1.0" } }"#,
        &["1", "2"],
        &[&["1", "1.0"]],
    ),
    ("{ absent = true }", &[], &[&[""]]),
    (r#"{ equal = "a", optional = true }"#, &[], &[&["b"]]),
    (r#"{ some = "b" }"#, &["a", "b"], &[&["a"], &[]]),
    (
        r#"{ all = { matches = "Secure" } }"#,
        &["a; Secure", "b; Secure"],
        &[&["a; Secure", "b"], &[]],
    ),
    ("{ count = 2 }", &["a", "b"], &[&["a"], &["a", "b", "c"]]),
    ("{ count = { max = 1 } }", &[], &[&["a", "b"]]),
];

#[test]
fn every_operator_accepts_and_rejects_values_of_the_body() {
    let expectations = OF_BODIES
        .iter()
        .map(|(matcher, ..)| format!("{{ row = \"success\", body = {{ \"/v\" = {matcher} }} }}"));
    let expectations: Vec<String> = expectations.collect();
    let cases = cases(expectations.iter().map(String::as_str));
    let right: Vec<Response> = OF_BODIES
        .iter()
        .map(|(_, body, _)| (200, &[][..], *body))
        .collect();
    let run_right = run(&contract(), &cases, &[], &right);
    assert_eq!(run_right.status, 0, "{}", run_right.text);

    let rounds = OF_BODIES
        .iter()
        .map(|(.., wrong)| wrong.len())
        .max()
        .unwrap();
    for round in 0..rounds {
        let wrong = OF_BODIES.iter().zip(&right).map(|((.., wrong), right)| {
            wrong
                .get(round)
                .map_or(*right, |body| (200, &[][..], *body))
        });
        let wrong: Vec<Response> = wrong.collect();
        let expected: Vec<usize> = (0..OF_BODIES.len())
            .filter(|index| OF_BODIES[*index].2.len() > round)
            .collect();
        let run = run(&contract(), &cases, &[], &wrong);
        assert_eq!(run.status, 101, "{}", run.text);
        assert_eq!(failed(&run), expected, "round {round}: {}", run.text);
    }
}

#[test]
fn every_operator_accepts_and_rejects_header_fields() {
    let expectations = OF_HEADERS
        .iter()
        .map(|(matcher, ..)| format!("{{ row = \"success\", headers = {{ X-V = {matcher} }} }}"));
    let expectations: Vec<String> = expectations.collect();
    let cases = cases(expectations.iter().map(String::as_str));
    let fields = |values: &[&'static str]| -> &'static [(&'static str, &'static str)] {
        values
            .iter()
            .map(|value| ("x-v", *value))
            .collect::<Vec<_>>()
            .leak()
    };
    let right: Vec<Response> = OF_HEADERS
        .iter()
        .map(|(_, values, _)| (200, fields(values), "{}"))
        .collect();
    let run_right = run(&contract(), &cases, &[], &right);
    assert_eq!(run_right.status, 0, "{}", run_right.text);

    let rounds = OF_HEADERS
        .iter()
        .map(|(.., wrong)| wrong.len())
        .max()
        .unwrap();
    for round in 0..rounds {
        let wrong = OF_HEADERS.iter().zip(&right).map(|((.., wrong), right)| {
            wrong
                .get(round)
                .map_or(*right, |values| (200, fields(values), "{}"))
        });
        let wrong: Vec<Response> = wrong.collect();
        let expected: Vec<usize> = (0..OF_HEADERS.len())
            .filter(|index| OF_HEADERS[*index].2.len() > round)
            .collect();
        let run = run(&contract(), &cases, &[], &wrong);
        assert_eq!(failed(&run), expected, "round {round}: {}", run.text);
    }
}

/// `prove` breaks each operator once, and the trial notices.
#[test]
fn each_operator_has_a_mutant_that_is_killed() {
    let of_bodies = OF_BODIES
        .iter()
        .map(|(matcher, ..)| format!("{{ row = \"success\", body = {{ \"/v\" = {matcher} }} }}"));
    let of_headers = OF_HEADERS
        .iter()
        .map(|(matcher, ..)| format!("{{ row = \"success\", headers = {{ X-V = {matcher} }} }}"));
    let expectations: Vec<String> = of_bodies.chain(of_headers).collect();
    let cases = cases(expectations.iter().map(String::as_str));
    let bodies = OF_BODIES.iter().map(|(_, body, _)| (200, &[][..], *body));
    let headers = OF_HEADERS.iter().map(|(_, values, _)| {
        let fields: Vec<_> = values.iter().map(|value| ("x-v", *value)).collect();
        (200, &*fields.leak(), "{}")
    });
    let responses: Vec<Response> = bodies.chain(headers).collect();
    let run = run(&contract(), &cases, &["prove"], &responses);
    assert_eq!(run.status, 0, "{}", run.text);
    for mutant in [
        "/v_changed",
        "/v_retyped",
        "/v_dropped",
        "/v_added",
        "/v_against_not_equal",
        "/v_against_one_of",
        "/v_against_matches",
        "/v_against_contains",
        "/v_against_min",
        "/v_against_max",
        "/v_against_above",
        "/v_against_below",
        "/v_against_length",
        "/v_against_any_order",
        "x-v_changed",
        "x-v_removed",
        "x-v_added",
        "x-v_retyped",
        "x-v_against_some",
        "x-v_against_all",
        "x-v_against_count",
        "x-v_against_matches",
        "x-v_against_contains",
        "x-v_against_min",
        "x-v_against_max",
    ] {
        let line = format!("test mutants::{mutant} ... killed by own");
        assert!(run.text.contains(&line), "{mutant}: {}", run.text);
    }
}

/// What is asserted holds for every response that a case accepts.
#[test]
fn assertions_hold_for_rejections_and_for_each_alternative() {
    let expectations = [
        r#"{ row = "bad", body = { "/param" = "amount" } }"#,
        r#"{ row = ["success", "bad"], body = { "/id" = { is = "integer" } } }"#,
        r#"[{ row = "success", body = { "/id" = 1 } }, { row = "bad", body = { "/param" = "amount" } }]"#,
        r#"[{ row = "success", body = { "/id" = 1 } }, { row = "bad", body = { "/param" = "amount" } }]"#,
        r#"["bad", { row = 200, headers = { X-V = "a" } }]"#,
        r#"{ row = "bad", headers = { X-V = "a" } }"#,
        r#"{ row = 204, headers = { X-V = "a" } }"#,
    ];
    let right: [Response; 7] = [
        (400, &[], r#"{"code":"bad","param":"amount"}"#),
        (400, &[], r#"{"code":"bad","id":2}"#),
        (200, &[], r#"{"id":1}"#),
        (400, &[], r#"{"code":"bad","param":"amount"}"#),
        (200, &[("x-v", "a")], "{}"),
        (400, &[("x-v", "a")], r#"{"code":"bad"}"#),
        (204, &[("x-v", "a")], ""),
    ];
    let wrong: [Response; 7] = [
        (400, &[], r#"{"code":"bad","param":"currency"}"#),
        (400, &[], r#"{"code":"bad"}"#),
        (200, &[], r#"{"id":2,"param":"amount"}"#),
        (400, &[], r#"{"code":"bad","id":1}"#),
        (200, &[], "{}"),
        (400, &[], r#"{"code":"bad"}"#),
        (204, &[("x-v", "b")], ""),
    ];
    let cases = cases(expectations);
    let green = run(&contract(), &cases, &[], &right);
    assert_eq!(green.status, 0, "{}", green.text);
    let red = run(&contract(), &cases, &[], &wrong);
    assert_eq!(failed(&red), [0, 1, 2, 3, 4, 5, 6], "{}", red.text);
}

#[test]
fn a_schema_holds_for_a_rejection() {
    let cases = cases([r#"{ row = "bad", schema = "never.json" }"#]);
    let run = run(&contract(), &cases, &[], &[(400, &[], r#"{"code":"bad"}"#)]);
    assert_eq!(run.status, 101, "{}", run.text);
    assert!(
        run.text.contains("expected a member `nothing`"),
        "{}",
        run.text
    );
}

/// An explicit status is held to the contract and the case alone, a success to what its request promises as well.
#[test]
fn a_request_promises_values_and_its_control_must_have_them() {
    let promises = |expect: &str| {
        cases([expect, "\"bad\""]).replace(
            "path = \"/valid\"\n",
            "path = \"/2\"\nsuccess = { \"/ok\" = true, X-V = { is = \"string\" } }\n",
        )
    };
    let bad = (400, &[][..], r#"{"code":"bad"}"#);
    let kept = (200, &[("x-v", "a")][..], r#"{"ok":true}"#);
    let broken = (200, &[][..], r#"{"ok":false}"#);
    let rows: [(&str, Response, Response, i32); 4] = [
        ("\"success\"", kept, kept, 0),
        ("\"success\"", broken, kept, 101),
        ("200", broken, kept, 0),
        ("\"success\"", kept, broken, 3), // The control is rejected with a 200.
    ];
    for (expect, own, control, status) in rows {
        let run = run(&contract(), &promises(expect), &[], &[own, bad, control]);
        assert_eq!(run.status, status, "{expect}: {}", run.text);
    }
    let broken = run(
        &contract(),
        &promises("\"success\""),
        &["try", "valid"],
        &[bad, bad, broken],
    );
    assert_eq!(broken.status, 3, "{}", broken.text);
}

/// Codes are compared by type and value, with a check and without one.
#[test]
fn a_row_is_its_code() {
    let of_code = |code: &str, check: &str| {
        format!(
            "{CONTRACT}{}{check}",
            ENVELOPE.replace("code = \"bad\"", &format!("code = {code}\nname = \"bad\""))
        )
    };
    let check = "[[clause]]\nid = \"codes\"\nlevel = \"must\"\ntext = \"Codes.\"\nsource = \"handbook\"\ncheck = \"code\"\n";
    let rows: [(&str, &str, &[&str]); 3] = [
        (
            "\"21\"",
            r#"{"code":"21"}"#,
            &[
                r#"{"code":21}"#,
                "{}",
                r#"{"code":null}"#,
                r#"{"code":{}}"#,
                "[]",
            ],
        ),
        (
            "21",
            r#"{"code":21.0}"#,
            &[
                r#"{"code":"21"}"#,
                r#"{"code":22}"#,
                r#"{"code":21.5}"#,
                "{}",
            ],
        ),
        (
            "{ absent = true }",
            "{}",
            &[r#"{"code":null}"#, r#"{"code":"bad"}"#],
        ),
    ];
    let cases = cases(["\"bad\""]);
    for (code, right, wrong) in rows {
        // A strict schema tells a code of another type, the check any other.
        let kind = if code == "21" { "integer" } else { "string" };
        let strict = format!(
            "{check}{}",
            check
                .replace("\"codes\"", "\"schema\"")
                .replace("check = \"code\"", "check = \"schema\"")
        );
        let schema = format!(r#"{{"type":"object","properties":{{"code":{{"type":"{kind}"}}}}}}"#);
        // A body without a code can be any object: there the proof reports a hole.
        if code.starts_with('"') || code == "21" {
            let proof = run_by(
                &schema,
                &of_code(code, &strict),
                &cases,
                &["prove"],
                &[(400, &[], right)],
            );
            assert_eq!(proof.status, 0, "{code}: {}", proof.text);
        }
        for check in ["", check] {
            let contract = of_code(code, check);
            let green = run(&contract, &cases, &[], &[(400, &[], right)]);
            assert_eq!(green.status, 0, "{code}: {}", green.text);
            let proof = run(&contract, &cases, &["prove"], &[(400, &[], right)]);
            assert_eq!(proof.status, 0, "{code}: {}", proof.text);
            for wrong in wrong {
                let red = run(&contract, &cases, &[], &[(400, &[], wrong)]);
                assert_eq!(red.status, 101, "{code}, {wrong}: {}", red.text);
            }
        }
    }
}

/// A body that is not JSON has no code, no flag, and fits no schema.
#[test]
fn a_check_that_needs_a_value_fails_without_one() {
    let page = (400, &[("content-type", "text/html")][..], "<h1>no</h1>");
    for check in ["schema", "code", ""] {
        let clause = format!(
            "[[clause]]\nid = \"every\"\nlevel = \"must\"\ntext = \"Every.\"\nsource = \"handbook\"\ncheck = \"{check}\"\n"
        );
        let clause = if check.is_empty() { "" } else { &clause };
        let contract = format!("{CONTRACT}{ENVELOPE}{clause}");
        let run = run(&contract, &cases(["\"bad\""]), &[], &[page]);
        assert_eq!(run.status, 101, "{check}: {}", run.text);
    }
}

/// The window is where the envelope says, in its unit; a row that promises one is held to it.
#[test]
fn a_window_is_judged_at_its_source() {
    const DATE: (&str, &str) = ("date", "Sat, 28 Nov 2026 09:00:00 GMT");
    type Fields = &'static [(&'static str, &'static str)];
    let rows: [(&str, Fields, &str, bool); 18] = [
        (
            "{ header = \"Retry-After\" }",
            &[("retry-after", "1")],
            "{}",
            true,
        ),
        (
            "{ header = \"Retry-After\" }",
            &[("retry-after", "Sat, 28 Nov 2026 06:00:00 GMT")],
            "{}",
            true,
        ),
        ("{ header = \"Retry-After\" }", &[], "{}", false),
        (
            "{ header = \"Retry-After\" }",
            &[("retry-after", "soon")],
            "{}",
            false,
        ),
        (
            "{ header = \"Retry-After\" }",
            &[("retry-after", "1.5")],
            "{}",
            false,
        ),
        ("\"/wait\"", &[], r#"{"wait":1.5}"#, true),
        ("\"/wait\"", &[], r#"{"wait":null}"#, false),
        ("\"/wait\"", &[], r#"{"wait":"1"}"#, false),
        (
            "{ place = \"/wait\", unit = \"milliseconds\" }",
            &[],
            r#"{"wait":1500}"#,
            true,
        ),
        (
            "{ place = \"/wait\", unit = \"milliseconds\" }",
            &[],
            r#"{"wait":-1}"#,
            false,
        ),
        (
            "{ place = \"/wait\", unit = \"duration\" }",
            &[],
            r#"{"wait":"1.5s"}"#,
            true,
        ),
        (
            "{ place = \"/wait\", unit = \"duration\" }",
            &[],
            r#"{"wait":"1.5"}"#,
            false,
        ),
        (
            "{ header = \"X-Reset\", unit = \"epoch\" }",
            &[("x-reset", "4102444800")],
            "{}",
            true,
        ),
        // Over before the response was made, by the response's own clock.
        (
            "{ header = \"X-Reset\", unit = \"epoch\" }",
            &[DATE, ("x-reset", "1795845600")],
            "{}",
            false,
        ),
        (
            "{ place = \"/reset\", unit = \"epoch\" }",
            &[DATE],
            r#"{"reset":1795845600}"#,
            false,
        ),
        (
            "{ place = \"/reset\", unit = \"epoch\" }",
            &[DATE],
            r#"{"reset":1795942800}"#,
            true,
        ),
        (
            "{ header = \"Retry-After\" }",
            &[DATE, ("retry-after", "Sat, 28 Nov 2026 08:59:00 GMT")],
            "{}",
            false,
        ),
        (
            "{ header = \"X-Reset\", unit = \"epoch\" }",
            &[("x-reset", "later")],
            "{}",
            false,
        ),
    ];
    for (window, fields, body, right) in rows {
        let body = body
            .replacen('{', "{\"code\":\"bad\",", 1)
            .replace(",}", "}");
        let envelope = ENVELOPE
            .replace(
                "code = \"/code\"\n",
                &format!("code = \"/code\"\nwindow = {window}\n"),
            )
            .replace("code = \"bad\"\n", "code = \"bad\"\nwindow = true\n");
        let contract = format!("{CONTRACT}{envelope}");
        let run = run(
            &contract,
            &cases(["\"bad\""]),
            &[],
            &[(400, fields, body.leak())],
        );
        assert_eq!(
            run.status,
            if right { 0 } else { 101 },
            "{window} {fields:?}: {}",
            run.text
        );
    }
}

/// A file that asserts nothing, or what no response can reach, is at fault; so is one of 0.1.
#[test]
fn matchers_that_cannot_fail_are_faults_of_the_file() {
    let rows = [
        (
            r#"{ row = "success", body = { "/v" = "string" } }"#,
            "bare-kind",
            r#"`{ is = "string" }` for the kind"#,
        ),
        (
            r#"{ row = "success", body = { "/v" = {} } }"#,
            "matcher",
            "accepts everything",
        ),
        (
            r#"{ row = "success", body = { "/v" = { optional = true } } }"#,
            "matcher",
            "accepts everything",
        ),
        (
            r#"{ row = "success", body = { "/v" = { is = "any", optional = true } } }"#,
            "matcher",
            "accepts everything",
        ),
        (
            r#"{ row = "success", body = {} }"#,
            "no-effect",
            "`body` is empty",
        ),
        (
            r#"{ row = "success", body = { "/v" = { min = 5, max = 4 } } }"#,
            "matcher",
            "no number is within these bounds",
        ),
        (
            r#"{ row = "success", body = { "/v" = { above = 5, max = 5 } } }"#,
            "matcher",
            "no number is within these bounds",
        ),
        (
            r#"{ row = "success", headers = { X-V = { count = { min = 0 } } } }"#,
            "matcher",
            "accepts everything",
        ),
        (
            r#"{ row = "success", body = { "/v" = { absent = true, optional = true } } }"#,
            "matcher",
            "no effect beside `absent`",
        ),
        (
            r#"{ row = "success", body = { "/v" = { is = ["string", "number", "boolean", "array", "object", "null"], optional = true } } }"#,
            "matcher",
            "accepts everything",
        ),
        (
            r#"{ row = "success", body = { "/v" = { absent = true, is = "string" } } }"#,
            "matcher",
            "allows no other operators",
        ),
        (
            r#"{ row = "success", body = { "/v" = { absent = false } } }"#,
            "wrong-type",
            "expected true",
        ),
        (
            r#"{ row = "success", body = { "/v" = { iss = "string" } } }"#,
            "unknown-key",
            "did you mean `is`",
        ),
        (
            r#"{ row = "success", body = { "/v" = { is = "strin" } } }"#,
            "unknown-kind",
            "did you mean `string`",
        ),
        (
            r#"{ row = "success", body = { "/v" = { matches = "(" } } }"#,
            "pattern",
            "does not parse",
        ),
        (
            r#"{ row = "success", body = { "/v" = { matches = "{{ key }}" } } }"#,
            "pattern",
            "takes no template",
        ),
        (
            r#"{ row = "success", body = { "/v" = { some = 1 } } }"#,
            "unknown-key",
            "`some`",
        ),
        (
            r#"{ row = "success", body = { "/v" = { length = { min = 2, max = 1 } } } }"#,
            "wrong-type",
            "in that order",
        ),
        (
            r#"{ row = "success", body = { "/v" = { one_of = [] } } }"#,
            "wrong-type",
            "one value or more",
        ),
        (
            r#"{ row = "success", body = { "$.v" = 1 } }"#,
            "json-path",
            "JSON Pointer",
        ),
        (
            r#"{ row = "success", body = { Location = "/x" } }"#,
            "wrong-type",
            "JSON Pointer",
        ),
        (
            r#"{ row = "success", headers = { "/v" = "x" } }"#,
            "header-name",
            "`expect.body`",
        ),
        (
            r#"{ row = 204, body = { "/v" = 1 } }"#,
            "no-effect",
            "no accepted response has a body",
        ),
        (
            r#"{ below = 500, body = { "/v" = 1 } }"#,
            "no-effect",
            "below",
        ),
        (
            r#"["bad", { row = "bad", body = { "/v" = 1 } }]"#,
            "no-effect",
            "an earlier one",
        ),
        (
            r#"{ row = "success", members = { "/v" = "string" } }"#,
            "old-key",
            "lint --fix",
        ),
        (
            r#"{ row = "success", equal = { "/v" = 1 }, differ = { "/w" = 1 } }"#,
            "old-key",
            "lint --fix",
        ),
    ];
    for (expect, code, said) in rows {
        let run = run(&contract(), &cases([expect]), &[], &[]);
        assert_eq!(run.status, 2, "{expect}: {}", run.text);
        let code = format!("error[{code}]");
        assert!(
            run.text.contains(&code) && run.text.contains(said),
            "{expect}: {}",
            run.text
        );
    }
    for (key, code) in [
        (
            "poll = { until = { \"/v\" = [\"a\", \"b\"] } }",
            "bare-list",
        ),
        ("effect = {}", "no-effect"),
        ("capture = {}", "no-effect"),
        ("remember = \"one\"", "no-effect"),
    ] {
        let with_key = format!("{}{key}\n", cases(["\"success\""]));
        let run = run(&contract(), &with_key, &[], &[]);
        let code = format!("error[{code}]");
        assert!(run.text.contains(&code) && run.status == 2, "{}", run.text);
    }
}

/// Operators that exclude each other, or of which one decides alone, are faults of the file, with the place.
#[test]
fn matchers_that_contradict_themselves_are_faults_of_the_file() {
    let of_body = [
        (
            r#"{ is = "string", min = 1 }"#,
            "`is` accepts string, `min` accepts number",
        ),
        (
            r#"{ is = "number", matches = "x" }"#,
            "`is` accepts number, `matches` accepts string",
        ),
        (
            r#"{ is = ["integer", "null"], length = 2 }"#,
            "`is` accepts number or null, `length` accepts string or array or object",
        ),
        (
            r#"{ is = "object", any_order = [1] }"#,
            "`any_order` accepts array",
        ),
        (
            r#"{ is = "string", contains = 2 }"#,
            "`contains` accepts array",
        ),
        (
            r#"{ above = 1, contains = "{{ key }}" }"#,
            "`contains` accepts string or array",
        ),
        (
            r#"{ is = "string", not_equal = 7 }"#,
            "`not_equal` has no effect",
        ),
        ("{ equal = 5, min = 1 }", "`min` beside it has no effect"),
        (
            r#"{ one_of = ["a", "b"], matches = "c" }"#,
            "`matches` beside it has no effect, or excludes them",
        ),
        ("{ min = nan }", "NaN is not a JSON number"),
        ("{ max = inf }", "inf is not a JSON number"),
        ("{ equal = [1, nan] }", "NaN is not a JSON number"),
        ("nan", "NaN is not a JSON number"),
        ("{ min = 1, above = 2 }", "only one of `min` and `above`"),
        (
            r#"{ is = "integer", above = 1, below = 2 }"#,
            "no integer is within these bounds",
        ),
    ];
    let of_headers = [
        (r#"{ is = "array" }"#, "no header field passes `is`"),
        ("true", "no header field passes `equal`"),
        ("{ any_order = [1] }", "no header field passes `any_order`"),
        ("{ not_equal = true }", "`not_equal` has no effect"),
        (
            r#"{ count = 2, matches = "x" }"#,
            "`matches` accepts exactly one field",
        ),
        (
            r#"{ some = "x", count = 0 }"#,
            "`some` needs a field, and `count` allows none",
        ),
        ("{ some = { absent = true } }", "can never pass inside"),
        (
            r#"{ all = { equal = "x", optional = true } }"#,
            "has no effect inside",
        ),
        (
            "{ count = { min = 1 }, optional = true }",
            "accepts everything",
        ),
    ];
    let of_body = of_body.map(|(matcher, said)| {
        (
            format!("{{ row = \"success\", body = {{ \"/v\" = {matcher} }} }}"),
            said,
        )
    });
    let of_headers = of_headers.map(|(matcher, said)| {
        (
            format!("{{ row = \"success\", headers = {{ X-V = {matcher} }} }}"),
            said,
        )
    });
    for (expect, said) in of_body.iter().chain(&of_headers) {
        let run = run(&contract(), &cases([expect.as_str()]), &[], &[]);
        assert_eq!(run.status, 2, "{expect}: {}", run.text);
        assert!(
            run.text.contains(said) && run.text.contains("c.toml:9:"),
            "{expect}: {}",
            run.text
        );
    }
}

/// A key of the contract that could not influence a verdict is a fault of the file.
#[test]
fn contract_keys_without_a_place_are_faults() {
    let check = |name: &str| {
        format!(
            "[[clause]]\nid = \"c\"\nlevel = \"must\"\ntext = \"C.\"\nsource = \"handbook\"\ncheck = \"{name}\"\n"
        )
    };
    let envelope = |code: &str, row: &str| {
        ENVELOPE
            .replace("code = \"/code\"\n", code)
            .replace("code = \"bad\"\n", row)
    };
    let rows = [
        (envelope("", "code = \"bad\"\n"), "no-place", "add `code ="),
        (
            envelope("code = \"/code\"\n", "name = \"bad\"\n"),
            "missing-key",
            "`code = { absent = true }`",
        ),
        (
            envelope("code = \"/code\"\n", "code = 7\n"),
            "missing-key",
            "no `name`",
        ),
        (
            envelope("code = \"/code\"\n", "code = \"bad\"\nretryable = true\n"),
            "no-place",
            "add `retryable =",
        ),
        (
            ENVELOPE.to_owned() + &check("retry-flag"),
            "no-place",
            "add `retryable =",
        ),
        (
            ENVELOPE.to_owned() + &check("window"),
            "no-place",
            "Retry-After",
        ),
        (
            envelope("code = \"/code\"\nwindow = {}\n", "code = \"bad\"\n"),
            "wrong-type",
            "one of `place` and `header`",
        ),
        (
            envelope(
                "code = \"/code\"\nwindow = { header = \"A\", unit = \"second\" }\n",
                "code = \"bad\"\n",
            ),
            "unknown-unit",
            "`seconds`",
        ),
    ];
    for (envelope, code, said) in rows {
        let run = run(
            &format!("{CONTRACT}{envelope}"),
            &cases(["\"bad\""]),
            &[],
            &[],
        );
        assert_eq!(run.status, 2, "{envelope}: {}", run.text);
        let code = format!("error[{code}]");
        assert!(
            run.text.contains(&code) && run.text.contains(said),
            "{envelope}: {}",
            run.text
        );
    }
}

/// An API may have no codes at all: rows are names of statuses.
#[test]
fn an_envelope_may_have_no_codes() {
    let envelope = ENVELOPE
        .replace("code = \"/code\"\n", "")
        .replace("code = \"bad\"\n", "name = \"bad\"\n");
    let contract = format!("{CONTRACT}{envelope}");
    let green = run(&contract, &cases(["\"bad\""]), &[], &[(400, &[], "{}")]);
    assert_eq!(green.status, 0, "{}", green.text);
    let red = run(&contract, &cases(["\"bad\""]), &[], &[(404, &[], "{}")]);
    assert_eq!(red.status, 101, "{}", red.text);
}

/// A hole in the contract is reported with the keyword that closes it.
#[test]
fn a_schema_that_accepts_any_object_is_a_survivor_with_advice() {
    let check = "[[clause]]\nid = \"every\"\nlevel = \"must\"\ntext = \"Every.\"\nsource = \"handbook\"\ncheck = \"schema\"\n";
    let envelope = ENVELOPE
        .replace("code = \"/code\"\n", "")
        .replace("code = \"bad\"\n", "name = \"bad\"\n");
    let contract = format!("{CONTRACT}{envelope}{check}");
    let proof = run(
        &contract,
        &cases(["\"bad\""]),
        &["prove"],
        &[(400, &[], "{}")],
    );
    assert_eq!(proof.status, 101, "{}", proof.text);
    assert!(
        proof
            .text
            .contains("name the members of a failure in `required`"),
        "{}",
        proof.text
    );
    // A bare status asks for nothing of the body.
    let ok: Response = (200, &[], r#"{"id":1}"#);
    let proof = run(&self::contract(), &cases(["200"]), &["prove"], &[ok]);
    assert!(
        proof.text.contains("body_of_nothing: accepted"),
        "{}",
        proof.text
    );
    // With codes, the code tells it from a failure of the row.
    let contract = format!("{CONTRACT}{ENVELOPE}{check}");
    let proof = run(
        &contract,
        &cases(["\"bad\""]),
        &["prove"],
        &[(400, &[], r#"{"code":"bad"}"#)],
    );
    assert_eq!(proof.status, 0, "{}", proof.text);
}
