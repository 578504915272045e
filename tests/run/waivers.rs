//! Waivers: what each of them does to each outcome, with the clock held still.

use crate::support;

use std::collections::BTreeSet;

use gonogo::event::{Outcome, Redacted};
use gonogo::input::diagnostic::{Location, Source};
use gonogo::targets::{Day, Waiver};
use gonogo::verdict::waive;
use support::{Answer, CONTRACT, ENVELOPE, Folder, Server};

fn waiver(pattern: &str, until: &str) -> Waiver {
    of(pattern, until, &["code"])
}

fn of(pattern: &str, until: &str, clauses: &[&str]) -> Waiver {
    let at = Location {
        source: Source::new("gonogo.toml", "\n\n[[target.staging.waiver]]\n"),
        span: 2..3,
    };
    let clauses = clauses.iter().map(|id| ((*id).to_owned(), at.clone()));
    Waiver {
        pattern: pattern.to_owned(),
        clauses: clauses.collect(),
        reason: "the limiter ships in March".to_owned(),
        owner: "platform".to_owned(),
        issue: Some("API-123".to_owned()),
        until: Day::parse(until).expect("a day"),
        at,
    }
}

fn inconclusive() -> Outcome {
    Outcome::Inconclusive {
        reason: Redacted::without_secrets("no connection".to_owned()),
    }
}

fn ignored() -> Outcome {
    Outcome::Ignored {
        reason: Redacted::without_secrets("no credential".to_owned()),
    }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Conforms => "conforms".to_owned(),
        Outcome::Violates => "violates".to_owned(),
        Outcome::Inconclusive { .. } => "inconclusive".to_owned(),
        Outcome::Ignored { .. } => "ignored".to_owned(),
        Outcome::Waived { until, reason } => format!("waived until {until}: {reason}"),
        Outcome::StaleWaiver { reason } => format!("stale: {reason}"),
    }
}

#[test]
fn the_truth_table() {
    let today = Day::parse("2026-11-23").expect("a day");
    let (last_day, yesterday) = ("2026-11-23", "2026-11-22");
    let table: [(&str, Outcome, Vec<Waiver>); 12] = [
        ("violates, no waiver", Outcome::Violates, vec![]),
        ("conforms, no waiver", Outcome::Conforms, vec![]),
        (
            "violates, waived",
            Outcome::Violates,
            vec![waiver("a::*", last_day)],
        ),
        (
            "conforms, waived",
            Outcome::Conforms,
            vec![waiver("a::*", last_day)],
        ),
        (
            "inconclusive, waived",
            inconclusive(),
            vec![waiver("a::*", last_day)],
        ),
        ("ignored, waived", ignored(), vec![waiver("a::*", last_day)]),
        (
            "violates, past its day",
            Outcome::Violates,
            vec![waiver("a::*", yesterday)],
        ),
        (
            "conforms, past its day",
            Outcome::Conforms,
            vec![waiver("a::*", yesterday)],
        ),
        (
            "inconclusive, past its day",
            inconclusive(),
            vec![waiver("a::*", yesterday)],
        ),
        (
            "ignored, past its day",
            ignored(),
            vec![waiver("a::*", yesterday)],
        ),
        (
            "violates, two waivers",
            Outcome::Violates,
            vec![waiver("a::*", last_day), waiver("*", last_day)],
        ),
        (
            "ignored, two waivers",
            ignored(),
            vec![waiver("a::*", last_day), waiver("*", last_day)],
        ),
    ];
    let made: Vec<String> = table
        .into_iter()
        .map(|(name, outcome, waivers)| {
            let broken = match outcome {
                Outcome::Violates => BTreeSet::from(["code".to_owned()]),
                _ => BTreeSet::new(),
            };
            let waived = waive(outcome, &broken, &waivers, today);
            format!("{name} -> {}", shown(&waived))
        })
        .collect();
    insta::assert_snapshot!(made.join("\n"), @r"
    violates, no waiver -> violates
    conforms, no waiver -> conforms
    violates, waived -> waived until 2026-11-23: the limiter ships in March
    conforms, waived -> stale: it conforms: remove `a::*` in gonogo.toml:3, or narrow it
    inconclusive, waived -> inconclusive
    ignored, waived -> ignored
    violates, past its day -> stale: `a::*` in gonogo.toml:3 ended on 2026-11-22; owner: platform; reason: the limiter ships in March
    conforms, past its day -> stale: `a::*` in gonogo.toml:3 ended on 2026-11-22; owner: platform; reason: the limiter ships in March
    inconclusive, past its day -> stale: `a::*` in gonogo.toml:3 ended on 2026-11-22; owner: platform; reason: the limiter ships in March
    ignored, past its day -> stale: `a::*` in gonogo.toml:3 ended on 2026-11-22; owner: platform; reason: the limiter ships in March
    violates, two waivers -> stale: two waivers cover it: `a::*` in gonogo.toml:3 and `*` in gonogo.toml:3
    ignored, two waivers -> stale: two waivers cover it: `a::*` in gonogo.toml:3 and `*` in gonogo.toml:3
    ");
}

#[test]
fn a_waiver_covers_the_clauses_that_it_names() {
    let today = Day::parse("2026-11-23").expect("a day");
    let on = |clauses: &[&str]| of("a::*", "2026-11-23", clauses);
    let table: [(&[&str], Vec<Waiver>); 7] = [
        (&["code"], vec![on(&["code", "echo"])]),
        (&["code", "echo"], vec![on(&["code", "echo"])]),
        (&["code", "echo"], vec![on(&["code"])]),
        (&["echo"], vec![on(&["code"])]),
        (&["code", "echo"], vec![on(&["code"]), on(&["echo"])]),
        (&["code"], vec![on(&["code"]), on(&["echo"])]),
        (&["code"], vec![on(&["code"]), on(&["echo", "code"])]),
    ];
    let made: Vec<String> = table
        .into_iter()
        .map(|(broken, waivers)| {
            let named: Vec<String> = waivers
                .iter()
                .map(|one| {
                    let ids = one.clauses.iter().map(|(id, _)| id.as_str());
                    ids.collect::<Vec<_>>().join(" ")
                })
                .collect();
            let ids: BTreeSet<String> = broken.iter().map(|id| (*id).to_owned()).collect();
            let waived = waive(Outcome::Violates, &ids, &waivers, today);
            format!("{broken:?} by {named:?} -> {}", shown(&waived))
        })
        .collect();
    insta::assert_snapshot!(made.join("\n"), @r#"
    ["code"] by ["code echo"] -> waived until 2026-11-23: the limiter ships in March
    ["code", "echo"] by ["code echo"] -> waived until 2026-11-23: the limiter ships in March
    ["code", "echo"] by ["code"] -> violates
    ["echo"] by ["code"] -> violates
    ["code", "echo"] by ["code", "echo"] -> waived until 2026-11-23: the limiter ships in March; the limiter ships in March
    ["code"] by ["code", "echo"] -> stale: the trial breaks no clause of `a::*` in gonogo.toml:3: remove or narrow the waiver
    ["code"] by ["code", "echo code"] -> stale: two waivers cover it: `a::*` in gonogo.toml:3 and `a::*` in gonogo.toml:3
    "#);
}

#[test]
fn patterns() {
    let table = [
        ("rate_limited::burst::*", "rate_limited::burst::usage", true),
        (
            "rate_limited::burst::*",
            "rate_limited::bursts::usage",
            false,
        ),
        ("rate_limited::burst", "rate_limited::burst", true),
        ("rate_limited::burst", "rate_limited::burst::usage", false),
        ("*::read_usage", "unauthorized::no_token::read_usage", true),
        ("a::*::c*e", "a::b::cde", true),
        ("a::*::c*e", "a::c::de", false),
        ("*", "anything", true),
        ("", "anything", false),
        ("a*a", "a", false),
    ];
    for (pattern, trial, covers) in table {
        assert_eq!(
            waiver(pattern, "2027-01-01").covers(trial),
            covers,
            "{pattern} of {trial}"
        );
    }
}

#[test]
fn days() {
    let of = |seconds: u64| {
        Day::of(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).to_string()
    };
    let days = [
        of(0),
        of(951_782_399),
        of(951_782_400),
        of(951_868_800),
        of(1_798_675_200),
        of(4_102_444_800),
    ];
    assert_eq!(
        days,
        [
            "1970-01-01",
            "2000-02-28",
            "2000-02-29",
            "2000-03-01",
            "2026-12-31",
            "2100-01-01"
        ]
    );
    for wrong in [
        "2026",
        "2026-13-01",
        "2026-00-10",
        "2026-01-32",
        "2026-01-01-01",
        "soon",
    ] {
        assert_eq!(Day::parse(wrong), None, "{wrong}");
    }
}

/// A server that breaks one clause, and with the query `id=more` another one, too.
fn project(clauses: &str) -> (Server, Folder) {
    let server = Server::start(|asked| match asked.target.as_str() {
        "/thing?id=known" => Answer::failure(422, "bad_request"),
        "/thing?id=more" => Answer::json(422, "no JSON"),
        _ => Answer::json(200, "{}"),
    });
    let json = "[[clause]]\nid = \"json\"\nlevel = \"must\"\ntext = \"What is called JSON is JSON.\"\n\
                source = \"the documentation\"\ncheck = \"json\"\n";
    let folder = Folder::of(&[
        ("contract.toml", &format!("{CONTRACT}{json}")),
        ("envelope.json", ENVELOPE),
        (
            "gonogo.toml",
            &format!(
                "contract = \"contract.toml\"\ncases = [\"cases\"]\n[target.here]\nbase_url = \"{}\"\n\
                 [[target.here.waiver]]\ntrial = \"things::*\"\n{clauses}reason = \"known\"\nowner = \"us\"\nuntil = 2999-12-31\n",
                server.url()
            ),
        ),
        (
            "cases/things.toml",
            "[request.read_thing]\nmethod = \"GET\"\npath = \"/thing\"\n\
             [[case]]\nname = \"refused\"\nclause = \"refused\"\nrequest = \"read_thing\"\n\
             each.id = { known = \"known\", more = \"more\" }\nsend.query.id = \"{{ each.id }}\"\nexpect = \"bad_request\"\n",
        ),
    ]);
    (server, folder)
}

#[test]
fn what_a_waiver_does_not_name_fails() {
    let (_server, folder) = project("clauses = [\"refused\"]\n");
    let run = folder.run(&["--target", "here", "--report", "jsonl=r.jsonl"]);
    assert_eq!(run.code, 101, "{}", run.all());
    insta::assert_snapshot!(run.trials(), @r#"
    things::refused::known ... ignored (waived until 2999-12-31: known)
    things::refused::more  ... FAILED
    "#);
    let judged = folder.run(&["judge", "r.jsonl"]);
    assert_eq!(judged.trials(), run.trials());
    assert_eq!(judged.stderr, "");
}

/// A control that no trial depends on has no line, so that nothing would tell of its waiver.
#[test]
fn a_waiver_of_a_control_or_probe_that_is_never_sent_is_stale() {
    let (_server, folder) = project("clauses = [\"refused\"]\n");
    let cases = std::fs::read_to_string(folder.path("cases/things.toml")).unwrap();
    let unused = "[request.other]\nmethod = \"GET\"\npath = \"/thing\"\n\
                  [probe.count]\nrequest = \"other\"\npointer = \"/n\"\n";
    folder.write("cases/things.toml", format!("{unused}{cases}"));
    let config = std::fs::read_to_string(folder.path("gonogo.toml")).unwrap();
    let waivers = ["control::other", "probe::count", "control::none"].map(|line| {
        format!(
            "[[target.here.waiver]]\ntrial = \"{line}\"\nclauses = [\"json\"]\nreason = \"known\"\nowner = \"us\"\nuntil = 2999-12-31\n"
        )
    });
    folder.write("gonogo.toml", format!("{config}{}", waivers.concat()));
    let run = folder.run(&["--target", "here"]);
    assert_eq!(run.code, 101, "{}", run.all());
    insta::assert_snapshot!(run.trials(), @r#"
    things::refused::known ... ignored (waived until 2999-12-31: known)
    things::refused::more  ... FAILED
    waiver::control::none  ... FAILED
    waiver::control::other ... FAILED
    waiver::probe::count   ... FAILED
    "#);
    assert!(
        run.all()
            .contains("`control::other` in gonogo.toml:11 covers no trial of the suite"),
        "{}",
        run.all()
    );
}

#[test]
fn a_waiver_names_clauses_of_the_contract() {
    for (clauses, told) in [
        ("", "add `clauses = [\"CLAUSE\"]`"),
        ("clauses = []\n", "add `clauses = [\"CLAUSE\"]`"),
        ("clauses = [\"refusd\"]\n", "did you mean `refused`?"),
    ] {
        let (server, folder) = project(clauses);
        let run = folder.run(&["--target", "here"]);
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(run.stderr.contains(told), "{}", run.stderr);
        assert_eq!(server.asked().len(), 0);
    }
}
