//! Writes a record while the run goes on: a trial is on disk as soon as it has ended, and not held any longer.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write as _};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::LONGEST;
use super::shape::{EndShape, Line, RevisedShape, RunShape, TrialShape};
use super::text::{line, micros};
use crate::event::{Counts, Ended, Event, Evidence, Item, Listener, Redacted};

/// Writes a record.
#[derive(Debug)]
pub struct Recorder {
    writing: Mutex<Writing>,
}

/// A record that is whole.
#[derive(Debug)]
pub struct Sealed {
    /// The file.
    pub file: NamedTempFile,
    /// SHA-256 over all of it, in hexadecimal.
    pub sha256: String,
}

#[derive(Debug)]
struct Writing {
    out: Option<Out>,
    counts: Counts,
    /// Why no more is written, if so.
    lost: Option<io::Error>,
    ended: bool,
}

/// A file under way, and the hash of what stands in it.
#[derive(Debug)]
pub(super) struct Out {
    file: BufWriter<NamedTempFile>,
    hash: Sha256,
}

impl Out {
    pub(super) fn new(file: NamedTempFile) -> Self {
        Self {
            file: BufWriter::new(file),
            hash: Sha256::new(),
        }
    }

    /// Writes a line as it is.
    pub(super) fn bytes(&mut self, line: &[u8]) -> io::Result<()> {
        self.hash.update(line);
        self.file.write_all(line)
    }

    pub(super) fn line(&mut self, value: &Line) -> io::Result<()> {
        self.bytes(&line(value)?)
    }

    /// Writes the last line, which seals those before.
    pub(super) fn end(&mut self, ended: &Ended, counts: Counts) -> io::Result<()> {
        let sha256 = hex(&self.hash.clone().finalize());
        self.line(&Line::End(EndShape {
            early: ended.early.clone(),
            took_us: micros(ended.took),
            repeated: ended.repeated,
            counts,
            sha256,
        }))
    }

    pub(super) fn seal(mut self) -> io::Result<Sealed> {
        self.file.flush()?;
        let file = self.file.into_inner();
        Ok(Sealed {
            file: file.map_err(io::IntoInnerError::into_error)?,
            sha256: hex(&self.hash.finalize()),
        })
    }
}

impl Recorder {
    /// Begins a record in a file.
    pub fn new(file: NamedTempFile) -> Self {
        Self {
            writing: Mutex::new(Writing {
                out: Some(Out::new(file)),
                counts: Counts::default(),
                lost: None,
                ended: false,
            }),
        }
    }

    /// The whole record, once the run has ended.
    pub fn seal(&self) -> io::Result<Sealed> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match (writing.lost.take(), writing.out.take()) {
            (Some(error), _) => Err(error),
            (None, Some(out)) if writing.ended => out.seal(),
            (None, _) => Err(io::Error::other("the run has not ended")),
        }
    }
}

impl Writing {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        match event {
            Event::RunStarted(started) => {
                out.line(&Line::Run(Box::new(RunShape::from(started.as_ref()))))
            }
            Event::TrialFinished(finished) => {
                self.counts.add(&finished.outcome);
                let whole = line(&Line::Trial(TrialShape::from(finished.as_ref())))?;
                if whole.len() as u64 <= LONGEST {
                    return out.bytes(&whole);
                }
                let mut less = finished.without_evidence();
                less.evidence.push(Evidence {
                    item: Redacted::known(Item::Rest),
                    lost: Some(format!("in the record it is longer than {LONGEST} bytes")),
                    records: less.records.len(),
                });
                out.line(&Line::Trial(TrialShape::from(&less)))
            }
            Event::TrialRevised(revised) => {
                self.counts.revise(&revised.was, &revised.outcome);
                out.line(&Line::Revised(RevisedShape::from(revised.as_ref())))
            }
            Event::RunFinished(ended) => {
                self.ended = true;
                out.end(ended, self.counts)
            }
            Event::TrialStarted { .. } | Event::Notice { .. } => Ok(()),
        }
    }
}

impl Listener for Recorder {
    fn hear(&self, event: &Event) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if writing.lost.is_none() {
            writing.lost = writing.take(event).err();
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
