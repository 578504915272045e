//! The record of a run, written while it goes on: a trial is on disk as soon as it has ended, and not held any longer.
//!
//! Reading it, judging it again and joining several are left to `replay`.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::NamedTempFile;

use crate::event::{Counts, Event, Evidence, Finished, Item, Listener, Redacted};
use crate::replay::{LONGEST, Out, Sealed, line};

/// Writes a record.
#[derive(Debug)]
pub(super) struct Recorder {
    writing: Mutex<Writing>,
}

#[derive(Debug)]
struct Writing {
    out: Option<Out>,
    counts: Counts,
    /// Why no more is written, if so.
    lost: Option<io::Error>,
    ended: bool,
}

impl Recorder {
    /// Begins a record in a file.
    pub(super) fn new(file: NamedTempFile) -> io::Result<Self> {
        Ok(Self {
            writing: Mutex::new(Writing {
                out: Some(Out::new(file)?),
                counts: Counts::default(),
                lost: None,
                ended: false,
            }),
        })
    }

    /// The whole record, once the run has ended.
    pub(super) fn seal(&self) -> io::Result<Sealed> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match (writing.lost.take(), writing.out.take()) {
            (Some(error), _) => Err(error),
            (None, Some(out)) if writing.ended => out.seal(writing.counts),
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
            Event::TrialStarted { .. } | Event::Notice { .. } => return Ok(()),
            Event::TrialFinished(finished) => {
                self.counts.add(&finished.outcome);
                return trial(finished, out);
            }
            Event::TrialRevised(revised) => self.counts.revise(&revised.was, &revised.outcome),
            Event::RunFinished(_) => self.ended = true,
            Event::RunStarted(_) => {}
        }
        out.event(event)
    }
}

/// Writes a trial; where its line would be too long, without its evidence.
fn trial(finished: &Finished, out: &mut Out) -> io::Result<()> {
    let evidence = finished.evidence.iter();
    let told = evidence.map(|evidence| evidence.records).sum();
    let mut finished = finished.clone();
    finished.records.truncate(told);
    for record in &mut finished.records {
        // They stand in the evidence.
        record.exchange = None;
        record.shots = Vec::new();
    }
    let whole = line(&Event::TrialFinished(Arc::new(finished.clone())))?;
    if whole.len() as u64 <= LONGEST {
        return out.bytes(&whole);
    }
    finished.evidence = vec![Evidence {
        item: Redacted::without_secrets(Item::Rest),
        lost: Some(format!("in the record it is longer than {LONGEST} bytes")),
        records: finished.records.len(),
    }];
    out.event(&Event::TrialFinished(Arc::new(finished)))
}

impl Listener for Recorder {
    fn hear(&self, event: &Event) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if writing.lost.is_none() {
            writing.lost = writing.take(event).err();
        }
    }
}
