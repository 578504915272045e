//! Secrets that a run comes by: tokens in responses, and credentials that a case writes by hand. No byte of any output may hold one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use crate::attacks::json_answer;
use crate::codings::codings;
use crate::program::gonogo;
use crate::secrets::REPORTS;
use crate::server::{Act, Scripts, serve};

/// In the body of each way to get a token, by what the suite knows of it.
const DECLARED: &str = "decl4red/t0ken+Of.Very_Own=Kind";
const HEADER: &str = "s3t-c00kie-v4lue-Of-Session";
const WHOLE: &str = "wh0le-b0dy-t0ken.Is_Text";
const FORM: &str = "f0rm-enc0ded-t0ken-9Z";
const BROKEN: &str = "tw1ce-named-t0ken-8Y";
const CUT: &str = "cut-sh0rt-t0ken-7X";
const SENT: &str = "capt0red-And-s3nt-6W";
const COOKIE: &str = "capt0red-As-c00kie-5V";
const KEY: &str = "capt0red-As-key-4U";
const HAND: &str = "hand-writt3n-t0ken-3T";
const PROSE: &str = "correct-horse-battery";
const ONCE: &str = "capt0red-0nce-only-1R";
const NESTED: &str = "nest3d-In-0bject-2S";

/// A response: further header fields, then the body.
fn answer(fields: &str, body: &str) -> Vec<Act> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {length}\r\n\r\n{body}");
    vec![Act::ReadBody, Act::Send(head.into_bytes())]
}

const JSON: &str = "Content-Type: application/json\r\n";

/// The requests that yield tokens: name, `secret`, and what comes back.
fn sources() -> Vec<(&'static str, &'static str, Vec<Act>)> {
    let json = |body: String| answer(JSON, &body);
    let one = |secret: &str| json(format!(r#"{{"access_token":"{secret}"}}"#));
    vec![
        ("declared", "[\"/access_token\"]", one(DECLARED)),
        (
            "header",
            "[\"Set-Cookie\", \"X-Token\"]",
            answer(
                &format!(
                    "{JSON}Set-Cookie: sid={HEADER}; Path=/; HttpOnly\r\nX-Token: {HEADER}\r\n"
                ),
                "{}",
            ),
        ),
        (
            "whole",
            "[\"\"]",
            answer("Content-Type: text/plain\r\n", WHOLE),
        ),
        (
            "form",
            "[\"/access_token\"]",
            answer(
                "Content-Type: application/x-www-form-urlencoded\r\n",
                &format!("access_token={FORM}&token_type=bearer"),
            ),
        ),
        (
            "broken",
            "[\"/access_token\"]",
            json(format!(
                r#"{{"access_token":"{BROKEN}","access_token":"{CUT}"#
            )),
        ),
        (
            "nested",
            "[\"/session\"]",
            json(format!(
                r#"{{"session":{{"list":["{NESTED}"],"open":true}}}}"#
            )),
        ),
        ("sent", "[]", one(SENT)),
        ("cookie", "[]", one(COOKIE)),
        ("key", "[]", one(KEY)),
    ]
}

/// What sends a captured token, and is no credential by declaration.
const SENDS: [(&str, &str); 3] = [
    ("sent", "Authorization = \"Bearer {{ token }}\""),
    ("cookie", "Cookie = \"theme=dark; sid={{ token }}\""),
    ("key", "X-Api-Key = \"{{ token }}\""),
];

const ALL: [&str; 13] = [
    ONCE, DECLARED, HEADER, WHOLE, FORM, BROKEN, CUT, SENT, COOKIE, KEY, HAND, PROSE, NESTED,
];

fn suite() -> (String, BTreeMap<String, Scripts>) {
    let mut scripts = BTreeMap::new();
    let mut cases = String::from(
        "[request.read]\nmethod = \"GET\"\npath = \"/valid\"\n\
         [request.counted]\nmethod = \"GET\"\npath = \"/counted\"\nsecret = [\"/access_token\"]\n\
         [probe.tokens]\nrequest = \"counted\"\npointer = \"/count\"\n",
    );
    let counted = format!(r#"{{"count":1,"access_token":"{DECLARED}"}}"#);
    scripts.insert("/counted".to_owned(), vec![answer(JSON, &counted)]);
    for (name, secret, came) in sources() {
        let _ = write!(
            cases,
            "\n[request.{name}]\nmethod = \"POST\"\npath = \"/{name}\"\nsecret = {secret}\nsuccess = {{ \"/missing\" = {{ is = \"string\" }} }}\n"
        );
        scripts.insert(format!("/{name}"), vec![came]);
        let kinds = [
            ("once", ""),
            ("burst", "burst = { requests = 3 }\n"),
            ("race", "race = 2\n"),
            (
                "poll",
                "poll = { until = { \"/done\" = true }, every = 0.01, within = 0.03 }\n",
            ),
        ];
        for (kind, key) in kinds {
            let _ = write!(
                cases,
                "\n[[case]]\nname = \"{name}-{kind}\"\nclause = \"status-404\"\nrequest = \"{name}\"\n{key}expect = \"success\"\n"
            );
        }
        // Its control comes first.
        let _ = write!(
            cases,
            "\n[[case]]\nname = \"{name}-control\"\nclause = \"status-404\"\nrequest = \"{name}\"\nsend.path = \"/valid\"\nexpect = \"not_found\"\neffect.tokens = 1\n"
        );
    }
    for (name, send) in SENDS {
        let _ = write!(
            cases,
            "\n[[case]]\nname = \"{name}-is-sent\"\nclause = \"status-404\"\n\
             [[case.step]]\nrequest = \"plain_{name}\"\nexpect = \"success\"\ncapture.token = \"/access_token\"\n\
             [[case.step]]\nrequest = \"read\"\nsend.headers.{send}\nexpect = \"not_found\"\n\
             [request.plain_{name}]\nmethod = \"POST\"\npath = \"/{name}\"\n"
        );
    }
    // Captured as a token of the request itself, so that its other exchanges are covered, too.
    for (name, send) in SENDS {
        let _ = write!(
            cases,
            "\n[[case]]\nname = \"{name}-is-sent-later\"\nclause = \"status-404\"\n\
             [[case.step]]\nrequest = \"{name}\"\nexpect = 200\ncapture.token = \"/access_token\"\n\
             [[case.step]]\nrequest = \"read\"\nsend.headers.{send}\nexpect = \"not_found\"\n"
        );
    }
    let once = format!(r#"{{"access_token":"{ONCE}"}}"#);
    scripts.insert("/once".to_owned(), vec![answer(JSON, &once)]);
    cases += "\n[request.once]\nmethod = \"POST\"\npath = \"/once\"\nsecret = [\"/access_token\"]\n\
              [[case]]\nname = \"once\"\nclause = \"status-404\"\n\
              [[case.step]]\nrequest = \"once\"\nexpect = \"success\"\ncapture.token = \"/access_token\"\n\
              [[case.step]]\nrequest = \"read\"\nsend.json.deep = [\"{{ token }}\"]\nexpect = \"not_found\"\n";
    for (name, value) in [
        ("hand", format!("Authorization = \"Bearer {HAND}\"")),
        ("prose", format!("Proxy-Authorization = \"{PROSE}\"")),
        ("short", "Authorization = \"Bearer pa55\"".to_owned()),
        (
            "word",
            "Authorization = \"Bearer administrator\"".to_owned(),
        ),
    ] {
        let _ = write!(
            cases,
            "\n[[case]]\nname = \"{name}\"\nclause = \"status-404\"\nrequest = \"read\"\nsend.headers.{value}\nsend.path = \"/echo/{name}\"\nexpect = \"not_found\"\n"
        );
        let body = format!(r#"{{"echo":"{HAND} {PROSE} pa55 administrator"}}"#);
        scripts.insert(format!("/echo/{name}"), vec![json_answer(200, &body)]);
    }
    // All in one line, which failures quote.
    let _ = write!(
        cases,
        "\n[[case]]\nname = \"inline\"\nclause = \"status-404\"\nstep = [{{ request = \"read\", send = {{ headers = {{ Authorization = \"Bearer {HAND}\" }} }}, expect = \"not_found\" }}]\n"
    );
    // Once known, a token is redacted in whatever comes after it, in any coding.
    for (secret, of) in [(DECLARED, "declared"), (SENT, "sent"), (HEADER, "header")] {
        for (coding, text) in codings(secret) {
            let path = format!("/echo/{of}-{coding}");
            let place = if of == "header" {
                "{ header = \"X-Token\" }"
            } else {
                "\"/access_token\""
            };
            let _ = write!(
                cases,
                "\n[[case]]\nname = \"echo-{of}-{coding}\"\nclause = \"status-404\"\n\
                 [[case.step]]\nrequest = \"{of}\"\nexpect = 200\ncapture.token = {place}\n\
                 [[case.step]]\nrequest = \"read\"\nsend.path = \"{path}\"\nsend.query.t = \"{{{{ token }}}}\"\nexpect = \"not_found\"\n"
            );
            let quoted = text.replace('"', "\\\"");
            scripts.insert(
                path,
                vec![json_answer(404, &format!(r#"{{"echo":"{quoted}"}}"#))],
            );
        }
    }
    (cases, scripts)
}

#[test]
fn no_output_holds_a_secret_that_the_run_comes_by() {
    let (cases, scripts) = suite();
    let (address, _) = serve(
        scripts,
        [vec![Act::ReadBody], json_answer(200, "{}")].concat(),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("cases.toml"), cases).unwrap();
    let target = format!(
        "cases = [\"cases.toml\"]\n[target.x]\nbase_url = \"http://{address}\"\npermits = [\"writes\", \"bursts\"]\n\
         [target.x.credentials.other]\nheaders.X-Api-Key.env = \"K_OTHER\"\n"
    );
    fs::write(path("gonogo.toml"), target).unwrap();
    let environment = [("K_OTHER", "0ther-secret-of-the-target")];
    let reports = REPORTS.map(|kind| format!("--report={kind}={kind}"));
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let run = ["--target", "x", "--max-inconclusive", "0"];
    let mut runs: Vec<Vec<&str>> = vec![
        [&run[..], &reports, &["--logfile", "log"]].concat(),
        [&run[..], &["--format", "json"]].concat(),
        vec!["judge", "jsonl"],
    ];
    for (name, _, _) in sources() {
        runs.push(vec!["try", name, "--target", "x"]);
    }
    let mut shown = String::new();
    for arguments in &runs {
        let run = gonogo(folder.path(), arguments, &environment);
        assert!(
            matches!(run.status, Some(101 | 3 | 0)),
            "{arguments:?}: {}{}",
            run.stdout,
            run.stderr
        );
        // `judge` knows no secret, and quotes the line of a case from its file.
        let is_quoted = |line: &&str| arguments[0] == "judge" && line.contains("step = [{");
        let lines = run.stdout.lines().filter(|line| !is_quoted(line));
        shown += &lines.collect::<Vec<_>>().join("\n");
        shown += &run.stderr;
    }
    for name in REPORTS.iter().chain(&["log"]) {
        shown += &String::from_utf8_lossy(&fs::read(path(name)).unwrap());
    }
    let lower = shown.to_ascii_lowercase();
    let mut found = Vec::new();
    for secret in ALL {
        let codings = codings(secret).into_iter();
        for (coding, text) in codings.filter(|(coding, _)| !coding.starts_with("base64")) {
            if let Some(at) = lower.find(&text.to_ascii_lowercase()) {
                let around = shown.get(at.saturating_sub(200)..at + 60);
                found.push(format!(
                    "{secret}, {coding}: {}",
                    around.unwrap_or_default()
                ));
            }
        }
    }
    let first: Vec<&str> = found.iter().take(5).map(String::as_str).collect();
    assert!(found.is_empty(), "{}:\n{}", found.len(), first.join("\n\n"));
    for telling in [
        "<token captured in step 1>",
        "<secret /access_token of declared>",
        "Bearer <written in the case>",
        "theme=<written in the case>; sid=<",
        // What is short or a word is hidden in the header alone.
        "pa55 administrator",
        "Path=/; HttpOnly",
        "token_type=bearer",
    ] {
        let is_there = lower.contains(&telling.to_ascii_lowercase());
        assert!(is_there, "{telling} is in no output");
    }
    for hidden in ["bearer pa55", "bearer administrator"] {
        assert!(!lower.contains(hidden), "{hidden}");
    }
}

/// Logs in, and sends the token to a path. The table has the secret place, how the token is sent, the response and the verdict.
#[test]
fn a_failure_that_sends_a_token_back_is_a_finding() {
    let failure = |message: &str| {
        let error = format!(
            r#"{{"error":{{"code":"not_found","message":"{message}","retryable":false,"retry_after":null}}}}"#
        );
        [vec![Act::ReadBody], json_answer(404, &error)].concat()
    };
    let success = |message: &str| json_answer(200, &format!(r#"{{"message":"{message}"}}"#));
    let declared = "secret = [\"/access_token\"]";
    let whole = "secret = [\"\"]";
    let echo = format!("no object for {DECLARED}");
    let other = "no object for someone@example.com";
    for (secret, sends, response, expect, violates) in [
        (declared, "", failure(&echo), "not_found", true),
        ("", SENDS[0].1, failure(&echo), "not_found", true),
        ("", SENDS[1].1, failure(&echo), "not_found", true),
        (declared, "", failure("no object"), "not_found", false),
        (declared, "", success(&echo), "success", false),
        // The place has more than a token.
        (whole, "", failure(other), "not_found", false),
        // The capture's name is only part of a text in the template.
        (
            "",
            "Authorization = \"Bearer {{ 'no token here' }}\"",
            failure(&echo),
            "not_found",
            false,
        ),
        // It is no secret.
        (
            "",
            "X-Note = \"{{ token }}\"",
            failure(&echo),
            "not_found",
            false,
        ),
    ] {
        let what = format!("{secret} {sends} {expect}");
        let headers = match sends {
            "" => String::new(),
            one => format!("send.headers.{one}\n"),
        };
        let cases = format!(
            "[request.login]\nmethod = \"POST\"\npath = \"/login\"\n{secret}\n\
             [request.read]\nmethod = \"GET\"\npath = \"/valid\"\n\
             [[case]]\nname = \"c\"\nclause = \"status-404\"\n\
             [[case.step]]\nrequest = \"login\"\nexpect = \"success\"\ncapture.token = \"/access_token\"\n\
             [[case.step]]\nrequest = \"read\"\nsend.path = \"/echo\"\n{headers}expect = \"{expect}\"\n"
        );
        let token = format!(r#"{{"access_token":"{DECLARED}","user":"someone@example.com"}}"#);
        let scripts = [
            (
                "/login".to_owned(),
                vec![[vec![Act::ReadBody], json_answer(200, &token)].concat()],
            ),
            ("/echo".to_owned(), vec![response]),
        ];
        let (address, _) = serve(scripts.into(), json_answer(200, "{}"));
        let folder = tempfile::tempdir().unwrap();
        let target = format!(
            "cases = [\"cases.toml\"]\n[target.x]\nbase_url = \"http://{address}\"\npermits = [\"writes\"]\n"
        );
        fs::write(folder.path().join("gonogo.toml"), target).unwrap();
        fs::write(folder.path().join("cases.toml"), cases).unwrap();
        for arguments in [
            &["--target", "x", "--report", "jsonl=r"][..],
            &["judge", "r"],
        ] {
            let run = gonogo(folder.path(), arguments, &[]);
            let all = format!("{}{}", run.stdout, run.stderr);
            let status = if violates { 101 } else { 0 };
            assert_eq!(run.status, Some(status), "{what}: {all}");
            let found = all.contains("violates[no-credentials]");
            assert_eq!(found, violates, "{what}: {all}");
        }
    }
}

#[test]
fn no_key_and_no_number_of_a_captured_value_shows_a_secret() {
    let cases = "[request.login]\nmethod = \"POST\"\npath = \"/login\"\nsecret = [\"/access_token\", \"/number\"]\n\
         [request.read]\nmethod = \"GET\"\npath = \"/valid\"\n\
         [[case]]\nname = \"c\"\nclause = \"status-404\"\n\
         [[case.step]]\nrequest = \"login\"\nexpect = \"success\"\ncapture = { map = \"/map\", number = \"/number\" }\n\
         [[case.step]]\nrequest = \"read\"\n\
         [case.step.expect]\nrow = \"success\"\n[case.step.expect.body]\n\"/map\" = \"{{ map }}\"\n\"/number\" = \"{{ number }}\"\n";
    let token = format!(
        r#"{{"access_token":"{DECLARED}","map":{{"{DECLARED}":1}},"number":738291045512}}"#
    );
    let scripts = [(
        "/login".to_owned(),
        vec![[vec![Act::ReadBody], json_answer(200, &token)].concat()],
    )];
    let (address, _) = serve(
        scripts.into(),
        json_answer(200, r#"{"map":{"a":1},"number":true}"#),
    );
    let folder = tempfile::tempdir().unwrap();
    let target = format!(
        "cases = [\"cases.toml\"]\n[target.x]\nbase_url = \"http://{address}\"\npermits = [\"writes\"]\n"
    );
    fs::write(folder.path().join("gonogo.toml"), target).unwrap();
    fs::write(folder.path().join("cases.toml"), cases).unwrap();
    let arguments = ["--target", "x", "--report", "jsonl=r"];
    let run = gonogo(folder.path(), &arguments, &[]);
    let record = fs::read_to_string(folder.path().join("r")).unwrap();
    let all = format!("{}{}{record}", run.stdout, run.stderr);
    assert_eq!(run.status, Some(101), "{all}");
    assert!(!all.contains(DECLARED), "{all}");
    assert!(!all.contains("738291045512"), "{all}");
}

#[test]
fn a_secret_place_that_is_none_is_an_error_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let target = "cases = [\"cases.toml\"]\n[target.x]\nbase_url = \"http://127.0.0.1:9\"\n";
    fs::write(folder.path().join("gonogo.toml"), target).unwrap();
    for (key, expected) in [
        ("[\"/access_token\", \"Set-Cookie\", \"X-Token\", \"\"]", ""),
        (
            "[\"/a\", \"access_token\"]",
            "cases.toml:4:17|did you mean `/access_token`?",
        ),
        ("[\"token\"]", "cases.toml:4:11|did you mean `/token`?"),
        (
            "[\"Set Cookie\"]",
            "cases.toml:4:11|neither a JSON Pointer nor a header name",
        ),
        (
            "[\"/a~2\"]",
            "cases.toml:4:11|neither a JSON Pointer nor a header name",
        ),
        (
            "[\"$.token\"]",
            "cases.toml:4:11|neither a JSON Pointer nor a header name",
        ),
        ("\"/token\"", "cases.toml:4:10|expected"),
        ("[1]", "cases.toml:4:11|expected"),
    ] {
        let cases = format!(
            "[request.token]\nmethod = \"GET\"\npath = \"/t\"\nsecret = {key}\n\
             [[case]]\nname = \"a\"\nclause = \"status-404\"\nrequest = \"token\"\nexpect = \"success\"\n"
        );
        fs::write(folder.path().join("cases.toml"), cases).unwrap();
        let run = gonogo(folder.path(), &["lint"], &[]);
        let told = run.stdout + &run.stderr;
        assert_eq!(run.status == Some(2), !expected.is_empty(), "{key}: {told}");
        for part in expected.split('|') {
            assert!(told.contains(part), "{key}: {part} is not in {told}");
        }
    }
}
