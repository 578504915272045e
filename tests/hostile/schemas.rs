//! Schemas as untrusted input: few lines that make more work than a machine can do.

use std::collections::BTreeMap;
use std::fs;

use crate::attacks::json_answer;
use crate::files::case;
use crate::program::gonogo;
use crate::server::serve;

/// Schemas that would keep a machine busy for ever, were a validator made of them, or held against an answer.
fn heavy_schemas() -> Vec<(&'static str, String, &'static str)> {
    let doubling =
        |more: &str, reference: &dyn Fn(usize) -> String, target: &dyn Fn(usize) -> String| {
            let level = |n: usize| {
                let next = reference(n + 1);
                format!(
                    r#""a{n}": {{{}"allOf": [{{"$ref": "{next}"}}, {{"$ref": "{next}"}}]{more}}}"#,
                    target(n)
                )
            };
            let levels: Vec<String> = (0..40).map(level).collect();
            format!(
                r#"{{"$defs": {{{}, "a40": {{{}"required": ["x"]}}}}, "$ref": "{}"}}"#,
                levels.join(", "),
                target(40),
                reference(0)
            )
        };
    let unevaluated = r#", "unevaluatedProperties": false"#;
    let items = r#", "unevaluatedItems": false"#;
    let pointer = |n: usize| format!("#/$defs/a{n}");
    let anchor = |n: usize| format!("#n{n}");
    let id = |n: usize| format!("n{n}.json");
    let nothing = |_: usize| String::new();
    let nested = |open: &str, close: &str| format!("{}{{}}{}", open.repeat(40), close.repeat(40));
    let chain: Vec<String> = (0..5_000)
        .map(|n| format!(r##""a{n}": {{"$ref": "#/$defs/a{}"}}"##, n + 1))
        .collect();
    let heavy = "its references expand to too many schemas";
    vec![
        ("doubling", doubling("", &pointer, &nothing), heavy),
        ("doubling, unevaluated", doubling(unevaluated, &pointer, &nothing), heavy),
        ("doubling, unevaluated items", doubling(items, &pointer, &nothing), heavy),
        (
            "doubling, anchors",
            doubling(unevaluated, &anchor, &|n| format!(r#""$anchor": "n{n}", "#)),
            heavy,
        ),
        (
            "doubling, identifiers",
            doubling(unevaluated, &id, &|n| format!(r#""$id": "http://x.test/n{n}.json", "#))
                .replacen('{', r#"{"$id": "http://x.test/", "#, 1),
            heavy,
        ),
        (
            "unevaluated in unevaluated",
            nested(r#"{"unevaluatedProperties": false, "allOf": ["#, "]}"),
            heavy,
        ),
        (
            "additional in unevaluated",
            nested(r#"{"unevaluatedProperties": false, "additionalProperties": "#, "}"),
            heavy,
        ),
        (
            "a chain",
            format!(
                r##"{{"$defs": {{{}, "a5000": {{}}}}, "$ref": "#/$defs/a0"}}"##,
                chain.join(", ")
            ),
            heavy,
        ),
        ("large", format!(r#"{{"enum": [{}0]}}"#, "0,".repeat(3_000_000)), "it is larger than 4 MiB"),
        (
            "a long pattern",
            format!(r#"{{"pattern": "{}("}}"#, "(a|b)".repeat(10_000)),
            "bytes) ...",
        ),
        ("a loop", r##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##.to_owned(), "1 trial"),
        (
            "a tree",
            r##"{"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}, "unevaluatedProperties": false}"##
                .to_owned(),
            "1 trial",
        ),
    ]
}

/// None takes more time, memory or output than a run; those of no harm are taken.
#[test]
fn a_schema_of_endless_work_is_refused() {
    let case = case("expect = { row = \"success\", schema = \"schema.json\" }");
    for (what, schema, says) in heavy_schemas() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("c.toml"), &case).unwrap();
        fs::write(folder.path().join("schema.json"), schema).unwrap();
        let run = gonogo(folder.path(), &["lint", "--cases", "c.toml"], &[]);
        let output = run.stdout + &run.stderr;
        let beginning = output.get(..600).unwrap_or(&output);
        let status = if says == "1 trial" { 0 } else { 2 };
        assert_eq!(run.status, Some(status), "{what}: {beginning}");
        assert!(output.contains(says), "{what}: {beginning}");
        assert!(output.len() < 10_000, "{what}: {} bytes", output.len());
        assert!(
            run.memory.is_none_or(|memory| memory < 256 * 1024),
            "{what}: {:?} KiB",
            run.memory
        );
    }
}

/// A schema that leads back to itself in two ways is held against an answer of many levels as quickly as any.
#[test]
fn an_answer_of_many_levels_is_held_against_a_schema() {
    let schemas = [
        r##"{"properties": {"x": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}, "y": {"type": "string"}}}"##,
        r##"{"anyOf": [{"type": "string"}, {"properties": {"x": {"$ref": "#"}}, "required": ["z"]}, {"properties": {"x": {"$ref": "#"}, "y": {"type": "string"}}}]}"##,
    ];
    let body = format!(
        r#"{}{{"y": 1}}{}"#,
        r#"{"x": "#.repeat(100),
        "}".repeat(100)
    );
    let (address, _) = serve(BTreeMap::new(), json_answer(200, &body));
    let url = format!("http://{address}");
    for schema in schemas {
        let folder = tempfile::tempdir().unwrap();
        let text = case("expect = { row = \"success\", schema = \"schema.json\" }");
        fs::write(folder.path().join("c.toml"), text).unwrap();
        fs::write(folder.path().join("schema.json"), schema).unwrap();
        let run = gonogo(folder.path(), &["--target", &url, "--cases", "c.toml"], &[]);
        assert_eq!(run.status, Some(101), "{schema}: {}", run.stderr);
        assert!(
            run.stdout.contains("details end at 12 levels"),
            "{}",
            run.stdout
        );
        assert!(
            run.memory.is_none_or(|memory| memory < 256 * 1024),
            "{:?} KiB",
            run.memory
        );
    }
}
