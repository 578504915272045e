//! The reports that a run writes to files: `KIND=PATH`, any number of them. Each is written whole or not at all.
//!
//! What stands in a report is its format's own module's: `KINDS` has them all.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::coverage::Covered;
use super::record::Recorder;
use super::run::{Gathered, Run};
use super::{Actions, badge, certificate, har, html, junit, markdown, sarif};
use crate::contract::Contract;
use crate::event::Listener;
use crate::input::diagnostic::{list, suggestion};

/// Writes a report of a run.
type Format = fn(&Run<'_>, &mut dyn Write) -> io::Result<()>;

/// Each kind of report that is written at the end of a run, by name.
const KINDS: [(&str, Format); 7] = [
    ("badge", badge::write),
    (CERTIFICATE, certificate::write),
    ("har", har::write),
    ("html", html::write),
    ("junit", junit::write),
    ("markdown", markdown::write),
    ("sarif", sarif::write),
];

/// The kind that is written while the run goes on, and that it can be judged again by.
const RECORD: &str = "jsonl";

/// The kind that names the record of its run.
const CERTIFICATE: &str = "certificate";

/// A report that the user asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    kind: &'static str,
    /// None for a record.
    format: Option<Format>,
    path: PathBuf,
}

/// Why reports cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum ReportsError {
    /// One cannot be written.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// There is no record for the certificate to name.
    #[error("a certificate needs a record: add `--report jsonl=PATH`")]
    NoRecord,
    /// Two reports have the same path.
    #[error("two reports have the path {}: {first} and {second}", path.display())]
    SamePath {
        /// The file.
        path: PathBuf,
        /// The kind of the first.
        first: &'static str,
        /// The kind of the second.
        second: &'static str,
    },
}

/// What was asked for is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportKindError {
    /// There is no `=` in it.
    #[error("expected KIND=PATH, such as {0}=report.{0}")]
    NoPath(&'static str),
    /// The kind is unknown.
    #[error("unknown kind of report `{kind}`, {hint}")]
    UnknownKind {
        /// The kind.
        kind: String,
        /// What to tell the user.
        hint: String,
    },
}

/// A report that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report {}: {error}", path.display())]
pub struct Unwritable {
    path: PathBuf,
    error: io::Error,
}

impl FromStr for Asked {
    type Err = ReportKindError;

    fn from_str(text: &str) -> Result<Self, ReportKindError> {
        let (kind, path) = text
            .split_once('=')
            .ok_or(ReportKindError::NoPath(KINDS[0].0))?;
        Self::new(kind, PathBuf::from(path))
    }
}

impl Asked {
    /// Its kind.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Whether it is written to this file, however its path is spelled.
    pub fn writes_to(&self, file: &Path) -> bool {
        identity(&self.path) == identity(file)
    }

    /// The kinds that there are.
    pub fn kinds() -> impl Iterator<Item = &'static str> + Clone {
        KINDS.iter().map(|(name, _)| *name).chain([RECORD])
    }

    /// A report of a kind, to be written to a file.
    pub fn new(kind: &str, path: PathBuf) -> Result<Self, ReportKindError> {
        let names = Self::kinds;
        let format = KINDS.iter().find(|(name, _)| *name == kind);
        match names().find(|name| *name == kind) {
            Some(kind) => Ok(Self {
                kind,
                format: format.map(|(_, format)| *format),
                path,
            }),
            None => Err(ReportKindError::UnknownKind {
                kind: kind.to_owned(),
                hint: suggestion(kind, names())
                    .unwrap_or_else(|| format!("known are {}", list(names()))),
            }),
        }
    }
}

/// The reports of a run, begun before it, so that a place where nothing can be written is known before anything is sent.
#[derive(Debug)]
pub struct Reports {
    gathered: Arc<Gathered>,
    begun: Vec<(Asked, Begun)>,
    actions: Option<Actions>,
}

/// What became of the reports.
#[derive(Debug, Default)]
pub struct Written {
    /// Those that could not be written.
    pub lost: Vec<Unwritable>,
    /// That of GitHub's step, where it could not be written: nobody asked for it.
    pub summary: Option<Unwritable>,
    /// The commands for GitHub's annotations, to be printed as they are.
    pub annotations: String,
}

#[derive(Debug)]
enum Begun {
    /// Written while the run goes on.
    Record(Arc<Recorder>),
    /// Written at its end.
    Report(Format, Place),
}

impl Reports {
    /// Begins them all; in a step of a workflow, that of GitHub, too.
    pub fn begin(asked: &[Asked], actions: Option<Actions>) -> Result<Self, ReportsError> {
        let records = asked.iter().any(|asked| asked.format.is_none());
        if !records && asked.iter().any(|asked| asked.kind == CERTIFICATE) {
            return Err(ReportsError::NoRecord);
        }
        apart(asked)?;
        let begun = asked.iter().map(|asked| {
            let begun = match asked.format {
                Some(format) => Place::of(&asked.path).map(|place| Begun::Report(format, place)),
                None => beside(&asked.path)
                    .and_then(Recorder::new)
                    .map(|recorder| Begun::Record(Arc::new(recorder))),
            };
            Ok((
                asked.clone(),
                begun.map_err(|error| asked.unwritable(error))?,
            ))
        });
        Ok(Self {
            gathered: Arc::default(),
            begun: begun.collect::<Result<_, Unwritable>>()?,
            actions,
        })
    }

    /// Removes the certificates of earlier runs, so that a killed run leaves no certificate that says go.
    pub fn begin_anew(&self) {
        for (asked, begun) in &self.begun {
            if asked.kind == CERTIFICATE && matches!(begun, Begun::Report(_, Place::Beside(_))) {
                // If it cannot be removed, writing the new one replaces it or reports the error.
                let _ = std::fs::remove_file(&asked.path);
            }
        }
    }

    /// Whether the run must keep what it is judged on.
    pub fn need_evidence(&self) -> bool {
        let mut begun = self.begun.iter();
        begun.any(|(_, begun)| matches!(begun, Begun::Record(_)))
    }

    /// Who must hear the run. A record is written without holding the run; the other reports are made of all of it.
    pub fn listeners(&self) -> Vec<Arc<dyn Listener>> {
        let records = self.begun.iter().filter_map(|(_, begun)| match begun {
            Begun::Record(recorder) => Some(Arc::clone(recorder) as Arc<dyn Listener>),
            Begun::Report(..) => None,
        });
        let mut listeners: Vec<Arc<dyn Listener>> = records.collect();
        if listeners.len() < self.begun.len() || self.actions.is_some() {
            listeners.push(Arc::clone(&self.gathered) as _);
        }
        listeners
    }

    /// Writes them all.
    pub fn write(self, contract: &Contract, covered: &Covered) -> Written {
        let mut written = Written::default();
        let mut record = None;
        let mut reports = Vec::new();
        for (asked, begun) in self.begun {
            match begun {
                Begun::Report(format, place) => reports.push((asked, format, place)),
                Begun::Record(recorder) => match asked.seal(&recorder) {
                    Ok(sha256) => record = Some(sha256),
                    Err(error) => written.lost.push(asked.unwritable(error)),
                },
            }
        }
        let Some(run) = self.gathered.run(contract, covered, record) else {
            return written;
        };
        for (asked, format, place) in reports {
            if let Err(error) = asked.write(format, &run, place) {
                written.lost.push(asked.unwritable(error));
            }
        }
        if let Some(actions) = &self.actions {
            written.annotations = actions.annotations(&run);
            written.summary = actions
                .summarize(&run)
                .err()
                .map(|(path, error)| Unwritable {
                    path: path.to_owned(),
                    error,
                });
        }
        written
    }
}

impl Asked {
    /// Gives a whole record its name; yields its SHA-256.
    fn seal(&self, recorder: &Recorder) -> io::Result<String> {
        let sealed = recorder.seal()?;
        sealed.file.persist(&self.path)?;
        Ok(sealed.sha256)
    }

    fn write(&self, format: Format, run: &Run<'_>, place: Place) -> io::Result<()> {
        match place {
            Place::Open(file) => {
                let mut out = BufWriter::new(file);
                format(run, &mut out)?;
                out.flush()
            }
            Place::Beside(file) => {
                let mut out = BufWriter::new(file);
                format(run, &mut out)?;
                out.flush()?;
                let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.persist(&self.path)?;
                Ok(())
            }
        }
    }

    fn unwritable(&self, error: io::Error) -> Unwritable {
        Unwritable {
            path: self.path.clone(),
            error,
        }
    }
}

/// Checks that all reports have different paths, even if one path is spelled in two ways.
fn apart(asked: &[Asked]) -> Result<(), ReportsError> {
    let mut known: HashMap<PathBuf, &'static str> = HashMap::new();
    for one in asked {
        if let Some(first) = known.insert(identity(&one.path), one.kind) {
            return Err(ReportsError::SamePath {
                path: one.path.clone(),
                first,
                second: one.kind,
            });
        }
    }
    Ok(())
}

/// A canonical form of a path, equal for all spellings of it, even if its folder does not exist yet.
fn identity(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut known = path
        .ancestors()
        .filter_map(|known| Some((known.canonicalize().ok()?, path.strip_prefix(known).ok()?)));
    let Some((mut whole, rest)) = known.next() else {
        return path;
    };
    // There are no links in folders that are still to be made.
    for part in rest.components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

/// Where a report is written.
#[derive(Debug)]
enum Place {
    /// A file that gets the report's name only when it is whole.
    Beside(NamedTempFile),
    /// A pipe or a device: it is written to, and must never be replaced.
    Open(File),
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        let known = std::fs::metadata(path);
        if known.is_ok_and(|known| !known.is_file() && !known.is_dir()) {
            return OpenOptions::new().write(true).open(path).map(Self::Open);
        }
        beside(path).map(Self::Beside)
    }
}

/// A new file in the folder of `path`, which is made where it is missing. It gets the name only when it is whole.
pub fn beside(path: &Path) -> io::Result<NamedTempFile> {
    if path.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    // As any other file: a report is read by others.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".gonogo-").tempfile_in(folder)
}
