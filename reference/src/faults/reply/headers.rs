//! Answers that may be stored, a refusal without its challenge, and answers that break off.

use super::edit::Edit::{Header, Wire};
use super::{Deviation, Fault as F, any, on, success};
use crate::faults::wire::Break;
use crate::route::Class::{
    CreateAsset, CreateGeneration, ReadAsset, ReadBilling, ReadGeneration, ReadUsage, Regenerate,
};

const CACHE: &str = "cache-control";

/// One line a fault.
#[rustfmt::skip]
pub(super) fn of(fault: F) -> Deviation {
    let stored = Header(CACHE, None);
    Some(match fault {
        F::NoStoreRead => (success(ReadGeneration), stored),
        F::NoStoreUsage => (success(ReadUsage), stored),
        F::NoStoreCreate => (success(CreateGeneration), stored),
        F::NoStoreAsset => (success(CreateAsset), stored),
        F::NoStore400 => (on(400).at(CreateGeneration), stored),
        F::NoStore401 => (on(401), stored),
        F::NoStore403 => (on(403), stored),
        F::NoStore404 => (on(404).unknown_path(), stored),
        F::NoStore409 => (on(409), stored),
        F::NoStore422 => (on(422).at(Regenerate), stored),
        F::NoStore429 => (on(429), stored),
        F::NoStore500 => (on(500), stored),
        F::Public => (success(ReadBilling), Header(CACHE, Some("public, max-age=60"))),
        F::Typo => (success(ReadAsset), Header(CACHE, Some("nostore"))),
        F::Pragma => (success(Regenerate), Header(CACHE, Some("no-cache"))),
        F::NoChallenge => (on(401).at(ReadUsage), Header("www-authenticate", None)),
        F::ClosedAsset400 => (on(400).at(CreateAsset), Wire(Break::Closed)),
        F::Closed => (on(401).at(ReadUsage), Wire(Break::Closed)),
        F::Unanswered => (any(CreateGeneration), Wire(Break::Kept)),
        F::CutBody => (on(404).at(ReadGeneration), Wire(Break::Cut)),
        F::LongLength => (on(409), Wire(Break::Longer)),
        F::ShortLength => (on(422).at(CreateGeneration), Wire(Break::Shorter)),
        F::CutChunk => (on(400).at(Regenerate), Wire(Break::Chunk)),
        _ => return None,
    })
}
