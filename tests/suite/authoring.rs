//! `gonogo init` and `gonogo new`: a project and a case to begin with, right as they stand.
#![cfg(feature = "reference")]
use crate::support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use support::{Folder, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// All files below a folder, with their content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn below(folder: &Path, root: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, root, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    below(folder, folder, &mut found);
    found
}

fn project() -> Folder {
    let folder = Folder::of(&[]);
    assert_eq!(folder.run(&["init"]).code, 0);
    folder
}

#[test]
fn a_project_is_right_as_it_stands() {
    let folder = Folder::of(&[]);
    let output = folder.run(&["init", "x"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    let written = files(&folder.path("x"));
    assert!(
        output
            .stdout
            .starts_with(&format!("wrote {} files: ", written.len()))
    );
    assert!(output.stdout.contains("\n  cd x\n"), "{}", output.stdout);

    // The files of the program itself, and what names them.
    for shipped in ["cases", "schemas"] {
        for (path, bytes) in files(&Path::new(ROOT).join(shipped)) {
            assert!(
                written.get(&Path::new(shipped).join(&path)) == Some(&bytes),
                "{}",
                path.display()
            );
        }
    }
    let linted = folder.run_with("x", &[], &["lint", "--deny-warnings"]);
    assert_eq!((linted.code, linted.stderr.as_str()), (0, ""));
    assert_eq!(
        linted.stdout,
        folder.run(&["lint"]).stdout,
        "other numbers than the shipped suite"
    );
    let run = folder.run_with("x", &[], &["accepted::read"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);

    // Every schema that is named is there.
    let mut named = 0;
    for (path, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        if let Some(schema) = text.strip_prefix("#:schema ") {
            let schema = schema.lines().next().unwrap();
            let schema = folder.path("x").join(path).parent().unwrap().join(schema);
            assert!(schema.is_file(), "{}", schema.display());
            named += 1;
        }
    }
    assert!(named > 10, "only {named} files name a schema");

    // The workflow hands over every secret that the configuration reads, and no step hides an exit status.
    let text = |path: &str| String::from_utf8(written[Path::new(path)].clone()).unwrap();
    let (config, workflow) = (text("gonogo.toml"), text(".github/workflows/gonogo.yml"));
    let variables: Vec<&str> = config
        .split("env = \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(variables.len(), 6);
    for variable in variables {
        assert!(
            workflow.contains(&format!(
                "\n          {variable}: ${{{{ secrets.{variable} }}}}\n"
            )),
            "{variable}"
        );
    }
    assert!(workflow.contains("run: gonogo --target staging --deny-ignored\n"));
    for escape in ["continue-on-error", "||", "{version}", "{secrets}"] {
        assert!(!workflow.contains(escape), "{escape}");
    }
}

#[test]
fn nothing_is_written_over() {
    let folder = Folder::of(&[("README.md", "mine\n")]);
    assert_eq!(folder.run(&["init", "."]).code, 0);
    let written = files(&folder.path(""));
    assert_eq!(written[Path::new("README.md")], b"mine\n");
    let again = folder.run(&["init"]);
    assert_eq!(again.code, 2);
    assert_eq!(
        again.stderr,
        "./gonogo.toml is there already: nothing was written\n"
    );
    assert_eq!(files(&folder.path("")), written);

    let folder = Folder::of(&[("cases/validation.toml", "")]);
    assert_eq!(folder.run(&["init"]).code, 2);
    assert_eq!(files(&folder.path("")).len(), 1);
}

fn new(folder: &Folder, arguments: &str) -> Output {
    let arguments: Vec<&str> = ["new"].into_iter().chain(arguments.split(' ')).collect();
    folder.run(&arguments)
}

#[test]
fn a_new_case_is_right_as_it_stands() {
    let folder = project();
    let made = new(
        &folder,
        "no_source --request create_generation --row validation_error",
    );
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    assert_eq!(
        made.stdout,
        "added validation_error::no_source: cases/validation_error.toml:5\n\
         next: say there what the one change is, and run it:\n  gonogo validation_error::no_source\n"
    );
    // A second one in the same file, one in a file of the project, and one beside it.
    let made = new(
        &folder,
        "again --request create_generation_by_upload --row validation_error --clause no-effect",
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert_eq!(
        fs::read_to_string(folder.path("cases/validation_error.toml")).unwrap(),
        r#"#:schema ../schemas/case-file.schema.json

# Fields that break the workflow and capture-type validation matrix: 422 validation_error. (contract.md, 1 and 2)
[[case]]
name = "no_source"
clause = "status-422"
request = "create_generation"
# The one change. Others: as = "none", send.json.MEMBER = ..., send.headers.NAME = ..., send.text = "..."
send.remove = ["/json/source_asset_id"]
expect = "validation_error"
effect.jobs = 0

# A refused write has made no job. (contract.md, 1)
[[case]]
name = "again"
clause = "no-effect"
request = "create_generation_by_upload"
# The one change. Others: as = "none", send.json.MEMBER = ..., send.headers.NAME = ..., send.text = "..."
send.remove = ["/multipart/0"]
expect = "validation_error"
effect.jobs = 0
"#
    );
    let before = fs::read_to_string(folder.path("cases/limits.toml")).unwrap();
    let made = new(
        &folder,
        "usage --request read_usage --row rate_limited --file cases/limits.toml",
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    let after = fs::read_to_string(folder.path("cases/limits.toml")).unwrap();
    assert!(after.starts_with(before.trim_end()));
    assert!(after.ends_with(
        "\nrequest = \"read_usage\"\n# More requests than the limit allows.\nburst = { requests = 300, until = \"rate_limited\" }\n\
         expect.each = [\"success\", \"rate_limited\"]\n"
    ), "{after}");
    let made = new(
        &folder,
        "elsewhere --request read_usage --row success --clause accepted --file mine/deep/a.toml",
    );
    assert!(
        made.stdout
            .ends_with("\n  gonogo --cases mine/deep/a.toml a::elsewhere\n"),
        "{}{}",
        made.stdout,
        made.stderr
    );
    for cases in [
        &["lint", "--deny-warnings"][..],
        &["lint", "--deny-warnings", "--cases", "mine"],
    ] {
        let linted = folder.run(cases);
        assert_eq!((linted.code, linted.stderr.as_str()), (0, ""));
    }
}

/// Every request and every row of another contract, in a project without schemas.
#[test]
fn every_request_has_a_change_and_every_row_an_expectation() {
    let folder = Folder::copy_of(&Path::new(ROOT).join("examples/problem-details"));
    for request in ["order", "read_order", "read_stock"] {
        for row in [
            "no_such_order",
            "out_of_stock",
            "invalid_quantity",
            "unknown_article",
        ] {
            let made = new(
                &folder,
                &format!("new_{request}_{row} --request {request} --row {row}"),
            );
            assert_eq!(made.code, 0, "{request} {row}: {}", made.stderr);
        }
    }
    let linted = folder.run(&["lint", "--deny-warnings"]);
    assert_eq!((linted.code, linted.stderr.as_str()), (0, ""));
    assert!(linted.stdout.contains(" 21 trials; "), "{}", linted.stdout);
}

/// Without a project, beside the shipped suite.
#[test]
fn a_case_needs_no_project() {
    let folder = Folder::of(&[]);
    let made = new(&folder, "no_body --request regenerate --row bad_request");
    assert!(
        made.stdout
            .ends_with("\n  gonogo --cases cases/bad_request.toml bad_request::no_body\n"),
        "{}{}",
        made.stdout,
        made.stderr
    );
    let text = fs::read_to_string(folder.path("cases/bad_request.toml")).unwrap();
    assert!(text.starts_with("# Malformed JSON"), "{text}");
    assert_eq!(
        folder
            .run(&["lint", "--cases", "cases", "--deny-warnings"])
            .code,
        0
    );
}

#[test]
fn what_cannot_be_made_says_why_and_leaves_the_files() {
    let folder = project();
    let before = files(&folder.path(""));
    for (arguments, told) in [
        (
            "a --request create_generatoin --row bad_request",
            "error[unknown-request]: unknown request `create_generatoin`\n |\n = note: expected `create_generation`, ",
        ),
        (
            "a --request create_generatoin --row bad_request",
            "\n = help: did you mean `create_generation`?\n",
        ),
        (
            "a --request read_usage --row bad_requst",
            "\n = help: did you mean `bad_request`?\n",
        ),
        (
            "a --request read_usage --row bad_request --clause status-40",
            "\n = help: did you mean `status-40",
        ),
        (
            "a --request read_usage --row success",
            "error[no-clause]: a success has no clause of its own\n |\n = note: expected --clause with `answer`, ",
        ),
        (
            "a/b --request read_usage --row bad_request",
            "error[bad-name]: `a/b` cannot name a case\n",
        ),
        (
            "style --request read_usage --row bad_request --file cases/accepted.toml",
            "error[duplicate-trial]: a trial `accepted::style",
        ),
        // The file does not have the case, so that a line of it would mislead.
        (
            "style --request read_usage --row bad_request --file cases/accepted.toml",
            " --> the new case, which was not added:3:8\n",
        ),
        (
            "a/b --request read_usage --row bad_request",
            " --> the new case, which was not added:3:8\n",
        ),
        (
            "a --request read_usage --row bad_request --file gonogo.toml/a.toml",
            "error[unwritable]: cannot write gonogo.toml/a.toml: ",
        ),
    ] {
        let output = new(&folder, arguments);
        assert_eq!(output.code, 2, "{arguments}");
        assert!(
            output.stderr.contains(told),
            "{arguments}\n{}",
            output.stderr
        );
        assert_eq!(output.stdout, "");
    }
    assert_eq!(files(&folder.path("")), before);
}
