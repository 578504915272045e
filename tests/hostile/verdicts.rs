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

fn run(attacks: &[Attack], control: Vec<Act>, flags: &[&str]) -> (Run, Seen) {
    let folder = tempfile::tempdir().unwrap();
    let scripts: BTreeMap<_, _> = attacks
        .iter()
        .map(|attack| (format!("/attack/{}", attack.name), attack.scripts.clone()))
        .collect();
    let (address, seen) = serve(scripts, control);
    let config = format!(
        "[target.hostile]\nbase_url = \"http://{address}\"\n\
         credentials.member.bearer.env = \"HOSTILE_KEY\"\n\
         limits = {{ request = 2, trial = 5, wait = 2, body = 2097152 }}\n"
    );
    fs::write(folder.path().join("gonogo.toml"), config).unwrap();
    fs::write(folder.path().join("hostile.toml"), cases(attacks)).unwrap();
    let mut arguments = vec!["--target", "hostile", "--cases", "hostile.toml", "--strict"];
    arguments.extend(flags);
    let run = gonogo(folder.path(), &arguments, &[("HOSTILE_KEY", SECRET)]);
    (run, seen)
}

#[test]
fn every_attack_comes_to_its_verdict() {
    let (elsewhere, arrived) = serve(BTreeMap::new(), right());
    let attacks = attacks(elsewhere);
    assert!(attacks.len() >= 60, "{} attacks", attacks.len());
    let valid = [vec![Act::ReadBody], json_answer(200, r#"{"status":"ok"}"#)].concat();
    // All the silent ones end at once, as if the target were gone.
    let flags = ["--test-threads", "32", "--max-inconclusive", "0"];
    let (run, seen) = run(&attacks, valid, &flags);
    let outcomes = run.outcomes();
    let mut faults = Vec::new();
    for attack in &attacks {
        let outcome = outcomes.get(&format!("hostile::{}", attack.name));
        let outcome = outcome.map_or("there is no such line", String::as_str);
        let fits = match attack.verdict {
            "ok" => outcome == "ok",
            verdict => verdict
                .split(" | ")
                .any(|verdict| outcome.contains(verdict)),
        };
        if !fits {
            faults.push(format!(
                "{}: expected {:?}, was\n{outcome}\n",
                attack.name, attack.verdict
            ));
        }
    }
    let heads = seen.heads();
    for attack in attacks
        .iter()
        .filter(|attack| attack.name.starts_with("redirect_"))
    {
        let path = format!(" /attack/{} ", attack.name);
        let number = heads.iter().filter(|head| head.contains(&path)).count();
        if number != 1 {
            faults.push(format!("{}: {number} requests", attack.name));
        }
    }
    assert!(faults.is_empty(), "\n{}\n{}", faults.join("\n"), run.stderr);
    assert_eq!(
        arrived.heads(),
        Vec::<String>::new(),
        "a redirect was followed"
    );
    assert_eq!(run.status, Some(101), "{}", run.stderr);
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains("panicked"), "{text}");
        assert!(!text.contains(SECRET), "the secret was printed");
    }
    if let Some(memory) = run.memory {
        assert!(memory < MEMORY, "{memory} KiB");
    }
}
