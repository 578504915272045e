//! A valid request: what is sent, what its success carries, what it needs of a target, and which cases change it. And a probe.

use std::fmt::Write as _;

use serde_json::Value;

use super::cases::Cases;
use super::show::{Show, asserted, control, place};
use crate::suite::{Probe, Request, Step, Suite};

pub(super) fn text(suite: &Suite, request: &Request) -> String {
    let show = Show::new(&Value::Null);
    let mut text = format!("request {}  {}\n", request.name, place(&request.at));
    for line in show.message(&request.message) {
        let _ = writeln!(text, "  | {line}");
    }
    if request.protected {
        text.push_str("  without its credential it is rejected\n");
    }
    if !request.success.is_empty() {
        for one in &request.success {
            let _ = writeln!(
                text,
                "  a success has {}",
                asserted(one, &request.bound, &show)
            );
        }
    }
    if let Some(line) = control(request) {
        let _ = writeln!(text, "  {line}");
    }
    if let Some(rows) = &request.rows {
        let _ = writeln!(text, "  documented rows: {}", rows.join(", "));
    }
    for probe in suite.probes.values() {
        if probe.request.name == request.name {
            let _ = writeln!(text, "  the probe `{}` counts by it", probe.name);
        }
    }
    let cases = Cases::of(&suite.trials, |trial| {
        trial
            .steps
            .iter()
            .any(|step| step.request.name == request.name)
    });
    text.push_str(&cases.text("sent or changed by"));
    text
}

pub(super) fn probe(suite: &Suite, probe: &Probe) -> String {
    format!("probe {}  {}\n", probe.name, place(&probe.at)) + &counting(suite, probe)
}

/// What a probe counts, and for which cases.
fn counting(suite: &Suite, probe: &Probe) -> String {
    let mut text = format!(
        "  the number at {} in the answer to `{}`",
        probe.pointer, probe.request.name
    );
    if let Some(credential) = &probe.credential {
        let _ = write!(text, ", sent as `{credential}`");
    }
    text.push('\n');
    let cases = Cases::of(&suite.trials, |trial| {
        let mut effects = trial.effects.iter();
        effects.any(|effect| effect.probe.name == probe.name)
    });
    text.push_str(&cases.text("counted by"));
    text
}

/// The line `control::NAME` of a run.
pub(super) fn control_line(suite: &Suite, request: &Request) -> String {
    let show = Show::new(&Value::Null);
    let mut text = format!("control::{}  {}\n", request.name, place(&request.at));
    for line in show.message(&request.message) {
        let _ = writeln!(text, "  | {line}");
    }
    text.push_str(
        "  checks that the target accepts this request unchanged; otherwise a rejection of a changed one proves nothing\n",
    );
    for one in &request.success {
        let success = asserted(one, &request.bound, &show);
        let _ = writeln!(text, "  accepted if a success has {success}");
    }
    if let Some(line) = control(request) {
        let _ = writeln!(text, "  {line}");
    }
    let cases = Cases::of(&suite.trials, |trial| {
        let mut controls = trial.steps.iter().filter_map(Step::control);
        controls.any(|control| control.name == request.name)
    });
    text.push_str(&cases.text("rejections that depend on it"));
    if request.protected {
        let cases = Cases::of(&suite.trials, |trial| {
            let mut controls = trial.negative_controls();
            controls.any(|control| control.name == request.name)
        });
        text.push_str(&cases.text("successes that depend on its rejection without a credential"));
    }
    text
}

/// The line `probe::NAME` of a run.
pub(super) fn probe_line(suite: &Suite, one: &Probe) -> String {
    let show = Show::new(&Value::Null);
    let mut text = format!("probe::{}  {}\n", one.name, place(&one.at));
    for line in show.message(&one.request.message) {
        let _ = writeln!(text, "  | {line}");
    }
    text.push_str(
        "  checks that accepted writes change the count; otherwise an unchanged count proves nothing\n",
    );
    text + &counting(suite, one)
}
