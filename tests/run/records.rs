//! Records: a run on disk is judged again without its target, to the same verdicts and byte for byte; a faulty one is refused.

use crate::support;

use std::fs;

use serde_json::Value;
use support::{Answer, Asked, CONTRACT, ENVELOPE, Folder, Output, Server};

const SECRET: &str = "s3cr3t-of-the-member";

/// One trial of each way in which a trial can end, and what is hard to write down.
const CASES: &str = r#"
[request.read_thing]
method = "GET"
path = "/thing"
as = "member"
success = { "/id" = { is = "any" } }
[request.make_thing]
method = "POST"
path = "/things"
as = "member"
json = { name = "a" }
success = { "/id" = { is = "any" } }
[probe.things]
request = "read_thing"
pointer = "/count"
[[case]]
name = "refused"
clause = "refused"
request = "read_thing"
each.id = { right = "right", wrong = "wrong", hostile = "hostile", bytes = "bytes", echo = "echo", closed = "closed" }
send.query.id = "{{ each.id }}"
expect = "bad_request"
effect.things = 0
[[case]]
name = "waived"
clause = "refused"
request = "read_thing"
each.id = { known = "wrong", mended = "right" }
send.query.id = "{{ each.id }}"
expect = "bad_request"
[[case]]
name = "steps"
clause = "accepted"
[[case.step]]
request = "make_thing"
expect = "success"
capture.thing = "/id"
[[case.step]]
request = "read_thing"
send.query.of = "{{ thing }}"
poll.until = { "/status" = "ready" }
poll.every = 0.01
poll.within = 20
expect.row = "success"
expect.body = { "/of" = "{{ thing }}" }
[[case.step]]
request = "make_thing"
race = { requests = 4, within = 30 }
expect.each = ["success", "bad_request"]
expect.same = ["/id"]
[[case]]
name = "burst"
clause = "accepted"
[[case.step]]
request = "make_thing"
burst = { requests = 8, at_once = 2 }
expect = "success"
[[case]]
name = "unprepared"
clause = "accepted"
[[case.step]]
request = "read_thing"
send.query.id = "right"
expect = "success"
[[case.step]]
request = "read_thing"
expect = "success"
[[case]]
name = "ignored"
clause = "refused"
request = "read_thing"
send.query.id = "{{ fixture.missing }}"
expect = "bad_request"
"#;

const CONFIG: &str = r#"contract = "contract.toml"
cases = ["cases"]
[target.here]
base_url = "ADDRESS"
[target.here.credentials]
member = { bearer = { env = "TOKEN" } }
[[target.here.waiver]]
trial = "things::waived::*"
clauses = ["refused"]
reason = "it is mended in March"
owner = "platform"
until = 2999-12-31
[[target.here.waiver]]
trial = "things::gone::*"
clauses = ["refused"]
reason = "there was such a case"
owner = "platform"
until = 2999-12-31
"#;

/// The contract with clauses about echoes and JSON.
fn contract() -> String {
    let echo = "[[clause]]\nid = \"echo\"\nlevel = \"must\"\ntext = \"No secret comes back.\"\n\
                source = \"the documentation\"\ncheck = \"secret-echo\"\n";
    let json = "[[clause]]\nid = \"json\"\nlevel = \"must\"\ntext = \"What is called JSON is JSON.\"\n\
                source = \"the documentation\"\ncheck = \"json\"\n";
    format!("{CONTRACT}{echo}{json}")
}

fn answer(asked: &Asked) -> Answer {
    let json = |status, text: &str| Answer::json(status, text);
    let token = asked.header("authorization").join("");
    let query = asked.target.split_once('?').map_or("", |(_, query)| query);
    match query.split_once('=') {
        Some(("id", "right")) => Answer::failure(400, "bad_request"),
        Some(("id", "hostile")) => json(
            500,
            "{\"error\":{\"code\":\"\u{1b}[31m\u{2028}\u{202e}\u{85}::error::\\u0000\u{1f600}\"}}",
        ),
        Some(("id", "bytes")) => Answer::Response(
            400,
            vec![("x-odd".to_owned(), "\u{e9}".to_owned())],
            vec![0xff, 0x00, 0xfe],
        ),
        Some(("id", "echo")) => json(
            400,
            &format!(r#"{{"error":{{"code":"bad_request","was":"{token}"}}}}"#),
        ),
        Some(("id", "closed")) => Answer::Response(101, Vec::new(), Vec::new()),
        Some(("id", _)) => json(422, r#"{"error":{"code":"validation_error"}}"#),
        Some(("of", id)) => json(
            200,
            &format!(r#"{{"id":"x","of":"{id}","status":"ready"}}"#),
        ),
        _ => json(200, r#"{"id":"t_1","count":3}"#),
    }
}

fn folder(server: &Server) -> Folder {
    Folder::of(&[
        ("contract.toml", &contract()),
        ("envelope.json", ENVELOPE),
        ("gonogo.toml", &CONFIG.replace("ADDRESS", &server.url())),
        ("cases/things.toml", CASES),
    ])
}

fn record(folder: &Folder, more: &[&str]) -> Output {
    let always = ["--target", "here", "--report", "jsonl=a.jsonl"];
    let arguments: Vec<&str> = always.iter().chain(more).copied().collect();
    folder.run_with("", &[("TOKEN", SECRET)], &arguments)
}

fn read(folder: &Folder, path: &str) -> String {
    fs::read_to_string(folder.path(path)).unwrap()
}

/// What was printed but how long it took.
fn printed(output: &Output) -> String {
    let lines = output.stdout.lines();
    let lines = lines.map(|line| line.split("; finished in").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

fn outcomes(record: &str) -> Vec<String> {
    let lines = record
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut outcomes: Vec<String> = lines
        .filter(|line| line["type"] == "trial-finished")
        .map(|line| {
            format!(
                "{} {}",
                line["trial"].as_str().unwrap(),
                line["outcome"]["outcome"].as_str().unwrap()
            )
        })
        .collect();
    outcomes.sort();
    outcomes
}

#[test]
fn a_record_is_judged_again_to_the_same_verdicts_byte_for_byte() {
    let server = Server::start(answer);
    let folder = folder(&server);
    let run = record(&folder, &[]);
    assert_eq!(run.code, 101, "{}", run.all());
    let first = read(&folder, "a.jsonl");
    insta::assert_snapshot!(outcomes(&first).join("\n"), @r"
    things::burst conforms
    things::ignored ignored
    things::refused::bytes violates
    things::refused::closed violates
    things::refused::echo violates
    things::refused::hostile violates
    things::refused::right conforms
    things::refused::wrong violates
    things::steps conforms
    things::unprepared inconclusive
    things::waived::known waived
    things::waived::mended stale-waiver
    waiver::things::gone::* stale-waiver
    ");
    let sent = server.asked().len();
    let judged = folder.run(&["judge", "a.jsonl", "--report", "jsonl=b.jsonl"]);
    assert_eq!(judged.code, 101, "{}", judged.all());
    assert_eq!(printed(&judged), printed(&run));
    assert_eq!(judged.stderr, "");
    assert!(read(&folder, "b.jsonl") == first, "the record is another");
    assert_eq!(server.asked().len(), sent, "something was sent");
    // Exact, escaped, and without secrets.
    assert!(
        first
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~' | b'\n'))
    );
    assert!(first.contains(r#"{"base64":"/wD+"}"#), "{first}");
    assert!(first.contains(r"\u001b[31m\u2028\u202e\u0085::error::\\u0000\ud83d\ude00"));
    assert!(!first.contains(SECRET));
    assert!(first.contains(r#""echoed":{"kind":"body"}"#));
}

#[test]
fn each_line_of_a_record_is_as_its_schema_says() {
    let server = Server::start(answer);
    let folder = folder(&server);
    record(&folder, &[]);
    let schema = fs::read_to_string("schemas/record.schema.json").unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let record = read(&folder, "a.jsonl");
    for (number, line) in record.lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let faults: Vec<String> = schema
            .iter_errors(&line)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "line {}: {faults:?}", number + 1);
    }
    let faulty = record
        .lines()
        .nth(1)
        .unwrap()
        .replace("\"strict\"", "\"loose\"");
    assert!(!schema.is_valid(&serde_json::from_str(&faulty).unwrap()));
}

#[test]
fn a_record_that_is_not_what_was_written_is_refused() {
    let server = Server::start(answer);
    let folder = folder(&server);
    record(&folder, &["right"]);
    let record = read(&folder, "a.jsonl");
    let lines: Vec<&str> = record.split_inclusive('\n').collect();
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        lines.concat()
    };
    let last = lines.len() - 1;
    let table = [
        ("empty", String::new(), "it has no last line"),
        ("no end", without(last), "it has no last line"),
        (
            "cut",
            record[..record.len() - 9].to_owned(),
            "it has no last line",
        ),
        (
            "cut in a trial",
            lines[..2].concat() + &lines[2][..200],
            "it has no last line",
        ),
        (
            "no trial",
            without(2),
            "its counts are not those of its trials",
        ),
        (
            "a trial twice",
            lines[..3].concat() + lines[2],
            "duplicate trial",
        ),
        (
            "more",
            record.clone() + lines[1],
            "something follows the last line",
        ),
        (
            "no beginning",
            without(0),
            "this is not how a record begins",
        ),
        (
            "another status",
            record.replacen("\"status\":400", "\"status\":401", 1),
            "it was altered: the SHA-256",
        ),
        (
            "another outcome",
            record.replacen("conforms", "violates", 1),
            "its counts are not those",
        ),
        (
            "a later format",
            record.replacen("\"record\":3", "\"record\":4", 1),
            "its format is version 4, and this gonogo reads version 3: run the trials again",
        ),
        (
            "an earlier format",
            record.replacen(
                "{\"record\":3}",
                "{\"type\":\"run\",\"record\":2,\"x\":1}",
                1,
            ),
            "its format is version 2, and this gonogo reads version 3: run the trials again",
        ),
        (
            "no end of the run",
            without(last - 1),
            "missing field `type`",
        ),
        (
            "another file",
            "[target.a]\n".to_owned(),
            "this is not how a record begins",
        ),
        (
            "an unknown member",
            record.replacen("\"strict\"", "\"loose\"", 1),
            "line 2: unknown field `loose`",
        ),
    ];
    for (name, text, message) in table {
        folder.write("x.jsonl", text);
        let output = folder.run(&["judge", "x.jsonl"]);
        assert_eq!(output.code, 2, "{name}: {}", output.all());
        assert!(output.stderr.contains(message), "{name}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{name}");
    }
}

#[test]
fn a_record_is_judged_with_the_suite_of_its_run_and_by_any_contract() {
    let server = Server::start(answer);
    let folder = folder(&server);
    let run = record(&folder, &["refused::wrong"]);
    assert_eq!(run.code, 101, "{}", run.all());
    let mild = contract().replacen("level = \"must\"", "level = \"should\"", 1);
    folder.write("mild.toml", &mild);
    let judged = folder.run(&["judge", "a.jsonl", "--contract", "mild.toml"]);
    assert_eq!(judged.code, 0, "{}", judged.all());
    assert_eq!(
        judged.stderr,
        "differs from the record: things::refused::wrong: it violates there, and conforms here\n"
    );
    folder.write("contract.toml", &mild);
    let judged = folder.run(&["judge", "a.jsonl"]);
    assert_eq!(judged.code, 2, "{}", judged.all());
    assert!(
        judged.stderr.contains("the record is of another contract"),
        "{}",
        judged.stderr
    );
    folder.write("contract.toml", contract());
    folder.write("cases/more.toml", "# Another file of the suite.\n");
    let judged = folder.run(&["judge", "a.jsonl"]);
    assert_eq!(judged.code, 2, "{}", judged.all());
    assert!(
        judged.stderr.contains("the record is of another suite"),
        "{}",
        judged.stderr
    );
}

#[test]
fn what_is_too_long_to_be_kept_is_not_green() {
    let long = "a".repeat(3 * 1024 * 1024);
    let server = Server::start(move |asked| {
        if asked.target == "/thing" {
            return Answer::json(200, r#"{"id":"t_1","count":3}"#);
        }
        let body = format!(r#"{{"error":{{"code":"bad_request","more":"{long}"}}}}"#);
        Answer::json(400, body)
    });
    let folder = folder(&server);
    let run = record(&folder, &["refused::right"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(read(&folder, "a.jsonl").len() < 2 * 1024 * 1024);
    let judged = folder.run(&["judge", "a.jsonl"]);
    assert_eq!(judged.code, 3, "{}", judged.all());
    let told = "step 1 cannot be judged again: the body of a response has more than the 1048576 bytes that are kept of it";
    assert!(judged.stdout.contains(told), "{}", judged.stdout);
    assert!(
        judged
            .stderr
            .contains("it conforms there, and is inconclusive here"),
        "{}",
        judged.stderr
    );
}

#[test]
fn a_certificate_is_held_against_its_record() {
    let server = Server::start(answer);
    let folder = folder(&server);
    let alone = folder.run_with(
        "",
        &[("TOKEN", SECRET)],
        &["--target", "here", "--report", "certificate=c.json"],
    );
    assert_eq!(alone.code, 2, "{}", alone.all());
    assert!(
        alone.stderr.contains("add `--report jsonl=PATH`"),
        "{}",
        alone.stderr
    );
    assert_eq!(server.asked().len(), 0);
    record(&folder, &["right", "--report", "certificate=c.json"]);
    let certificate = read(&folder, "c.json");
    let value: Value = serde_json::from_str(&certificate).unwrap();
    assert_eq!(value["counts"]["conforming"], 1);
    assert_eq!(value["waivers"].as_array().unwrap().len(), 2);
    let same = folder.run(&["judge", "a.jsonl", "--certificate", "c.json"]);
    assert_eq!(same.code, 0, "{}", same.all());
    assert!(
        same.stderr.ends_with("certificate: matches the record\n"),
        "{}",
        same.stderr
    );
    let sha256 = value["record"]["sha256"].as_str().unwrap();
    folder.write(
        "d.json",
        certificate
            .replace(sha256, "00")
            .replace("\"conforming\": 1", "\"conforming\": 1031")
            .replace("\"strict\": false,", "\"brave\": true,"),
    );
    let other = folder.run(&["judge", "a.jsonl", "--certificate", "d.json"]);
    assert_eq!(other.code, 101, "{}", other.all());
    let told: Vec<&str> = other.stderr.lines().collect();
    assert_eq!(
        told,
        [
            "certificate: /strict: it says null, and the record shows false",
            "certificate: /counts/conforming: it says 1031, and the record shows 1",
            &format!(
                "certificate: /record/sha256: it says \"00\", and the record shows \"{sha256}\""
            ),
            "certificate: /brave: a certificate has no such member",
        ]
    );
}

#[test]
fn records_of_one_run_shared_out_are_merged() {
    let server = Server::start(answer);
    let folder = folder(&server);
    let keep = |name: &str| fs::rename(folder.path("a.jsonl"), folder.path(name)).unwrap();
    record(&folder, &["things::refused"]);
    keep("1.jsonl");
    record(&folder, &["things::waived"]);
    keep("2.jsonl");
    record(&folder, &["waived::known"]);
    keep("3.jsonl");
    let merged = folder.run(&["merge", "1.jsonl", "2.jsonl", "-o", "whole.jsonl"]);
    assert_eq!(merged.code, 0, "{}", merged.all());
    let mut both = outcomes(&read(&folder, "1.jsonl"));
    both.extend(outcomes(&read(&folder, "2.jsonl")));
    both.sort();
    both.dedup();
    assert_eq!(outcomes(&read(&folder, "whole.jsonl")), both);
    let judged = folder.run(&["judge", "whole.jsonl", "--report", "jsonl=again.jsonl"]);
    assert_eq!(judged.code, 101, "{}", judged.all());
    assert!(read(&folder, "again.jsonl") == read(&folder, "whole.jsonl"));
    let over = folder.run(&["merge", "1.jsonl", "2.jsonl", "-o", "./2.jsonl"]);
    assert_eq!(over.code, 2, "{}", over.all());
    assert!(
        over.stderr.contains("is one of the records"),
        "{}",
        over.stderr
    );
    let twice = folder.run(&["merge", "2.jsonl", "3.jsonl", "-o", "no.jsonl"]);
    assert_eq!(twice.code, 2, "{}", twice.all());
    assert!(
        twice
            .stderr
            .contains("cannot merge the records: the trial `things::waived::known` is in 2.jsonl:"),
        "{}",
        twice.stderr
    );
    folder.write(
        "gonogo.toml",
        CONFIG
            .replace("ADDRESS", &server.url())
            .replace("target.here", "target.there"),
    );
    folder.run_with(
        "",
        &[("TOKEN", SECRET)],
        &["waived", "--target", "there", "--report", "jsonl=4.jsonl"],
    );
    let other = folder.run(&["merge", "1.jsonl", "4.jsonl", "-o", "no.jsonl"]);
    assert_eq!(other.code, 2, "{}", other.all());
    assert!(
        other
            .stderr
            .contains("the target of 1.jsonl is here, that of 4.jsonl is there"),
        "{}",
        other.stderr
    );
    assert!(!folder.path("no.jsonl").exists());
}

/// The record with a new last line, with the right hash and counts: anyone who changes a record can write these, too.
fn sealed(lines: &[Value]) -> String {
    let (end, before) = lines.split_last().unwrap();
    let mut counts = serde_json::Map::new();
    for name in [
        "conforming",
        "violating",
        "inconclusive",
        "ignored",
        "waived",
    ] {
        counts.insert(name.to_owned(), 0.into());
    }
    for line in before
        .iter()
        .filter(|line| line["type"] == "trial-finished")
    {
        let name = match line["outcome"]["outcome"].as_str().unwrap() {
            "conforms" => "conforming",
            "violates" | "stale-waiver" => "violating",
            other => other,
        };
        counts[name] = (counts[name].as_u64().unwrap() + 1).into();
    }
    let text: String = before
        .iter()
        .fold(String::new(), |text, line| text + &line.to_string() + "\n");
    let mut end = end.clone();
    end["counts"] = counts.into();
    end["sha256"] = sha256(&text).into();
    text + &end.to_string() + "\n"
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(text);
    digest
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn a_record_that_no_run_can_have_written_is_refused_whatever_its_hash() {
    let server = Server::start(answer);
    let folder = folder(&server);
    record(&folder, &["refused"]);
    let record = read(&folder, "a.jsonl");
    let lines: Vec<Value> = record
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |name: &str| {
        let name = format!("things::refused::{name}");
        lines
            .iter()
            .position(|line| line["trial"] == *name)
            .unwrap()
    };
    let altered = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        sealed(&lines)
    };
    let (right, wrong) = (of("right"), of("wrong"));
    let table = [
        ("as it was", altered(&|_| {}), 101, "test result".to_owned()),
        (
            "not run, and green",
            altered(&|lines| {
                lines[wrong]["outcome"] = serde_json::json!({ "outcome": "conforms" });
                lines[wrong]["evidence"] = serde_json::json!([]);
                lines[wrong]["records"] = serde_json::json!([]);
                lines[wrong]["ending"] =
                    serde_json::json!({ "kind": "unrun", "of": { "outcome": "conforms" } });
            }),
            2,
            format!(
                "line {}: the trial `things::refused::wrong` was not run but has a verdict",
                wrong + 1
            ),
        ),
        (
            "ignored, and has evidence",
            altered(&|lines| {
                let ignored = serde_json::json!({ "outcome": "ignored", "reason": "x" });
                lines[wrong]["outcome"] = ignored.clone();
                lines[wrong]["ending"] = serde_json::json!({ "kind": "unrun", "of": ignored });
            }),
            2,
            "`things::refused::wrong` was not run but has evidence".to_owned(),
        ),
        (
            "no line",
            altered(&|lines| drop(lines.remove(wrong))),
            2,
            "the trial `things::refused::wrong` was announced but has no line".to_owned(),
        ),
        (
            "another name",
            altered(&|lines| lines[right]["trial"] = "things::refused::other".into()),
            2,
            format!(
                "line {}: the trial `things::refused::other` was not announced",
                right + 1
            ),
        ),
        (
            "a step that is not there",
            altered(&|lines| {
                for one in lines[right]["evidence"].as_array_mut().unwrap() {
                    if one["item"]["kind"] == "step" {
                        one["item"]["step"] = 2.into();
                    }
                }
            }),
            2,
            "`things::refused::right` belongs to another trial: the trial has no such step"
                .to_owned(),
        ),
        (
            "a control that is not its",
            altered(&|lines| {
                let mut aside = lines[right]["evidence"][0].clone();
                aside["item"]["role"] = serde_json::json!({ "kind": "control", "of": "other" });
                aside["records"] = 0.into();
                let evidence = lines[right]["evidence"].as_array_mut().unwrap();
                evidence.insert(0, aside);
            }),
            2,
            "the trial has no control `other`".to_owned(),
        ),
        (
            "records of no evidence",
            altered(&|lines| lines[right]["records"] = serde_json::json!([])),
            2,
            "`things::refused::right` has other records than its evidence says".to_owned(),
        ),
        (
            "the evidence of another trial",
            altered(&|lines| {
                lines[wrong]["outcome"] = lines[right]["outcome"].clone();
                lines[wrong]["evidence"] = lines[right]["evidence"].clone();
                lines[wrong]["records"] = lines[right]["records"].clone();
            }),
            2,
            format!(
                "line {}: evidence of the trial `things::refused::wrong` belongs to another trial: the address of step 1",
                wrong + 1
            ),
        ),
    ];
    for (name, text, code, message) in table {
        folder.write("x.jsonl", text);
        let _ = fs::remove_file(folder.path("x.svg"));
        let output = folder.run(&["judge", "x.jsonl", "--report", "badge=x.svg"]);
        assert_eq!(output.code, code, "{name}: {}", output.all());
        assert!(output.all().contains(&message), "{name}: {}", output.all());
        assert_eq!(folder.path("x.svg").exists(), code == 101, "{name}");
    }
}
