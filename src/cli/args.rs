//! What can be typed: the commands, and the arguments that several of them share.

use std::path::PathBuf;

use clap::{Arg, Args, Parser, Subcommand};
use libtest_mimic::Arguments;

use crate::input::diagnostic::one_line;
use crate::report::{Asked, quoted};

/// clap's own template: libtest-mimic's arguments bring one of their own, which names no program and no version.
const HELP: &str =
    "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The help of the program as a whole: the flags of a run are left to `gonogo run --help`, so that it fits a screen.
const OVERVIEW: &str = "{about-with-newline}\n\
    Usage: gonogo [FILTER] [FLAGS]   run the trials (gonogo run --help: all flags)\n\
    \x20      gonogo COMMAND            (gonogo COMMAND --help)\n\n\
    Commands:\n{subcommands}{after-help}";

const EXAMPLES: &str = "Examples:\n\
    \x20 gonogo                               certify the embedded reference server\n\
    \x20 gonogo --target staging              certify a target of gonogo.toml\n\
    \x20 gonogo idempotency                   only trials with that in their names\n\
    \x20 gonogo explain idempotency_conflict  what it is, and which cases expect it\n\
    \x20 gonogo try read_usage                send one request, and see it judged\n\n\
    Exit status: 0 conforming, 101 violating, 3 inconclusive, 4 nothing was run,\n\
    2 the command line or a file is wrong, 130 interrupted.";

const AFTER: &str = "Without a target: default_target of gonogo.toml, otherwise the embedded reference server.\n\
    Exit status: 0 conforming, 101 violating, 3 inconclusive, 4 nothing was run,\n\
    2 the command line or a file is wrong, 130 interrupted.";

/// How wide help is, in columns: what any terminal has.
const WIDTH: usize = 80;

/// A go/no-go gauge for HTTP APIs: certifies an API against its error contract.
#[derive(Debug, Parser)]
#[command(
    name = "gonogo",
    version,
    disable_version_flag = false,
    help_template = OVERVIEW,
    term_width = WIDTH,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = EXAMPLES
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the trials against a target (the default command)
    Run(RunArgs),
    /// Check that every passing trial can fail: corrupted responses must be rejected
    Prove(super::prove::ProveArgs),
    /// Check the configuration, the contract and the cases
    Lint(super::lint::LintArgs),
    /// Create a project: contract, cases, configuration
    Init(super::init::InitArgs),
    /// Add a case for a request and the row that it must get
    New(super::new::NewArgs),
    /// Describe a clause, row, request, case or trial
    Explain(super::explain::ExplainArgs),
    /// Send one request and judge the response
    Try(super::try_request::TryArgs),
    /// Turn a curl command or a HAR entry into a case
    Record(super::record::RecordArgs),
    /// Judge a recorded run again, without its target
    Judge(super::judge::JudgeArgs),
    /// Join the records of runs that split the trials of one suite
    Merge(super::merge::MergeArgs),
    /// Serve the embedded reference server on the loopback address
    #[cfg(feature = "reference")]
    Serve(super::serve::ServeArgs),
    /// Print shell completions
    Completions(super::completions::CompletionsArgs),
    /// Print the manual page, or write one page per command into a folder
    Man(super::man::ManArgs),
}

/// Which files make the suite.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct SuiteArgs {
    /// Use this configuration instead of the nearest gonogo.toml
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Run the cases of this file or folder instead; they can use the suite's requests (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(super) cases: Vec<PathBuf>,
}

impl SuiteArgs {
    /// The same flags as a shell takes them, each after a space.
    pub(super) fn flags(&self) -> String {
        let config = self.config.iter().map(|file| ("config", file));
        let cases = self.cases.iter().map(|path| ("cases", path));
        let flags = config.chain(cases).map(|(flag, path)| {
            let path = quoted(&path.to_string_lossy());
            format!(" --{flag} {}", one_line(&path))
        });
        flags.collect()
    }
}

/// Who is to be certified.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct TargetArgs {
    /// A target of the configuration, or an address
    #[arg(long, value_name = "NAME|URL")]
    pub(super) target: Option<String>,
    /// Another address for the target
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<String>,
}

/// A share, in percent.
fn percent(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| "expected percent, from 0 to 100".to_owned())
}

#[derive(Debug, Clone, Args)]
#[command(
    help_template = HELP,
    after_help = AFTER,
    mut_arg("include_ignored", |arg| arg.help("Change nothing: what the target lacks cannot be run")),
    mut_arg("ignored", |arg| arg.help("Show only the trials that the target lacks something for")),
    mut_arg("test_threads", |arg| arg.help("How many trials are under way at a time [default: 16]")),
    mut_arg("filter", |arg| arg.help("Run only the trials whose names contain this").long_help(None)),
    mut_arg("list", |arg| arg.help("List the trials, and run none")),
    mut_arg("exact", |arg| arg.help("Match names exactly, not by a part")),
    mut_arg("skip", |arg| arg.help("Leave out the trials whose names contain this (repeatable)")),
    mut_arg("quiet", |arg| arg.help("One character a trial: the same as --format terse").long_help(None)),
    mut_arg("logfile", |arg| arg.help("Write the lines of the trials into a file, too")),
    mut_arg("color", |arg| arg.help("Colours: auto, always or never [default: auto]").long_help(None).hide_possible_values(true)),
    mut_arg("format", |arg| arg.help("One line a trial, one character, or JSON: pretty, terse or json").long_help(None).hide_possible_values(true)),
    mut_arg("test", hide),
    mut_arg("bench", hide),
    mut_arg("nocapture", hide),
    mut_arg("show_output", hide),
    mut_arg("unstable_flags", hide)
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) suite: SuiteArgs,
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// Fail trials that would be ignored because the target lacks something
    #[arg(long)]
    pub(super) deny_ignored: bool,
    /// Print which clauses and rows were exercised, and which were not
    #[arg(long)]
    pub(super) coverage: bool,
    /// Fail if less than this percentage of the contract was exercised
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(super) min_coverage: Option<f64>,
    /// End the run when this many trials in a row get no response; 0 for never
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) max_inconclusive: usize,
    /// Treat findings of level `should` as violations
    #[arg(long)]
    pub(super) strict: bool,
    /// Write a report: badge, certificate, har, html, jsonl, junit, markdown or sarif (repeatable)
    #[arg(long, value_name = "KIND=PATH")]
    pub(super) report: Vec<Asked>,
    /// Rerun the changed trials whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with = "list")]
    pub(super) watch: bool,
    #[command(flatten)]
    pub(super) libtest: Arguments,
}

/// For what libtest's command line has and no trial knows: it is accepted, since `cargo test` may pass it, and not offered.
fn hide(argument: Arg) -> Arg {
    argument.hide(true)
}
