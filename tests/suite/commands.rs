//! The commands beside `run`: what a name stands for, one request tried, and what shells and man are given.

#[cfg(unix)]
use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use insta::assert_snapshot;

use crate::support;
use support::{Answer, CONTRACT, ENVELOPE, Folder, Server};

const CASES: &str = r#"
[request.make]
method = "POST"
path = "/things"
as = "member"
headers = { Key = "{{ uuid() }}" }
json = { name = "one", size = { width = 1 } }
success = { "/id" = { is = "string" } }

[probe.things]
request = "make"
pointer = "/total"

[[case]]
name = "made"
clause = "accepted"
request = "make"
expect = "success"

[[case]]
name = "odd"
clause = "refused"
each.odd = { width = { json = { size = { width = -1 } } }, no_name = { remove = ["/json/name"] }, text = { text = "{" } }
request = "make"
send = "{{ each.odd }}"
expect = "bad_request"
effect.things = 0

[[case]]
name = "bad_request"
clause = "refused"
[[case.step]]
request = "make"
expect = "success"
capture.id = "/id"
[[case.step]]
request = "make"
as = "none"
send = { path = "/things/{{ id }}", headers = { Key = "{{ key }}", Other = "1" } }
expect = ["bad_request", 405]
"#;

fn folder(base_url: &str) -> Folder {
    let config = format!(
        "contract = \"contract.toml\"\ncases = [\"cases\"]\n\
         [target.there]\nbase_url = \"{base_url}\"\n\
         credentials.member = {{ bearer = {{ env = \"KEY\" }} }}\n\
         credentials.other = {{ headers = {{ X-Other = \"yes\" }} }}\n"
    );
    Folder::of(&[
        ("gonogo.toml", &config),
        ("contract.toml", CONTRACT),
        ("envelope.json", ENVELOPE),
        ("cases/things.toml", CASES),
    ])
}

#[test]
fn names_are_explained() {
    let folder = folder("http://127.0.0.1:9");
    let names = [
        "refused",
        "bad_request",
        "400",
        "make",
        "things",
        "things::odd::width",
        "things::odd::no_name",
        "things::odd::text",
        "things::bad_request",
        "things::odd",
        "*o_*",
    ];
    let mut told = Vec::new();
    for name in names {
        let output = folder.run(&["explain", name]);
        assert_eq!(output.code, 0, "{name}: {}", output.all());
        told.push(format!("$ gonogo explain {name}\n{}", output.stdout));
    }
    assert_snapshot!(told.join("\n"));
}

/// The lines that a run prints of its controls and probes.
#[test]
fn the_lines_of_controls_and_probes_are_explained() {
    let folder = folder("http://127.0.0.1:9");
    for (name, told) in [
        (
            "control::make",
            [
                "control::make  cases/things.toml:",
                "  | POST /things\n",
                "checks that the target accepts this request unchanged",
                "accepted if a success has /id: string",
                "rejections that depend on it: 2 cases, 4 trials\n    things::odd",
            ],
        ),
        (
            "probe::things",
            [
                "probe::things  cases/things.toml:",
                "  | POST /things\n",
                "checks that accepted writes change the count",
                "the number at /total in the answer to `make`",
                "counted by: 1 case, 3 trials\n    things::odd",
            ],
        ),
    ] {
        let output = folder.run(&["explain", name]);
        assert_eq!(output.code, 0, "{name}: {}", output.all());
        for told in told {
            assert!(output.stdout.contains(told), "{told}\n{}", output.stdout);
        }
        let lines = output.stdout.lines();
        let headings = lines.filter(|line| !line.starts_with(' ')).count();
        assert_eq!(headings, 1, "{}", output.stdout);
    }
    for (name, near) in [
        ("control::mke", "did you mean `control::make`?"),
        ("probe::thing", "did you mean `probe::things`?"),
    ] {
        let output = folder.run(&["explain", name]);
        assert_eq!(output.code, 2);
        assert!(output.stderr.contains(near), "{}", output.stderr);
    }
}

#[test]
fn unknown_names_are_met_with_what_was_meant() {
    let folder = folder("http://127.0.0.1:9");
    let mut told = Vec::new();
    for name in ["refusd", "odd", "things::od", "*::nothing"] {
        let output = folder.run(&["explain", name]);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{name}");
        told.push(output.stderr);
    }
    assert_snapshot!(told.join("\n"));
}

#[test]
fn one_request_is_tried_and_judged() {
    let server = Server::start(|asked| match asked.header("authorization").as_slice() {
        ["Bearer a-secret"] => Answer::json(201, r#"{"id": "t1"}"#),
        [] if asked.header("x-other").is_empty() => Answer::json(403, r#"{"error": {}}"#),
        [] => Answer::failure(400, "bad_request"),
        other => panic!("{other:?}"),
    });
    let folder = folder(&server.url());
    let mut told = Vec::new();
    for arguments in [&["make"][..], &["make", "--as", "other"]] {
        let arguments = [&["try", "--target", "there"], arguments].concat();
        let output = folder.run_with("", &[("KEY", "a-secret")], &arguments);
        assert_eq!(
            (output.code, output.stderr.as_str()),
            (0, ""),
            "{arguments:?}"
        );
        let text = output.stdout.replace(&server.url(), "URL");
        told.push(format!("$ gonogo {}\n{text}", arguments.join(" ")));
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID");
    settings.add_filter(r"after \d+ ms", "after N ms");
    settings.bind(|| assert_snapshot!(told.join("\n")));
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn what_is_tried_ends_by_its_verdict() {
    let server = Server::start(|_| Answer::json(201, r#"{"name": "without an id"}"#));
    let folder = folder(&server.url());
    let tried = |arguments: &[&str]| {
        let arguments = [&["try", "--target", "there"], arguments].concat();
        let output = folder.run_with("", &[("KEY", "a-secret")], &arguments);
        let last = output.all().lines().last().unwrap_or_default().to_owned();
        (output.code, last)
    };
    let told = |code, last: &str| (code, last.to_owned());
    assert_eq!(
        tried(&["make"]),
        told(101, "violates accepted: 201, a success")
    );
    assert_eq!(
        tried(&["make", "--base-url", "http://127.0.0.1:9"]),
        told(3, "inconclusive: no answer")
    );
    let lacking =
        "nothing was sent: target `there` has no credential `othr`; did you mean `other`?";
    assert_eq!(tried(&["make", "--as", "othr"]), told(4, lacking));
    assert_eq!(tried(&["mak"]), told(2, "1 fault found"));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn nothing_is_written_where_the_target_does_not_permit_it() {
    let folder = folder("https://api.example.com");
    let output = folder.run_with("", &[("KEY", "x")], &["try", "--target", "there", "make"]);
    assert_eq!(output.code, 4);
    assert_eq!(
        output.all(),
        "nothing was sent: target `there` does not permit writes\n"
    );
}

#[test]
fn help_fits_a_screen() {
    let help = Folder::of(&[]).run(&["--help"]).stdout;
    assert!(help.lines().count() <= 32, "{help}");
    let mut commands = vec![String::new()];
    let listed = help.split("Commands:\n").nth(1).unwrap();
    let listed = listed.lines().take_while(|line| !line.is_empty());
    commands.extend(listed.map(|line| line.split_whitespace().next().unwrap().to_owned()));
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        let arguments = [command.as_str(), "--help"];
        let arguments = &arguments[usize::from(command.is_empty())..];
        let output = Folder::of(&[]).run(arguments);
        assert_eq!(output.code, 0, "{command}");
        let wide: Vec<&str> = output
            .stdout
            .lines()
            .filter(|line| line.chars().count() > 80)
            .collect();
        assert!(wide.is_empty(), "gonogo {command}: {wide:#?}");
    }
}

#[test]
fn shells_and_man_are_served() {
    let folder = Folder::of(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.run(&["completions", shell]).stdout;
        for word in ["explain", "base-url"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    let page = folder.run(&["man"]).stdout;
    assert!(page.contains(".TH gonogo 1"), "{page}");
    let output = folder.run(&["man", "pages/man1"]);
    assert_eq!((output.code, output.all().as_str()), (0, ""));
    for name in ["gonogo.1", "gonogo-run.1", "gonogo-explain.1"] {
        assert!(folder.path("pages/man1").join(name).exists(), "{name}");
    }
}

/// A recording, and the command that makes a case of it.
const RECORDINGS: [(&str, &str, &[&str]); 7] = [
    (
        "a failure's text, as gonogo prints it",
        r#"  | curl -i -X POST http://127.0.0.1:9/things \
  |   -H 'key: 1' \
  |   -H "authorization: Bearer $KEY" \
  |   -H 'content-type: application/json' \
  |   --data-binary '{"name":"{{ odd","size":{"width":null}}'
HTTP/1.1 400
content-type: application/json

{"error":{"code":"bad_request"}}
"#,
        &[],
    ),
    (
        "the token itself, also in the path and the body",
        r#"$ curl http://127.0.0.1:9/things/a-long-secret -H 'Authorization: Bearer a-long-secret' --json '{"t":"a-long-secret"}'
HTTP/2 200

{}
"#,
        &["--name", "echo"],
    ),
    (
        "nobody, and nothing",
        "curl -XPOST '127.0.0.1:9/things'\nHTTP/1.1 405 Method Not Allowed\n\n",
        &["--clause", "accepted"],
    ),
    (
        "somebody else, and more that is secret",
        "curl -sS 'http://127.0.0.1:9/things?n=1&n=2&api_key=hush' -u me:hushhush -b 'session=hush' -H 'X-Api-Key: hush' -d '{\"name\": \"one\", \"size\": {\"width\": 1}, \"password\": \"hush\"}' -H 'Content-Type: application/json'",
        &["--expect", "bad_request"],
    ),
    (
        "no JSON",
        "curl http://127.0.0.1:9/things -H 'X-Other: yes' -H 'Key: 1' -H 'Content-Type: text/plain' --data-raw '{'",
        &["--expect", "400"],
    ),
    (
        "a form",
        "curl http://127.0.0.1:9/things -H 'Authorization: Bearer a-long-secret' -F a=b -F 'c=@d/e.png;type=image/png'",
        &["--expect", "bad_request"],
    ),
    (
        "a HAR file",
        r#"{"log": {"entries": [{"request": {"method": "GET", "url": "https://a.example/", "headers": []}, "response": {"status": 0}}, {
            "request": {"method": "POST", "url": "https://a.example/things", "headers": [{"name": ":path", "value": "/things"}, {"name": "Authorization", "value": "Bearer a-long-secret"}, {"name": "Sec-Fetch-Mode", "value": "cors"}],
                "postData": {"mimeType": "application/json", "text": "{\"name\": \"one\"}"}},
            "response": {"status": 400, "content": {"text": "e30=", "encoding": "base64"}}}]}}"#,
        &["--har", "recording", "--entry", "2"],
    ),
];

#[test]
fn recordings_become_cases_without_secrets() {
    let folder = folder("http://127.0.0.1:9");
    let mut told = Vec::new();
    for (what, recording, arguments) in RECORDINGS {
        folder.write("recording", recording);
        let source: &[&str] = match arguments.first() {
            Some(&"--har") => &[],
            _ => &["--curl", "recording"],
        };
        let record = [&["record", "--target", "there"], source, arguments].concat();
        let output = folder.run_with("", &[("KEY", "a-long-secret")], &record);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{what}");
        for secret in ["a-long-secret", "a_long_secret", "hush"] {
            assert!(
                !output.stdout.contains(secret),
                "{what}:\n{}",
                output.stdout
            );
        }
        folder.write("recorded.toml", &output.stdout);
        let lint = folder.run(&["lint", "--cases", "recorded.toml"]);
        assert_eq!(lint.code, 0, "{what}:\n{}\n{}", output.stdout, lint.stderr);
        told.push(format!("## {what}\n{}", output.stdout));
    }
    assert_snapshot!(told.join("\n"));
}

#[test]
fn a_recording_is_appended_to_a_file() {
    let folder = folder("http://127.0.0.1:9");
    for name in ["one", "two"] {
        folder.write("recording", "curl -X POST http://127.0.0.1:9/things");
        let output = folder.run(&[
            "record",
            "--curl",
            "recording",
            "--expect",
            "bad_request",
            "--name",
            name,
            "--file",
            "cases/recorded.toml",
        ]);
        assert_eq!((output.code, output.all().as_str()), (0, ""));
    }
    let list = folder.run(&["--list", "recorded"]).stdout;
    assert_eq!(list, "recorded::one: test\nrecorded::two: test\n");
}

#[test]
fn what_is_no_recording_is_told() {
    let folder = folder("http://127.0.0.1:9");
    let mut told = Vec::new();
    let two = r#"{"log": {"entries": [{"request": {"method": "GET", "url": "https://a.example/x?key=hush"}}, {}]}}"#;
    for (recording, arguments) in [
        ("wget http://127.0.0.1:9", &["--curl"][..]),
        ("curl 'http://127.0.0.1:9", &["--curl"]),
        ("curl", &["--curl"]),
        ("curl http://127.0.0.1:9 --digest", &["--curl"]),
        ("curl http://127.0.0.1:9 -d @body.json", &["--curl"]),
        ("curl http://127.0.0.1:9", &["--curl"]),
        ("[]", &["--har"]),
        (two, &["--har"]),
        (two, &["--entry", "3", "--har"]),
        (
            "curl http://127.0.0.1:9",
            &["--expect", "bad_reqest", "--curl"],
        ),
        (
            "curl http://127.0.0.1:9",
            &["--expect", "400", "--clause", "refusd", "--curl"],
        ),
    ] {
        folder.write("recording", recording);
        let output = folder.run(&[&["record"], arguments, &["recording"]].concat());
        assert_eq!(
            (output.code, output.stdout.as_str()),
            (2, ""),
            "{recording}"
        );
        told.push(output.stderr.replace("\n\n1 fault found\n", ""));
    }
    assert_snapshot!(told.join("\n"));
}

#[test]
fn colours_are_where_they_belong() {
    let folder = folder("http://127.0.0.1:9");
    for (variables, flag, coloured) in [
        (&[][..], "auto", false), // This is no terminal.
        (&[("CLICOLOR_FORCE", "1")], "auto", true),
        (&[("CLICOLOR_FORCE", "0")], "auto", false),
        (&[("CLICOLOR_FORCE", "1")], "never", false),
        (&[("NO_COLOR", "1")], "auto", false),
        (&[("NO_COLOR", "1")], "always", true),
    ] {
        let run = ["--target", "there", "--color", flag, "things::made"];
        let variables = [variables, &[("KEY", "a-secret")]].concat();
        let output = folder.run_with("", &variables, &run);
        assert_eq!(output.code, 3);
        // The failure itself, not only what libtest prints around it.
        let title = output
            .stdout
            .lines()
            .find(|line| line.contains("inconclusive"));
        let escaped = title.unwrap().contains('\u{1b}');
        assert_eq!(escaped, coloured, "{variables:?} --color {flag}");
    }
}

#[test]
fn what_does_not_change_is_not_watched() {
    let output = Folder::of(&[]).run(&["--watch"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("there is nothing to watch"));
}

/// Ended with the test, whatever comes of it.
#[cfg(unix)]
struct Running(std::process::Child);

#[cfg(unix)]
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[cfg(unix)]
#[test]
fn what_changes_is_run_again_until_the_user_has_enough() {
    let server = Server::start(|_| Answer::json(201, r#"{"id": "t1"}"#));
    let folder = folder(&server.url());
    let one = |name: &str| {
        format!(
            "[[case]]\nname = \"{name}\"\nclause = \"accepted\"\nrequest = \"make\"\nexpect = \"success\"\n"
        )
    };
    folder.write("cases/one.toml", one("first"));
    folder.write("cases/two.toml", one("second"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(["--watch", "--target", "there", "--skip", "things"])
        .current_dir(folder.path(""))
        .env_clear()
        .env("KEY", "a-secret")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut running = Running(child);
    // Until it waits for a change.
    let mut quiet = || {
        let mut text = String::new();
        while !text.contains("Ctrl-C ends") {
            assert!(stderr.read_line(&mut text).unwrap() > 0, "{text}");
        }
        text
    };
    quiet();
    folder.write("cases/one.toml", one("changed"));
    let told = quiet();
    assert!(told.contains("changed: cases/one.toml\n"), "{told}");
    folder.write("cases/one.toml", "[[case]]\nnaem = 1\n");
    let told = quiet();
    assert!(told.contains("did you mean `name`?"), "{told}");
    folder.write("cases/one.toml", one("mended"));
    quiet();
    folder.write("contract.toml", CONTRACT.replace("A contract", "Another"));
    quiet();
    let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(killed.success());
    assert_eq!(running.0.wait().unwrap().code(), Some(130));
    let mut lines = Vec::new();
    let mut line = String::new();
    while stdout.read_line(&mut line).unwrap() > 0 {
        if line.starts_with("test ") && line.contains("...") {
            lines.push(line.split_whitespace().nth(1).unwrap().to_owned());
        }
        line.clear();
    }
    // The order within a run is any.
    lines[..2].sort();
    lines[4..].sort();
    assert_eq!(
        lines,
        [
            "one::first",
            "two::second",
            "one::changed",
            "one::mended",
            "one::mended",
            "two::second"
        ]
    );
}
