//! `gonogo merge`: records of one suite against one target, whose trials were shared out among several runs, become one.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;

use super::judge::open;
use super::{CommandResult, Exit};
use crate::input::diagnostic::one;
use crate::replay;
use crate::report::{beside, one_line};

#[derive(Debug, Clone, Args)]
pub(super) struct MergeArgs {
    /// The records to merge
    #[arg(required = true, num_args = 2..)]
    records: Vec<PathBuf>,
    /// Where to write the merged record
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Merges the records that the arguments name.
pub(super) fn merge(arguments: &MergeArgs) -> CommandResult {
    let records = arguments.records.iter().map(|path| open(path));
    let records = records.collect::<Result<Vec<_>, _>>()?;
    let unwritable = |error: io::Error| {
        let message = format!("cannot write {}: {error}", arguments.output.display());
        one("unwritable", message, "expected a place for the record")
    };
    let canonical = |path: &PathBuf| path.canonicalize().ok();
    let output = canonical(&arguments.output);
    if output.is_some() && arguments.records.iter().any(|one| canonical(one) == output) {
        let message = format!("{} is one of the records", arguments.output.display());
        let expected = "expected another path for the merged record";
        return Err(one("same-path", message, expected).into());
    }
    let file = beside(&arguments.output).map_err(unwritable)?;
    let merged = replay::merge(&records, file).map_err(|error| {
        one(
            "merge",
            format!("cannot merge the records: {error}"),
            "expected records of one suite against one target, each trial in one of them",
        )
    })?;
    let persisted = merged.sealed.file.persist(&arguments.output);
    persisted.map_err(|error| unwritable(error.error))?;
    let trials: usize = records.iter().map(|record| record.trials().len()).sum();
    let announced: usize = records
        .iter()
        .map(|record| record.announced().count())
        .sum();
    let of = records
        .first()
        .map_or(0, |first| first.started().suite_trials);
    let part = if announced == of {
        String::new()
    } else {
        format!("; partial: {announced} of {of}")
    };
    let _ = writeln!(
        io::stdout(),
        "{} records, {trials} trials{part}",
        records.len()
    );
    if let [first, rest @ ..] = merged.unexplained.as_slice() {
        let more = match rest.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(
            io::stderr(),
            "the runs overlapped: the counts of {}{more} are inconclusive",
            one_line(first)
        );
    }
    Ok(Exit::Conforming)
}
