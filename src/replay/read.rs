//! Takes a record in, or refuses it: it is read whole once before anything of it is used, and not held.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::file::{FORMAT, Head, LONGEST, Seal, hex, line};
use super::fit::fits;
use crate::event::{Announced, Counts, Ended, Event, Finished, Outcome, Revised, Started};
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
    started: Arc<Started>,
    ended: Arc<Ended>,
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
    /// What made it inconclusive at the end of the run, if something did.
    pub revised: Option<Revision>,
    at: Place,
}

/// Where a line stands: its number, counted from 1, and its bytes.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: usize,
    from: u64,
    length: u64,
}

/// A line that makes an earlier trial inconclusive.
#[derive(Debug, Clone)]
pub struct Revision {
    /// The line, counted from 1.
    pub line: usize,
    /// What it says.
    pub revised: Arc<Revised>,
}

/// What is no record, or no whole one.
#[derive(Debug, thiserror::Error)]
pub enum Faulty {
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Unreadable(#[from] Unreadable),
    /// It is of another version of the format.
    #[error(
        "its format is version {0}, and this gonogo reads version {FORMAT}: run the trials again, or use the gonogo that wrote it"
    )]
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

impl Recorded {
    /// Its line, counted from 1.
    pub fn line(&self) -> usize {
        self.at.line
    }
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
            } else if reading.sealed {
                return Err(wrong("something follows the last line".to_owned()));
            } else if reading.ended.is_some() {
                let seal = reading.seal(&line).map_err(wrong)?;
                let found = hex(&hash.clone().finalize());
                if found != seal.sha256 {
                    let said = seal.sha256;
                    return Err(Faulty::Altered { found, said });
                }
            } else {
                let event = serde_json::from_slice(&line);
                let event = event.map_err(|error| wrong(error.to_string()))?;
                let place = Place {
                    line: number,
                    from,
                    length,
                };
                reading.take(event, place).map_err(wrong)?;
            }
            hash.update(&line);
            from += length;
        }
        let (true, Some(started), Some(ended)) = (reading.sealed, reading.started, reading.ended)
        else {
            return Err(Faulty::Truncated);
        };
        Ok(Self {
            shown: path.display().to_string(),
            file: Mutex::new(file),
            started,
            ended,
            trials: reading.trials,
            sha256: hex(&hash.finalize()),
        })
    }

    /// How the run began.
    pub fn started(&self) -> &Started {
        &self.started
    }

    /// How it ended.
    pub fn ended(&self) -> &Ended {
        &self.ended
    }

    /// The names of the trials that were announced, in their order.
    pub fn announced(&self) -> impl Iterator<Item = &str> {
        self.started.trials.iter().map(|one| one.trial.as_str())
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
        let line = self.bytes(recorded).map_err(Unreadable::from)?;
        let changed = || Unreadable::from(io::Error::other("it was changed while it was read"));
        let finished = finished(&line).ok_or_else(changed)?;
        Ok(Finished {
            records: Vec::new(),
            ..finished
        })
    }

    /// The line of a trial.
    pub(super) fn bytes(&self, recorded: &Recorded) -> io::Result<Vec<u8>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(recorded.at.from))?;
        let mut line = Vec::new();
        file.by_ref()
            .take(recorded.at.length)
            .read_to_end(&mut line)?;
        Ok(line)
    }
}

/// The trial of a line.
pub(super) fn finished(line: &[u8]) -> Option<Finished> {
    match serde_json::from_slice(line) {
        Ok(Event::TrialFinished(finished)) => Some(Arc::unwrap_or_clone(finished)),
        _ => None,
    }
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

/// Another version may have other lines: that is told before any of them is read.
fn version(first: &[u8]) -> Result<(), Faulty> {
    let head: Option<Head> = serde_json::from_slice(first).ok();
    match head.map(|head| head.record) {
        Some(FORMAT) if line(&Head { record: FORMAT }).is_ok_and(|known| known == first) => Ok(()),
        None | Some(FORMAT) => Err(Faulty::Line {
            line: 1,
            what: format!("this is not how a record begins: expected `{{\"record\":{FORMAT}}}`"),
        }),
        Some(version) => Err(Faulty::Version(version)),
    }
}

/// A record on its way in.
#[derive(Default)]
struct Reading {
    started: Option<Arc<Started>>,
    /// The index of each announced trial.
    announced: HashMap<String, usize>,
    /// The trials by name.
    names: BTreeMap<String, usize>,
    trials: Vec<Recorded>,
    counts: Counts,
    ended: Option<Arc<Ended>>,
    sealed: bool,
}

impl Reading {
    /// What was announced of a trial.
    fn of(&self, trial: &str) -> Option<&Announced> {
        let started = self.started.as_ref()?;
        started.trials.get(*self.announced.get(trial)?)
    }

    /// Checks that each announced trial has a line, as a finished run has written them all.
    fn all_there(&self) -> Result<(), String> {
        let announced = self.started.iter().flat_map(|started| &started.trials);
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

    /// Takes an event.
    fn take(&mut self, event: Event, at: Place) -> Result<(), String> {
        match event {
            Event::RunStarted(started) if self.started.is_none() => {
                for (index, one) in started.trials.iter().enumerate() {
                    let known = self.announced.insert(one.trial.clone(), index);
                    if known.is_some() {
                        return Err(format!("the trial `{}` is announced twice", one.trial));
                    }
                }
                self.started = Some(started);
            }
            Event::RunStarted(_) => return Err("the record begins a second time".to_owned()),
            _ if self.started.is_none() => {
                return Err("the record has no beginning".to_owned());
            }
            Event::TrialFinished(_) if self.trials.len() == TRIALS => {
                return Err(format!("the record has more than {TRIALS} trials"));
            }
            Event::TrialFinished(finished) => {
                let name = &finished.trial;
                let known = self.names.insert(name.clone(), self.trials.len());
                if known.is_some() {
                    return Err(format!("duplicate trial `{name}`"));
                }
                fits(&finished, self.of(name))?;
                self.counts.add(&finished.outcome);
                self.trials.push(Recorded {
                    trial: name.clone(),
                    outcome: finished.outcome.clone(),
                    revised: None,
                    at,
                });
            }
            Event::TrialRevised(revised) => {
                let name = &revised.trial;
                let index = self.names.get(name);
                let Some(trial) = index.and_then(|index| self.trials.get_mut(*index)) else {
                    return Err(format!("there is no trial `{name}` before this line"));
                };
                if trial.revised.is_some() {
                    return Err(format!("the trial `{name}` is revised twice"));
                }
                if trial.outcome != revised.was {
                    return Err(format!("the trial `{name}` had another outcome before"));
                }
                self.counts.revise(&trial.outcome, &revised.outcome);
                trial.outcome = revised.outcome.clone();
                trial.revised = Some(Revision {
                    line: at.line,
                    revised,
                });
            }
            Event::RunFinished(ended) => self.ended = Some(ended),
            Event::TrialStarted { .. } | Event::Notice { .. } => {}
        }
        Ok(())
    }

    /// Takes the last line.
    fn seal(&mut self, line: &[u8]) -> Result<Seal, String> {
        let seal: Seal = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        if seal.counts != self.counts {
            return Err("its counts are not those of its trials".to_owned());
        }
        if self.ended.iter().any(|ended| ended.early.is_none()) {
            self.all_there()?;
        }
        self.sealed = true;
        Ok(seal)
    }
}
