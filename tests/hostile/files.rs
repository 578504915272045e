//! Files as untrusted input: what they would make of time, memory and output.

use std::collections::BTreeMap;
use std::fs;

use crate::attacks::json_answer;
use crate::program::gonogo;
use crate::server::serve;

const REQUEST: &str = "[request.read]\nmethod = \"POST\"\npath = \"/valid\"\n";

/// A case that expects a success, unless it says itself what it expects.
pub(super) fn case(more: &str) -> String {
    let expect = if more.contains("expect = ") {
        ""
    } else {
        "expect = \"success\"\n"
    };
    format!(
        "{REQUEST}\n[[case]]\nname = \"c\"\nclause = \"status-404\"\nrequest = \"read\"\n{expect}{more}\n"
    )
}

/// What a file would have the program do, and what is said instead. None may take more memory than a run.
#[test]
fn what_never_ends_is_refused() {
    const MEMORY: u64 = 256 * 1024;
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(5_000), close.repeat(5_000));
    let list: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let list = format!("[{}]", list.join(", "));
    let dimensions: Vec<String> = (0..10).map(|n| format!("each.d{n} = {list}")).collect();
    let dimension = format!("each.d = {:?}", (0..19_000).collect::<Vec<_>>());
    let text = |template: &str| {
        case(&format!(
            "send.text = \"\"\"{}\"\"\"",
            template.replace("LIST", &list)
        ))
    };
    let schema = r#"{"type":"object","properties":{"a":{"pattern":"^(a+)+$"}}}"#;
    let fuel = "ran out of fuel";
    let rows = [
        (
            "many dimensions",
            case(&dimensions.join("\n")),
            "makes 100 × 100 × 100",
        ),
        (
            "one dimension too long",
            case(&format!("each.d = {:?}", (0..20_002).collect::<Vec<_>>())),
            "makes 20002 trials",
        ),
        (
            "many cases of many trials",
            case(&dimension)
                + &format!("[[case]]\nname = \"d\"\nclause = \"status-404\"\nrequest = \"read\"\nexpect = \"success\"\n{dimension}\n")
                + &format!("[[case]]\nname = \"e\"\nclause = \"status-404\"\nrequest = \"read\"\nexpect = \"success\"\n{dimension}\n"),
            "the suite has more than 50000 trials",
        ),
        (
            "a case twice",
            case(&dimension).replace("[[case]]", &format!("[[case]]\nname = \"c\"\nclause = \"status-404\"\nrequest = \"read\"\nexpect = \"success\"\n{dimension}\n[[case]]")),
            "exists already",
        ),
        (
            "faults",
            case(&"[[case]]\n".repeat(3_000)),
            "the first 200 are shown",
        ),
        (
            "nested arrays",
            case(&format!("send.json = {}", deep("[", "]"))),
            "recurs",
        ),
        (
            "nested tables",
            case(&format!("send.json = {}", deep("{a=", "}"))),
            "recurs",
        ),
        (
            "dotted keys",
            case(&format!("send.json.{} = 1", vec!["a"; 5_000].join("."))),
            "recurs",
        ),
        (
            "nested parentheses",
            text(&format!("{{{{ {} }}}}", deep("(", ")"))),
            "more than 1000 tokens",
        ),
        (
            "nested statements",
            text(&deep("{% if 1 %}", "{% endif %}")),
            "more than 1000 tokens",
        ),
        (
            "a loop of loops",
            text(&format!(
                "{}x{}",
                "{% for a in LIST %}".repeat(3),
                "{% endfor %}".repeat(3)
            )),
            fuel,
        ),
        (
            "a chain of signs",
            text(&format!("{{{{ {}1 }}}}", "-".repeat(100_000))),
            "more than 1000 tokens",
        ),
        (
            "a chain of members",
            text(&format!("{{{{ key{} }}}}", ".a".repeat(100_000))),
            "more than 1000 tokens",
        ),
        (
            "a chain of calls",
            text(&format!("{{{{ uuid{} }}}}", "()".repeat(100_000))),
            "more than 1000 tokens",
        ),
        (
            "a chain of alternatives",
            text(&format!(
                "{{% if 0 %}}a{}{{% endif %}}",
                "{% elif 0 %}a".repeat(10_000)
            )),
            "more than 1000 tokens",
        ),
        (
            "a list doubling",
            text(&format!(
                "{{% set a = [1] %}}{}{{{{ a }}}}",
                "{% set a = a + a %}".repeat(40)
            )),
            "more than 10 sums",
        ),
        ("a string times", text("{{ 'x' * 9000000000 }}"), fuel),
        (
            "doubling",
            text(&format!(
                "{{% set a = 'x' * 1000 %}}{}{{{{ a }}}}",
                "{% set a = a ~ a %}".repeat(60)
            )),
            fuel,
        ),
        (
            "repeat",
            text("{{ repeat('x', 99999999999) }}"),
            "more than 16777216 bytes",
        ),
        (
            "repeat in a loop",
            text("{% for a in LIST %}{{ repeat('x', 1000000) }}{% endfor %}"),
            "more than 16777216 bytes | ran out of fuel",
        ),
        (
            "repeat in a list",
            text(&format!(
                "{{{{ [{}1] | length }}}}",
                "repeat('x', 30000000), ".repeat(50)
            )),
            "more than 16777216 bytes | ran out of fuel",
        ),
        (
            "replace",
            text("{{ ('x' * 100000) | replace('x', 'y' * 100000) }}"),
            fuel,
        ),
        ("format", text("{{ '%100000000d' | format(1) }}"), fuel),
        (
            "a pattern that backtracks",
            case("expect = { row = \"success\", schema = \"schema.json\" }")
                .replace("expect = \"success\"\n", ""),
            "ok",
        ),
    ];
    let backtracks = format!(r#"{{"a":"{}!"}}"#, "a".repeat(200_000));
    let (address, _) = serve(BTreeMap::new(), json_answer(200, &backtracks));
    let url = format!("http://{address}");
    let mut faults = Vec::new();
    for (what, cases, says) in rows {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("c.toml"), cases).unwrap();
        fs::write(folder.path().join("schema.json"), schema).unwrap();
        let run = gonogo(folder.path(), &["--target", &url, "--cases", "c.toml"], &[]);
        let output = format!("{}{}", run.stdout, run.stderr);
        let ended = match what {
            "a pattern that backtracks" => run.status == Some(101),
            _ => {
                [Some(2), Some(3)].contains(&run.status)
                    && says.split(" | ").any(|says| output.contains(says))
            }
        };
        if !ended || output.contains("panicked") {
            faults.push(format!(
                "{what}: {:?} {}",
                run.status,
                output.get(..600).unwrap_or(&output)
            ));
        }
        if run.memory.is_some_and(|memory| memory > MEMORY) {
            faults.push(format!("{what}: {:?} KiB", run.memory));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Many keys, long ones and many faults: what is told of them is bounded, in each format.
#[test]
fn what_is_told_of_a_file_is_bounded() {
    let keys = |count: usize| (0..count).fold(String::new(), |keys, n| format!("{keys}k{n} = 1\n"));
    let requests = |count: usize| {
        (0..count).fold(String::new(), |requests, n| {
            format!("{requests}[request.r{n}]\nmethod = \"GET\"\npath = \"/\"\n")
        })
    };
    let astray = |count: usize| {
        (0..count).fold(String::new(), |cases, n| {
            format!("{cases}[[case]]\nname = \"c{n}\"\nclause = \"schema\"\nrequest = \"s{n}\"\nexpect = \"success\"\n")
        })
    };
    let long = "x".repeat(2_000_000);
    let rows = [
        (
            "many words",
            "k = 1\n".repeat(200_000),
            "more than 500000 tokens",
        ),
        (
            "many tables",
            "[[case]]\n".repeat(200_000),
            "more than 500000 tokens",
        ),
        (
            "many lines",
            "\n".repeat(1_000_000),
            "more than 500000 tokens",
        ),
        ("keys of a file", keys(5_000), "there are more than 1000"),
        (
            "keys of a case",
            case(&keys(5_000)),
            "there are more than 1000",
        ),
        (
            "faults of syntax",
            "= = =\n".repeat(5_000),
            "there are more than 1000",
        ),
        (
            "unknown requests",
            requests(2_000) + &astray(2_000),
            "there are more than 1000",
        ),
        ("a long key", format!("\"{long}\" = 1"), "bytes) ..."),
        ("a long word", long.clone(), "expected"),
        (
            "a long name",
            case(&format!("send.json.x = 1\nas = \"{long}\""))
                .replace("\"c\"", &format!("\"{long}!\"")),
            "bytes)",
        ),
        (
            "long keys",
            (0..1_000).fold(String::new(), |keys, n| {
                format!("{keys}{n}{} = 1\n", "y".repeat(5_000))
            }),
            "bytes)",
        ),
    ];
    for (what, text, says) in rows {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("c.toml"), text).unwrap();
        for format in ["text", "json", "sarif"] {
            let arguments = ["lint", "--cases", "c.toml", "--format", format];
            let run = gonogo(folder.path(), &arguments, &[]);
            let output = run.stdout + &run.stderr;
            let beginning = output.get(..600).unwrap_or(&output);
            assert_eq!(run.status, Some(2), "{what}: {beginning}");
            // The last fault is not among those that are shown as text.
            let told = format != "text" || !says.starts_with("there are");
            assert!(
                !told || output.contains(says),
                "{what}, {format}: {beginning}"
            );
            let most = if format == "text" {
                256 * 1024
            } else {
                8 * 1024 * 1024
            };
            assert!(
                output.len() < most,
                "{what}, {format}: {} bytes",
                output.len()
            );
            assert!(
                run.memory.is_none_or(|memory| memory < 256 * 1024),
                "{what}, {format}: {:?} KiB",
                run.memory
            );
        }
    }
}

/// Files that a target names: each too large, or of no end.
#[test]
fn a_target_names_no_endless_file() {
    let large = "#".repeat(5 * 1024 * 1024);
    let target = "[target.x]\nbase_url = \"http://127.0.0.1:9\"\n";
    let mut rows = vec![
        (
            large.clone(),
            "cannot read ./gonogo.toml: it is larger than 4 MiB",
        ),
        (
            format!("{target}credentials.a.bearer.file = \"large\"\n"),
            "large: it is larger than 4 MiB",
        ),
        (
            format!("{target}ca = \"large\"\n"),
            "large: it is larger than 4 MiB",
        ),
        (
            format!("{target}client_certificate = \"large\"\n"),
            "large: it is larger than 4 MiB",
        ),
    ];
    if cfg!(unix) {
        rows.push((
            format!("{target}credentials.a.bearer.file = \"/dev/zero\"\n"),
            "/dev/zero: it is no regular file",
        ));
    }
    for (config, says) in rows {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gonogo.toml"), config).unwrap();
        fs::write(folder.path().join("large"), &large).unwrap();
        fs::write(folder.path().join("c.toml"), case("")).unwrap();
        let run = gonogo(
            folder.path(),
            &[
                "--config",
                "./gonogo.toml",
                "--target",
                "x",
                "--cases",
                "c.toml",
            ],
            &[],
        );
        assert_eq!(run.status, Some(2), "{says}: {}", run.stdout);
        assert!(run.stderr.contains(says), "{says}: {}", run.stderr);
    }
}
