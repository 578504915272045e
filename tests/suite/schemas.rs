//! The schemas that editors check and complete by: fresh, true to the loader, and named in every file that is shipped.
//!
//! They are made from the tables that the loader reads by. `UPDATE_SCHEMAS=1 cargo test --test suite schemas` writes them anew.

use crate::support;

use std::fs;
use std::path::{Path, PathBuf};

use std::sync::OnceLock;

use gonogo::contract::{self, Contract};
use gonogo::input::diagnostic::Diagnostic;
use gonogo::input::files::Folder::Disk;
use gonogo::prove;
use gonogo::suite::{self, Input};
use gonogo::targets;
use jsonschema::Validator;
use serde_json::Value;

use support::Folder;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The kinds of files: what their schema is called, the schema, and the folder of their faulty ones, where there are some.
fn kinds() -> [(&'static str, Value, &'static str); 4] {
    [
        ("case-file", suite::file_schema(), "cases"),
        ("contract-file", contract::file_schema(), "contract"),
        ("config-file", targets::file_schema(), "config"),
        ("prove-file", prove::file_schema(), ""),
    ]
}

/// A value of each type.
const VALUES: [&str; 6] = ["\"plain\"", "7", "1.5", "true", "[[]]", "{ odd_key = {} }"];

fn validator(kind: &str) -> Validator {
    let schema = kinds().into_iter().find(|(name, ..)| *name == kind);
    jsonschema::validator_for(&schema.unwrap().1).unwrap()
}

/// A TOML text as JSON, dates as text.
fn json(text: &str) -> Option<Value> {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => date.to_string().into(),
            toml::Value::Array(items) => items.into_iter().map(plain).collect(),
            toml::Value::Table(entries) => entries
                .into_iter()
                .map(|(key, value)| (key, plain(value)))
                .collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    toml::from_str::<toml::Value>(text).ok().map(plain)
}

/// All TOML files below a folder.
fn toml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            toml_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
}

/// The TOML files that are shipped or shown.
fn shipped() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["cases", "schemas", "examples"] {
        toml_files(&Path::new(ROOT).join(folder), &mut found);
    }
    found
}

#[test]
fn the_schemas_are_those_of_the_loader() {
    for (name, schema, _) in kinds() {
        let file = Path::new(ROOT).join(format!("schemas/{name}.schema.json"));
        let text = format!("{schema:#}\n");
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let written = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            written.replace('\r', "") == text,
            "{name} is not fresh: UPDATE_SCHEMAS=1 cargo test --test suite schemas"
        );
    }
}

#[test]
fn every_shipped_file_names_its_schema_and_fits_it() {
    let mut faults = Vec::new();
    let files = shipped();
    assert!(files.len() > 15, "hardly any files were found");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let Some(named) = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("#:schema "))
        else {
            faults.push(format!(
                "{}: names no schema in its first line",
                file.display()
            ));
            continue;
        };
        let schema = fs::canonicalize(file.parent().unwrap().join(named)).unwrap();
        assert!(schema.starts_with(Path::new(ROOT).join("schemas")));
        let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        for error in schema.iter_errors(&json(&text).unwrap()) {
            faults.push(format!(
                "{}: {}: {error}",
                file.display(),
                error.instance_path()
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A faulty file of the goldens that is wrong by what a schema knows does not fit; where only its keys and types count, a right one does.
#[test]
fn faulty_files_do_not_fit() {
    let mut number = 0;
    for (name, _, folder) in kinds()
        .into_iter()
        .filter(|(.., folder)| !folder.is_empty())
    {
        let schema = validator(name);
        for fault in ["unknown_key", "wrong_type", "missing_key"] {
            let file = Path::new(ROOT).join(format!("tests/faults/{folder}/{fault}.toml"));
            let value = json(&fs::read_to_string(&file).unwrap()).unwrap();
            assert!(!schema.is_valid(&value), "{}", file.display());
            number += 1;
        }
        let base = match folder {
            "cases" => "cases/requests.toml",
            "contract" => "schemas/contract.toml",
            _ => "gonogo.toml",
        };
        let file = Path::new(ROOT).join("tests/faults/base").join(base);
        let value = json(&fs::read_to_string(&file).unwrap()).unwrap();
        assert!(schema.is_valid(&value), "{}", file.display());
    }
    assert_eq!(number, 9);
}

/// Every key of every table, with a value of every type: the loader calls a value wrong just where the schema does.
#[test]
fn the_schema_and_the_loader_agree_on_every_key_and_type() {
    let mut faults = Vec::new();
    let mut number = 0;
    for (kind, schema, _) in kinds() {
        let validator = validator(kind);
        let mut tables = vec![("", &schema)];
        let definitions = schema["definitions"].as_object().unwrap();
        tables.extend(
            definitions
                .iter()
                .map(|(name, table)| (name.as_str(), table)),
        );
        for (table, definition) in tables {
            for key in definition["properties"].as_object().unwrap().keys() {
                for value in VALUES {
                    let (text, line) = placed(kind, &schema, table, definition, key, value);
                    let told = told(kind, &text, line);
                    let fits = validator.is_valid(&json(&text).unwrap());
                    number += 1;
                    if fits == told {
                        let loader = if told {
                            "takes it for wrong"
                        } else {
                            "takes it"
                        };
                        faults.push(format!(
                            "{kind} {table}: {key} = {value}: fits: {fits}; the loader {loader}"
                        ));
                    }
                }
            }
        }
    }
    assert!(number > 500, "only {number} values were tried");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A file with one table of a kind, complete but for one key, whose value is on the line of its own that is told.
fn placed(
    kind: &str,
    file: &Value,
    table: &str,
    definition: &Value,
    key: &str,
    value: &str,
) -> (String, usize) {
    const CASE: &str = "[[case]]\nname = \"x\"\nclause = \"accepted\"\n";
    const STEP: &str = "request = \"create_job\"\n";
    const TARGET: &str = "[target.x]\nbase_url = \"http://localhost\"\n";
    let before = match (kind, table) {
        (_, "") => String::new(),
        ("case-file", "part") => {
            "request.x.method = \"GET\"\nrequest.x.path = \"/\"\n[[request.x.multipart]]".into()
        }
        ("case-file", "request" | "probe") => format!("[{table}.x]"),
        ("case-file", "suite") => "[suite]".into(),
        ("case-file", "case") => "[[case]]".into(),
        ("case-file", "step") => format!("{CASE}[[case.step]]"),
        ("case-file", inner) => format!("{CASE}{STEP}expect = \"success\"\n[case.{inner}]"),
        ("contract-file", table) => {
            let name = match table {
                "envelope" => "[envelope]",
                "status-row" => "[[status]]",
                "rule-for-other-statuses" => "[[other]]",
                "header-rule" => "[[header]]",
                "exclusion" => "[[exclude]]",
                other => &format!("[[{other}]]"),
            };
            // The keys of the file come before its first table.
            let mut file = needed(file, name.trim_matches(['[', ']']));
            file.push_str(name);
            file
        }
        ("prove-file", "reason") => "[[conforms]]".into(),
        (_, "target") => "[target.x]".into(),
        (_, "credential") => format!("{TARGET}[target.x.credentials.y]"),
        (_, "secret") => format!("{TARGET}[target.x.credentials.y.bearer]"),
        (_, "limits") => format!("{TARGET}[target.x.limits]"),
        (_, "waiver") => format!("{TARGET}[[target.x.waiver]]"),
        other => panic!("where does the table {other:?} stand?"),
    };
    let before = if before.is_empty() {
        before
    } else {
        before + "\n"
    };
    let line = before.lines().count() + 1;
    (
        format!("{before}{key} = {value}\n{}", needed(definition, key)),
        line,
    )
}

/// The needed keys of a table with their examples, but for one.
fn needed(definition: &Value, but: &str) -> String {
    let mut text = String::new();
    let mut names: Vec<&Value> = definition["required"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    if but != "step" {
        names.extend(
            definition["else"]["required"]
                .as_array()
                .into_iter()
                .flatten(),
        );
    }
    for name in names
        .into_iter()
        .filter_map(Value::as_str)
        .filter(|name| *name != but)
    {
        let example = &definition["properties"][name]["examples"][0];
        text.extend([name, " = ", &toml_of(example), "\n"]);
    }
    text
}

/// A JSON value as TOML in one line.
fn toml_of(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(toml_of).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| format!("{name:?} = {}", toml_of(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether the loader says of that line what a schema can say: a wrong type, a key or a word that is not known, a number out of bounds.
fn told(kind: &str, text: &str, line: usize) -> bool {
    const CODES: [&str; 12] = [
        "wrong-type",
        "unknown-key",
        "missing-key",
        "unknown-kind",
        "unknown-level",
        "unknown-check",
        "unknown-permit",
        "unknown-http",
        "status",
        "limit",
        "race",
        "secret-in-file",
    ];
    faults(kind, text)
        .iter()
        .filter(|fault| CODES.contains(&fault.code))
        .any(|fault| match &fault.location {
            Some(at) => at.line_column().0 == line,
            // A line that may show a secret is named and not shown.
            None => fault.message.contains(&format!(":{line}:")),
        })
}

/// What the loader says of a file of a kind.
fn faults(kind: &str, text: &str) -> Vec<Diagnostic> {
    static BASE: OnceLock<(Folder, Contract)> = OnceLock::new();
    let (folder, contract) = BASE.get_or_init(|| {
        let folder = Folder::copy_of(&Path::new(ROOT).join("tests/faults/base"));
        let contract = contract::load(&Disk(folder.path("schemas")), "contract.toml").unwrap();
        (folder, contract)
    });
    let found = match kind {
        "case-file" => {
            folder.write("cases/faulty.toml", text);
            let cases = Input::all(&Disk(folder.path("cases")), true).unwrap();
            suite::load(contract, &cases).map(drop)
        }
        "contract-file" => {
            folder.write("schemas/faulty.toml", text);
            contract::load(&Disk(folder.path("schemas")), "faulty.toml").map(drop)
        }
        "prove-file" => {
            folder.write("schemas/prove.toml", text);
            prove::Reasons::load(&Disk(folder.path("schemas")), contract).map(drop)
        }
        _ => {
            folder.write("faulty.toml", text);
            targets::Config::load(&folder.path("faulty.toml")).map(drop)
        }
    };
    found.err().unwrap_or_default()
}
