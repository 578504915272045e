//! Data flows one way: each module of `src` imports only what the table allows it. `docs/design.md` has the same table with reasons.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module and what it may import, from the ground up. A module may import itself.
const TABLE: [(&str, &[&str]); 20] = [
    ("input", &[]),
    ("exchange", &[]),
    ("secrets", &["exchange", "input"]),
    ("contract", &["exchange", "input"]),
    ("suite", &["contract", "input"]),
    ("targets", &["input", "secrets"]),
    ("plan", &["input", "suite", "targets"]),
    ("judge", &["contract", "exchange", "suite"]),
    ("client", &["exchange", "targets"]),
    (
        "event",
        &["exchange", "input", "judge", "secrets", "targets"],
    ),
    (
        "verdict",
        &[
            "contract", "event", "exchange", "input", "judge", "secrets", "suite", "targets",
        ],
    ),
    (
        "runner",
        &[
            "client", "contract", "event", "exchange", "input", "judge", "plan", "secrets",
            "suite", "targets", "verdict",
        ],
    ),
    (
        "replay",
        &["contract", "event", "input", "suite", "targets", "verdict"],
    ),
    (
        "authoring",
        &[
            "contract", "exchange", "input", "judge", "plan", "secrets", "suite", "targets",
        ],
    ),
    ("embedded", &["input", "secrets", "targets"]),
    (
        "prove",
        &[
            "contract", "embedded", "event", "exchange", "input", "judge", "plan", "runner",
            "suite", "targets",
        ],
    ),
    (
        "report",
        &[
            "contract", "event", "exchange", "input", "judge", "prove", "replay",
        ],
    ),
    (
        "harness",
        &[
            "event", "input", "plan", "report", "runner", "suite", "targets", "verdict",
        ],
    ),
    ("cli", &["*"]),
    ("main", &["*"]),
];

/// Crates that one module alone may name: elsewhere they would be a second way to do the same.
const OWNERS: [(&str, &[&str]); 9] = [
    ("reqwest", &["client"]),
    ("gonogo_reference", &["cli", "embedded", "prove"]),
    ("hyper", &["client"]),
    ("libtest_mimic", &["cli", "harness"]),
    ("minijinja", &["suite"]),
    ("clap", &["cli"]),
    ("indicatif", &["report"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

#[test]
fn modules_import_along_the_table() {
    let faults = faults(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_forbidden_import_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("judge")).unwrap();
    fs::write(
        folder.path().join("judge/mod.rs"),
        "//! A.\nuse crate::runner::Session;\nuse reqwest::Client;\n",
    )
    .unwrap();
    fs::write(folder.path().join("stray.rs"), "// no docs\n").unwrap();
    let faults = faults(folder.path());
    assert_eq!(
        faults,
        [
            "judge/mod.rs imports `runner`, which the table does not allow",
            "judge/mod.rs names the crate `reqwest`, which only client may",
            "stray.rs is of no module in the table",
            "stray.rs does not open with module docs",
        ]
    );
}

fn faults(src: &Path) -> Vec<String> {
    let mut files = Vec::new();
    rust_files(src, &mut files);
    files.sort();
    let mut faults = Vec::new();
    for file in files {
        let shown = file.strip_prefix(src).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        if shown != "lib.rs" {
            judge(&shown, &text, &mut faults);
        }
        if !text.starts_with("//! ") {
            faults.push(format!("{shown} does not open with module docs"));
        }
    }
    faults
}

fn judge(shown: &str, text: &str, faults: &mut Vec<String>) {
    let module = shown.split(['/', '.']).next().unwrap();
    let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == module) else {
        faults.push(format!("{shown} is of no module in the table"));
        return;
    };
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let imported: BTreeSet<&str> = code
        .split("crate::")
        .skip(1)
        .map(|rest| {
            rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .next()
                .unwrap()
        })
        .filter(|name| !name.is_empty() && *name != module)
        .collect();
    for name in imported {
        if !allowed.contains(&name) && !allowed.contains(&"*") {
            faults.push(format!(
                "{shown} imports `{name}`, which the table does not allow"
            ));
        }
    }
    for (name, owners) in OWNERS {
        let named = code.contains(&format!("{name}::")) && !owners.contains(&module);
        let own_module = code.contains(&format!("crate::{name}::"));
        if named && !own_module {
            faults.push(format!(
                "{shown} names the crate `{name}`, which only {} may",
                owners.join(", ")
            ));
        }
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}
