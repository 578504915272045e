//! The record of a run: JSON lines on disk, exact and without secrets, so that the run can be judged again.
//!
//! `write` listens to a run, `read` takes a whole record back in or refuses it, `merge` joins records. `shape` is the format, which
//! `docs/reports.md` and `schemas/record.schema.json` describe; a change that an older reader would misread raises [`FORMAT`].
//! Judging again is left to `replay`.

mod exchange;
mod fit;
mod merge;
mod overlap;
mod read;
mod shape;
mod text;
mod write;

pub use merge::merge;
pub use read::{Faulty, Recorded, Recording, Revision};
pub use write::Recorder;

/// The version of the format.
pub const FORMAT: u32 = 2;

/// The longest line, in bytes: what is read of it takes three times as much memory.
const LONGEST: u64 = 64 * 1024 * 1024;
