//! Reports written to files: which kinds there are, when they are written, and what of a run each of them tells.

use crate::support;

use std::fs;

use support::{Answer, CONTRACT, ENVELOPE, Folder, Server};

/// A suite of one trial that is refused, and a target that takes it to the server.
fn folder() -> Folder {
    Folder::of(&[
        ("contract.toml", CONTRACT),
        ("envelope.json", ENVELOPE),
        (
            "gonogo.toml",
            "contract = \"contract.toml\"\ncases = [\"cases\"]\n",
        ),
        (
            "cases/things.toml",
            "[request.read_thing]\nmethod = \"GET\"\npath = \"/thing\"\n\
             [[case]]\nname = \"broken\"\nclause = \"refused\"\nrequest = \"read_thing\"\n\
             send.query.id = \"<&>\"\nexpect = \"bad_request\"\n",
        ),
    ])
}

/// Refuses what has a query, with this status.
fn refusing(status: u16) -> Server {
    Server::start(move |asked| {
        if asked.target.contains('?') {
            Answer::failure(status, "bad_request")
        } else {
            Answer::json(200, "{}")
        }
    })
}

fn names(folder: &Folder, below: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.path(below)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_no_report_is_told_before_anything_is_sent() {
    let server = refusing(400);
    let folder = folder();
    folder.write("file", "");
    let table = [
        ("bagde=x.svg", "did you mean `badge`?"),
        ("pdf=x.pdf", "unknown kind of report `pdf`"),
        ("badge", "expected KIND=PATH"),
        ("badge=cases", "it is a folder"),
        ("badge=file/x.svg", "cannot write the report file/x.svg"),
    ];
    for (report, message) in table {
        let output = folder.run(&["--target", &server.url(), "--report", report]);
        assert_eq!(output.code, 2, "{report}: {}", output.all());
        assert!(
            output.stderr.contains(message),
            "{report}: {}",
            output.stderr
        );
    }
    assert_eq!(server.asked_for(), Vec::<String>::new());
    assert_eq!(names(&folder, "cases"), ["things.toml"]);
}

#[test]
fn a_badge_says_go_or_no_go() {
    let folder = folder();
    let table = [
        (400, 0, "gonogo: go, 1 conform"),
        (500, 101, "gonogo: no-go, 1 violate"),
    ];
    for (status, code, told) in table {
        let server = refusing(status);
        let output = folder.run(&["--target", &server.url(), "--report", "badge=out/new/x.svg"]);
        assert_eq!(output.code, code, "{}", output.all());
        let badge = fs::read_to_string(folder.path("out/new/x.svg")).unwrap();
        assert!(badge.contains(&format!("<title>{told}</title>")), "{badge}");
        // One file, in place of the one before, and nothing beside it.
        assert_eq!(names(&folder, "out/new"), ["x.svg"]);
    }
}

#[test]
fn a_run_without_a_trial_has_a_badge_of_its_own() {
    let folder = folder();
    let server = refusing(400);
    let output = folder.run(&[
        "nothing",
        "--target",
        &server.url(),
        "--report",
        "badge=x.svg",
    ]);
    assert_eq!(output.code, 4, "{}", output.all());
    let badge = fs::read_to_string(folder.path("x.svg")).unwrap();
    assert!(badge.contains("gonogo: nothing ran"), "{badge}");
}

#[test]
fn the_configuration_asks_for_reports_and_the_command_line_goes_before_it() {
    let folder = folder();
    let server = refusing(400);
    folder.write(
        "gonogo.toml",
        "contract = \"contract.toml\"\ncases = [\"cases\"]\n\
         [reports]\nbadge = \"out/configured.svg\"\njunit = \"out/configured.xml\"\n",
    );
    let configured = folder.run(&["--target", &server.url()]);
    assert_eq!(configured.code, 0, "{}", configured.all());
    assert_eq!(names(&folder, "out"), ["configured.svg", "configured.xml"]);
    fs::remove_dir_all(folder.path("out")).unwrap();
    let typed = folder.run(&["--target", &server.url(), "--report", "badge=out/typed.svg"]);
    assert_eq!(typed.code, 0, "{}", typed.all());
    assert_eq!(names(&folder, "out"), ["configured.xml", "typed.svg"]);
    // Only a run writes them.
    fs::remove_dir_all(folder.path("out")).unwrap();
    assert_eq!(folder.run(&["--list"]).code, 0);
    assert!(!folder.path("out").exists());
}
