//! What is heard of a run, live or recorded, and what follows from it: the text after its lines, its reports, its exit status.

use std::io::{self, Write as _};
use std::sync::Arc;

use super::Exit;
use super::load::Loaded;
use crate::event::{Counts, Listener};
use crate::harness::OutputError;
use crate::input::diagnostic::{Diagnostic, one};
use crate::report::{
    Actions, Asked, Coverage, Covered, Reports, ReportsError, Summary, Tally, Written, one_line,
};

/// Hears a run.
pub(super) struct Heard {
    tally: Arc<Tally>,
    coverage: Arc<Coverage>,
    summary: Arc<Summary>,
}

impl Heard {
    pub(super) fn new(loaded: &Loaded) -> Self {
        Self {
            tally: Arc::default(),
            coverage: Arc::default(),
            summary: Arc::new(Summary::new(Arc::clone(&loaded.contract))),
        }
    }

    pub(super) fn listeners(&self) -> Vec<Arc<dyn Listener>> {
        vec![
            Arc::clone(&self.tally) as _,
            Arc::clone(&self.coverage) as _,
            Arc::clone(&self.summary) as _,
        ]
    }

    pub(super) fn counts(&self) -> Counts {
        self.tally.counts()
    }

    pub(super) fn covered(&self, loaded: &Loaded) -> Covered {
        self.coverage
            .covered(&loaded.contract, loaded.suite.documented())
    }

    /// What is told after the lines of the trials.
    pub(super) fn text(
        &self,
        loaded: &Loaded,
        covered: &Covered,
        against: (&str, &str),
        coverage: bool,
    ) -> String {
        let mut text = self.summary.text(covered);
        text.push_str(&asked(loaded, against));
        if coverage {
            text.push_str(&covered.text());
        }
        text
    }
}

/// Which questions were asked of whom: two runs of the same digest asked the same ones.
fn asked(loaded: &Loaded, (name, base_url): (&str, &str)) -> String {
    let suite = match &loaded.suite.title {
        Some((name, version)) => one_line(&format!("{name} {version}")),
        // A suite without a title is called by what it is about.
        None => one_line(loaded.contract.name()),
    };
    let digest = loaded.suite.digest.get(..16).unwrap_or_default();
    let (name, base_url) = (one_line(name), one_line(base_url));
    format!("{suite}, digest {digest}, against {name} ({base_url})\n")
}

/// Begins the reports that are asked for.
pub(super) fn begin(asked: &[Asked], actions: Option<Actions>) -> Result<Reports, Vec<Diagnostic>> {
    Reports::begin(asked, actions).map_err(|error| match error {
        ReportsError::Unwritable(_) => one(
            "unwritable",
            error.to_string(),
            "expected a place for the report",
        ),
        ReportsError::SamePath { .. } => one(
            "same-path",
            error.to_string(),
            "expected a different path for each report",
        ),
        ReportsError::NoRecord => one(
            "no-record",
            error.to_string(),
            "expected a record beside the certificate",
        ),
    })
}

/// Says why not all lines were printed.
pub(super) fn tell_lost(printed: &Result<(), OutputError>) {
    if let Err(lost) = printed {
        // A reader that has seen enough is told nothing: it is not there any more.
        if !lost.is_closed() {
            let _ = writeln!(io::stderr(), "{}", one_line(&lost.to_string()));
        }
    }
}

/// Says which reports are not written; yields whether there are any that somebody asked for.
pub(super) fn tell_unwritten(written: &Written) -> bool {
    for error in written.lost.iter().chain(&written.summary) {
        let _ = writeln!(io::stderr(), "{}", one_line(&error.to_string()));
    }
    !written.lost.is_empty()
}

/// The exit status that follows from the outcomes.
pub(super) fn exit(counts: Counts) -> Exit {
    if counts.violating > 0 {
        Exit::Violating
    } else if counts.inconclusive > 0 {
        Exit::Inconclusive
    } else if counts.conforming > 0 {
        Exit::Conforming
    } else {
        let note = match counts.ignored + counts.waived {
            0 => "no trial was run: the filters select none".to_owned(),
            number => format!("no trial was judged: all {number} were ignored or waived"),
        };
        let _ = writeln!(io::stderr(), "{}", one_line(&note));
        Exit::NothingRan
    }
}
