//! Targets: what goes over the wire to whom, with which secrets, within which bounds, and how a run ends. Each test runs the built
//! program against a server of its own that records what it is asked.

use crate::support;

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use insta::assert_snapshot;
use support::{Answer, Asked, CONTRACT, ENVELOPE, Folder, Server};

/// What every target of these tests needs to be sent as somebody.
const SECRET: (&str, &str) = ("MEMBER_KEY", "member-key-0123456789");

/// A GET and a POST that are valid.
const REQUESTS: &str = r#"
[request.read]
method = "GET"
path = "/read"
[request.write]
method = "POST"
path = "/write"
"#;

/// One trial that a 200 conforms to, one that a 400 conforms to once its control is accepted.
const CASES: &str = r#"
[[case]]
name = "accepted"
clause = "accepted"
request = "read"
expect = "success"
[[case]]
name = "refused"
clause = "refused"
request = "read"
send.query.broken = "yes"
expect = "bad_request"
"#;

/// A folder with a contract, requests, cases and these targets.
fn suite(targets: &str, cases: &str) -> Folder {
    let config = format!("contract = \"schemas/contract.toml\"\ncases = [\"cases\"]\n{targets}");
    Folder::of(&[
        ("gonogo.toml", &config),
        ("schemas/contract.toml", CONTRACT),
        ("schemas/envelope.json", ENVELOPE),
        ("cases/requests.toml", REQUESTS),
        ("cases/x.toml", cases),
    ])
}

/// A target of this address and nothing else.
fn target(name: &str, url: &str) -> String {
    format!("[target.{name}]\nbase_url = \"{url}\"\n")
}

/// Accepts everything but what says that it is broken.
fn conforming(asked: &Asked) -> Answer {
    if asked.target.contains("broken") {
        Answer::failure(400, "bad_request")
    } else {
        Answer::json(200, "{}")
    }
}

/// What is the same in each run: no times, and no digest, which follows from the files and says nothing here.
fn stable(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.split("; finished in").next().unwrap_or_default();
        match line.split_once("digest ") {
            Some((before, after)) => before.to_owned() + "digest D" + &after[16..],
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_goes_over_the_wire() {
    let server = Server::start(|_| Answer::json(200, "{}"));
    let folder = suite(
        &format!(
            r#"
            [target.local]
            base_url = "{}/api/"
            headers = {{ X-Trace = "on", X-Kind = "of the target" }}
            fixtures = {{ id = "7 a/b", number = 5, flag = true }}
            [target.local.credentials]
            member = {{ bearer = {{ env = "MEMBER_KEY" }}, headers = {{ X-Org = "one", X-Api-Key = {{ file = "key" }} }} }}
            keyed = {{ headers = {{ X-Api-Key = {{ file = "key" }} }} }}
            "#,
            server.url()
        ),
        r#"
        [request.create]
        method = "POST"
        path = "/jobs"
        as = "member"
        headers = { X-Kind = "plain", X-Two = ["1", "2"] }
        query = { verbose = true }
        json = { mode = "clean", nested = { a = 1, b = [1, 2] } }

        [[case]]
        name = "sent"
        clause = "accepted"
        request = "{{ each.step.request }}"
        as = "{{ each.step.as }}"
        send = "{{ each.step.send }}"
        expect = "success"
        [case.each.step]
        00_as_it_stands = { request = "create", as = "member", send = {} }
        01_merged = { request = "create", as = "member", send = { json = { mode = "odd", nested = { b = [3], c = "{{ null }}" }, more = 1.5 }, query = { page = 2 } } }
        02_headers_replaced = { request = "create", as = "member", send = { headers = { x-kind = "sent", AUTHORIZATION = "Basic eDp5", x-two = "one", X-TRACE = "" } } }
        03_headers_not_sent = { request = "create", as = "member", send = { headers = { X-Two = [], Authorization = "{{ null }}", X-Trace = "{{ null }}", Content-Type = "{{ null }}" } } }
        04_removed = { request = "create", as = "member", send = { remove = ["/headers/authorization", "/headers/x-two", "/query/verbose", "/json/nested/b/0", "/json/mode"] } }
        05_no_body = { request = "create", as = "member", send = { remove = ["/json"] } }
        06_without_credential = { request = "create", as = "none", send = {} }
        07_another_credential = { request = "create", as = "keyed", send = {} }
        08_query = { request = "read", as = "none", send = { path = "/read?a=1", query = { b = ["x y", "ü&="], c = "{{ null }}", d = 0, e = "" } } }
        09_query_of_nothing = { request = "read", as = "none", send = { query = { a = "{{ null }}", b = [] } } }
        10_path = { request = "read", as = "none", send = { method = "DELETE", path = "/jobs/{{ fixture.id }}/ü%2F" } }
        11_text = { request = "write", as = "none", send = { text = "{\n\"a\": \"{{ fixture.number }}\"\n" } }
        12_base64 = { request = "write", as = "none", send = { base64 = "4pi6Cg==", headers = { Content-Type = "text/plain" } } }
        13_file = { request = "write", as = "none", send = { file = "files/a.txt" } }
        14_multipart = { request = "write", as = "none", send = { multipart = [{ name = "a", text = "{{ fixture.number }}" }, { name = "f\"", filename = "a.txt", type = "text/plain", file = "files/a.txt" }, { base64 = "YmFzZTY0" }, {}] } }
        15_types = { request = "write", as = "none", send = { json = ["{{ fixture.number }}", "{{ fixture.flag }}", "{{ fixture.id }}", "{{ -fixture.number }}", "is {{ fixture.number }}", "{{ null }}", "{{ [1, {'a': none}] }}", "{{ key | length }}", "{{ '{{' }}"] } }
        16_bent = { request = "read", as = "keyed", send = { headers = { Authorization = "Bearer {{ secret.member[:-10] }}", X-Api-Key = "{{ secret.member | upper }}" } } }
        17_json_in_place_of_text = { request = "write", as = "none", send = { json = "text" } }
        18_options = { request = "read", as = "none", send = { method = "OPTIONS", headers = { X-Number = 1.5, X-Flag = true } } }
        "#,
    );
    folder.write("key", " api-key-0123456789\n");
    folder.write("cases/files/a.txt", "from a file\n");
    let output = folder.run_with("", &[SECRET], &["--target", "local", "--test-threads=1"]);
    assert_eq!(output.code, 0, "{}", output.all());
    let asked: Vec<String> = server.asked().iter().map(Asked::text).collect();
    assert_snapshot!(asked.join("----\n"));
}

#[test]
fn where_it_goes_is_said_by_the_configuration_and_the_command_line() {
    let (here, there) = (Server::start(conforming), Server::start(conforming));
    let targets = format!(
        "{}{}credentials = {{ member = {{ bearer = {{ env = \"MEMBER_KEY\" }} }} }}\n",
        target("here", &(here.url() + "/base/")),
        target("there", &there.url()),
    );
    let folder = suite(&targets, CASES);
    folder.write("below/and/below/it/nothing", "");
    folder.write("one/only.toml", CASES.replace("broken", "only"));
    folder.write("one/more/only.toml", "");
    folder.write(
        "other/gonogo.toml",
        "contract = \"../schemas/contract.toml\"\ncases = [\"../cases/requests.toml\", \"../one\"]\n".to_owned()
            + &target("here", &there.url()),
    );
    let base = here.url();
    let table: &[(&str, &[&str], &str)] = &[
        (
            "",
            &["--target", "here"],
            "here GET /base/read, here GET /base/read, here GET /base/read?broken=yes",
        ),
        (
            "",
            &["run", "--target", "here", "accepted"],
            "here GET /base/read",
        ),
        ("", &["--target", "there", "accepted"], "there GET /read"),
        (
            "",
            &["--target", "there", "--base-url", &base, "accepted"],
            "here GET /read",
        ),
        ("", &["--target", &base, "accepted"], "here GET /read"),
        ("", &["--target", &(base.clone() + "/v2?x"), "accepted"], ""),
        (
            "below/and/below/it",
            &["--target", "here", "accepted"],
            "here GET /base/read",
        ),
        (
            "below",
            &[
                "--config",
                "../other/gonogo.toml",
                "--target",
                "here",
                "accepted",
            ],
            "there GET /read",
        ),
        (
            "",
            &["--target", "there", "--cases", "one/only.toml", "refused"],
            "there GET /read, there GET /read?only=yes",
        ),
        (
            "",
            &["--target", "there", "--cases", "one", "only::accepted"],
            "there GET /read",
        ),
        (
            "below",
            &[
                "--target",
                "there",
                "--cases",
                "../cases/x.toml",
                "--cases",
                "../one",
                "accepted",
            ],
            "there GET /read, there GET /read",
        ),
    ];
    let (mut heard_here, mut heard_there) = (0, 0);
    for (below, arguments, expected) in table {
        let output = folder.run_with(below, &[SECRET], arguments);
        let heard = |name: &str, server: &Server, before: &mut usize| {
            let asked = server.asked();
            let new: Vec<String> = asked[*before..]
                .iter()
                .map(|asked| format!("{name} {} {}", asked.method, asked.target))
                .collect();
            *before = asked.len();
            new
        };
        let mut all = heard("here", &here, &mut heard_here);
        all.extend(heard("there", &there, &mut heard_there));
        // The number is tested elsewhere: controls are repeated at the end.
        let all: BTreeSet<&str> = all.iter().map(String::as_str).collect();
        let expected: BTreeSet<&str> = expected.split(", ").filter(|one| !one.is_empty()).collect();
        assert_eq!(
            all,
            expected,
            "{arguments:?} in `{below}`:\n{}",
            output.all()
        );
    }
}

/// A reason that all trials share is reported once: in the summary, and in each report that has one.
#[test]
fn a_target_that_is_down_and_a_doubled_path_are_told_once() {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/v1/read" | "/v2/v2/read" => Answer::json(200, "{}"),
        _ => Answer::failure(404, "not_found"),
    });
    let url = server.url();
    let refused = "nothing listens at this address and port: start the server";
    let doubled = |end: &str| format!("ends with {end}, and request paths begin with it");
    let table: &[(&str, &str, &str, String, i32)] = &[
        ("http://127.0.0.1:1", "", "/read", refused.to_owned(), 3),
        (
            "http://no-such-host.invalid",
            "",
            "/read",
            "correct the host in `base_url`".to_owned(),
            3,
        ),
        (&url, "/v1", "/v1/read", doubled("/v1"), 3),
        (&url, "/api/v1/", "/v1/read", doubled("/v1"), 3),
        (&url, "/api/v1", "/api/v1/read", doubled("/api/v1"), 3),
        // A duplicate word is right where the server responds; another path has nothing to do with it.
        (&url, "/v2", "/v2/read", String::new(), 101),
        (&url, "/v2", "/v1/read", String::new(), 3),
    ];
    for (host, base, path, told, code) in table {
        let cases = (0..9).fold(String::new(), |cases, number| {
            cases + &CASES.replace("[[case]]\nname = \"accepted\"\nclause = \"accepted\"\nrequest = \"read\"\nexpect = \"success\"\n", "").replace("\"refused\"\nclause", &format!("\"refused_{number}\"\nclause"))
        });
        let folder = suite(&target("x", &format!("{host}{base}")), &cases);
        folder.write(
            "cases/requests.toml",
            REQUESTS.replace("\"/read\"", &format!("\"{path}\"")),
        );
        let reports = ["--report", "markdown=m.md", "--report", "html=h.html"];
        let output = folder.run(&[&["--target", "x"], &reports[..]].concat());
        let what = format!("{host}{base} {path}\n{}", output.all());
        assert_eq!(output.code, *code, "{what}");
        let reports =
            ["m.md", "h.html"].map(|file| std::fs::read_to_string(folder.path(file)).unwrap());
        if told.is_empty() {
            assert!(!output.stdout.contains("\nhelp: `base_url`"), "{what}");
            continue;
        }
        assert_eq!(output.stdout.matches(told).count(), 1, "{what}");
        for report in reports {
            let plain = report.replace(['\\', '`'], "").replace("&#96;", "");
            assert_eq!(
                plain.matches(&told.replace('`', "")).count(),
                1,
                "{told}: {report:.3000}"
            );
        }
        if told == refused {
            // A line, and the place.
            let short = "---- x::refused_8 ----\ninconclusive: no connection: connection refused\n--> cases/x.toml:";
            assert!(output.stdout.contains(short), "{what}");
            assert!(!output.stdout.contains("gonogo explain"), "{what}");
        }
    }
}

#[test]
fn what_the_target_lacks_is_ignored_with_the_reason() {
    // TEST-NET-1 (RFC 5737): nobody is there, and nobody is asked.
    let folder = suite(
        r#"
        [target.far]
        base_url = "http://192.0.2.1"
        fixtures = { job_id = "1" }
        credentials = { member = { bearer = { env = "NOT_SET" } } }
        [target.permitted]
        base_url = "http://192.0.2.1"
        permits = ["writes"]
        [target.local]
        base_url = "http://127.0.0.1:1"
        "#,
        r#"
        [probe.count]
        request = "read"
        as = "counter"
        pointer = ""
        [[case]]
        name = "x"
        clause = "accepted"
        request = "{{ each.x.request }}"
        as = "{{ each.x.as }}"
        send = "{{ each.x.send }}"
        expect = "success"
        [case.each.x]
        credential = { request = "read", as = "memver", send = {} }
        credential_of_a_secret = { request = "read", as = "none", send = { headers = { A = "{{ secret.other }}" } } }
        credential_of_a_slice = { request = "read", as = "none", send = { headers = { A = "{{ secret.other[:3] }}" } } }
        fixture = { request = "read", as = "none", send = { path = "/{{ fixture.job }}" } }
        permit = { request = "write", as = "none", send = {} }
        permit_of_any_method = { request = "read", as = "none", send = { method = "PURGE" } }
        [[case]]
        name = "control"
        clause = "refused"
        request = "write"
        as = "none"
        send.method = "GET"
        expect = "bad_request"
        [[case]]
        name = "probe"
        clause = "accepted"
        request = "read"
        expect = "success"
        effect.count = 0
        [[case]]
        name = "burst"
        clause = "accepted"
        request = "read"
        burst = { requests = 2 }
        expect = "success"
        "#,
    );
    let run = |arguments: &[&str]| {
        let output = folder.run_with("", &[("NOT_SET", "now it is")], arguments);
        let command = arguments.join(" ");
        format!("{command}: {}\n{}", output.code, stable(&output.all()))
    };
    assert_snapshot!(run(&["--target", "far", "--test-threads=1"]), @r#"
--target far --test-threads=1: 4

running 9 tests
test x::x::credential             ... ignored (target `far` has no credential `memver`; did you mean `member`?)
test x::x::credential_of_a_secret ... ignored (target `far` has no credential `other`; it has `member`)
test x::x::credential_of_a_slice  ... ignored (target `far` has no credential `other`; it has `member`)
test x::x::fixture                ... ignored (target `far` has no fixture `job`; did you mean `job_id`?)
test x::x::permit                 ... ignored (target `far` does not permit writes)
test x::x::permit_of_any_method   ... ignored (target `far` does not permit writes)
test x::control                   ... ignored (target `far` does not permit writes)
test x::probe                     ... ignored (target `far` has no credential `counter`; it has `member`)
test x::burst                     ... ignored (target `far` does not permit bursts)

test result: ok. 0 passed; 0 failed; 9 ignored; 0 measured; 0 filtered out

exercised: 0 of 2 clauses, 0 of 2 rows on requests
ignored:
  3 trials: target `far` does not permit writes
  2 trials: target `far` has no credential `other`; it has `member`
  1 trial: target `far` does not permit bursts
  1 trial: target `far` has no credential `counter`; it has `member`
  2 more
A contract, digest D, against far (http://192.0.2.1/)
no trial was judged: all 9 were ignored or waived
"#);
    assert_snapshot!(run(&["--target", "permitted", "--list", "--ignored"]), @r#"
--target permitted --list --ignored: 0
x::x::credential: test
x::x::credential_of_a_secret: test
x::x::credential_of_a_slice: test
x::x::fixture: test
x::probe: test
x::burst: test
"#);
    // On this machine everything is permitted.
    assert_snapshot!(run(&["--target", "far", "--base-url", "http://localhost:1", "--list", "--ignored"]), @r#"
--target far --base-url http://localhost:1 --list --ignored: 0
x::x::credential: test
x::x::credential_of_a_secret: test
x::x::credential_of_a_slice: test
x::x::fixture: test
x::probe: test
"#);
    let denied = folder.run(&["--target", "permitted", "--deny-ignored", "x::fixture"]);
    assert_eq!(denied.code, 3);
    assert_snapshot!(stable(&denied.all()), @r#"
running 1 test
test x::x::fixture ... FAILED

failures:

---- x::x::fixture ----
inconclusive: ignored, which --deny-ignored forbids: target `permitted` has no fixture `job`
 --> cases/x.toml:7:16
  |
7 |         name = "x"
  |                ^^^ not judged

step 1 changes of `read`: path: /{{ fixture.job }}, in place of /read
help: gonogo explain x::x::fixture


failures:
    x::x::fixture

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out

exercised: 0 of 2 clauses, 0 of 2 rows on requests
inconclusive:
  1 trial: ignored, which --deny-ignored forbids: target `permitted` has no fixture `job`
A contract, digest D, against permitted (http://192.0.2.1/)
"#);
}

#[test]
fn templates_know_the_secret_of_a_header() {
    let server = Server::start(conforming);
    let case = r#"
        [[case]]
        name = "x"
        clause = "accepted"
        request = "read"
        send.headers = { A = "{{ secret.partner }}" }
        expect = "success"
        "#;
    let several =
        "error[secret-without-value]: `secret.partner` has no value for the target `local`";
    let env = [
        ("KEY", "Token key-0123456789"),
        ("OTHER", "other-0123456789"),
    ];
    for (credential, sent) in [
        (
            "bearer = { env = \"OTHER\" }, headers = { X-Key = { env = \"KEY\" } }",
            Ok("other-0123456789"),
        ),
        (
            "headers = { X-Key = { env = \"KEY\" }, X-Plain = \"plain\" }",
            Ok("Token key-0123456789"),
        ),
        (
            "headers = { authorization = { env = \"KEY\" } }",
            Ok("key-0123456789"),
        ),
        (
            "headers = { X-Key = { env = \"KEY\" }, X-Other = { env = \"OTHER\" } }",
            Err("the credential `partner` has 2 secret headers: X-Key, X-Other"),
        ),
        (
            "headers = { X-Plain = \"plain\" }",
            Err("the credential `partner` has no secret"),
        ),
    ] {
        let target = target("local", &server.url());
        let folder = suite(
            &format!("{target}credentials.partner = {{ {credential} }}\n"),
            case,
        );
        for arguments in [&["--target", "local"][..], &["lint"]] {
            let asked = server.asked().len();
            let output = folder.run_with("", &env, arguments);
            match sent {
                Ok(_) => assert_eq!(output.code, 0, "{credential}\n{}", output.all()),
                Err(help) => {
                    assert_eq!(output.code, 2, "{credential}");
                    assert!(output.stderr.contains(several), "{}", output.stderr);
                    assert!(output.stderr.contains(help), "{}", output.stderr);
                    assert_eq!(server.asked().len(), asked, "{credential}");
                }
            }
        }
        if let Ok(sent) = sent {
            let asked = server.asked();
            let asked = asked.last().unwrap().text();
            assert!(asked.contains(&format!("a: {sent}\n")), "{asked}");
        }
    }
}

#[test]
fn a_missing_secret_is_told_before_anything_is_sent() {
    let server = Server::start(conforming);
    let folder = suite(
        &(target("local", &server.url())
            + "credentials = { member = { bearer = { env = \"MEMBER_KEY\" } }, other = { bearer = { file = \"key\" } } }"),
        CASES,
    );
    let none: [(&str, &str); 0] = [];
    for (variables, file, code, told) in [
        (
            &none[..],
            "key",
            2,
            "the environment variable MEMBER_KEY is not set",
        ),
        (
            &[("MEMBER_KEY", "")][..],
            "key",
            2,
            "the environment variable MEMBER_KEY is not set",
        ),
        (
            &[("MEMBER_KEY", "a\nb")][..],
            "key",
            2,
            "`member` cannot stand in a header",
        ),
        (&[SECRET][..], "", 2, "`other` cannot stand in a header"),
        (&[SECRET][..], " \n", 2, "key is empty"),
        (&[SECRET][..], "key\n", 0, ""),
    ] {
        let file = if file.is_empty() { "a\nb" } else { file };
        folder.write("key", file);
        let output = folder.run_with("", variables, &["--target", "local"]);
        assert_eq!(output.code, code, "{variables:?}\n{}", output.all());
        assert!(output.stderr.contains(told), "{}", output.stderr);
        assert_eq!(server.asked().is_empty(), code == 2, "{variables:?}");
    }
}

#[test]
fn listing_needs_neither_network_nor_secret_and_prints_nothing_else() {
    let folder = suite(
        r#"
        [target.far]
        base_url = "http://192.0.2.1"
        ca = "nowhere.pem"
        proxy = "http://192.0.2.2"
        credentials = { member = { bearer = { env = "NOT_SET" } } }
        "#,
        &(CASES.to_owned()
            + "[[case]]\nname = \"accepted_write\"\nclause = \"accepted\"\nrequest = \"write\"\nexpect = \"success\"\n"),
    );
    let table: &[(&[&str], &str)] = &[
        (&[], "x::accepted x::refused x::accepted_write"),
        (&["accepted"], "x::accepted x::accepted_write"),
        (&["accepted", "--skip", "write"], "x::accepted"),
        (&["accepted", "--exact"], ""),
        (&["x::accepted", "--exact"], "x::accepted"),
        (
            &["--skip", "x::accepted", "--exact"],
            "x::refused x::accepted_write",
        ),
        (
            &["--format", "terse"],
            "x::accepted x::refused x::accepted_write",
        ),
        (&["--format", "terse", "--ignored"], "x::accepted_write"),
        (
            &["--include-ignored"],
            "x::accepted x::refused x::accepted_write",
        ),
    ];
    for (arguments, expected) in table {
        let arguments = [&["--list", "--target", "far"], *arguments].concat();
        let output = folder.run(&arguments);
        let expected: String = expected
            .split_whitespace()
            .flat_map(|name| [name, ": test\n"])
            .collect();
        assert_eq!((output.code, output.all()), (0, expected), "{arguments:?}");
    }
}

#[test]
fn runs_end_in_a_status_of_their_own() {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/ok/read" | "/lax/read" | "/lax/read?broken=yes" => Answer::json(200, "{}"),
        _ => Answer::failure(400, "bad_request"),
    });
    let url = server.url();
    let folder = suite(
        &(target("ok", &format!("{url}/ok"))
            + &target("lax", &format!("{url}/lax"))
            + &target("strict", &format!("{url}/strict"))
            + &target("down", "http://127.0.0.1:1")
            + &target("far", "http://192.0.2.1")),
        CASES,
    );
    let table: &[(&[&str], i32)] = &[
        (&["--target", "ok"], 0),
        (&["--target", "lax"], 101),
        (&["--target", "lax", "accepted"], 0),
        (&["--target", "strict", "accepted"], 101),
        // Its control is rejected, so rejecting the changed request proves nothing.
        (&["--target", "strict", "refused"], 3),
        (&["--target", "strict"], 101),
        (&["--target", "down"], 3),
        (&["--target", "ok", "no such trial"], 4),
        (&["--target", "non"], 2),
        (&["--target", "ok", "--no-such-flag"], 2),
        (&["--target", "ok", "--cases", "none.toml"], 2),
        (&["lint"], 0),
        (&["--help"], 0),
        (&["--version"], 0),
    ];
    for (arguments, code) in table {
        let output = folder.run(arguments);
        assert_eq!(output.code, *code, "{arguments:?}\n{}", output.all());
    }
}

#[test]
fn what_is_printed_is_what_libtest_prints() {
    let server = Server::start(|_| Answer::json(200, "{}"));
    let folder = suite(&target("local", &server.url()), CASES);
    let mut printed = String::new();
    for format in ["pretty", "terse"] {
        let output = folder.run(&["--target", "local", "--format", format, "--test-threads=1"]);
        assert_eq!(
            (output.code, output.stderr.as_str()),
            (101, ""),
            "{}",
            output.stdout
        );
        printed += &stable(&output.stdout)
            .replace(&server.url(), "http://TARGET")
            .lines()
            .map(|line| {
                if line.contains("response after") {
                    "refused, response after N ms:"
                } else {
                    line
                }
            })
            .collect::<Vec<_>>()
            .join("\n");
        printed += "\n====\n";
    }
    assert_snapshot!(printed);
    let output = folder.run(&["--target", "local", "--format", "json", "--test-threads=1"]);
    let events: Vec<String> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|event| format!("{} {} {}", event["type"], event["event"], event["name"]))
        .collect();
    assert_snapshot!(events.join("\n"), @r#"
"suite" "started" null
"test" "started" "x::accepted"
"test" "ok" "x::accepted"
"test" "started" "x::refused"
"test" "failed" "x::refused"
"suite" "failed" null
"#);
}

#[test]
fn a_run_is_bounded_in_time_and_size() {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/silent" | "/silent/read?broken=yes" => Answer::Silence,
        "/large/read" => Answer::json(200, format!("\"{}\"", "a".repeat(2000))),
        path if path.starts_with("/mute") => Answer::Silence,
        _ => Answer::json(200, "{}"),
    });
    let url = server.url();
    let case = |name: &str, rest: &str| {
        format!(
            "[[case]]\nname = \"{name}\"\nclause = \"accepted\"\nrequest = \"read\"\nexpect = \"success\"\n{rest}"
        )
    };
    let folder = suite(
        &format!(
            r#"
            [target.mute]
            base_url = "{url}/mute"
            limits = {{ request = 0.2 }}
            [target.silent]
            base_url = "{url}/silent"
            limits = {{ request = 0.2 }}
            [target.trial]
            base_url = "{url}/mute"
            limits = {{ trial = 0.2 }}
            [target.large]
            base_url = "{url}/large"
            limits = {{ body = 1000, wait = 0.1 }}
            "#
        ),
        &(CASES.to_owned() + &case("waits", "wait = 5\n")),
    );
    let mut told = String::new();
    for (arguments, code) in [
        (["mute", "accepted"], 3),
        (["silent", "refused"], 101),
        (["trial", "accepted"], 3),
        (["large", "accepted"], 3),
        (["large", "waits"], 3),
    ] {
        let output = folder.run(&["--target", arguments[0], arguments[1]]);
        assert_eq!(output.code, code, "{arguments:?}\n{}", output.all());
        let first = output
            .stdout
            .lines()
            .find(|line| line.starts_with("inconclusive:") || line.starts_with("violates"));
        told = format!(
            "{told}{}: {}\n",
            arguments.join(" "),
            first.unwrap_or("nothing")
        );
    }
    assert_snapshot!(told, @r#"
mute accepted: inconclusive: step 1: no complete response within 0.2 s
silent refused: violates[refused]: connection: expected a complete HTTP response, was no complete response within 0.2 s
trial accepted: inconclusive: it did not end within the target's `limits.trial` of 0.2 s
large accepted: inconclusive: step 1: the response body is larger than the limit of 1000 bytes
large waits: inconclusive: it would have to wait 5 s, and the target's `limits.wait` is 0.1 s
"#);
}

#[test]
fn nothing_is_sent_to_where_the_target_points() {
    let other = Server::start(|_| Answer::json(200, "{}"));
    let elsewhere = other.url();
    let host = elsewhere.trim_start_matches("http://").to_owned();
    let server = Server::start(move |asked| match asked.target.as_str() {
        "/read" => Answer::json(302, "{}").with("location", &elsewhere),
        "/write" => Answer::json(200, format!("{{\"next\":\"@{host}/\"}}")),
        _ => Answer::json(200, "{}"),
    });
    let folder = suite(
        &(target("local", &server.url())
            + "credentials = { member = { bearer = { env = \"MEMBER_KEY\" } } }"),
        r#"
        [[case]]
        name = "redirect"
        clause = "accepted"
        request = "read"
        as = "member"
        expect = "success"
        [[case]]
        name = "path"
        clause = "accepted"
        [[case.step]]
        request = "write"
        expect = "success"
        capture.next = "/next"
        [[case.step]]
        request = "read"
        as = "member"
        send.path = "{{ next }}"
        expect = "success"
        "#,
    );
    let output = folder.run_with("", &[SECRET], &["--target", "local"]);
    assert_eq!(output.code, 101, "{}", output.all());
    assert!(output.stdout.contains("was 302"), "{}", output.stdout);
    assert!(
        output
            .stdout
            .contains("makes no address under the base URL"),
        "{}",
        output.stdout
    );
    assert_eq!(server.asked_for(), ["GET /read", "POST /write"]);
    assert!(other.asked().is_empty(), "{:?}", other.asked());
}

#[test]
fn a_proxy_is_used_where_the_target_names_one_and_nowhere_else() {
    let (server, proxy) = (Server::start(conforming), Server::start(conforming));
    let url = proxy.url();
    let folder = suite(
        &(target("behind", "http://api.invalid/v1")
            + &format!("proxy = \"{url}\"\n")
            + &target("local", &server.url())),
        CASES,
    );
    let variables = [
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "HTTPS_PROXY",
    ];
    let variables = variables.map(|name| (name, url.as_str()));
    let direct = folder.run_with("", &variables, &["--target", "local"]);
    assert_eq!(
        (direct.code, proxy.asked().len()),
        (0, 0),
        "{}",
        direct.all()
    );
    let behind = folder.run_with(
        "",
        &[("NO_PROXY", "*")],
        &["--target", "behind", "accepted"],
    );
    assert_eq!(behind.code, 0, "{}", behind.all());
    assert_eq!(proxy.asked_for(), ["GET http://api.invalid/v1/read"]);
}

#[test]
fn tls_trusts_and_shows_what_the_target_says() {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let issue = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &issuer).unwrap(), key)
    };
    let (server_certificate, server_key) = issue("127.0.0.1");
    let (client_certificate, client_key) = issue("client");

    let config = |clients: bool| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if clients {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(ca.der().clone()).unwrap();
            let verifier =
                rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let chain = vec![server_certificate.der().clone()];
        Arc::new(builder.with_single_cert(chain, key).unwrap())
    };
    let open = Server::start_tls(config(false), conforming);
    let closed = Server::start_tls(config(true), conforming);
    let folder = suite(
        &(target("unknown", &open.url())
            + &target("open", &open.url())
            + "ca = \"tls/ca.pem\"\n"
            + &target("refused", &closed.url())
            + "ca = \"tls/ca.pem\"\n"
            + &target("closed", &closed.url())
            + "ca = \"tls/ca.pem\"\nclient_certificate = \"tls/client.pem\"\n"),
        CASES,
    );
    folder.write("tls/ca.pem", ca.pem());
    folder.write(
        "tls/client.pem",
        client_certificate.pem() + &client_key.serialize_pem(),
    );
    for (name, code, asked) in [
        ("unknown", 3, 0),
        ("open", 0, 4),
        ("refused", 3, 0),
        ("closed", 0, 4),
    ] {
        let before = open.asked().len() + closed.asked().len();
        let output = folder.run(&["--target", name]);
        let after = open.asked().len() + closed.asked().len();
        assert_eq!(
            (output.code, after - before),
            (code, asked),
            "{name}\n{}",
            output.all()
        );
        assert!(!output.all().contains("PRIVATE KEY"));
        if code == 3 {
            assert!(
                output.stdout.contains("inconclusive: "),
                "{}",
                output.stdout
            );
        }
    }
}

#[test]
fn no_report_shows_a_secret_that_the_target_echoes() {
    let secret = "sk/live+9f8e7d6c5b4a39281706 f5e4=";
    let standard = base64::engine::general_purpose::STANDARD;
    let url_safe = base64::engine::general_purpose::URL_SAFE;
    let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    // Of each form what is made of the secret alone, the scheme before it being 7 bytes.
    let behind_scheme = |text: &str| standard.encode(format!("Bearer {text}"))[10..50].to_owned();
    let forms = [
        secret.to_owned(),
        percent.to_lowercase(),
        percent.clone(),
        secret.replace('/', "\\/"),
        standard.encode(secret)[..40].to_owned(),
        url_safe.encode(secret)[..40].to_owned(),
        behind_scheme(secret),
    ];
    let echo = move |asked: &Asked| {
        let value = asked.header("authorization").concat();
        let token = value.trim_start_matches("Bearer ").to_owned();
        let percent: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        // An excerpt of the code ends in the middle of the token.
        let code = format!("{}{token}{}", "x".repeat(150), "y".repeat(100));
        let body = serde_json::json!({ "error": { "code": code }, "raw": value, "token": token, "percent": percent,
            "lower": percent.replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"),
            "base64": standard.encode(&token), "url_safe": url_safe.encode(&token), "whole": standard.encode(&value), "seen": token.clone() + &asked.target });
        let body = body
            .to_string()
            .replace("\"raw\":\"Bearer sk/", "\"raw\":\"Bearer sk\\/");
        let status = if asked.target.contains("volley") {
            200
        } else {
            422
        };
        Answer::json(status, body)
            .with("www-authenticate", &value)
            .with("x-base64", &standard.encode(&value))
            .with("location", &format!("/?token={percent}"))
            .with("retry-after", &token)
    };
    let server = Server::start(echo);
    let contract = CONTRACT.to_owned()
        + r#"
        [[header]]
        clause = "accepted"
        name = "Location"
        directive = "none"
        on = ["any"]
        [[clause]]
        id = "every-check"
        level = "must"
        text = "T."
        source = "S."
        check = "retry-after"
        "#;
    let contract = contract.replace(
        "code = \"/error/code\"",
        "code = \"/error/code\"\nretryable = \"/token\"\nwindow = \"/raw\"",
    );
    let more: String = ["known-status", "media-type", "schema", "code", "window", "retry-flag"]
        .map(|check| format!("[[clause]]\nid = \"{check}\"\nlevel = \"must\"\ntext = \"T.\"\nsource = \"S.\"\ncheck = \"{check}\"\n"))
        .concat();
    let folder = suite(
        &(target("local", &server.url())
            + "credentials = { member = { bearer = { env = \"MEMBER_KEY\" } } }"),
        r#"
        [[case]]
        name = "bent"
        clause = "refused"
        request = "read"
        send.headers.Authorization = "Bearer {{ secret.member[:-3] }}"
        expect = "success"
        [[case]]
        name = "status"
        clause = "accepted"
        request = "read"
        as = "member"
        send.query = { token = "{{ secret.member }}" }
        send.json = { token = "{{ secret.member }}" }
        expect = "success"
        [[case]]
        name = "row"
        clause = "refused"
        request = "read"
        as = "member"
        expect = ["success", "bad_request"]
        [[case]]
        name = "members"
        clause = "accepted"
        request = "read"
        as = "member"
        send.path = "/volley"
        [case.expect]
        row = "success"
        [case.expect.body]
        "/token" = 1
        "/raw" = { is = "object", equal = "{{ secret.member }}!" }
        "/whole" = { is = "array" }
        [[case]]
        name = "volley"
        clause = "accepted"
        request = "read"
        as = "member"
        send.path = "/volley/{{ uuid() }}"
        burst = { requests = 2 }
        expect = { each = "success", same = ["", "/seen"] }
        [[case]]
        name = "captured"
        clause = "accepted"
        [[case.step]]
        request = "read"
        as = "member"
        send.path = "/volley"
        capture = { token = "/token", base64 = "/base64" }
        expect = "success"
        [[case.step]]
        request = "read"
        wait = "{{ token }}"
        expect = "success"
        [[case]]
        name = "captured_and_sent"
        clause = "accepted"
        [[case.step]]
        request = "read"
        as = "member"
        send.path = "/volley"
        capture = { token = "/token", base64 = "/base64" }
        expect = "success"
        [[case.step]]
        request = "read"
        send.query = { a = "{{ token }}", b = "{{ base64 }}" }
        send.headers = { X-Token = "{{ token }}" }
        send.text = "{{ base64 }}"
        expect = "success"
        "#,
    );
    folder.write("schemas/contract.toml", contract + &more);
    // What one trial makes of the secret is known to the others: they must do without, too.
    for (format, skipped) in [("pretty", "x::bent"), ("json", "nothing")] {
        let output = folder.run_with(
            "",
            &[("MEMBER_KEY", secret)],
            &[
                "--target",
                "local",
                "--format",
                format,
                "--skip",
                skipped,
                "--test-threads=1",
            ],
        );
        assert_eq!(output.code, 101, "{}", output.all());
        let all = output.all();
        assert!(all.contains("$MEMBER_KEY"), "{all}");
        for form in &forms {
            // No stretch of 8 characters: an excerpt may have cut the rest away.
            for begin in 0..form.len() - 8 {
                let stretch = &form[begin..begin + 8];
                assert!(
                    !all.contains(stretch),
                    "`{stretch}` of `{form}` is shown:\n{all}"
                );
            }
        }
    }
}

/// A project of its own is never held against the image API by accident.
#[test]
fn the_target_of_a_run_is_named_or_the_default() {
    let server = Server::start(conforming);
    let staging = target("staging", &server.url());
    let config = |top: &str| {
        format!("{top}\ncontract = \"schemas/contract.toml\"\ncases = [\"cases\"]\n{staging}")
    };
    let with = |config: &str| {
        let folder = suite("", CASES);
        folder.write("gonogo.toml", config);
        folder
    };
    let named = "expected `--target NAME`: `staging` or `reference`, or an address";
    let table: &[(&str, &[&str], i32, &str)] = &[
        ("", &[], 2, named),
        ("", &["run"], 2, named),
        ("", &["prove"], 2, named),
        ("", &["try", "read"], 2, named),
        ("", &["--list"], 0, "x::accepted: test"),
        ("", &["lint"], 0, "1 warning"),
        ("", &["--target", "staging"], 0, "against staging"),
        ("default_target = \"staging\"", &[], 0, "against staging"),
        (
            "default_target = \"staging\"",
            &["try", "read"],
            0,
            "conforms: 200",
        ),
        (
            "default_target = \"reference\"",
            &["accepted"],
            101,
            "against reference",
        ),
        (
            "default_target = \"stagin\"",
            &[],
            2,
            "did you mean `staging`?",
        ),
        (
            "[target.reference]\nbase_url = \"http://127.0.0.1:1\"",
            &[],
            2,
            "`reference` cannot name a target",
        ),
    ];
    for (top, arguments, code, said) in table {
        let folder = match top.strip_prefix('[') {
            None => with(&config(top)),
            Some(_) => suite(&format!("{staging}{top}"), CASES),
        };
        let output = folder.run(arguments);
        assert_eq!(output.code, *code, "{top} {arguments:?}\n{}", output.all());
        assert!(
            output.all().contains(said),
            "{top} {arguments:?}\n{}",
            output.all()
        );
    }
    // The shipped cases are about the shipped contract.
    let folder = with(&config("").replace("cases = [\"cases\"]", ""));
    let output = folder.run(&["lint"]);
    assert_eq!(output.code, 2);
    assert!(
        output.stderr.contains("error[no-cases]"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.ends_with("1 fault found\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_filter_that_matches_nothing_gets_a_suggestion() {
    let server = Server::start(conforming);
    let folder = suite(&target("here", &server.url()), CASES);
    for (arguments, near) in [
        (&["lnt"][..], "gonogo lint"),
        (&["prov"], "gonogo prove"),
        (&["accepte"], "accepted"),
        (&["x::acepted", "--exact"], "x::accepted"),
    ] {
        let output = folder.run(&[arguments, &["--target", "here"]].concat());
        // What is a part of a name is a filter.
        let expected = if arguments == ["accepte"] { 0 } else { 4 };
        assert_eq!(output.code, expected, "{arguments:?}\n{}", output.all());
        let said = format!("help: did you mean `{near}`?");
        assert_eq!(
            output.stderr.contains(&said),
            expected == 4,
            "{arguments:?}\n{}",
            output.stderr
        );
    }
}

#[test]
fn a_suite_without_a_title_is_called_by_its_contract() {
    let server = Server::start(conforming);
    let folder = suite(&target("here", &server.url()), CASES);
    let name = CONTRACT
        .lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let output = folder.run(&["--target", "here"]);
    let said = format!("{}, digest ", name.unwrap());
    assert!(output.all().contains(&said), "{}", output.all());
}
