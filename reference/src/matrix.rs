//! The validation matrix: which fields a workflow and a capture type require, allow and exclude.

use super::envelope::Failure;
use super::settings::{Capture, Draft, Room, Settings, Workflow};

/// Completes a draft, or says which rule it breaks.
pub(super) fn settle(draft: Draft) -> Result<Settings, Failure> {
    let workflow = draft
        .workflow
        .ok_or(Failure::Validation("workflow is required."))?;
    let capture_type = draft
        .capture_type
        .ok_or(Failure::Validation("capture_type is required."))?;
    match (takes_mode(workflow, capture_type), draft.mode) {
        (true, None) => return Err(Failure::Validation("A staging photo requires mode.")),
        (false, Some(_)) => {
            return Err(Failure::Validation("Only a staging photo takes mode."));
        }
        _ => {}
    }
    if capture_type == Capture::Panorama360 && draft.style_preset.is_none() {
        return Err(Failure::Validation("A panorama360 requires style_preset."));
    }
    if !draft.room_types.as_deref().is_none_or(fit_together) {
        return Err(Failure::Validation(
            "Several room_types must be of one family.",
        ));
    }
    Ok(Settings {
        workflow,
        capture_type,
        mode: draft.mode,
        room_types: draft.room_types,
        style_preset: draft.style_preset,
        reference: draft.reference,
        metadata: draft.metadata,
        webhook: draft.webhook,
    })
}

/// What `draft` leaves out is as it was. A mode is not handed on to what takes none: the client could not remove it.
pub(super) fn settle_over(before: Settings, draft: Draft) -> Result<Settings, Failure> {
    let workflow = draft.workflow.unwrap_or(before.workflow);
    let capture_type = draft.capture_type.unwrap_or(before.capture_type);
    let inherited = before.mode.filter(|_| takes_mode(workflow, capture_type));
    settle(Draft {
        workflow: Some(workflow),
        capture_type: Some(capture_type),
        mode: draft.mode.or(inherited),
        room_types: draft.room_types.or(before.room_types),
        style_preset: draft.style_preset.or(before.style_preset),
        reference: draft.reference.or(before.reference),
        metadata: draft.metadata.or(before.metadata),
        webhook: draft.webhook.or(before.webhook),
    })
}

fn takes_mode(workflow: Workflow, capture_type: Capture) -> bool {
    workflow == Workflow::Staging && capture_type == Capture::Photo
}

/// One room may be any; several must be of the same family.
fn fit_together(rooms: &[Room]) -> bool {
    match rooms {
        [first, _, ..] => first
            .family()
            .is_some_and(|family| rooms.iter().all(|room| room.family() == Some(family))),
        _ => true,
    }
}
