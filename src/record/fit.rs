//! Whether the line of a trial can be what a run wrote of it, as the record's own first line has it. A hash shows only that a file is
//! as its writer left it.

use super::shape::{AnnouncedShape, VolleyShape};
use crate::event::{Ending, Finished, Item, Outcome, Role, WAIVER, is_of_run};

/// What is wrong with the line of a trial, if anything is.
pub(super) fn fits(finished: &Finished, announced: Option<&AnnouncedShape>) -> Result<(), String> {
    let name = &finished.trial;
    if let Ending::Unrun(instead) = &finished.ending {
        let judged = |outcome: &Outcome| {
            matches!(
                outcome,
                Outcome::Conforms | Outcome::Violates | Outcome::Waived { .. }
            )
        };
        if judged(instead) || judged(&finished.outcome) {
            return Err(format!("the trial `{name}` was not run, and has a verdict"));
        }
        if !finished.evidence.is_empty() {
            return Err(format!("the trial `{name}` was not run, and has evidence"));
        }
    }
    let Some(announced) = announced else {
        if name.starts_with(WAIVER) || is_of_run(name) {
            return Ok(());
        }
        return Err(format!("the trial `{name}` was not announced"));
    };
    for evidence in &finished.evidence {
        if !has(announced, &evidence.item) {
            return Err(format!(
                "evidence of the trial `{name}` is of another one: it has no such step"
            ));
        }
    }
    Ok(())
}

/// Whether a trial has the step that a piece of evidence is of.
fn has(announced: &AnnouncedShape, item: &Item) -> bool {
    let volley = |step: &usize| -> Option<Option<VolleyShape>> {
        announced.steps.get(*step).map(|step| step.volley)
    };
    match item {
        Item::Step { step, .. } => volley(step) == Some(None),
        Item::Volley { step, .. } => matches!(volley(step), Some(Some(_))),
        Item::Aside {
            role: Role::Step(number),
            ..
        } => (1..=announced.steps.len()).contains(number),
        Item::Aside { .. } | Item::Again | Item::Effect { .. } | Item::Rest => true,
    }
}
