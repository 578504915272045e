//! `gonogo lint`: checks the files and sends nothing; `--fix` fixes faults that have only one possible meaning, and
//! case files of 0.1 rewritten.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use url::Url;

use super::load::{Loaded, case_files, case_folders, load};
use super::{CommandError, CommandResult, Environment, Exit, SuiteArgs};
use crate::authoring::lint::{Targets, lint as warnings};
use crate::input::diagnostic::{
    Diagnostic, Faults, Severity, Styling, counted, did_you_mean, json_line, mended, number,
    one_line, render_all,
};
use crate::plan::{lines, unmatched};
use crate::report::sarif::faults;
use crate::suite::{Input, migrated};
use crate::targets::{Day, Profile, REFERENCE};

/// The most rounds of fixes: fixing one fault may reveal another.
const ROUNDS: usize = 10;

#[derive(Debug, Clone, Args)]
pub(super) struct LintArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    /// Apply unambiguous fixes: misspelt keys and words of the format, a status that has exactly one row. Rewrite case files of 0.1
    #[arg(long)]
    fix: bool,
    /// Exit with status 2 if there are warnings
    #[arg(long)]
    deny_warnings: bool,
    /// Output format: text, one JSON object a line, or SARIF 2.1.0
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "text|json|sarif"
    )]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Sarif,
}

/// Checks the files that the arguments name.
pub(super) fn lint(arguments: &LintArgs, surroundings: &Environment) -> CommandResult {
    if arguments.fix {
        migrate(&case_files(&arguments.suite, surroundings))?;
    }
    let (mut loaded, mut found) = checked(&arguments.suite, surroundings);
    for _ in 0..if arguments.fix { ROUNDS } else { 0 } {
        if !mend(&found)? {
            break;
        }
        (loaded, found) = checked(&arguments.suite, surroundings);
    }
    match arguments.format {
        Format::Text => text(loaded.as_ref(), &found, surroundings.stderr()),
        Format::Json => {
            let lines: String = found.iter().map(|found| json_line(found) + "\n").collect();
            let _ = io::stdout().write_all(lines.as_bytes());
        }
        Format::Sarif => {
            let _ = faults(&found).write(&mut io::stdout());
        }
    }
    let error = found.iter().any(|found| found.severity == Severity::Error);
    Ok(if error || (arguments.deny_warnings && !found.is_empty()) {
        Exit::Usage
    } else {
        Exit::Conforming
    })
}

/// What the files are, where they load, and what is to be said of them.
fn checked(arguments: &SuiteArgs, surroundings: &Environment) -> (Option<Loaded>, Vec<Diagnostic>) {
    let (loaded, mut found) = match load(arguments, surroundings) {
        Ok(loaded) => {
            let whole = arguments.cases.is_empty();
            let reference = reference(&loaded);
            let targets = targets(&loaded, reference.as_ref());
            let mut found = warnings(&loaded.contract, &loaded.suite, targets.as_ref(), whole);
            found.extend(waivers(&loaded, whole));
            (Some(loaded), found)
        }
        Err(faults) => (None, faults),
    };
    found.extend(passed_over(arguments, surroundings));
    (loaded, found)
}

/// The reference server, if the project runs against it.
fn reference(loaded: &Loaded) -> Option<Profile> {
    let base_url = Url::parse("http://127.0.0.1").ok()?;
    let is_default = loaded.default_target.as_deref() == Some(REFERENCE);
    is_default.then(|| {
        #[cfg(feature = "reference")]
        return crate::embedded::profile(base_url, &crate::embedded::options().limits);
        #[cfg(not(feature = "reference"))]
        Profile::at(REFERENCE, base_url)
    })
}

/// The names that the targets of a project define, if it has targets.
fn targets<'a>(loaded: &'a Loaded, reference: Option<&'a Profile>) -> Option<Targets<'a>> {
    loaded.targets.values().next()?;
    let targets = || loaded.targets.values().chain(reference);
    let credentials = targets().flat_map(|target| target.credentials.keys());
    let fixtures = targets().flat_map(|target| target.fixtures.keys());
    Some(Targets {
        credentials: credentials.map(String::as_str).collect(),
        fixtures: fixtures.map(String::as_str).collect(),
        own: loaded.is_own,
    })
}

/// Warns about waivers that fail a run: they have expired, or match no line of a `whole` suite.
fn waivers(loaded: &Loaded, whole: bool) -> Vec<Diagnostic> {
    let mut warnings = Faults::new();
    let today = Day::of(SystemTime::now());
    let lines = lines(&loaded.suite);
    for profile in loaded.targets.values() {
        for waiver in profile.waivers.iter().filter(|one| one.until < today) {
            warnings.warn(
                &waiver.at,
                "expired-waiver",
                format!(
                    "the waiver of `{}` ended on {}",
                    waiver.pattern, waiver.until
                ),
                "expected `until` to be today or later; otherwise delete the waiver",
                Some(format!(
                    "owner: {}; reason: {}",
                    waiver.owner, waiver.reason
                )),
            );
        }
        for waiver in unmatched(&loaded.suite, profile).iter().filter(|_| whole) {
            let near = did_you_mean(&waiver.pattern, lines.iter().map(String::as_str));
            warnings.warn(
                &waiver.at,
                "unmatched-waiver",
                format!(
                    "the waiver of `{}` matches no trial of the suite, and no control or probe that a trial uses",
                    waiver.pattern
                ),
                "expected the name of a trial, `control::NAME` or `probe::NAME`; `*` stands for anything",
                near.map(|near| format!("did you mean `{near}`?")),
            );
        }
    }
    warnings.into_sorted()
}

/// Warns about files in the case folders that look like case files but are not read.
fn passed_over(arguments: &SuiteArgs, surroundings: &Environment) -> Vec<Diagnostic> {
    let mut warnings = Faults::new();
    for folder in case_folders(arguments, surroundings) {
        for (file, why) in folder.passed_over() {
            let shown = folder.shown(&file);
            warnings.warn_whole(
                "passed-over",
                format!("{shown} is not read: {why}"),
                "expected a regular file whose name ends in `.toml`",
            );
        }
    }
    warnings.into_sorted()
}

fn cannot_write(path: &str, error: &io::Error) -> CommandError {
    CommandError::Other(format!("cannot write {path}: {error}"))
}

/// Rewrites the case files that are of 0.1. Links are left alone: the file behind one may be another project's.
fn migrate(files: &[Input]) -> Result<(), CommandError> {
    for Input { folder, file, .. } in files {
        let shown = folder.shown(file);
        if !fs::symlink_metadata(&shown).is_ok_and(|file| file.is_file()) {
            continue;
        }
        let Some(text) = folder.text(file).ok().and_then(|text| migrated(&text)) else {
            continue;
        };
        fs::write(&shown, text).map_err(|error| cannot_write(&shown, &error))?;
        let made = format!("rewrote {shown} for the matchers of 0.2");
        let _ = writeln!(io::stderr(), "{}", one_line(&made));
    }
    Ok(())
}

/// Makes the fixes, and says whether there were any. A file that is not on disk, or not as it was read, stays as it is.
fn mend(found: &[Diagnostic]) -> Result<bool, CommandError> {
    let mut any = false;
    for (source, text, fixes) in mended(found) {
        let file = Path::new(source.path());
        if !fs::read_to_string(file).is_ok_and(|now| now == source.text()) {
            continue;
        }
        fs::write(file, text).map_err(|error| cannot_write(source.path(), &error))?;
        let made = format!("fixed {} in {}", number(fixes, "place"), source.path());
        let _ = writeln!(io::stderr(), "{}", one_line(&made));
        any = true;
    }
    Ok(any)
}

fn text(loaded: Option<&Loaded>, found: &[Diagnostic], styling: Styling) {
    if !found.is_empty() {
        let _ = io::stderr().write_all(render_all(found, styling).as_bytes());
    }
    let Some(loaded) = loaded else { return };
    let suite = &loaded.suite;
    let _ = writeln!(
        io::stdout(),
        "{}: {}, {}; {}, {}; {}",
        one_line(loaded.contract.name()),
        number(loaded.contract.rows().len(), "row"),
        number(loaded.contract.clauses().len(), "clause"),
        number(suite.requests.len(), "request"),
        number(suite.trials.len(), "trial"),
        if found.is_empty() {
            "no faults".to_owned()
        } else {
            counted(found)
        },
    );
}
