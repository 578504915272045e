//! The commands beside `run`: what a name stands for, one request tried, and what shells and man are given.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use insta::assert_snapshot;

mod support;
use support::{Answer, CONTRACT, ENVELOPE, Folder, Server};

const CASES: &str = r#"
[request.make]
method = "POST"
path = "/things"
as = "member"
headers = { Key = "{{ uuid() }}" }
json = { name = "one", size = { width = 1 } }
success = { "/id" = "string" }

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
