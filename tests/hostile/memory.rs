//! What a run holds at once: the largest answers that are taken by default, and the largest requests that a template makes, sixteen trials at a
//! time, and volleys of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use crate::attacks::{coded, gzip, json_answer, stored, with_body};
use crate::program::{Run, gonogo};
use crate::server::{Act, serve};

/// The most memory that a run may hold, in KiB.
const MEMORY: u64 = 256 * 1024;
/// The largest body that is taken by default, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// An envelope with something more in it, filled up to the largest that is taken.
fn filled(more: &str) -> String {
    let head =
        r#"{"error":{"code":"not_found","message":"No.","retryable":false,"retry_after":null},"#;
    let pad = LARGEST - head.len() - more.len() - r#""more":,"pad":""}"#.len();
    format!(r#"{head}"more":{more},"pad":"{}"}}"#, "x".repeat(pad))
}

fn list(item: &str, times: usize) -> String {
    format!("[{}0]", format!("{item},").repeat(times))
}

/// Answers that are costly to hold or to read, and what is said of them.
fn answers() -> Vec<(&'static str, Vec<Act>, &'static str)> {
    let name = |letters: usize| format!("\"{}\":", "n".repeat(letters));
    let deep = format!(
        "{}0{}",
        format!("{{{}", name(60_000)).repeat(120),
        "}".repeat(120)
    );
    let members = vec![format!("{}0", name(200_000)); 40].join(",");
    let large = filled("0");
    let of = |more: &str| with_body(filled(more));
    vec![
        ("string", with_body(&large), "ok"),
        ("numbers", of(&list("0", 99_000)), "ok"),
        ("objects", of(&list("{\"a\":0}", 49_000)), "ok"),
        ("arrays", of(&list("[0]", 49_000)), "ok"),
        ("values", of(&list("0", 4_000_000)), "violates[json]"),
        (
            "duplicates",
            of(&format!("{{{}\"a\":0}}", "\"a\":[0],".repeat(49_000))),
            "should[deep-duplicate]",
        ),
        ("names", of(&deep), "ok"),
        (
            "a_name_above_many",
            of(&format!("{{{}{}}}", name(4_000_000), list("0", 99_000))),
            "ok",
        ),
        (
            "names_twice",
            of(&format!("{{{members}}}")),
            "should[deep-duplicate]",
        ),
        ("brackets", with_body("[".repeat(LARGEST)), "violates[json]"),
        (
            "invalid_utf_8",
            with_body(vec![b'\xff'; LARGEST]),
            "violates[json]",
        ),
        (
            "escapes",
            with_body("%25\\u0025&#37;".repeat(LARGEST / 14)),
            "violates[json]",
        ),
        (
            "code",
            with_body(format!(r#"{{"error":{}}}"#, list("{}", 90_000))),
            "violates[schema]",
        ),
        (
            "bomb",
            coded("gzip", &gzip(large.as_bytes())),
            "violates[coding]",
        ),
        (
            "stored",
            coded("gzip", &stored(&large.as_bytes()[..LARGEST - 4096])),
            "violates[coding]",
        ),
        ("success", json_answer(200, &large), "violates[status-404]"),
    ]
}

/// Runs a case for each answer, all at once.
fn run(answers: &[(&str, Vec<Act>, &str)], volley: &str) -> Run {
    let mut text = String::from("[request.read]\nmethod = \"GET\"\npath = \"/valid\"\n");
    let mut scripts = BTreeMap::new();
    for (name, answer, _) in answers {
        let _ = write!(
            text,
            "\n[[case]]\nname = \"{name}\"\nclause = \"status-404\"\nrequest = \"read\"\n\
             send.path = \"/{name}\"\nexpect = \"not_found\"\n{volley}\n"
        );
        scripts.insert(format!("/{name}"), vec![answer.clone()]);
    }
    let (address, _) = serve(scripts, json_answer(200, "{}"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.toml"), text).unwrap();
    let url = format!("http://{address}");
    let flags = ["--target", &url, "--cases", "c.toml", "--strict"];
    let run = gonogo(folder.path(), &flags, &[]);
    let memory = run.memory.unwrap_or_default();
    assert!(memory < MEMORY, "{memory} KiB");
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    run
}

#[test]
fn sixteen_of_the_largest_answers_fit_at_once() {
    let answers = answers();
    let outcomes = run(&answers, "").outcomes();
    for (name, _, says) in &answers {
        let outcome = &outcomes[&format!("c::{name}")];
        let fits = match *says {
            "ok" => outcome == "ok",
            says => outcome.contains(says),
        };
        assert!(fits, "{name}: {}", outcome.get(..900).unwrap_or(outcome));
    }
}

/// Nothing can wait in a volley, so it proves nothing.
#[test]
fn a_volley_of_the_largest_answers_fits() {
    let all = answers();
    let some: Vec<_> = all
        .into_iter()
        .filter(|(name, ..)| ["string", "stored"].contains(name))
        .collect();
    for volley in ["burst = { requests = 264, at_once = 264 }", "race = 30"] {
        let run = run(&some, volley);
        assert_eq!(run.status, Some(3), "{volley}: {}", run.stdout);
        for (name, outcome) in run.outcomes() {
            let says = "the answers that are held at once have too many bytes together";
            assert!(outcome.contains(says), "{volley}, {name}: {outcome}");
        }
    }
}

/// Runs writes of so many bytes, each with what is said of it, against a server that reads none for so many milliseconds. The run may
/// hold so many KiB.
fn write(bytes: usize, held: u64, most: u64, writes: &[(String, &str)]) {
    let mut text =
        String::from("[request.write]\nmethod = \"POST\"\npath = \"/write\"\njson = {}\n");
    for (number, (how, _)) in writes.iter().enumerate() {
        let _ = write!(
            text,
            "\n[[case]]\nname = \"n{number}\"\nclause = \"accepted\"\nrequest = \"write\"\n\
             send.json.pad = \"{{{{ repeat('x', {bytes}) }}}}\"\n{how}\n"
        );
    }
    let answer = [
        vec![Act::Pause(held), Act::ReadBody],
        json_answer(200, "{}"),
    ]
    .concat();
    let (address, _) = serve(BTreeMap::new(), answer);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.toml"), text).unwrap();
    let url = format!("http://{address}");
    let flags = [
        "--target",
        &url,
        "--cases",
        "c.toml",
        "--test-threads",
        "16",
    ];
    let run = gonogo(folder.path(), &flags, &[]);
    let memory = run.memory.unwrap_or_default();
    assert!(memory < most, "{memory} KiB");
    let outcomes = run.outcomes();
    for (number, (how, says)) in writes.iter().enumerate() {
        let outcome = &outcomes[&format!("c::n{number}")];
        assert!(outcome.starts_with(says), "{how}: {outcome}");
    }
}

#[test]
fn the_largest_requests_fit_at_once() {
    let alone = ("expect = \"success\"".to_owned(), "ok");
    write(16_000_000, 2000, 160 * 1024, &vec![alone; 16]);
}

/// All requests of a volley go out together, so none can wait for another.
#[test]
fn volleys_of_large_requests_fit() {
    let none =
        "inconclusive: the requests of volleys that are held at once have too many bytes together";
    let mut writes = vec![("burst = { requests = 200, at_once = 200 }", none); 8];
    writes.extend(vec![("race = 60", none); 8]);
    writes.push(("burst = { requests = 100, at_once = 4 }", "ok"));
    // The last one alone: beside others there may be no room for it.
    let (last, many) = writes.split_last().unwrap();
    // Many answers come late, so that all requests are held at once.
    for (writes, held) in [(many, 3000), (&[*last], 0)] {
        let writes: Vec<_> = writes
            .iter()
            .map(|(volley, says)| (format!("expect.each = \"success\"\n{volley}"), *says))
            .collect();
        write(1_000_000, held, MEMORY, &writes);
    }
}
