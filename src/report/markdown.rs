//! A run in Markdown, for whoever opens it in a browser: a step's summary on GitHub, a comment, a wiki.
//!
//! Nothing that a server sent is markup in it: such texts stand in code, which what is in them cannot close.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::badge::verdict;
use super::curl::curl;
use super::failure::{cut, findings, title};
use super::run::{Extent, Run};
use super::summary::{exercised, trials};
use super::time::rfc3339;
use crate::contract::{Clause, Level};
use crate::event::{Finished, Outcome, Record};
use crate::input::diagnostic::{Location, one_line, printable};
use crate::judge::Finding;

/// The largest one, in bytes: what GitHub takes of a step.
pub(super) const LARGEST: usize = 1024 * 1024;
/// How many findings of a clause are told, and how many of them with the command that repeats the request.
const FINDINGS: usize = 20;
const COMMANDS: usize = 3;
/// How many reasons of an outcome are told, and how many trials each.
const REASONS: usize = 20;
const TRIALS: usize = 5;
/// How much of a text is shown in a line, in characters.
const LINE: usize = 400;
/// What stands at the end where not everything has room.
const CUT: &str = "\nThere is more than has room here.\n";

/// Writes it.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text(run, LARGEST).as_bytes())
}

/// The text, of no more than so many bytes.
pub(super) fn text(run: &Run<'_>, room: usize) -> String {
    let mut text = String::new();
    for block in blocks(run) {
        // Whole blocks: markup that is begun is ended.
        if text.len() + block.len() + CUT.len() > room {
            if text.len() + CUT.len() <= room {
                text.push_str(CUT);
            }
            return text;
        }
        text.push_str(&block);
    }
    text
}

fn blocks(run: &Run<'_>) -> Vec<String> {
    let mut blocks = vec![head(run)];
    blocks.extend(broken(run));
    for (heading, outcome) in [
        ("Inconclusive", "inconclusive"),
        ("Stale waivers", "stale"),
        ("Waived", "waived"),
        ("Ignored", "ignored"),
    ] {
        blocks.extend(unjudged(run, heading, outcome));
    }
    blocks
}

/// The verdict, what was asked of whom, and the numbers.
fn head(run: &Run<'_>) -> String {
    let (started, ended, counts) = (&run.started, &run.ended, run.counts());
    let suite = match &started.suite {
        Some((title, version)) => code(&format!("{title} {version}")),
        None => code(run.contract.name()),
    };
    let early = match &ended.early {
        Some(reason) => format!("- Ended early: {}\n", code(reason)),
        None => String::new(),
    };
    let Extent { run: ran, of, .. } = run.extent();
    let selection = match &started.selection {
        Some(typed) => format!(", selected by {}", code(typed)),
        None => String::new(),
    };
    let strict = if started.strict { ", strict" } else { "" };
    format!(
        "# gonogo: {}\n\n\
         - Target: {} at {}\n\
         - Suite: {suite}, digest {}{strict}\n\
         - Trials: {ran} of {of}{selection}\n\
         - Began: {}, took {}\n\
         {early}\
         - Coverage: {:.1}% ({})\n\n\
         | conforms | violates | inconclusive | waived | ignored |\n\
         | ---: | ---: | ---: | ---: | ---: |\n\
         | {} | {} | {} | {} | {} |\n",
        verdict(run).0,
        code(&started.target),
        code(&started.base_url),
        code(started.digest.get(..16).unwrap_or_default()),
        rfc3339(started.began),
        seconds(ended.took),
        run.covered.percent(),
        exercised(run.covered).trim_end(),
        counts.conforming,
        counts.violating,
        counts.inconclusive,
        counts.waived,
        counts.ignored,
    ) + &hints(run)
}

/// What is wrong with the run as a whole.
fn hints(run: &Run<'_>) -> String {
    let hints = run.hints();
    hints.iter().fold(String::new(), |text, hint| {
        text + "\nHelp: " + &escaped(hint) + "\n"
    })
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// A finding that is told, of a trial.
type Told<'a> = (&'a Finished, &'a Record, &'a Finding);

/// The clauses that were broken, those that bind first, each with its findings. What is waived is told as such.
fn broken(run: &Run<'_>) -> Vec<String> {
    let mut clauses: BTreeMap<(Level, &str), Vec<Told<'_>>> = BTreeMap::new();
    for finished in &run.finished {
        if matches!(finished.outcome, Outcome::Waived { .. }) {
            continue;
        }
        for (record, finding, _) in findings(finished) {
            let key = (finding.clause.level, finding.clause.id.as_str());
            let told = clauses.entry(key).or_default();
            told.push((finished, record, finding));
        }
    }
    let mut blocks = Vec::new();
    if !clauses.is_empty() {
        blocks.push("\n## Broken clauses\n".to_owned());
    }
    for told in clauses.values() {
        if let Some((_, _, finding)) = told.first() {
            blocks.push(heading(&finding.clause, told));
        }
        for (number, one) in told.iter().take(FINDINGS).enumerate() {
            blocks.push(one_finding(one, number < COMMANDS));
        }
        if told.len() > FINDINGS {
            blocks.push(format!("- {} more\n", told.len() - FINDINGS));
        }
    }
    blocks
}

fn heading(clause: &Clause, told: &[Told<'_>]) -> String {
    let mut broken_by: Vec<&str> = told
        .iter()
        .map(|(finished, ..)| finished.trial.as_str())
        .collect();
    broken_by.dedup();
    let level = match clause.level {
        Level::Must => "must",
        Level::Should => "should",
    };
    format!(
        "\n### {} ({level}): {}\n\n{} ({})\n\n",
        code(&clause.id),
        trials(broken_by.len()),
        escaped(&clause.text),
        escaped(&clause.source)
    )
}

fn one_finding((finished, record, finding): &Told<'_>, with_command: bool) -> String {
    let mut text = format!(
        "- {} at {}, {}: {}\n",
        code(&finished.trial),
        place(&record.at),
        escaped(&record.role.to_string()),
        code(&title(finding)),
    );
    if let Some(exchange) = record.exchange.as_ref().filter(|_| with_command) {
        text.push_str(&fenced(&curl(&exchange.sent)));
    }
    text
}

/// The trials of an outcome that is no verdict, by their reason.
fn unjudged(run: &Run<'_>, heading: &str, outcome: &str) -> Vec<String> {
    let mut reasons: BTreeMap<String, Vec<&Finished>> = BTreeMap::new();
    for finished in &run.finished {
        let (of, reason) = match &finished.outcome {
            Outcome::Conforms | Outcome::Violates => continue,
            Outcome::Inconclusive { reason } => ("inconclusive", reason.to_string()),
            Outcome::StaleWaiver { reason } => ("stale", reason.to_string()),
            Outcome::Waived { until, reason } => ("waived", format!("until {until}: {reason}")),
            Outcome::Ignored { reason } => ("ignored", reason.to_string()),
        };
        if of == outcome {
            reasons.entry(reason).or_default().push(finished);
        }
    }
    let mut blocks = Vec::new();
    if !reasons.is_empty() {
        blocks.push(format!("\n## {heading}\n\n"));
    }
    for (reason, of) in reasons.iter().take(REASONS) {
        let named: Vec<String> = of
            .iter()
            .take(TRIALS)
            .map(|finished| format!("{} at {}", code(&finished.trial), place(&finished.at)))
            .collect();
        let more = match of.len().saturating_sub(TRIALS) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        blocks.push(format!("- {}: {}{more}\n", code(reason), named.join(", ")));
    }
    if reasons.len() > REASONS {
        blocks.push(format!("- {} more reasons\n", reasons.len() - REASONS));
    }
    blocks
}

fn place(at: &Location) -> String {
    let (line, _) = at.line_column();
    code(&format!("{}:{line}", at.source.path()))
}

/// A text as code in a line.
fn code(text: &str) -> String {
    let text = one_line(&cut(text, LINE));
    let fence = "`".repeat(longest_run(&text) + 1);
    let edge = |letter: Option<char>| matches!(letter, None | Some('`' | ' '));
    // A space on either side is taken off by whoever shows it.
    let space = if edge(text.chars().next()) || edge(text.chars().next_back()) {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Lines as a block of code inside of a list.
fn fenced(text: &str) -> String {
    let text = printable(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let mut block = format!("\n  {fence}sh\n");
    for line in text.lines() {
        block += &["  ", line, "\n"].concat();
    }
    block + "  " + &fence + "\n"
}

/// How many backticks stand in a row.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

/// A text in which no letter is markup.
fn escaped(text: &str) -> String {
    let mut made = String::new();
    for letter in one_line(text).chars() {
        if letter.is_ascii_punctuation()
            && !matches!(letter, ',' | '.' | ':' | ';' | '(' | ')' | '\'' | '"')
        {
            made.push('\\');
        }
        made.push(letter);
    }
    made
}
