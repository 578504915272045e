//! What GitHub Actions shows of a run beside its log: annotations at the lines of the cases, and a summary of the step.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::failure::{findings, title};
use super::markdown;
use super::run::Run;
use crate::contract::Level;
use crate::event::Outcome;
use crate::input::diagnostic::{Location, one_line};

/// How many annotations of a kind GitHub shows of a step.
const SHOWN: usize = 10;

/// A step of a workflow.
#[derive(Debug, Clone)]
pub struct Actions {
    /// The folder that the program was started in: paths of cases begin there.
    pub folder: PathBuf,
    /// The root of the repository: paths of annotations begin there.
    pub workspace: Option<PathBuf>,
    /// The file that the step's summary is appended to.
    pub summary: Option<PathBuf>,
}

/// An annotation, before it is known whether it has room.
struct Annotation<'a> {
    /// Of a level of its own: GitHub counts each by itself.
    error: bool,
    at: &'a Location,
    title: String,
    text: String,
}

impl Actions {
    /// The workflow commands that make the annotations, a line each. Every broken clause gets its first one before any gets a second.
    pub(super) fn annotations(&self, run: &Run<'_>) -> String {
        let mut clauses: BTreeMap<&str, usize> = BTreeMap::new();
        let mut found: Vec<(usize, Annotation<'_>)> = Vec::new();
        for finished in &run.finished {
            let trial = &finished.trial;
            if matches!(finished.outcome, Outcome::Waived { .. }) {
                continue;
            }
            if let Outcome::Inconclusive { reason } | Outcome::StaleWaiver { reason } =
                &finished.outcome
            {
                let what = match finished.outcome {
                    Outcome::StaleWaiver { .. } => "stale waiver",
                    _ => "inconclusive",
                };
                let annotation = Annotation {
                    error: true,
                    at: &finished.at,
                    title: format!("{what}: {trial}"),
                    text: reason.to_string(),
                };
                found.push((next(&mut clauses, what), annotation));
            }
            for (record, finding, _) in findings(finished) {
                let clause = &finding.clause;
                let annotation = Annotation {
                    error: run.started.strict || clause.level == Level::Must,
                    at: &record.at,
                    title: format!("{}: {trial}", clause.id),
                    text: format!("{}, {}\n{}", record.role, title(finding), clause.text),
                };
                found.push((next(&mut clauses, &clause.id), annotation));
            }
        }
        found.sort_by_key(|(turn, _)| *turn);
        let mut text = String::new();
        for error in [true, false] {
            let of = found.iter().filter(|(_, one)| one.error == error);
            for (_, annotation) in of.take(SHOWN) {
                self.command(&mut text, annotation);
            }
        }
        text
    }

    fn command(&self, text: &mut String, annotation: &Annotation<'_>) {
        let kind = if annotation.error { "error" } else { "warning" };
        let _ = write!(text, "::{kind} ");
        if let Some(file) = self.file(annotation.at.source.path()) {
            let (line, column) = annotation.at.line_column();
            let _ = write!(text, "file={},line={line},col={column},", property(&file));
        }
        let lines: Vec<String> = annotation.text.lines().map(one_line).collect();
        let _ = writeln!(
            text,
            "title={}::{}",
            property(&one_line(&annotation.title)),
            data(&lines.join("\n"))
        );
    }

    /// A file's path as GitHub knows it; none for one that is not in the repository, such as a case in the binary.
    fn file(&self, path: &str) -> Option<String> {
        let file = self.folder.join(path).canonicalize().ok()?;
        let root = self.workspace.as_ref().unwrap_or(&self.folder);
        let inside = file.strip_prefix(root.canonicalize().ok()?).ok()?;
        let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }

    /// Appends to the step's summary, as far as it has room; yields the file where that fails.
    pub(super) fn summarize(&self, run: &Run<'_>) -> Result<(), (&Path, io::Error)> {
        let Some(path) = self.summary.as_deref() else {
            return Ok(());
        };
        append(path, run).map_err(|error| (path, error))
    }
}

fn append(path: &Path, run: &Run<'_>) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let taken = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let text = markdown::text(run, markdown::LARGEST.saturating_sub(taken));
    file.write_all(text.as_bytes())
}

/// The how-manyeth of its clause this one is.
fn next<'a>(clauses: &mut BTreeMap<&'a str, usize>, clause: &'a str) -> usize {
    let turn = clauses.entry(clause).or_default();
    *turn += 1;
    *turn
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
