//! Texts that would forge a line, move a cursor, hide something or command a CI system, planted wherever a text of others is printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use crate::attacks::json_answer;
use crate::program::{Run, gonogo};
use crate::secrets::REPORTS;
use crate::server::{Act, serve};

/// What is planted, as TOML and JSON write it.
const EVIL: &str = r"x\u001b[31m\u0007\r\u202e\u200b\u2028\ntest forged::line ... ok\n  ::error::forged\n##[error]forged ##vso[task.complete]\ntest result: ok. 1 passed";

/// No output may hold a character that a terminal acts on, or a line that is none of ours.
fn judge(what: &str, text: &str, faults: &mut Vec<String>) {
    for letter in text.chars() {
        let hidden = letter.is_control() && letter != '\n';
        if hidden || "\u{202e}\u{200b}\u{2028}\u{2066}\u{feff}".contains(letter) {
            faults.push(format!("{what}: {letter:?} is printed"));
            break;
        }
    }
    for line in text.lines() {
        let forged = line.starts_with("test forged")
            || line.starts_with("test result: ok. 1 passed")
            || line.trim_start().starts_with("::")
            || line.contains("##[")
            || line.contains("##vso[");
        if forged {
            faults.push(format!("{what}: {line}"));
        }
    }
}

fn judge_run(what: &str, run: &Run, faults: &mut Vec<String>) {
    judge(&format!("{what}, stdout"), &run.stdout, faults);
    judge(&format!("{what}, stderr"), &run.stderr, faults);
    if run.stdout.contains("panicked") || run.stderr.contains("panicked") {
        faults.push(format!("{what}: {}", run.stderr));
    }
}

#[test]
fn what_a_server_sends_forges_nothing() {
    let raw = "x\u{1b}[31m\u{7}\r\u{202e}\u{200b}\ntest forged::line ... ok\n  ::error::forged\n##[error]forged";
    let field = "\u{202e}\u{200b}::error::forged ##[error]x";
    let envelope = |code: &str, message: &str| {
        format!(
            r#"{{"error":{{"code":"{code}","message":"{message}","retryable":true,"retry_after":null}}}}"#
        )
    };
    let answers = [
        json_answer(404, &envelope("not_found", EVIL)),
        json_answer(404, &envelope(EVIL, "No.")),
        json_answer(404, &format!(r#"{{"error":{{"{EVIL}":1,"{EVIL}":2}},"{EVIL}":{{"a":0,"a":0}}}}"#)),
        json_answer(404, raw),
        json_answer(404, "<script>alert(1)</script>"),
        json_answer(404, &format!("::error::{raw}")),
        vec![Act::Send(format!("HTTP/1.1 404 {field}\r\nX-{}: {field}\r\nContent-Type: {field}\r\nContent-Encoding: {field}\r\nRetry-After: {field}\r\nContent-Length: 0\r\n\r\n", "A").into_bytes())],
        vec![Act::Send(raw.as_bytes().to_vec()), Act::Close],
        json_answer(200, &format!(r#"{{"job_id":"{EVIL}"}}"#)),
    ];
    let mut cases = String::from("[request.read]\nmethod = \"GET\"\npath = \"/valid\"\n");
    let mut scripts = BTreeMap::new();
    for (number, answer) in answers.into_iter().enumerate() {
        let _ = write!(
            cases,
            "\n[request.e{number}]\nmethod = \"GET\"\npath = \"/e{number}\"\n\
             \n[[case]]\nname = \"c{number}\"\nclause = \"status-404\"\nstep = [\n\
             {{ request = \"read\", send.path = \"/e{number}\", expect = [\"not_found\", \"success\"], capture.id = \"/job_id\" }},\n\
             {{ request = \"read\", send.path = \"/e{number}\", send.headers.X-Id = \"{{{{ id }}}}\", wait = \"{{{{ id }}}}\", expect = \"success\" }},\n]\n\
             \n[[case]]\nname = \"d{number}\"\nclause = \"status-404\"\nrequest = \"read\"\nsend.path = \"/e{number}\"\nexpect = \"not_found\"\n"
        );
        scripts.insert(format!("/e{number}"), vec![answer]);
    }
    let scripts_of = scripts.len();
    let (address, _) = serve(scripts, json_answer(200, "{}"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.toml"), cases).unwrap();
    let url = format!("http://{address}");
    let mut faults = Vec::new();
    for flags in [
        &[][..],
        &["--format", "json"],
        &["--quiet"],
        &["--coverage"],
    ] {
        let run = gonogo(
            folder.path(),
            &[&["--target", &url, "--cases", "c.toml"], flags].concat(),
            &[],
        );
        assert_eq!(run.status, Some(101), "{}", run.stderr);
        judge_run(&format!("{flags:?}"), &run, &mut faults);
    }
    let mut arguments = vec!["--target", &url, "--cases", "c.toml"];
    let reports = REPORTS.map(|kind| format!("--report={kind}={kind}.out"));
    arguments.extend(reports.iter().map(String::as_str));
    let run = gonogo(folder.path(), &arguments, &[]);
    assert_eq!(run.status, Some(101), "{}", run.stderr);
    for kind in REPORTS {
        let text = fs::read_to_string(folder.path().join(format!("{kind}.out"))).unwrap();
        // JSON has it exact, and is no page; Markdown has it in code.
        let page = !["har", "jsonl", "markdown", "sarif"].contains(&kind);
        assert!(!(page && text.contains("<script>alert")), "{kind}");
        judge(kind, &text, &mut faults);
    }
    // It reads back the same, though nothing of it stands there as it came.
    let again = [
        "judge",
        "jsonl.out",
        "--cases",
        "c.toml",
        "--report=jsonl=again.out",
    ];
    let judged = gonogo(folder.path(), &again, &[]);
    assert_eq!(judged.status, Some(101), "{}", judged.stderr);
    judge_run("judge", &judged, &mut faults);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(
        read("jsonl.out") == read("again.out"),
        "it was judged otherwise"
    );
    let prove = ["prove", "--target", &url, "--cases", "c.toml"];
    judge_run("prove", &gonogo(folder.path(), &prove, &[]), &mut faults);
    for number in 0..scripts_of {
        let request = format!("e{number}");
        let tried = ["try", "--target", &url, "--cases", "c.toml", &request];
        judge_run(&request, &gonogo(folder.path(), &tried, &[]), &mut faults);
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn what_a_file_says_forges_nothing() {
    let text = |template: &str| template.replace("EVIL", EVIL);
    let request = "[request.read]\nmethod = \"GET\"\npath = \"/valid\"\n";
    let case = "\n[[case]]\nname = \"c\"\nclause = \"status-404\"\nrequest = \"read\"\nexpect = \"not_found\"\n";
    let (address, _) = serve(BTreeMap::new(), json_answer(200, "{}"));
    let target = format!("[target.x]\nbase_url = \"http://{address}\"\n");
    let with = |more: &str| format!("{request}{case}{}", text(more));
    // What stands where: a file of cases, and the configuration.
    let files = [
        (
            "suite",
            format!("suite = {{ name = \"{EVIL}\", version = \"1\" }}\n{request}{case}"),
            target.clone(),
        ),
        (
            "request",
            text(
                &format!("{request}{case}")
                    .replace("request.read", "request.\"EVIL\"")
                    .replace("\"read\"", "\"EVIL\""),
            ),
            target.clone(),
        ),
        (
            "case",
            with(case.replace("\"c\"", "\"EVIL\"").as_str()),
            target.clone(),
        ),
        (
            "variant",
            with("each.a = [\"EVIL\"]\nsend.query.a = \"{{ each.a }}\"\n"),
            target.clone(),
        ),
        (
            "named variant",
            with("each.a = { \"EVIL\" = 1 }\nsend.query.a = \"{{ each.a }}\"\n"),
            target.clone(),
        ),
        ("unknown key", with("\"EVIL\" = 1\n"), target.clone()),
        (
            "unknown row",
            with(
                "[[case]]\nname = \"d\"\nclause = \"EVIL\"\nrequest = \"EVIL\"\nexpect = \"EVIL\"\n",
            ),
            target.clone(),
        ),
        (
            "wrong type",
            with("wait = { a = \"EVIL\" }\n"),
            target.clone(),
        ),
        (
            "syntax",
            format!("{}\nx = \u{1b}[31m \u{202e}::error::\r\n", with("")),
            target.clone(),
        ),
        (
            "comment",
            format!("{} # \u{202e}\u{200b}##[error]", with("").trim_end()),
            target.clone(),
        ),
        (
            "template",
            with("send.query.a = \"{{ EVIL }}\"\n"),
            target.clone(),
        ),
        (
            "fixture",
            with("send.query.a = \"{{ fixture.nothing }}\"\n"),
            target.replace("target.x", &format!("target.\"{EVIL}\"")),
        ),
        ("file", with("send.file = \"EVIL\"\n"), target.clone()),
        (
            "header",
            with("send.headers.\"EVIL\" = \"a\"\n"),
            target.clone(),
        ),
        (
            "header's value",
            with("send.headers.X-A = \"EVIL\"\n"),
            target.clone(),
        ),
        ("path", with("send.path = \"/EVIL\"\n"), target.clone()),
        ("body", with("send.text = \"EVIL\"\n"), target.clone()),
        (
            "equal",
            with("").replace(
                "expect = \"not_found\"",
                &format!("expect = {{ row = \"success\", body = {{ \"/a\" = \"{EVIL}\" }} }}"),
            ),
            target.clone(),
        ),
        (
            "target",
            with(""),
            format!("{target}\n[target.\"{EVIL}\"]\nbase_url = \"{EVIL}\"\n"),
        ),
        (
            "permit",
            with(""),
            format!("{target}permits = [\"{EVIL}\"]\n"),
        ),
        (
            "waiver",
            with(""),
            format!(
                "{target}[[target.x.waiver]]\ntrial = \"{EVIL}\"\nclauses = [\"refused\"]\nreason = \"{EVIL}\"\nowner = \"{EVIL}\"\nuntil = 2000-01-01\n"
            ),
        ),
        (
            "waived",
            with(""),
            format!(
                "{target}[[target.x.waiver]]\ntrial = \"*\"\nclauses = [\"refused\"]\nreason = \"{EVIL}\"\nowner = \"{EVIL}\"\nuntil = 2999-01-01\n"
            ),
        ),
        (
            "no variable",
            with(""),
            format!("{target}credentials.a.bearer.env = \"{EVIL}\"\n"),
        ),
        (
            "no file",
            with(""),
            format!("{target}credentials.a.bearer.file = \"{EVIL}\"\n"),
        ),
        (
            "contract",
            with(""),
            format!("contract = \"{EVIL}\"\n{target}"),
        ),
        (
            "limit",
            with(""),
            format!("{target}declared = {{ \"{EVIL}\" = 1 }}\n"),
        ),
    ];
    let mut faults = Vec::new();
    for (what, cases, config) in files {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("c.toml"), cases).unwrap();
        fs::write(folder.path().join("gonogo.toml"), &config).unwrap();
        let name = if what == "fixture" {
            text("EVIL")
        } else {
            "x".to_owned()
        };
        let name = name
            .replace(r"\u001b", "\u{1b}")
            .replace(r"\u0007", "\u{7}")
            .replace(r"\r", "\r")
            .replace(r"\u202e", "\u{202e}")
            .replace(r"\u200b", "\u{200b}")
            .replace(r"\u2028", "\u{2028}")
            .replace(r"\n", "\n");
        for arguments in [
            &["lint", "--cases", "c.toml"][..],
            &["prove", "--target", &name, "--cases", "c.toml"],
            &["--list", "--target", &name, "--cases", "c.toml"],
            &["--target", &name, "--cases", "c.toml", "--coverage"],
            &[
                "--target",
                &name,
                "--cases",
                "c.toml",
                "--format",
                "json",
                "--deny-ignored",
            ],
        ] {
            let run = gonogo(folder.path(), arguments, &[]);
            judge_run(&format!("{what}, {arguments:?}"), &run, &mut faults);
            assert!(
                !run.stdout.is_empty() || !run.stderr.is_empty(),
                "{what}: nothing was printed"
            );
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A file's name is a trial's name.
#[cfg(unix)]
#[test]
fn the_name_of_a_file_forges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let name = "x\u{1b}[31m\u{202e}\ntest forged::line ... ok\n::error::.toml";
    fs::create_dir(folder.path().join("cases")).unwrap();
    let text = "[request.read]\nmethod = \"GET\"\npath = \"/\"\n[[case]]\nname = \"c\"\nclause = \"status-404\"\nrequest = \"read\"\nexpect = \"not_found\"\n";
    fs::write(folder.path().join("cases").join(name), text).unwrap();
    let (address, _) = serve(BTreeMap::new(), json_answer(200, "{}"));
    let url = format!("http://{address}");
    let mut faults = Vec::new();
    for arguments in [
        &["--list", "--cases", "cases"][..],
        &["--target", &url, "--cases", "cases"],
    ] {
        let run = gonogo(folder.path(), arguments, &[]);
        judge_run(&format!("{arguments:?}"), &run, &mut faults);
    }
    fs::write(folder.path().join("cases").join(name), "odd = 1\n").unwrap();
    judge_run(
        "lint",
        &gonogo(folder.path(), &["lint", "--cases", "cases"], &[]),
        &mut faults,
    );
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
