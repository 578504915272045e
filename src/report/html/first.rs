//! The first screen: the verdict, of what, by what, when. It is there without the script.

use std::fmt::Write as _;

use super::embed::text;
use crate::event::Counts;
use crate::report::Run;
use crate::report::run::{Extent, Verdict};
use crate::report::time::utc;

/// How a run is called in one word, the class of its colour, and why in one sentence.
struct Called {
    word: &'static str,
    class: &'static str,
    why: String,
}

fn verdict(run: &Run<'_>) -> Called {
    let Counts {
        conforming,
        violating,
        inconclusive,
        ..
    } = run.counts();
    let judged = conforming + violating + inconclusive;
    let of = |number: usize| {
        format!(
            "{} of {} that ran",
            thousands(number),
            counted(judged, "trial", "trials")
        )
    };
    let unjudged = || {
        format!(
            "Nothing violates, but {} could not be judged.",
            of(inconclusive)
        )
    };
    let conform = || match conforming {
        1 => "The one trial that ran conforms.".to_owned(),
        _ => format!("All {} trials that ran conform.", thousands(conforming)),
    };
    let (word, class, why) = match run.verdict() {
        Verdict::Violated => (
            "No-go",
            "violates",
            match violating {
                1 => format!("{} violates the contract.", of(1)),
                _ => format!("{} violate the contract.", of(violating)),
            },
        ),
        Verdict::Inconclusive => ("No-go, inconclusive", "inconclusive", unjudged()),
        Verdict::Partial => {
            let extent = run.extent();
            let (ran, all) = (thousands(extent.run), thousands(extent.of));
            let why = if inconclusive > 0 {
                unjudged()
            } else {
                conform()
            };
            let why = format!("{why} The run shows {ran} of the {all} trials of the suite.");
            ("Partial", "inconclusive", why)
        }
        Verdict::Go => ("Go", "conforms", conform()),
        Verdict::Nothing => ("Nothing ran", "ignored", "No trial was judged.".to_owned()),
    };
    Called { word, class, why }
}

/// The title of the page.
pub(super) fn title(run: &Run<'_>) -> String {
    text(&format!("{}: {}", verdict(run).word, run.started.target))
}

/// The first screen, as markup.
pub(super) fn screen(run: &Run<'_>) -> String {
    let Called { word, class, why } = verdict(run);
    let mut made = format!(
        "<div class=\"verdict {class}\">\n<h1>{}</h1>\n<p>{}</p>\n",
        text(word),
        text(&why)
    );
    if let Some(early) = &run.ended.early {
        let _ = writeln!(made, "<p>The run ended early: {}.</p>", text(early));
    }
    for hint in run.hints() {
        let _ = writeln!(made, "<p>Help: {}.</p>", text(&hint));
    }
    made.push_str("</div>\n<dl class=\"facts\">\n");
    for (name, value, exact) in facts(run) {
        let _ = writeln!(
            made,
            "<div><dt>{}</dt><dd>{}{}</dd></div>",
            text(name),
            text(&value),
            exact.map_or(String::new(), |exact| format!(
                " <span class=\"soft\">{}</span>",
                text(&exact)
            ))
        );
    }
    made.push_str("</dl>");
    made
}

/// What is told of a run: a name, a value, and what says it more exactly.
fn facts(run: &Run<'_>) -> Vec<(&'static str, String, Option<String>)> {
    let started = &run.started;
    let digest = started.digest.get(..16).unwrap_or(&started.digest);
    let (suite, version) = match &started.suite {
        Some((title, version)) => (title.as_str(), format!("{version}, ")),
        None => (run.contract.name(), String::new()),
    };
    let contract = run.contract;
    let Extent { run: ran, of, .. } = run.extent();
    let exact = |text: &str| Some(text.to_owned());
    vec![
        ("Target", started.target.clone(), exact(&started.base_url)),
        (
            "Suite",
            suite.to_owned(),
            Some(format!("{version}digest {digest}")),
        ),
        (
            "Contract",
            contract.name().to_owned(),
            contract.version().and_then(exact),
        ),
        (
            "Trials",
            format!("{} of {}", thousands(ran), thousands(of)),
            started
                .selection
                .as_ref()
                .map(|typed| format!("selected by {typed}")),
        ),
        (
            "Began",
            utc(started.began)
                .format("%Y-%m-%d %H:%M:%S UTC")
                .to_string(),
            None,
        ),
        (
            "Took",
            duration(run.ended.took.as_secs_f64()),
            started
                .strict
                .then(|| "strict: a broken should is a violation".to_owned()),
        ),
        (
            "Coverage",
            format!("{:.1} %", run.covered.percent()),
            exact("of the rows on requests and the clauses"),
        ),
    ]
}

fn duration(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.1} min", seconds / 60.0)
    }
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        thousands(number),
        if number == 1 { one } else { many }
    )
}

/// A number with its thousands apart: `1,031`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut made = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            made.push(',');
        }
        made.push(digit);
    }
    made
}
