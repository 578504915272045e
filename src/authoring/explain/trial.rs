//! A trial: its clause, its steps with what they change, send and expect, its effects, and what it needs of a target.

use std::fmt::Write as _;

use super::change::changes;
use super::clause;
use super::row::phrase;
use super::show::{Show, asserted, control, place};
use crate::contract::Contract;
use crate::input::diagnostic::one_line;
use crate::plan::needs;
use crate::suite::{CaptureFrom, Expected, Step, Trial, Volley};

pub(super) fn text(contract: &Contract, trial: &Trial) -> String {
    let show = Show::new(&trial.each);
    let mut text = format!(
        "trial {}  {}\n  clause {}\n",
        trial.name,
        place(&trial.at),
        clause::line(&trial.clause)
    );
    for effect in &trial.effects {
        let growth: Vec<String> = effect.growth.iter().map(ToString::to_string).collect();
        let growth = growth.join(" or ");
        let probe = &effect.probe.name;
        let _ = writeln!(text, "  effect: the count of `{probe}` grows by {growth}");
    }
    let needs = needs(trial);
    let needed: Vec<String> = [
        ("credential", Vec::from_iter(&needs.credentials)),
        ("fixture", Vec::from_iter(&needs.fixtures)),
    ]
    .into_iter()
    .flat_map(|(what, names)| {
        names
            .into_iter()
            .map(move |name| format!("the {what} `{name}`"))
    })
    .chain(
        needs
            .permits
            .iter()
            .map(|permit| format!("the permit `{}`", permit.name())),
    )
    .collect();
    if !needed.is_empty() {
        let _ = writeln!(text, "  needs {}", needed.join(", "));
    }
    for (index, one) in trial.steps.iter().enumerate() {
        let _ = write!(text, "\n  step {}: {}", index + 1, one.request.name);
        step(contract, one, &show, &mut text);
    }
    text
}

fn step(contract: &Contract, step: &Step, show: &Show, text: &mut String) {
    match &step.message.credential {
        Some(credential) => {
            let _ = writeln!(text, " as `{credential}`");
        }
        None => text.push_str(" without a credential\n"),
    }
    if let Some(wait) = &step.wait {
        let _ = writeln!(text, "    waits {} s before", show.text(wait));
    }
    let changes = changes(&step.request.message, &step.message, show);
    if changes.is_empty() {
        text.push_str("    changes nothing: the valid request as it stands\n");
    } else {
        text.push_str("    changes\n");
        for change in changes {
            let _ = writeln!(text, "      {change}");
        }
    }
    text.push_str("    sends\n");
    for line in show.message(&step.message) {
        let _ = writeln!(text, "      | {line}");
    }
    match step.volley.as_deref() {
        Some(Volley::Burst(burst)) => {
            let requests = show.text(&burst.requests);
            let until = burst.until.as_ref();
            let until = until.map_or(String::new(), |until| format!(", until {until} comes"));
            let _ = writeln!(
                text,
                "    as a burst of up to {requests}, {} at once{until}",
                burst.at_once
            );
            if let Some(most) = burst.most {
                let _ = writeln!(text, "    ignored if that is more than {most} on a target");
            }
        }
        Some(Volley::Race(race)) => {
            let _ = writeln!(text, "    as a race of {}", race.requests);
        }
        None => {}
    }
    if let Some(poll) = &step.poll {
        for one in &poll.until {
            let _ = writeln!(
                text,
                "    again every {} s, for {} s at most, until {}",
                poll.every.as_secs_f64(),
                poll.within.as_secs_f64(),
                asserted(one, &step.bound, show)
            );
        }
    }
    expects(contract, step, show, text);
    if step.expect.needs_control()
        && let Some(line) = control(&step.request)
    {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(name) = &step.remember {
        let _ = writeln!(text, "    remembers the answer as `{name}`");
    }
    for (name, from) in &step.captures {
        let from = match from {
            CaptureFrom::Body(pointer) => pointer.to_string(),
            CaptureFrom::Header(name) => format!("the header {}", one_line(name)),
        };
        let _ = writeln!(text, "    captures `{name}` from {from}");
    }
}

fn expects(contract: &Contract, step: &Step, show: &Show, text: &mut String) {
    let expect = &step.expect;
    let _ = writeln!(text, "    expects  {}", place(&expect.at));
    for alternative in &expect.alternatives {
        for expected in &alternative.any_of {
            let line = match expected {
                Expected::Row(row) => format!("{}: {}", row.name, phrase(contract, row)),
                other => other.to_string(),
            };
            let _ = writeln!(text, "      {line}");
        }
        if alternative.any_of.contains(&Expected::Success) {
            for one in &step.request.success {
                let line = asserted(one, &step.bound, show);
                let _ = writeln!(text, "        a success has {line}");
            }
        }
        for one in &alternative.assertions {
            let _ = writeln!(text, "        {}", asserted(one, &step.bound, show));
        }
        if let Some(schema) = &alternative.schema {
            let _ = writeln!(text, "        the body fits {}", one_line(&schema.file));
        }
    }
    for name in &expect.like {
        let _ = writeln!(text, "      it cannot be told from the answer `{name}`");
    }
    for pointer in &expect.same {
        let _ = writeln!(text, "      {pointer} is the same in all successes");
    }
    for (expected, number) in &expect.count {
        let _ = writeln!(text, "      exactly {number} answers of {expected}");
    }
}
