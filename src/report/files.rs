//! The reports that a run writes to files: `KIND=PATH`, any number of them. Each is written whole or not at all.
//!
//! What stands in a report is its format's own module's: `KINDS` has them all.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::coverage::Covered;
use super::run::{Gathered, Run};
use super::{Actions, badge, har, html, junit, markdown, sarif};
use crate::contract::Contract;
use crate::diagnostic::{did_you_mean, list};
use crate::event::Listener;

/// Writes a report of a run.
type Format = fn(&Run<'_>, &mut dyn Write) -> io::Result<()>;

/// Each kind of report by name.
const KINDS: [(&str, Format); 6] = [
    ("badge", badge::write),
    ("har", har::write),
    ("html", html::write),
    ("junit", junit::write),
    ("markdown", markdown::write),
    ("sarif", sarif::write),
];

/// A report that the user asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    format: Format,
    path: PathBuf,
}

/// What was asked for is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoReport {
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
    type Err = NoReport;

    fn from_str(text: &str) -> Result<Self, NoReport> {
        let (kind, path) = text.split_once('=').ok_or(NoReport::NoPath(KINDS[0].0))?;
        Self::new(kind, PathBuf::from(path))
    }
}

impl Asked {
    /// A report of a kind, to be written to a file.
    pub fn new(kind: &str, path: PathBuf) -> Result<Self, NoReport> {
        let names = || KINDS.iter().map(|(name, _)| *name);
        match KINDS.iter().find(|(name, _)| *name == kind) {
            Some((_, format)) => Ok(Self {
                format: *format,
                path,
            }),
            None => Err(NoReport::UnknownKind {
                kind: kind.to_owned(),
                hint: match did_you_mean(kind, names()) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("known are {}", list(names())),
                },
            }),
        }
    }
}

/// The reports of a run, begun before it, so that a place where nothing can be written is known before anything is sent.
#[derive(Debug)]
pub struct Reports {
    gathered: Arc<Gathered>,
    begun: Vec<(Asked, Place)>,
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

impl Reports {
    /// Begins them all; in a step of a workflow, that of GitHub, too.
    pub fn begin(asked: &[Asked], actions: Option<Actions>) -> Result<Self, Unwritable> {
        let begun = asked.iter().map(|asked| {
            let place = Place::of(&asked.path).map_err(|error| asked.unwritable(error))?;
            Ok((asked.clone(), place))
        });
        Ok(Self {
            gathered: Arc::default(),
            begun: begun.collect::<Result<_, _>>()?,
            actions,
        })
    }

    /// Who must hear the run.
    pub fn listener(&self) -> Option<Arc<dyn Listener>> {
        let heard = !self.begun.is_empty() || self.actions.is_some();
        heard.then(|| Arc::clone(&self.gathered) as _)
    }

    /// Writes them all.
    pub fn write(self, contract: &Contract, covered: &Covered) -> Written {
        let mut written = Written::default();
        let Some(run) = self.gathered.run(contract, covered) else {
            return written;
        };
        for (asked, place) in self.begun {
            if let Err(error) = asked.write(&run, place) {
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
    fn write(&self, run: &Run<'_>, place: Place) -> io::Result<()> {
        match place {
            Place::Open(file) => {
                let mut out = BufWriter::new(file);
                (self.format)(run, &mut out)?;
                out.flush()
            }
            Place::Beside(file) => {
                let mut out = BufWriter::new(file);
                (self.format)(run, &mut out)?;
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
fn beside(path: &Path) -> io::Result<NamedTempFile> {
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
