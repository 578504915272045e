//! The pictures of the terminal in the documentation are what the program prints. `UPDATE_PICTURES=1 cargo test --test run pictures` makes
//! them anew.
#![cfg(all(unix, feature = "reference"))]
use crate::support;

use std::fs;
use std::path::Path;

use anstyle_svg::{Term, WIN10_CONSOLE};
use regex::Regex;
use support::Folder;

/// The case of the README, with the wrong expectation.
const CASE: &str = r#"[[case]]
name = "no_workflow"
clause = "status-422"
request = "create_generation"
send.remove = ["/json/workflow"]
expect = "bad_request"
effect.jobs = 0
"#;

/// What differs from run to run, and what stands for it in a picture.
const CHANGING: [(&str, &str); 5] = [
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8080"),
    (
        r"[0-9a-f]{8}-[0-9a-f-]{27}",
        "584812e1-cd44-4670-acb3-7e80a85e4e38",
    ),
    (r"after \d+ ms", "after 1 ms"),
    (r"finished in [0-9.]+s", "finished in 0.02s"),
    (r"date: [^\n]*", "date: Mon, 23 Nov 2026 06:58:50 GMT"),
];

#[test]
fn a_red_run_looks_like_its_picture() {
    let folder = Folder::of(&[("my-cases/first.toml", CASE)]);
    let output = folder.run(&["--cases", "my-cases", "--color", "always"]);
    assert_eq!(output.code, 101, "{}", output.all());
    // The summary counts clauses, of which there may be more any day.
    let (printed, _) = output.stdout.split_once("\nexercised: ").unwrap();
    let mut text = format!("$ gonogo --cases my-cases\n{printed}");
    for (pattern, fixed) in CHANGING {
        text = Regex::new(pattern)
            .unwrap()
            .replace_all(&text, fixed)
            .into_owned();
    }
    let drawn = Term::new().palette(WIN10_CONSOLE).render_svg(&text);
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures/failure.svg");
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        fs::create_dir_all(picture.parent().unwrap()).unwrap();
        fs::write(&picture, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&picture).unwrap_or_default();
    assert!(
        drawn == kept,
        "{} is not what this prints:\n{text}",
        picture.display()
    );
}
