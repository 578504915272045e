//! The pages of the book that are made: fresh. `UPDATE_DOCS=1 cargo test --test suite generated` writes them anew.
#![cfg(feature = "reference")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use gonogo::contract::{self, Contract, Level};
use gonogo::input::shipped;
use gonogo::{prove, suite, targets};
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What each exit status means, for the page of commands.
const STATUSES: &str = "\
| exit status | when |
| --- | --- |
| 0 | conforming: everything that ran conforms, or the command did what it was asked |
| 2 | the command line or a file is wrong; nothing was sent |
| 3 | nothing violates, but something is inconclusive |
| 4 | no trial was run |
| 101 | something violates |
| 130 | interrupted (Ctrl-C or SIGTERM): what had not begun was not run |
";

#[test]
fn the_page_of_commands_is_fresh() {
    let help = help(&[]);
    let mut page = format!(
        "# Commands and flags\n\nMade of the help that the program prints. `gonogo` alone is `gonogo run`.\n\n\
         ```text\n{help}```\n\n## Exit statuses\n\n{STATUSES}"
    );
    let commands = help.split("Commands:\n").nth(1).unwrap();
    for line in commands.lines().take_while(|line| !line.is_empty()) {
        // What goes on in the next line is no command.
        let Some(name) = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '))
        else {
            continue;
        };
        let name = name.split_whitespace().next().unwrap();
        let _ = write!(
            page,
            "\n## gonogo {name}\n\n```text\n{}```\n",
            self::help(&[name])
        );
    }
    fresh("docs/commands.md", &page);
}

#[test]
fn the_page_of_clauses_is_fresh() {
    let contract = contract::load(&shipped::schemas(), shipped::CONTRACT).unwrap();
    let mut page = format!(
        "# Clauses of the shipped contract\n\nMade of `schemas/contract.toml`: {}. A clause with a check is one that every \
         answer is held to; the others are\nwhat rows of the table and cases ask for. `gonogo explain CLAUSE` tells which cases do.\n\n\
         | status | code | retryable | clause |\n| --- | --- | --- | --- |\n",
        contract.name()
    );
    for row in contract.rows() {
        let retryable = row
            .retryable
            .map_or("its own", |yes| if yes { "yes" } else { "no" });
        let _ = writeln!(
            page,
            "| {} | `{}` | {retryable} | `{}` |",
            row.status, row.code, row.clause.id
        );
    }
    page.push_str(
        "\n| clause | level | promises | source | check |\n| --- | --- | --- | --- | --- |\n",
    );
    for clause in contract.clauses() {
        let level = match clause.level {
            Level::Must => "must",
            Level::Should => "should",
        };
        let cell = |text: &str| text.replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{}` | {level} | {} | {} | {} |",
            clause.id,
            cell(&clause.text),
            cell(&clause.source),
            checks(&contract, &clause.id)
        );
    }
    fresh("docs/clauses.md", &page);
}

#[test]
fn the_page_of_keys_is_fresh() {
    let mut page = "# All keys\n\nMade of the declarations that the loader reads by. The pages of the files say how they are used together.\n"
        .to_owned();
    for (file, schema) in [
        ("Case files", suite::file_schema()),
        ("Contract files", contract::file_schema()),
        ("Target files", targets::file_schema()),
        ("prove.toml", prove::file_schema()),
    ] {
        let _ = writeln!(page, "\n## {file}");
        let mut seen = BTreeSet::new();
        tables(&mut page, "", &schema, &mut seen);
        for (name, table) in schema["definitions"].as_object().unwrap() {
            tables(&mut page, name, table, &mut seen);
        }
    }
    fresh("docs/keys.md", &page);
}

/// The keys of a table and of the tables within, each once.
fn tables(page: &mut String, path: &str, schema: &Value, seen: &mut BTreeSet<String>) {
    let keys = schema["properties"].as_object().into_iter().flatten();
    let first = seen.insert(schema["properties"].to_string());
    if first && schema["properties"].is_object() {
        let path = if path.is_empty() { "The file" } else { path };
        let _ = writeln!(page, "\n### {path}\n\n| key | meaning |\n| --- | --- |");
        for (key, entry) in keys.clone().filter(|(_, entry)| entry.is_object()) {
            let text = entry["description"].as_str().unwrap();
            let text = text.replace("\n\n", " ").replace('|', "\\|");
            let _ = writeln!(page, "| `{key}` | {text} |");
        }
    }
    for (key, entry) in keys.filter(|_| first) {
        let path = format!("{path}.{key}");
        tables(page, path.trim_start_matches('.'), entry, seen);
    }
    let within = ["items", "additionalProperties"].map(|within| &schema[within]);
    let either = schema["anyOf"].as_array().into_iter().flatten();
    for schema in within
        .into_iter()
        .chain(either)
        .filter(|one| one.is_object())
    {
        tables(page, path, schema, seen);
    }
}

/// The names of the checks that ask for a clause.
fn checks(contract: &Contract, id: &str) -> String {
    let checks = contract.checks().filter(|(_, clause)| clause.id == id);
    let names: Vec<String> = checks
        .map(|(check, _)| format!("`{}`", check.name()))
        .collect();
    names.join(", ")
}

/// The help of a command, as it is printed anywhere.
fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(command)
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // Spaces at the end of a line are no part of what is read.
    text.lines()
        .fold(String::new(), |made, line| made + line.trim_end() + "\n")
}

fn fresh(file: &str, page: &str) {
    let path = Path::new(ROOT).join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, page).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == page,
        "{file} is not fresh: UPDATE_DOCS=1 cargo test --test suite generated"
    );
}
