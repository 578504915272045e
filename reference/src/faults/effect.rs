//! Refused writes that are made all the same: what only a count of the jobs can show.

use super::Fault as F;
use crate::route::Class::{self, CreateAsset, CreateGeneration, Regenerate};

/// The statuses of a route after which the fault makes a job.
pub(crate) fn makes_job(fault: F, class: Option<Class>, status: u16) -> bool {
    let on = match fault {
        F::Writes422 => (CreateGeneration, 422),
        F::Writes400 => (CreateGeneration, 400),
        F::Writes401 => (CreateGeneration, 401),
        F::Writes404 => (CreateGeneration, 404),
        F::Writes429 => (CreateGeneration, 429),
        F::Writes500 => (CreateGeneration, 500),
        F::ConflictWrites => (CreateGeneration, 409),
        F::WritesRegenerate400 => (Regenerate, 400),
        F::WritesRegenerate401 => (Regenerate, 401),
        F::WritesRegenerate404 => (Regenerate, 404),
        F::WritesRegenerate409 => (Regenerate, 409),
        F::WritesAsset => (CreateAsset, 202),
        _ => return false,
    };
    class.is_some_and(|class| on == (class, status))
}

/// Whether the fault carries out a rejected write later.
pub(crate) fn makes_late(fault: F, class: Option<Class>, status: u16) -> bool {
    fault == F::WritesLate && class == Some(CreateGeneration) && status == 422
}

/// The status after which the fault spoils a write's key: it gets the same refusal ever after.
pub(crate) fn spoils_key(fault: F, status: u16) -> bool {
    let on = match fault {
        F::Sticky401 => 401,
        F::Sticky422 => 422,
        F::Sticky429 => 429,
        F::Sticky500 => 500,
        _ => return false,
    };
    on == status
}
