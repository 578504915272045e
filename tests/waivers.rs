//! Waivers: what each of them does to each outcome, with the clock held still.

use gonogo::diagnostic::{Location, Source};
use gonogo::event::Outcome;
use gonogo::target::{Day, Waiver};
use gonogo::verdict::waive;

fn waiver(pattern: &str, until: &str) -> Waiver {
    Waiver {
        pattern: pattern.to_owned(),
        reason: "the limiter ships in March".to_owned(),
        owner: "platform".to_owned(),
        issue: Some("API-123".to_owned()),
        until: Day::parse(until).expect("a day"),
        at: Location {
            source: Source::new("gonogo.toml", "\n\n[[target.staging.waiver]]\n"),
            span: 2..3,
        },
    }
}

fn inconclusive() -> Outcome {
    Outcome::Inconclusive {
        reason: "no connection".to_owned(),
    }
}

fn ignored() -> Outcome {
    Outcome::Ignored {
        reason: "no credential".to_owned(),
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
            format!("{name} -> {}", shown(&waive(outcome, &waivers, today)))
        })
        .collect();
    insta::assert_snapshot!(made.join("\n"), @r"
    violates, no waiver -> violates
    conforms, no waiver -> conforms
    violates, waived -> waived until 2026-11-23: the limiter ships in March
    conforms, waived -> stale: it conforms: remove `a::*` in gonogo.toml:3, or narrow it
    inconclusive, waived -> inconclusive
    ignored, waived -> ignored
    violates, past its day -> stale: `a::*` in gonogo.toml:3 ended on 2026-11-22; platform answers for it: the limiter ships in March
    conforms, past its day -> stale: `a::*` in gonogo.toml:3 ended on 2026-11-22; platform answers for it: the limiter ships in March
    inconclusive, past its day -> stale: `a::*` in gonogo.toml:3 ended on 2026-11-22; platform answers for it: the limiter ships in March
    ignored, past its day -> stale: `a::*` in gonogo.toml:3 ended on 2026-11-22; platform answers for it: the limiter ships in March
    violates, two waivers -> stale: two waivers cover it: `a::*` in gonogo.toml:3 and `*` in gonogo.toml:3
    ignored, two waivers -> stale: two waivers cover it: `a::*` in gonogo.toml:3 and `*` in gonogo.toml:3
    ");
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
