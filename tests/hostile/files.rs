//! Files as untrusted input: what they name outside of their folder, and what they would make of time and memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::attacks::json_answer;
use crate::program::gonogo;
use crate::server::{Act, serve};

/// What stands outside of the folder.
const OUTSIDE: &str = "outside-of-the-folder";

const REQUEST: &str = "[request.read]\nmethod = \"POST\"\npath = \"/valid\"\n";

/// A case that expects a success, unless it says itself what it expects.
fn case(more: &str) -> String {
    let expect = if more.contains("expect = ") {
        ""
    } else {
        "expect = \"success\"\n"
    };
    format!(
        "{REQUEST}\n[[case]]\nname = \"c\"\nclause = \"status-404\"\nrequest = \"read\"\n{expect}{more}\n"
    )
}

/// Where a case names a file: in none of them a path leads out of the folder, also not behind a link.
#[test]
fn no_file_outside_of_the_folder_is_read() {
    let (address, seen) = serve(BTreeMap::new(), json_answer(200, "{}"));
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("inner");
    fs::create_dir_all(folder.join("cases")).unwrap();
    fs::write(outer.path().join("secret.txt"), OUTSIDE).unwrap();
    fs::write(outer.path().join("stray.toml"), case("")).unwrap();
    let absolute = outer.path().join("secret.txt").display().to_string();
    let mut paths = vec![
        "../../secret.txt",
        "../secret.txt",
        "./../../secret.txt",
        &absolute,
    ];
    if cfg!(unix) {
        paths.extend(["link.txt", "linked/secret.txt", "/etc/passwd", "/dev/zero"]);
        link(
            &outer.path().join("secret.txt"),
            &folder.join("cases/link.txt"),
        );
        link(outer.path(), &folder.join("cases/linked"));
    }
    let url = format!("http://{address}");
    for path in paths {
        for more in [
            format!("send.file = '{path}'"),
            format!("send.multipart = [{{ name = \"a\", file = '{path}' }}]"),
            format!("expect = {{ row = \"success\", schema = '{path}' }}"),
        ] {
            let text = case(&more);
            fs::write(folder.join("cases/c.toml"), text).unwrap();
            let run = gonogo(&folder, &["--target", &url, "--cases", "cases"], &[]);
            assert_eq!(run.status, Some(2), "{more}: {}{}", run.stdout, run.stderr);
            assert!(!(run.stdout + &run.stderr).contains(OUTSIDE), "{more}");
        }
    }
    assert_eq!(seen.heads(), Vec::<String>::new());
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).unwrap();
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) {}

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
            "the suite makes more than 50000 trials",
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
            "more than 1000 words and signs",
        ),
        (
            "nested statements",
            text(&deep("{% if 1 %}", "{% endif %}")),
            "more than 1000 words and signs",
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
            "more than 1000 words and signs",
        ),
        (
            "a chain of members",
            text(&format!("{{{{ key{} }}}}", ".a".repeat(100_000))),
            "more than 1000 words and signs",
        ),
        (
            "a chain of calls",
            text(&format!("{{{{ uuid{} }}}}", "()".repeat(100_000))),
            "more than 1000 words and signs",
        ),
        (
            "a chain of alternatives",
            text(&format!(
                "{{% if 0 %}}a{}{{% endif %}}",
                "{% elif 0 %}a".repeat(10_000)
            )),
            "more than 1000 words and signs",
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
    let heavy = "its references make too much of it";
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
            run.stdout.contains("not told of more than 12 levels"),
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
            "more than 500000 words and signs",
        ),
        (
            "many tables",
            "[[case]]\n".repeat(200_000),
            "more than 500000 words and signs",
        ),
        (
            "many lines",
            "\n".repeat(1_000_000),
            "more than 500000 words and signs",
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

/// What is no regular file is not read, whoever names it: a pipe waits for ever, a device never ends.
#[cfg(unix)]
#[test]
fn no_pipe_and_no_device_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    link(Path::new("/dev/zero"), &folder.path().join("zero.toml"));
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("case.toml", &case("send.file = \"pipe.toml\""));
    write(
        "part.toml",
        &case("send.multipart = [{ name = \"a\", file = \"pipe.toml\" }]"),
    );
    write(
        "schema.toml",
        &case("expect = { row = \"success\", schema = \"pipe.toml\" }"),
    );
    write("plain.toml", &case(""));
    write("contract.toml", "contract = \"pipe.toml\"\n");
    let target = "[target.x]\nbase_url = \"http://127.0.0.1:9\"\n";
    for (name, more) in [
        ("secret", "credentials.member.bearer.file = \"pipe.toml\""),
        (
            "header",
            "credentials.member.headers.X-Key.file = \"/dev/zero\"",
        ),
        ("authority", "ca = \"pipe.toml\""),
        ("client", "client_certificate = \"/dev/zero\""),
    ] {
        write(&format!("{name}.config"), &format!("{target}{more}\n"));
    }
    let run = |config| vec!["--config", config, "--target", "x", "--cases", "plain.toml"];
    for arguments in [
        vec!["lint", "--cases", "pipe.toml"],
        vec!["lint", "--cases", "case.toml"],
        vec!["lint", "--cases", "part.toml"],
        vec!["lint", "--cases", "schema.toml"],
        vec!["lint", "--cases", "/dev/zero"],
        vec!["lint", "--config", "contract.toml"],
        vec!["lint", "--config", "pipe.toml"],
        vec!["lint", "--config", "zero.toml"],
        vec!["lint", "--fix", "--cases", "pipe.toml"],
        vec!["explain", "--cases", "pipe.toml", "c"],
        run("secret.config"),
        run("header.config"),
        run("authority.config"),
        run("client.config"),
        vec!["judge", "pipe.toml"],
        vec!["judge", "zero.toml"],
        vec!["judge", "."],
        vec!["merge", "pipe.toml", "zero.toml", "-o", "whole.jsonl"],
        vec!["record", "--curl", "pipe.toml"],
        vec!["record", "--har", "zero.toml"],
        vec![
            "new",
            "a",
            "--request",
            "create_generation",
            "--row",
            "bad_request",
            "--file",
            "pipe.toml",
        ],
    ] {
        let run = gonogo(folder.path(), &arguments, &[]);
        let output = run.stdout + &run.stderr;
        assert_eq!(run.status, Some(2), "{arguments:?}: {output}");
        assert!(
            output.contains("it is no regular file"),
            "{arguments:?}: {output}"
        );
    }
}

/// A configuration that cannot be read is not passed over, as if the reference server were meant.
#[cfg(unix)]
#[test]
fn a_configuration_that_is_no_file_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gonogo.toml");
    fs::create_dir(&path).unwrap();
    let run = gonogo(folder.path(), &["lint"], &[]);
    assert_eq!(run.status, Some(2), "{}", run.stdout);
    assert!(
        run.stderr.contains("it is no regular file"),
        "{}",
        run.stderr
    );
    fs::remove_dir(&path).unwrap();
    link(Path::new("nowhere"), &path);
    let run = gonogo(folder.path(), &["lint"], &[]);
    assert_eq!(run.status, Some(2), "{}", run.stdout);
    assert!(
        run.stderr.contains("cannot read gonogo.toml"),
        "{}",
        run.stderr
    );
}

/// A project is not begun through a link: what is written would be elsewhere.
#[cfg(unix)]
#[test]
fn init_writes_through_no_link() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("inner");
    fs::create_dir(&folder).unwrap();
    let elsewhere = outer.path().join("elsewhere.toml");
    link(&elsewhere, &folder.join("gonogo.toml"));
    let run = gonogo(&folder, &["init"], &[]);
    assert_eq!(run.status, Some(2), "{}", run.stdout);
    assert!(run.stderr.contains("is there already"), "{}", run.stderr);
    assert!(!elsewhere.exists());
}

/// Records that would take more memory than a run, each refused; the last one is whole but for its end.
#[test]
fn no_record_takes_more_memory_than_a_run() {
    let (address, _) = serve(BTreeMap::new(), json_answer(200, "{}"));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("c.toml"), case("")).unwrap();
    let url = format!("http://{address}");
    let report = [
        "--target",
        &url,
        "--cases",
        "c.toml",
        "--report",
        "jsonl=whole",
    ];
    gonogo(folder.path(), &report, &[]);
    let whole = fs::read_to_string(path("whole")).unwrap();
    let (head, rest) = whole.split_once('\n').unwrap();
    let many = format!("[{}0]", "0,".repeat(1_500_000));
    let waiver = r#"{"trial":"t","reason":"r","owner":"o","issue":null,"until":"2030-01-01","file":"f","line":4000000000,"text":"t"}"#;
    let waivers = format!("\"waivers\":[{}]", [waiver].repeat(2_000).join(","));
    let rows = [
        (
            "no line feed",
            "\0".repeat(70 * 1024 * 1024),
            "line 1: it is longer than 67108864 bytes",
        ),
        (
            "no line feed later on",
            format!("{head}\n{}", "x".repeat(70 * 1024 * 1024)),
            "line 2: it is longer than 67108864 bytes",
        ),
        (
            "a list at first",
            format!("{many}\n"),
            "line 1: it has more than 1000000 values",
        ),
        (
            "a list later on",
            format!("{head}\n{{\"type\":\"trial\",\"x\":{many}}}\n"),
            "line 2: it has more than 1000000 values",
        ),
        (
            "a long text",
            format!(
                "{{\"record\":1,\"x\":\"{}\"}}\n",
                "\\u0001".repeat(8_000_000)
            ),
            "line 1: ",
        ),
        (
            "waivers of far lines",
            format!("{}\n{rest}", head.replace("\"waivers\":[]", &waivers)),
            "it was altered",
        ),
    ];
    for (what, text, says) in rows {
        fs::write(path("r.jsonl"), text).unwrap();
        for arguments in [
            &["judge", "r.jsonl", "--cases", "c.toml"][..],
            &["merge", "r.jsonl", "whole", "-o", "o"],
        ] {
            let run = gonogo(folder.path(), arguments, &[]);
            let beginning = run.stderr.get(..400).unwrap_or(&run.stderr);
            assert_eq!(run.status, Some(2), "{what}: {beginning}");
            assert!(run.stderr.contains(says), "{what}: {beginning}");
            assert!(
                run.stderr.len() < 10_000,
                "{what}: {} bytes",
                run.stderr.len()
            );
            assert!(
                run.memory.is_none_or(|memory| memory < 256 * 1024),
                "{what}: {:?} KiB",
                run.memory
            );
        }
    }
}

/// What a volley brings in headers counts, too, in what is kept of it.
#[test]
fn a_volley_of_large_headers_makes_no_large_record() {
    let head = format!(
        "HTTP/1.1 200 X\r\nX-Large: {}\r\nContent-Length: 2\r\n\r\n{{}}",
        "x".repeat(32 * 1024)
    );
    let (address, _) = serve(BTreeMap::new(), vec![Act::Send(head.into_bytes())]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.toml"), case("burst.requests = 600")).unwrap();
    let url = format!("http://{address}");
    let report = [
        "--target",
        &url,
        "--cases",
        "c.toml",
        "--report",
        "jsonl=r.jsonl",
    ];
    gonogo(folder.path(), &report, &[]);
    let size = fs::metadata(folder.path().join("r.jsonl")).unwrap().len();
    assert!(size < 12 * 1024 * 1024, "{size}");
    let again = gonogo(
        folder.path(),
        &["judge", "r.jsonl", "--cases", "c.toml"],
        &[],
    );
    assert_eq!(again.status, Some(101), "{}", again.stderr);
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
