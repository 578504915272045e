//! Takes a record in, or refuses it: it is read whole once before anything of it is used, and not held.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::fit::fits;
use super::shape::{AnnouncedShape, Line, RunShape};
use super::write::hex;
use super::{FORMAT, LONGEST};
use crate::event::{Counts, Ended, Finished, Outcome, Started};
use crate::input::files::{self, Unreadable};

/// The most values of a line, words and signs within texts not counted: each takes a hundred bytes of memory.
const VALUES: usize = 1_000_000;
/// The most trials: no suite has more, and each takes its name.
const TRIALS: usize = 100_000;

/// A whole record.
#[derive(Debug)]
pub struct Recording {
    /// Its file, as messages show it.
    pub(super) shown: String,
    file: Mutex<BufReader<File>>,
    pub(super) head: RunShape,
    started: Started,
    ended: Ended,
    trials: Vec<Recorded>,
    sha256: String,
}

/// A trial of a record, and where it stands there.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its name.
    pub trial: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Its line, counted from 1.
    pub line: usize,
    /// The line that makes it inconclusive, if there is one.
    pub revised: Option<Revision>,
    from: u64,
    length: u64,
}

/// A line that makes an earlier trial inconclusive.
#[derive(Debug, Clone)]
pub struct Revision {
    /// The line, counted from 1.
    pub line: usize,
    /// Why the trial is inconclusive.
    pub reason: String,
}

/// What is no record, or no whole one.
#[derive(Debug, thiserror::Error)]
pub enum Faulty {
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Unreadable(#[from] Unreadable),
    /// It is of another version of the format.
    #[error("its format is version {0}, and this gonogo reads version {FORMAT}")]
    Version(u64),
    /// A line is not one of a record.
    #[error("line {line}: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Its end is missing.
    #[error("it has no last line: it was cut, or its run was killed")]
    Truncated,
    /// It is not what was written.
    #[error("it was altered: the SHA-256 of its lines is {found}, and its last line says {said}")]
    Altered {
        /// What its lines have.
        found: String,
        /// What its last line says.
        said: String,
    },
}

impl Recording {
    /// Reads a record.
    pub fn open(path: &Path) -> Result<Self, Faulty> {
        let mut file = BufReader::new(files::open(path)?);
        let mut reading = Reading::default();
        let (mut hash, mut from, mut number) = (Sha256::new(), 0, 0);
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = file.by_ref().take(LONGEST).read_until(b'\n', &mut line);
            let length = length.map_err(Unreadable::from)? as u64;
            if length == 0 {
                break;
            }
            number += 1;
            let wrong = |what: String| Faulty::Line { line: number, what };
            if !line.ends_with(b"\n") {
                return Err(if length == LONGEST {
                    wrong(format!("it is longer than {LONGEST} bytes"))
                } else {
                    Faulty::Truncated
                });
            }
            if values(&line) > VALUES {
                return Err(wrong(format!("it has more than {VALUES} values")));
            }
            if number == 1 {
                version(&line)?;
            }
            let before = hash.clone();
            hash.update(&line);
            let parsed = serde_json::from_slice(&line).map_err(|error| wrong(error.to_string()))?;
            match reading.take(parsed, (from, length)) {
                Ok(Some(said)) => {
                    let found = hex(&before.finalize());
                    if found != said {
                        return Err(Faulty::Altered { found, said });
                    }
                }
                Ok(None) => {}
                Err(what) => return Err(wrong(what)),
            }
            from += length;
        }
        let (Some((head, started)), Some(ended)) = (reading.head, reading.ended) else {
            return Err(Faulty::Truncated);
        };
        Ok(Self {
            shown: path.display().to_string(),
            file: Mutex::new(file),
            head,
            started,
            ended,
            trials: reading.trials,
            sha256: hex(&hash.finalize()),
        })
    }

    /// How the run began. What its trials ask for is the suite's to say.
    pub fn started(&self) -> &Started {
        &self.started
    }

    /// How it ended.
    pub fn ended(&self) -> &Ended {
        &self.ended
    }

    /// The names of the trials that were announced, in their order.
    pub fn announced(&self) -> impl Iterator<Item = &str> {
        self.head.trials.iter().map(|one| one.trial.as_str())
    }

    /// The trials, in the order in which they ended.
    pub fn trials(&self) -> &[Recorded] {
        &self.trials
    }

    /// SHA-256 over all of the file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// A trial as it was recorded, without what is made again of its evidence.
    pub fn finished(&self, recorded: &Recorded) -> Result<Finished, Faulty> {
        let changed =
            || Unreadable::from(io::Error::other("it was changed while it was read")).into();
        let line = self.bytes(recorded).map_err(Unreadable::from)?;
        match serde_json::from_slice(&line) {
            Ok(Line::Trial(trial)) => trial.finished().map_err(|_| changed()),
            _ => Err(changed()),
        }
    }

    /// The line of a trial.
    pub(super) fn bytes(&self, recorded: &Recorded) -> io::Result<Vec<u8>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(recorded.from))?;
        let mut line = Vec::new();
        file.by_ref().take(recorded.length).read_to_end(&mut line)?;
        Ok(line)
    }
}

/// What all versions have.
#[derive(Deserialize)]
struct Beginning {
    record: u64,
}

/// How many values a line of JSON has at most: one more than the signs that stand between them and around them.
fn values(line: &[u8]) -> usize {
    let (mut count, mut text, mut escaped) = (1, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = text,
            b'"' => text = !text,
            b',' | b':' | b'[' | b'{' if !text => count += 1,
            _ => {}
        }
    }
    count
}

/// A later version may have other lines: that is told before any of them is read.
fn version(line: &[u8]) -> Result<(), Faulty> {
    let beginning: Option<Beginning> = serde_json::from_slice(line).ok();
    match beginning.map(|beginning| beginning.record) {
        Some(version) if version == u64::from(FORMAT) => Ok(()),
        Some(version) => Err(Faulty::Version(version)),
        None => Err(Faulty::Line {
            line: 1,
            what: "this is not how a record begins: expected `\"type\":\"run\"` and `\"record\"`"
                .to_owned(),
        }),
    }
}

/// A record on its way in.
#[derive(Default)]
struct Reading {
    head: Option<(RunShape, Started)>,
    /// The index of each announced trial.
    announced: HashMap<String, usize>,
    /// How many lines were taken.
    lines: usize,
    /// The trials by name.
    names: BTreeMap<String, usize>,
    trials: Vec<Recorded>,
    counts: Counts,
    ended: Option<Ended>,
}

impl Reading {
    /// What was announced of a trial.
    fn of(&self, trial: &str) -> Option<&AnnouncedShape> {
        let (head, _) = self.head.as_ref()?;
        head.trials.get(*self.announced.get(trial)?)
    }

    /// Checks that each announced trial has a line, as a finished run has written them all.
    fn all_there(&self) -> Result<(), String> {
        let announced = self.head.iter().flat_map(|(head, _)| &head.trials);
        let mut lost = announced.filter(|one| !self.names.contains_key(&one.trial));
        let Some(first) = lost.next() else {
            return Ok(());
        };
        let more = match lost.count() {
            0 => String::new(),
            more => format!(", nor do {more} more"),
        };
        Err(format!(
            "the trial `{}` was announced but has no line{more}",
            first.trial
        ))
    }

    /// Takes a line; of the last one, yields the hash that it says.
    fn take(&mut self, line: Line, (from, length): (u64, u64)) -> Result<Option<String>, String> {
        if self.ended.is_some() {
            return Err("something follows the last line".to_owned());
        }
        self.lines += 1;
        match line {
            Line::Run(head) if self.head.is_none() => {
                let started = head.started()?;
                for (index, one) in head.trials.iter().enumerate() {
                    let known = self.announced.insert(one.trial.clone(), index);
                    if known.is_some() {
                        return Err(format!("the trial `{}` is announced twice", one.trial));
                    }
                }
                self.head = Some((*head, started));
            }
            Line::Run(_) => return Err("the record begins a second time".to_owned()),
            Line::Trial(_) | Line::Revised(_) | Line::End(_) if self.head.is_none() => {
                return Err("the record has no beginning".to_owned());
            }
            Line::Trial(_) if self.trials.len() == TRIALS => {
                return Err(format!("the record has more than {TRIALS} trials"));
            }
            Line::Trial(trial) => {
                let names = &mut self.names;
                if names
                    .insert(trial.trial.clone(), self.trials.len())
                    .is_some()
                {
                    return Err(format!("duplicate trial `{}`", trial.trial));
                }
                let finished = trial.finished()?;
                fits(&finished, self.of(&finished.trial))?;
                self.counts.add(&finished.outcome);
                self.trials.push(Recorded {
                    trial: finished.trial,
                    outcome: finished.outcome,
                    line: self.lines,
                    revised: None,
                    from,
                    length,
                });
            }
            Line::Revised(revised) => {
                let index = self.names.get(&revised.trial);
                let Some(trial) = index.and_then(|index| self.trials.get_mut(*index)) else {
                    return Err(format!(
                        "there is no trial `{}` before this line",
                        revised.trial
                    ));
                };
                let revision = Revision {
                    line: self.lines,
                    reason: revised.reason,
                };
                if trial.revised.replace(revision).is_some() {
                    return Err(format!("the trial `{}` is revised twice", trial.trial));
                }
                self.counts.revise(&trial.outcome, &revised.outcome);
                trial.outcome = revised.outcome;
            }
            Line::End(end) => {
                if end.counts != self.counts {
                    return Err("its counts are not those of its trials".to_owned());
                }
                if end.early.is_none() {
                    self.all_there()?;
                }
                self.ended = Some(Ended {
                    early: end.early,
                    took: Duration::from_micros(end.took_us),
                    repeated: end.repeated,
                });
                return Ok(Some(end.sha256));
            }
        }
        Ok(None)
    }
}
