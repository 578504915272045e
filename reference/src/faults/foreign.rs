//! What another organization owns, where a fault makes a difference between that and what does not exist.

use super::Fault as F;
use crate::envelope::Failure;
use crate::route::Class::{self, CreateGeneration, ReadAsset, ReadGeneration, Regenerate};

/// How another organization's object is answered for.
#[derive(Debug, Clone)]
pub(crate) enum Foreign {
    /// As the caller's own.
    Shown,
    /// With a failure that tells that it exists.
    Refused(Failure),
}

/// What the fault makes of another organization's object on this route.
pub(crate) fn foreign(fault: F, class: Class) -> Option<Foreign> {
    use Foreign::{Refused, Shown};
    let (on, foreign) = match fault {
        F::JobShown => (ReadGeneration, Shown),
        F::Job403 => (ReadGeneration, Refused(Failure::Forbidden)),
        F::JobNamed | F::JobNamedTraced => (ReadGeneration, Refused(Failure::NotYours)),
        F::RegenerateDone => (Regenerate, Shown),
        F::Regenerate403 => (Regenerate, Refused(Failure::Forbidden)),
        F::AssetShown => (ReadAsset, Shown),
        F::Asset403 => (ReadAsset, Refused(Failure::Forbidden)),
        F::AssetUsed => (CreateGeneration, Shown),
        F::AssetUsed403 => (CreateGeneration, Refused(Failure::Forbidden)),
        _ => return None,
    };
    (on == class).then_some(foreign)
}
