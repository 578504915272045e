//! Servers that are broken in ways nobody planned: each attack a row, with the verdict that it must come to. Every one ends in time, and
//! none is green unless it is no fault at all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use crate::attacks::{Attack, Kind, attacks, json_answer, right};
use crate::program::{Run, gonogo};
use crate::server::{Act, Seen, serve};

/// The credential that the requests carry: it must arrive nowhere else, and be printed nowhere.
pub(crate) const SECRET: &str = "kat_live_hostile.S3cr3t-of-the-test";

/// The most memory that the whole run may hold, in KiB. The bodies are a quarter of what they may be by default.
const MEMORY: u64 = 128 * 1024;

fn cases(attacks: &[Attack]) -> String {
    let mut text = r#"
        [request.read]
        method = "GET"
        path = "/valid"
        as = "member"

        [request.write]
        method = "POST"
        path = "/valid"
        as = "member"
        json = { pad = "{{ repeat('x', 1000000) }}" }
    "#
    .replace("        ", "");
    for attack in attacks {
        let name = &attack.name;
        let (request, expect, more) = match attack.kind {
            Kind::Refusal => ("read", "\"not_found\"", ""),
            // A request of its own: what a limiter asks for holds for all trials of a request.
            Kind::Limited => {
                let _ = write!(
                    text,
                    "\n[request.{name}]\nmethod = \"GET\"\npath = \"/valid\"\nas = \"member\"\n"
                );
                (name.as_str(), "\"not_found\"", "")
            }
            Kind::Success => ("read", "\"success\"", ""),
            Kind::Write => ("write", "\"not_found\"", ""),
            Kind::Compressed => (
                "read",
                "\"not_found\"",
                "send.headers.Accept-Encoding = \"gzip, deflate, br, zstd\"\n",
            ),
            Kind::Twice => {
                let step = format!(
                    "{{ request = \"read\", send.path = \"/attack/{name}\", expect = \"not_found\" }}"
                );
                let _ = write!(
                    text,
                    "\n[[case]]\nname = \"{name}\"\nclause = \"status-404\"\nstep = [{step}, {step}]\n"
                );
                continue;
            }
        };
        let _ = write!(
            text,
            "\n[[case]]\nname = \"{name}\"\nclause = \"status-404\"\nrequest = \"{request}\"\n\
             send.path = \"/attack/{name}\"\n{more}expect = {expect}\n"
        );
    }
    text
}

fn run(attacks: &[Attack], request: u8, control: Vec<Act>, flags: &[&str]) -> (Run, Seen) {
    let folder = tempfile::tempdir().unwrap();
    let scripts: BTreeMap<_, _> = attacks
        .iter()
        .map(|attack| (format!("/attack/{}", attack.name), attack.scripts.clone()))
        .collect();
    let (address, seen) = serve(scripts, control);
    let config = format!(
        "[target.hostile]\nbase_url = \"http://{address}\"\n\
         credentials.member.bearer.env = \"HOSTILE_KEY\"\n\
         limits = {{ request = {request}, trial = 20, wait = 2, body = 2097152 }}\n"
    );
    fs::write(folder.path().join("gonogo.toml"), config).unwrap();
    fs::write(folder.path().join("hostile.toml"), cases(attacks)).unwrap();
    let mut arguments = vec!["--target", "hostile", "--cases", "hostile.toml", "--strict"];
    arguments.extend(flags);
    let run = gonogo(folder.path(), &arguments, &[("HOSTILE_KEY", SECRET)]);
    (run, seen)
}

fn is_flood(attack: &Attack) -> bool {
    let mut acts = attack.scripts.iter().flatten();
    acts.any(|act| matches!(act, Act::Repeat(_)))
}

/// Runs the attacks, with so many seconds for a request, and holds each to its verdict; yields the heads of all requests.
fn judge(attacks: &[Attack], request: u8, threads: &str) -> Vec<String> {
    let valid = [vec![Act::ReadBody], json_answer(200, r#"{"status":"ok"}"#)].concat();
    // All the silent ones end at once, as if the target were gone.
    let flags = ["--test-threads", threads, "--max-inconclusive", "0"];
    let (run, seen) = run(attacks, request, valid, &flags);
    let outcomes = run.outcomes();
    let mut faults = Vec::new();
    for attack in attacks {
        let outcome = outcomes.get(&format!("hostile::{}", attack.name));
        let outcome = outcome.map_or("there is no such line", String::as_str);
        let fits = fits(attack, outcome) || alone(attack, request);
        // A flood may be cut by the time limit before it meets another.
        let late = is_flood(attack) && outcome.contains("no complete response within");
        if !fits && !late {
            faults.push(format!(
                "{}: expected {:?}, was\n{outcome}\n",
                attack.name, attack.verdict
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}\n{}", faults.join("\n"), run.stderr);
    assert_eq!(run.status, Some(101), "{}", run.stderr);
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains("panicked"), "{text}");
        assert!(!text.contains(SECRET), "the secret was printed");
    }
    if let Some(memory) = run.memory {
        assert!(memory < MEMORY, "{memory} KiB");
    }
    seen.heads()
}

fn fits(attack: &Attack, outcome: &str) -> bool {
    match attack.verdict {
        "ok" => outcome == "ok",
        verdict => verdict
            .split(" | ")
            .any(|verdict| outcome.contains(verdict)),
    }
}

/// Whether an attack comes to its verdict by itself. Connections are shared: one that another attack has broken may be taken before the
/// break is noticed.
fn alone(attack: &Attack, request: u8) -> bool {
    let valid = [vec![Act::ReadBody], json_answer(200, r#"{"status":"ok"}"#)].concat();
    let flags = ["--max-inconclusive", "0"];
    let (run, _) = run(std::slice::from_ref(attack), request, valid, &flags);
    let outcomes = run.outcomes();
    let outcome = outcomes.get(&format!("hostile::{}", attack.name));
    outcome.is_some_and(|outcome| fits(attack, outcome))
}

#[test]
fn every_attack_comes_to_its_verdict() {
    let (elsewhere, arrived) = serve(BTreeMap::new(), right());
    let attacks = attacks(elsewhere);
    assert!(attacks.len() >= 60, "{} attacks", attacks.len());
    // A flood takes all of a processor: of what runs beside it, some would be late.
    let (floods, quiet): (Vec<_>, Vec<_>) = attacks.into_iter().partition(is_flood);
    judge(&floods, 2, "8");
    let heads = judge(&quiet, 5, "32");
    // Nothing is sent to where an answer leads, and nothing twice: what a server has read it has read. Only where it closed a connection that
    // may have been kept, an idempotent request is sent once more, or a trial is begun again.
    let redirects = quiet.iter().map(|attack| (attack.name.as_str(), 1..=1));
    let redirects = redirects.filter(|(name, _)| name.starts_with("redirect_"));
    let again = [
        ("reset", 1..=2),
        ("body_read_then_close", 1..=2),
        ("closed_on_the_second_request", 2..=3),
    ];
    for (name, numbers) in redirects.chain(again) {
        let path = format!(" /attack/{name} ");
        let asked = heads.iter().filter(|head| head.contains(&path)).count();
        assert!(numbers.contains(&asked), "{name}: {asked}");
    }
    assert_eq!(
        arrived.heads(),
        Vec::<String>::new(),
        "a redirect was followed"
    );
}
