//! Faulty files: every kind of fault of case files, contracts and `gonogo.toml`, with the whole of what the program says of it.
//!
//! Each `tests/faults/KIND/NAME.toml` has what it must say in a `.err` beside it. The file takes its place among those of
//! `tests/faults/base`, which have no fault. `# gonogo ARGUMENTS` in its first line is the command; `gonogo lint` otherwise.
//! `UPDATE_GOLDENS=1 cargo test --test suite files` writes the `.err` files anew: read the difference.

use crate::support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use support::Folder;

/// The kinds of files, and the place that a faulty one takes.
const KINDS: [(&str, &str); 4] = [
    ("cases", "cases/faulty.toml"),
    ("contract", "schemas/contract.toml"),
    ("config", "gonogo.toml"),
    ("proof", "schemas/prove.toml"),
];

/// Codes that no file can bring about, and why.
const BEYOND_FILES: [(&str, &str); 13] = [
    ("nothing-to-watch", "the shipped suite does not change"),
    ("recording", "a recording is no input file of the suite"),
    (
        "no-target",
        "`tests/run/targets.rs` has a project without a target",
    ),
    (
        "secret-without-value",
        "`tests/run/targets.rs` has such credentials",
    ),
    ("reference", "the system has no free port"),
    ("runtime", "the system has no more threads"),
    ("seed", "a run of the suite panics"),
    ("too-large", "`tests/hostile/files.rs` has such files"),
    // Records are no input files of the suite: `tests/run/records.rs` has what is told of them.
    ("certificate", "a record and its certificate"),
    ("merge", "records of shards"),
    ("no-record", "a certificate without its record"),
    ("other-suite", "a record of another suite"),
    ("record", "a record that is cut or altered"),
];

fn faults() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults")
}

/// The faulty files of a kind, sorted.
fn faulty(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(faults().join(kind)).unwrap();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
#[cfg_attr(
    windows,
    ignore = "paths and the system's own messages are others there"
)]
fn every_fault_is_told_as_its_golden_says() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let mut wrong = Vec::new();
    for (kind, place) in KINDS {
        for file in faulty(kind) {
            let text = fs::read_to_string(&file).unwrap();
            let folder = Folder::copy_of(&faults().join("base"));
            folder.write(place, &text);
            let command = text
                .lines()
                .next()
                .and_then(|line| line.strip_prefix("# gonogo "));
            let arguments: Vec<&str> = command.unwrap_or("lint").split(' ').collect();
            let output = folder.run(&arguments);
            let golden = file.with_extension("err");
            if update {
                fs::write(&golden, &output.stderr).unwrap();
            }
            let expected = fs::read_to_string(&golden).unwrap_or_default();
            if output.code != 2 || !output.stdout.is_empty() || output.stderr != expected {
                wrong.push(format!(
                    "{}: exit status {}\n{}{}",
                    file.display(),
                    output.code,
                    output.stdout,
                    output.stderr
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} faulty files are not told as expected:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn the_files_that_the_faulty_ones_join_have_no_fault() {
    let output = Folder::copy_of(&faults().join("base")).run(&["lint"]);
    // Its clauses and requests are for the faulty files to use, so there are warnings.
    assert_eq!((output.code, output.stderr.contains("error[")), (0, false));
}

#[test]
fn no_message_shows_a_secret() {
    for file in KINDS.iter().flat_map(|(kind, _)| faulty(kind)) {
        let golden = fs::read_to_string(file.with_extension("err")).unwrap();
        assert!(!golden.contains("hunter2"), "{}:\n{golden}", file.display());
    }
}

#[test]
fn every_code_is_in_some_golden() {
    let mut told = BTreeSet::new();
    for file in KINDS.iter().flat_map(|(kind, _)| faulty(kind)) {
        let golden = fs::read_to_string(file.with_extension("err")).unwrap();
        for line in golden.lines() {
            let code = line.strip_prefix("error[");
            told.extend(
                code.and_then(|rest| rest.split(']').next())
                    .map(str::to_owned),
            );
        }
    }
    let mut codes = BTreeSet::new();
    gather_codes(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut codes,
    );
    assert!(codes.len() > 30, "the search for codes finds too few");
    let untold: Vec<&String> = codes
        .iter()
        .filter(|code| !told.contains(*code))
        .filter(|code| !BEYOND_FILES.iter().any(|(known, _)| known == *code))
        .collect();
    assert!(untold.is_empty(), "no golden has {untold:?}");
}

/// The codes in the sources: the first string behind each call that notes a fault.
fn gather_codes(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather_codes(&path, codes);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for call in ["faults.at(", "faults.whole(", "one("] {
            for rest in text.split(call).skip(1) {
                let mut parts = rest.split('"');
                let between = parts.next().unwrap_or_default();
                let code = parts.next().unwrap_or_default();
                // Another statement's string is no argument of this call.
                if !between.contains([';', '{', ')']) && !code.is_empty() && !code.contains(' ') {
                    codes.insert(code.to_owned());
                }
            }
        }
    }
}

/// Files, each a path and its content.
type Files = &'static [(&'static str, &'static str)];

/// Small suites that must load: each a name, the files that join those of the base, and how many trials they come to.
const ACCEPTED: &[(&str, Files, usize)] = &[
    (
        "requests and probes may stand anywhere, in files of any name and depth",
        &[
            (
                "cases/a/first.toml",
                r#"
                case = [{ name = "a", clause = "accepted", request = "late", effect.later = 0, expect = "success" }]
                probe.later = { request = "late", pointer = "", as = "none" }
                "#,
            ),
            (
                "cases/z.toml",
                "request.late = { method = \"GET\", path = \"/\" }",
            ),
        ],
        1,
    ),
    (
        "names are of their file",
        &[
            (
                "cases/a.toml",
                "case = [{ name = \"a\", clause = \"accepted\", request = \"read_job\", expect = \"success\" }]",
            ),
            (
                "cases/b.toml",
                "case = [{ name = \"a\", clause = \"accepted\", request = \"read_job\", expect = \"success\" }]",
            ),
            (
                "cases/a/a.toml",
                "case = [{ name = \"a\", clause = \"accepted\", request = \"read_job\", expect = \"success\" }]",
            ),
        ],
        3,
    ),
    (
        "what is no case file is not read",
        &[
            ("cases/.hidden.toml", "]"),
            ("cases/.hidden/x.toml", "]"),
            ("cases/x.toml.orig", "]"),
            ("cases/README.md", "]"),
            ("cases/empty.toml", ""),
            ("cases/comment.toml", "# nothing\r\n"),
        ],
        0,
    ),
    (
        "each: lists, tables, any kind of value, several dimensions, the whole of what a step says",
        &[(
            "cases/x.toml",
            r#"
            [[case]]
            name = "x"
            clause = "{{ each.refused.clause }}"
            request = "{{ each.request }}"
            as = "{{ each.as }}"
            send = "{{ each.refused.send }}"
            expect = "{{ each.refused.expect }}"
            each.request = ["create_job", "read_job"]
            each.as = ["none", "member"]
            each.refused.text = { clause = "status-400", expect = "bad_request", send = { text = "{" } }
            each.refused.path = { clause = "accepted", expect = ["success", 405], send = { path = "/{{ each.as }}" } }
            [[case]]
            name = "y"
            clause = "accepted"
            request = "create_job"
            send.json = { n = "{{ each.n }}", twice = "{{ each.n * 2 }}", list = "{{ each.list }}", "in" = "is {{ each.n }}: {{ each.n }}" }
            expect = "success"
            each.n = [1, -2, 1.5, true, "text"]
            each.list = { none = [], null = "{{ null }}", some = [1, { a = "{{ key }}" }] }
            "#,
        )],
        2 * 2 * 2 + 5 * 3,
    ),
    (
        "templates: globals, filters, blocks, escapes, secrets, captures",
        &[(
            "cases/x.toml",
            r#"
            [[case]]
            name = "x"
            clause = "accepted"
            [[case.step]]
            request = "create_job"
            send.headers = { Authorization = "Bearer {{ secret.member[:-4] }}", X-Key = "{{ key }}{{ uuid() }}" }
            send.text = """{{ "{{" }} {% if fixture.job_id %}{{ repeat("a", 1000) | upper }}{% endif %} {# none #} }}"""
            capture = { job = "/id", window = { header = "Retry-After" } }
            expect = "success"
            [[case.step]]
            request = "read_job"
            wait = "{{ window }}"
            send.path = "/jobs/{{ job }}"
            send.query = { a = "{{ null }}", b = [1, "{{ job }}"] }
            poll = { until = { "/status" = { one_of = ["done", "failed"] }, "/n" = 1 }, every = 0, within = 0.5 }
            expect = { row = "success", body = { "/id" = "{{ job }}", "" = { equal = { id = ["{{ job }}"] } } } }
            "#,
        )],
        1,
    ),
    (
        "expect in all its forms, for one answer and for a volley",
        &[
            (
                "cases/deep/x.toml",
                r#"
                case = [
                  { name = "a", clause = "status-400", request = "read_job", expect = "bad_request", effect.jobs = 0 },
                  { name = "b", clause = "accepted", request = "read_job", expect = 405, effect.jobs = [0, 1] },
                  { name = "c", clause = "accepted", request = "read_job", expect = ["success", "bad_request", 405] },
                  { name = "d", clause = "accepted", request = "read_job", expect = { row = ["success"], schema = "files/ok.json" } },
                  { name = "e", clause = "status-429", request = "read_job", burst = { requests = 3, at_once = 1, until = "rate_limited" }, expect = { each = ["success", "rate_limited"], same = ["/id"], count = { success = 1, rate_limited = 2 } } },
                  { name = "f", clause = "status-429", request = "read_job", burst = { requests = 3 }, expect = "success", wait = 0.1 },
                ]
                "#,
            ),
            ("cases/deep/files/ok.json", "{}"),
        ],
        6,
    ),
    (
        "bodies and what is removed of them",
        &[
            (
                "cases/x.toml",
                r#"
                [request.upload]
                method = "POST"
                path = "/files?kind=a"
                [[request.upload.multipart]]
                name = "file"
                filename = "a.bin"
                type = "image/png"
                file = "files/a.bin"
                [[request.upload.multipart]]
                text = "{{ key }}"
                [[request.upload.multipart]]
                [[case]]
                name = "x"
                clause = "accepted"
                each.send.text = { text = "" }
                each.send.base64 = { base64 = "AP8=" }
                each.send.file = { file = "./files/a.bin", headers = { Content-Type = "image/png" } }
                each.send.json = { json = [1] }
                each.send.none = { remove = ["/body"] }
                each.send.part = { remove = ["/multipart/0"] }
                each.send.all = { method = "PUT", path = "/", query = { a = 1 }, headers = { A = ["1", "2"], b = 1.5 } }
                request = "upload"
                send = "{{ each.send }}"
                expect = "success"
                [[case]]
                name = "y"
                clause = "accepted"
                request = "create_job"
                send.remove = ["/headers/AUTHORIZATION", "/headers/idempotency-key", "/query/verbose", "/json/rooms/1", "/json/mode"]
                expect = "success"
                "#,
            ),
            ("cases/files/a.bin", "\u{0}"),
        ],
        8,
    ),
    (
        "a configuration that says everything",
        &[(
            "gonogo.toml",
            r#"
            contract = "./schemas/contract.toml"
            cases = ["cases", "./cases/requests.toml"]
            [target.everything]
            base_url = "https://[::1]:8443/api/v1/"
            permits = ["writes", "bursts"]
            headers = { X-Trace = "on" }
            proxy = "http://proxy.example.com:3128"
            ca = "nowhere.pem"
            client_certificate = "nowhere.pem"
            limits = { request = 0.5, trial = 60, wait = 5.5, body = 1 }
            fixtures = { job_id = "1", number = 1, float = 1.5, flag = true }
            [target.everything.credentials]
            member = { bearer = { env = "NOT_SET" }, organization = "one", headers = { X-A = "plain", X-B = { file = "nowhere" } } }
            [target.nothing]
            base_url = "http://localhost"
            "#,
        )],
        0,
    ),
];

#[test]
fn what_is_right_loads() {
    for (name, files, trials) in ACCEPTED {
        let folder = Folder::copy_of(&faults().join("base"));
        for (path, content) in *files {
            folder.write(path, content);
        }
        let output = folder.run(&["lint"]);
        let expected = format!(" {trials} trial");
        assert!(
            output.code == 0 && output.stdout.contains(&expected),
            "{name}: exit status {}\n{}{}",
            output.code,
            output.stdout,
            output.stderr
        );
    }
}
