//! Secrets that come back: in every coding, in every place, cut anywhere. No byte of any output may hold one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::attacks::json_answer;
use crate::codings::codings;
use crate::program::gonogo;
use crate::server::{Act, serve};

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

/// The kinds of reports that hold what came back.
const REPORTS: [&str; 4] = ["har", "junit", "markdown", "sarif"];

#[test]
fn no_output_holds_a_secret_that_comes_back() {
    let secrets = [
        ("bearer", BEARER),
        ("header", HEADER),
        ("basic", BASIC),
        ("file", FILE),
    ];
    let mut forbidden: Vec<(String, String)> = Vec::new();
    let mut scripts = BTreeMap::new();
    let mut cases = String::from(
        "[request.read]\nmethod = \"GET\"\npath = \"/valid\"\nas = \"member\"\n\
         [request.sent]\nmethod = \"POST\"\npath = \"/valid\"\nas = \"member\"\n",
    );
    for (which, secret) in secrets {
        for (coding, text) in codings(secret) {
            forbidden.push((format!("{which} {coding}"), core(&coding, &text)));
            for (number, (place, answer)) in places(&text).into_iter().enumerate() {
                // All places for the bearer token as it is, some of them for all else.
                let cut = place.starts_with("cut_");
                let often = ["plain", "json", "percent_upper", "base64"].contains(&coding.as_str());
                if (cut && !(often && which == "bearer")) || (which != "bearer" && number % 5 != 0)
                {
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
    // What is sent is shown, too: in the address, in a header, in the body, derived, and where it cannot be sent at all.
    for (name, send) in [
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
    ] {
        let _ = write!(
            cases,
            "\n[[case]]\nname = \"{name}\"\nclause = \"status-404\"\nrequest = \"sent\"\n{send}\nexpect = \"bad_request\"\n"
        );
    }
    forbidden.push(("upper".to_owned(), BEARER.to_uppercase()));
    forbidden.push(("reversed".to_owned(), BEARER.chars().rev().collect()));
    // Beginnings that a cut leaves.
    for (which, secret) in secrets {
        forbidden.push((format!("{which}, its beginning"), secret[..9].to_owned()));
    }
    let (address, _) = serve(
        scripts,
        [vec![Act::ReadBody], json_answer(200, "{}")].concat(),
    );
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("held.key", FILE);
    write("cases.toml", &cases);
    write(
        "gonogo.toml",
        &format!(
            "[target.x]\nbase_url = \"http://{address}\"\n[target.x.credentials.member]\n\
             bearer.env = \"K_BEARER\"\nheaders.X-Api-Key.env = \"K_HEADER\"\n\
             headers.X-Basic.env = \"K_BASIC\"\nheaders.X-File.file = \"held.key\"\n"
        ),
    );
    let basic = format!("Basic {}", STANDARD.encode(BASIC));
    let environment = [
        ("K_BEARER", BEARER),
        ("K_HEADER", HEADER),
        ("K_BASIC", &basic),
    ];
    let common = [
        "--target",
        "x",
        "--cases",
        "cases.toml",
        "--max-inconclusive",
        "0",
    ];
    let mut found = Vec::new();
    let reports = REPORTS.map(|kind| format!("--report={kind}={kind}"));
    let reports = reports.each_ref().map(String::as_str);
    for flags in [
        &["--logfile", "log", "--coverage"][..],
        &["--format", "json"],
        &reports,
    ] {
        let run = gonogo(folder.path(), &[&common[..], flags].concat(), &environment);
        assert_eq!(run.status, Some(101), "{}", run.stderr);
        let mut outputs = vec![("stdout", run.stdout), ("stderr", run.stderr.clone())];
        let written = ["log"].into_iter().chain(REPORTS);
        // Each of them is one of these runs'.
        let written = written.filter(|name| flags.iter().any(|flag| flag.ends_with(name)));
        outputs.extend(written.map(|name| {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(!text.is_empty(), "{name}");
            (name, text)
        }));
        for (output, text) in outputs {
            // What is printed may be escaped once more, as in JSON or XML.
            let text = text.to_ascii_lowercase();
            let mut unescaped = text.replace("\\\\", "\\").replace("\\\"", "\"");
            for (escaped, letter) in [
                ("&lt;", "<"),
                ("&gt;", ">"),
                ("&apos;", "'"),
                ("&quot;", "\""),
                ("&amp;", "&"),
            ] {
                unescaped = unescaped.replace(escaped, letter);
            }
            for (what, secret) in &forbidden {
                let secret = secret.to_ascii_lowercase();
                if let Some(at) = text
                    .find(secret.as_str())
                    .or(unescaped.find(secret.as_str()))
                {
                    let from = text.floor_char_boundary(at.saturating_sub(300));
                    let to = text.ceil_char_boundary((at + 100).min(text.len()));
                    found.push(format!(
                        "{what} in {output}, {flags:?}:\n{}",
                        text.get(from..to).unwrap_or_default()
                    ));
                }
            }
        }
        #[cfg(unix)]
        assert!(
            run.stderr.contains("others than its owner may read"),
            "{}",
            run.stderr
        );
    }
    assert!(
        found.is_empty(),
        "{}:\n{}",
        found.len(),
        found
            .iter()
            .take(6)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n\n")
    );
}
