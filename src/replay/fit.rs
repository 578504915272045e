//! Checks that the line of a trial agrees with the first line of its record. The hash shows only that nobody changed the file after it
//! was written.

use crate::event::{
    Announced, AnnouncedVolley, Ending, Finished, Item, Outcome, Role, WAIVER, is_of_run,
};

/// Checks the line of a trial against its announcement.
pub(super) fn fits(finished: &Finished, announced: Option<&Announced>) -> Result<(), String> {
    let name = &finished.trial;
    if let Ending::Unrun(instead) = &finished.ending {
        let judged = |outcome: &Outcome| {
            matches!(
                outcome,
                Outcome::Conforms | Outcome::Violates | Outcome::Waived { .. }
            )
        };
        if judged(instead) || judged(&finished.outcome) {
            return Err(format!("the trial `{name}` was not run but has a verdict"));
        }
        if !finished.evidence.is_empty() {
            return Err(format!("the trial `{name}` was not run but has evidence"));
        }
    }
    let told = finished.evidence.iter().map(|evidence| evidence.records);
    if told.fold(0, usize::saturating_add) != finished.records.len() {
        return Err(format!(
            "the trial `{name}` has other records than its evidence says"
        ));
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
                "evidence of the trial `{name}` belongs to another trial: the trial has no such step"
            ));
        }
    }
    Ok(())
}

/// Whether a trial has the step that a piece of evidence belongs to.
fn has(announced: &Announced, item: &Item) -> bool {
    let volley = |step: &usize| -> Option<Option<AnnouncedVolley>> {
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
