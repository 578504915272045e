//! Secrets that come back: in every coding, in every place, cut anywhere. No byte of any output may hold one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::attacks::json_answer;
use crate::codings::{codings, undone};
use crate::program::gonogo;
use crate::server::{Act, Scripts, serve};

const BEARER: &str = "kat/live+Pub=lic~Id.Very_Secret-Token/9";
const HEADER: &str = "p@ss:w0rd/of+the=Partner";
const BASIC: &str = "operator:tr0ub4dor&3-Passw0rd";
const FILE: &str = "file<held>secret&more'5";

/// What of a coded secret must not be found: it, and the parts of it that no neighbour changes.
fn core(name: &str, text: &str) -> String {
    let edge = if name.starts_with("base64") { 8 } else { 0 };
    text.get(edge..text.len() - edge).unwrap_or(text).to_owned()
}

/// Where a server can put a text: each an answer.
fn places(text: &str) -> Vec<(&'static str, Vec<Act>)> {
    let quoted = text.replace('"', "\\\"");
    let envelope = |code: &str, message: &str| {
        format!(
            r#"{{"error":{{"code":"{code}","message":"{message}","retryable":true,"retry_after":null}}}}"#
        )
    };
    let head = |fields: &str, body: &str| {
        let length = body.len();
        let text = format!("HTTP/1.1 404 X\r\n{fields}Content-Length: {length}\r\n\r\n{body}");
        vec![Act::Send(text.into_bytes())]
    };
    let mut all = vec![
        ("message", json_answer(404, &envelope("not_found", &quoted))),
        ("code", json_answer(404, &envelope(&quoted, "No."))),
        (
            "member",
            json_answer(
                404,
                &format!(r#"{{"error":{{"{quoted}":1,"{quoted}":2}}}}"#),
            ),
        ),
        ("no_json", json_answer(404, &format!("<p>{text}"))),
        (
            "invalid_utf_8",
            vec![Act::Send(
                [
                    format!(
                        "HTTP/1.1 404 X\r\nContent-Length: {}\r\n\r\n",
                        text.len() + 3
                    )
                    .as_bytes(),
                    text.as_bytes(),
                    b"\xff\xfe\xff",
                ]
                .concat(),
            )],
        ),
        ("header", head(&format!("X-Echo: {text}\r\n"), "{}")),
        (
            "content_type",
            head(&format!("Content-Type: {text}\r\n"), "{}"),
        ),
        (
            "retry_after",
            head(
                &format!("Retry-After: {text}\r\n"),
                &envelope("not_found", "No."),
            ),
        ),
        (
            "location",
            vec![Act::Send(
                format!("HTTP/1.1 302 X\r\nLocation: /?t={text}\r\nContent-Length: 0\r\n\r\n")
                    .into_bytes(),
            )],
        ),
        (
            "coding",
            head(&format!("Content-Encoding: {text}\r\n"), "{}"),
        ),
        (
            "reason",
            vec![Act::Send(
                format!("HTTP/1.1 404 {text}\r\nContent-Length: 2\r\n\r\n{{}}").into_bytes(),
            )],
        ),
        (
            "trailer",
            vec![Act::Send(
                format!(
                    "HTTP/1.1 404 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nX-Echo: {text}\r\n\r\n"
                )
                .into_bytes(),
            )],
        ),
        (
            "large_body",
            json_answer(404, &format!("[\"{}{quoted}\"]", "a".repeat(65_536 - 20))),
        ),
    ];
    // Cut anywhere: findings quote 160 characters, bodies and headers are cut at 1200 and 160.
    for at in [140, 150, 158] {
        let pad = "c".repeat(at);
        all.push((
            "cut_code",
            json_answer(404, &envelope(&format!("{pad}{quoted}"), "No.")),
        ));
        all.push(("cut_body", json_answer(404, &format!("{pad}{text}"))));
        all.push((
            "cut_header",
            head(
                &format!("X-Echo: {pad}{text}\r\nContent-Type: {pad}{text}\r\n"),
                "{}",
            ),
        ));
    }
    for at in [1140, 1190, 1198] {
        all.push((
            "cut_excerpt",
            json_answer(404, &format!("<{}{text}", "b".repeat(at))),
        ));
    }
    all
}

/// The kinds of reports.
pub(super) const REPORTS: [&str; 8] = [
    "badge",
    "certificate",
    "har",
    "html",
    "jsonl",
    "junit",
    "markdown",
    "sarif",
];

/// The secrets, by where they come from.
const SECRETS: [(&str, &str); 4] = [
    ("bearer", BEARER),
    ("header", HEADER),
    ("basic", BASIC),
    ("file", FILE),
];

/// What is sent is shown, too: in the address, in a header, in the body, derived, and where it cannot be sent at all.
const SENT: [(&str, &str); 11] = [
    ("in_address", "send.query.token = \"{{ secret.member }}\""),
    ("in_path", "send.path = \"/valid/{{ secret.member }}\""),
    (
        "in_header",
        "send.headers.X-Token = \"token {{ secret.member }}\"",
    ),
    ("in_json", "send.json.token = \"{{ secret.member }}\""),
    (
        "in_text",
        "send.text = '{\"deep\": \"{{ secret.member }}\"'",
    ),
    (
        "upper",
        "send.text = '{\"a\": \"{{ secret.member | upper }}\"}'",
    ),
    (
        "reversed",
        "send.text = '{\"a\": \"{{ secret.member | reverse }}\"}'",
    ),
    (
        "unsendable",
        "send.headers.X-Token = \"{{ secret.member }}\\n\"",
    ),
    ("no_address", "send.path = \"{{ secret.member }}:\\\\@\""),
    (
        "no_template",
        "send.headers.X-Token = \"{{ secret.member.nothing.at_all }}\"",
    ),
    ("no_wait", "wait = \"{{ secret.member }}\""),
];

/// A suite of echoes: each coding of each secret in some places, those of the bearer token in all.
fn suite() -> (String, BTreeMap<String, Scripts>) {
    let mut scripts = BTreeMap::new();
    let mut cases = String::from(
        "[request.read]\nmethod = \"GET\"\npath = \"/valid\"\nas = \"member\"\n\
         [request.echo]\nmethod = \"GET\"\npath = \"/echo/bearer-plain-message-0\"\nas = \"member\"\n\
         [request.sent]\nmethod = \"POST\"\npath = \"/valid\"\nas = \"member\"\n",
    );
    for (which, secret) in SECRETS {
        for (nth, (coding, text)) in codings(secret).into_iter().enumerate() {
            for (number, (place, answer)) in places(&text).into_iter().enumerate() {
                let often = ["plain", "json", "percent_upper", "base64"].contains(&coding.as_str());
                let one_of = match which {
                    "bearer" if often => 1,
                    "bearer" => 3,
                    _ => 11,
                };
                if (number + nth) % one_of != 0 {
                    continue;
                }
                let name = format!("{which}-{coding}-{place}-{number}");
                let path = format!("/echo/{name}");
                let _ = write!(
                    cases,
                    "\n[[case]]\nname = \"{name}\"\nclause = \"status-404\"\nrequest = \"read\"\n\
                     send.path = \"{path}\"\nexpect = \"not_found\"\n"
                );
                scripts.insert(path, vec![answer]);
            }
        }
    }
    for (name, send) in SENT {
        let _ = write!(
            cases,
            "\n[[case]]\nname = \"{name}\"\nclause = \"status-404\"\nrequest = \"sent\"\n{send}\nexpect = \"bad_request\"\n"
        );
    }
    (cases, scripts)
}

/// What must be in no output, each with its name: the secrets in every coding, what is derived from them, and the beginnings that a cut leaves.
fn forbidden() -> Vec<(String, String)> {
    let mut forbidden = vec![
        ("upper".to_owned(), BEARER.to_uppercase()),
        ("reversed".to_owned(), BEARER.chars().rev().collect()),
    ];
    for (which, secret) in SECRETS {
        forbidden.push((format!("{which}, its beginning"), secret[..9].to_owned()));
        forbidden.extend(codings(secret).into_iter().map(|(coding, text)| {
            let core = core(&coding, &text);
            (format!("{which} {coding}"), core)
        }));
    }
    for (_, text) in &mut forbidden {
        text.make_ascii_lowercase();
    }
    forbidden
}

/// What stands around a place.
fn around(text: &str, at: usize) -> String {
    let part = &text.as_bytes()[at.saturating_sub(300)..text.len().min(at + 100)];
    String::from_utf8_lossy(part).into_owned()
}

/// A run of the program: its arguments, its environment, and the exit status that it comes to.
type Ran<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], i32);

/// The secrets that an output has, raw and with its codings undone, in the lines that no output had before.
fn leaks(output: &str, text: &str, known: &mut BTreeSet<String>) -> Vec<String> {
    let forbidden = forbidden();
    let lines = text.lines().filter(|line| known.insert((*line).to_owned()));
    let lines: Vec<&str> = lines.collect();
    let raw = lines.join("\n").to_ascii_lowercase();
    let once = raw.replace("\\\\", "\\").replace("\\\"", "\"");
    let mut leaks = Vec::new();
    for (what, secret) in &forbidden {
        let finder = memchr::memmem::Finder::new(secret);
        for text in [&raw, &once] {
            if let Some(at) = finder.find(text.as_bytes()) {
                leaks.push(format!("{what} in {output}:\n{}", around(text, at)));
                break;
            }
        }
    }
    for reading in undone(&lines.join("\n")) {
        let reading = reading.to_ascii_lowercase();
        for (which, secret) in SECRETS {
            let beginning = secret[..9].to_ascii_lowercase();
            if let Some(at) = reading.find(&beginning) {
                let text = around(&reading, at);
                leaks.push(format!("{which}, undone, in {output}:\n{text}"));
            }
        }
    }
    leaks
}

#[test]
fn no_output_holds_a_secret_that_comes_back() {
    let (cases, scripts) = suite();
    let (address, _) = serve(
        scripts,
        [vec![Act::ReadBody], json_answer(200, "{}")].concat(),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| fs::write(path(name), text).unwrap();
    write("held.key", FILE);
    write("cases.toml", &cases);
    write(
        "gonogo.toml",
        &format!(
            "cases = [\"cases.toml\"]\n[target.x]\nbase_url = \"http://{address}\"\n[target.x.credentials.member]\n\
             bearer.env = \"K_BEARER\"\nheaders.X-Api-Key.env = \"K_HEADER\"\n\
             headers.X-Basic.env = \"K_BASIC\"\nheaders.X-File.file = \"held.key\"\n"
        ),
    );
    write(
        "curl",
        &format!(
            "curl -H 'Authorization: Bearer {BEARER}' -H 'X-Api-Key: {HEADER}' 'http://{address}/valid?key={BEARER}'\n\
             HTTP/1.1 404 X\nContent-Type: application/json\n\n{{\"error\":{{\"code\":\"not_found\",\"message\":\"{BEARER}\"}}}}\n"
        ),
    );
    let basic = format!("Basic {}", STANDARD.encode(BASIC));
    let summary = path("summary");
    let of_github = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
    ];
    let keys = [
        ("K_BEARER", BEARER),
        ("K_HEADER", HEADER),
        ("K_BASIC", &basic),
    ];
    let on_github = [&keys[..], &of_github].concat();
    let run = ["--target", "x", "--max-inconclusive", "0"];
    let reports = REPORTS.map(|kind| format!("--report={kind}={kind}"));
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let again = REPORTS.map(|kind| format!("--report={kind}={kind}-again"));
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    let runs: [Ran<'_>; 8] = [
        (
            &[&run[..], &["--logfile", "log", "--coverage"]].concat(),
            &keys,
            101,
        ),
        (&[&run[..], &["--format", "json"]].concat(), &keys, 101),
        (&[&run[..], &reports].concat(), &on_github, 101),
        (&[&["judge", "jsonl"][..], &again].concat(), &of_github, 101),
        (&["try", "echo", "--target", "x"], &keys, 101),
        (&["explain", "cases::in_header"], &keys, 0),
        (&["record", "--target", "x", "--curl", "curl"], &keys, 0),
        (
            &["record", "--target", "x", "--har", "har", "--entry", "9"],
            &keys,
            0,
        ),
    ];
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut known = BTreeSet::new();
    for (arguments, environment, status) in runs {
        let run = gonogo(folder.path(), arguments, environment);
        assert_eq!(
            run.status,
            Some(status),
            "{arguments:?}: {}{}",
            run.stdout,
            run.stderr
        );
        assert!(!run.stdout.is_empty(), "{arguments:?}");
        if arguments.contains(&"--report=badge=badge") {
            // It is a finding, too, whichever secret it is.
            let outcomes = run.outcomes();
            let mut messages = outcomes
                .iter()
                .filter(|(name, _)| name.ends_with("-message-0"));
            assert!(messages.clone().count() > 20, "{outcomes:?}");
            let missed =
                messages.find(|(_, outcome)| !outcome.contains("violates[no-credentials]"));
            assert!(missed.is_none(), "{missed:?}");
        }
        found.extend(leaks(
            &format!("stdout of {arguments:?}"),
            &run.stdout,
            &mut known,
        ));
        found.extend(leaks(
            &format!("stderr of {arguments:?}"),
            &run.stderr,
            &mut known,
        ));
        #[cfg(unix)]
        if ["--target", "try"].contains(&arguments[0]) {
            let warned = run.stderr.contains("others than its owner may read");
            assert!(warned, "{arguments:?}: {}", run.stderr);
        }
        let ours = [
            "held.key",
            "cases.toml",
            "gonogo.toml",
            "curl",
            "stdout",
            "stderr",
        ];
        for entry in fs::read_dir(folder.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !ours.contains(&name.as_str()) && seen.insert(name.clone()) {
                let text = fs::read(path(&name)).unwrap();
                assert!(!text.is_empty(), "{name}");
                found.extend(leaks(&name, &String::from_utf8_lossy(&text), &mut known));
            }
        }
    }
    let first = found.iter().take(6).cloned().collect::<Vec<_>>();
    assert!(found.is_empty(), "{}:\n{}", found.len(), first.join("\n\n"));
}

/// What a server sends back of a credential: the credential's header, what is echoed, whether that is a finding, whether it is redacted.
const PARTS: [(&str, &str, bool, bool); 17] = [
    (
        "kat_live_pub1ic1d.s3cretha1f",
        "kat_live_pub1ic1d.s3cretha1f",
        true,
        true,
    ),
    ("kat_live_pub1ic1d.s3cretha1f", "s3cretha1f", true, true),
    ("kat_live_pub1ic1d.s3cretha1f", "pub1ic1d", false, true),
    ("kat_live_pub1ic1d.s3cretha1f", "kat_live", false, false),
    ("kat_live_pub1ic1d.s3cr-etha_1f", "s3cr-etha_1f", true, true),
    ("sk_test_4eC39HqLyjWD", "4eC39HqLyjWD", true, true),
    ("sk_test_4eC39HqLyjWD", "sk_test_", false, false),
    (
        "test-token-of-an-administrator",
        "administrator",
        false,
        false,
    ),
    ("access_token_20261231", "20261231", false, false),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
        "eyJhbGciOiJIUzI1NiJ9",
        false,
        true,
    ),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
        "eyJzdWIiOiI0MiJ9",
        false,
        true,
    ),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
        "c2lnbmF0dXJl",
        true,
        true,
    ),
    // operator:tr0ub4dor&3
    (
        "Basic b3BlcmF0b3I6dHIwdWI0ZG9yJjM=",
        "tr0ub4dor&3",
        true,
        true,
    ),
    (
        "Basic b3BlcmF0b3I6dHIwdWI0ZG9yJjM=",
        "b3BlcmF0b3I6dHIwdWI0ZG9yJjM",
        true,
        true,
    ),
    (
        "Basic b3BlcmF0b3I6dHIwdWI0ZG9yJjM=",
        "operator",
        false,
        false,
    ),
    // operator:password
    ("Basic b3BlcmF0b3I6cGFzc3dvcmQ=", "password", false, true),
    ("Token 5hort.k3y", "k3y", false, false),
];

#[test]
fn the_parts_of_a_credential_are_redacted_and_the_most_secret_one_is_a_finding() {
    let mut scripts = BTreeMap::new();
    let mut cases = String::new();
    let mut environment = Vec::new();
    for (number, (header, echo, _, _)) in PARTS.iter().enumerate() {
        let body = format!(
            r#"{{"error":{{"code":"not_found","message":"<{echo}>","retryable":false,"retry_after":null}}}}"#
        );
        scripts.insert(format!("/echo/{number}"), vec![json_answer(404, &body)]);
        let _ = write!(
            cases,
            "[request.r{number}]\nmethod = \"GET\"\npath = \"/valid\"\nas = \"c{number}\"\n\
             [[case]]\nname = \"n{number}\"\nclause = \"status-404\"\nrequest = \"r{number}\"\nsend.path = \"/echo/{number}\"\nexpect = \"bad_request\"\n"
        );
        environment.push((format!("K{number}"), *header));
    }
    let (address, _) = serve(scripts, json_answer(200, "{}"));
    let folder = tempfile::tempdir().unwrap();
    let run: Vec<BTreeMap<String, String>> = (0..PARTS.len())
        .map(|number| {
            // Each target knows one credential: they have parts in common.
            let target = format!(
                "cases = [\"cases.toml\"]\n[target.x]\nbase_url = \"http://{address}\"\n\
                 [target.x.credentials.c{number}]\nheaders.Authorization.env = \"K{number}\"\n"
            );
            fs::write(folder.path().join("cases.toml"), &cases).unwrap();
            fs::write(folder.path().join("gonogo.toml"), target).unwrap();
            let environment: Vec<(&str, &str)> = environment
                .iter()
                .map(|(name, value)| (name.as_str(), *value))
                .collect();
            let name = format!("cases::n{number}");
            gonogo(
                folder.path(),
                &["--target", "x", "--exact", &name],
                &environment,
            )
            .outcomes()
        })
        .collect();
    for (number, (header, echo, is_finding, is_redacted)) in PARTS.iter().enumerate() {
        let outcome = &run[number][&format!("cases::n{number}")];
        let what = format!("{echo} of {header}: {outcome}");
        assert!(outcome.contains("step 1"), "{what}");
        assert_eq!(outcome.contains("[no-credentials]"), *is_finding, "{what}");
        assert_eq!(
            !outcome.contains(&format!("<{echo}>")),
            *is_redacted,
            "{what}"
        );
    }
}
