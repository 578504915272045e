//! The command line: what can be typed, and one function a subcommand.
//!
//! The environment is read here and nowhere else, and handed down.

mod choose;
mod completions;
mod exit;
mod explain;
mod heard;
mod init;
mod interrupt;
mod judge;
mod lint;
mod load;
mod man;
mod merge;
mod new;
mod prove;
mod record;
mod run;
mod runtime;
#[cfg(feature = "reference")]
mod seed;
#[cfg(feature = "reference")]
mod serve;
mod session;
mod try_request;
mod watch;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Arg, Args, Parser, Subcommand};
use libtest_mimic::{Arguments, ColorSetting};

pub use exit::Exit;

use crate::input::diagnostic::{Styling, one_line};
use crate::report::{Actions, Asked, quoted};

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
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the trials against a target (the default command)
    Run(RunArgs),
    /// Check that every passing trial can fail: corrupted responses must be rejected
    Prove(prove::ProveArgs),
    /// Check the configuration, the contract and the cases
    Lint(lint::LintArgs),
    /// Create a project: contract, cases, configuration
    Init(init::InitArgs),
    /// Add a case for a request and the row that it must get
    New(new::NewArgs),
    /// Describe a clause, row, request, case or trial
    Explain(explain::ExplainArgs),
    /// Send one request and judge the response
    Try(try_request::TryArgs),
    /// Turn a curl command or a HAR entry into a case
    Record(record::RecordArgs),
    /// Judge a recorded run again, without its target
    Judge(judge::JudgeArgs),
    /// Join the records of runs that split the trials of one suite
    Merge(merge::MergeArgs),
    /// Serve the embedded reference server on the loopback address
    #[cfg(feature = "reference")]
    Serve(serve::ServeArgs),
    /// Print shell completions
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write one page per command into a folder
    Man(man::ManArgs),
}

/// Which files make the suite.
#[derive(Debug, Clone, Default, Args)]
struct SuiteArgs {
    /// Use this configuration instead of the nearest gonogo.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Run the cases of this file or folder instead; they can use the suite's requests (repeatable)
    #[arg(long, value_name = "PATH")]
    cases: Vec<PathBuf>,
}

impl SuiteArgs {
    /// The same flags as a shell takes them, each after a space.
    fn flags(&self) -> String {
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
struct TargetArgs {
    /// A target of the configuration, or an address
    #[arg(long, value_name = "NAME|URL")]
    target: Option<String>,
    /// Another address for the target
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
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
struct RunArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// Fail trials that would be ignored because the target lacks something
    #[arg(long)]
    deny_ignored: bool,
    /// Print which clauses and rows were exercised, and which were not
    #[arg(long)]
    coverage: bool,
    /// Fail if less than this percentage of the contract was exercised
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_coverage: Option<f64>,
    /// End the run when this many trials in a row get no response; 0 for never
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_inconclusive: usize,
    /// Treat findings of level `should` as violations
    #[arg(long)]
    strict: bool,
    /// Write a report: badge, certificate, har, html, jsonl, junit, markdown or sarif (repeatable)
    #[arg(long, value_name = "KIND=PATH")]
    report: Vec<Asked>,
    /// Rerun the changed trials whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with = "list")]
    watch: bool,
    #[command(flatten)]
    libtest: Arguments,
}

/// For what libtest's command line has and no trial knows: it is accepted, since `cargo test` may pass it, and not offered.
fn hide(argument: Arg) -> Arg {
    argument.hide(true)
}

/// Parses the arguments, does what they say, and yields the exit status.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let wrong = error.use_stderr();
            // Help that nobody reads to the end is no fault.
            let _ = error.print();
            return if wrong { Exit::Usage } else { Exit::Conforming };
        }
    };
    let surroundings = Surroundings::read();
    match cli.command {
        None => run::run(&cli.run, &surroundings),
        Some(Command::Run(arguments)) => run::run(&arguments, &surroundings),
        Some(Command::Judge(arguments)) => judge::judge(&arguments, &surroundings),
        Some(Command::Merge(arguments)) => merge::merge(&arguments, &surroundings),
        Some(Command::Prove(arguments)) => prove::prove(&arguments, &surroundings),
        Some(Command::Lint(arguments)) => lint::lint(&arguments, &surroundings),
        Some(Command::Explain(arguments)) => explain::explain(&arguments, &surroundings),
        Some(Command::Try(arguments)) => try_request::try_request(&arguments, &surroundings),
        Some(Command::Record(arguments)) => record::record(&arguments, &surroundings),
        Some(Command::Completions(arguments)) => completions::completions(&arguments),
        Some(Command::Man(arguments)) => man::man(&arguments),
        Some(Command::New(arguments)) => new::new(&arguments, &surroundings),
        Some(Command::Init(arguments)) => init::init(&arguments),
        #[cfg(feature = "reference")]
        Some(Command::Serve(arguments)) => serve::serve(&arguments),
    }
}

/// What is read of the environment, once.
#[derive(Debug)]
struct Surroundings {
    /// The current folder.
    folder: PathBuf,
    no_color: bool,
    force_color: bool,
    /// The step of GitHub Actions that this is.
    actions: Option<Actions>,
}

impl Surroundings {
    fn read() -> Self {
        let set =
            |name: &str| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
        let folder = std::env::current_dir().unwrap_or_default();
        let path = |name: &str| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let actions = (variable("GITHUB_ACTIONS").as_deref() == Some("true")).then(|| Actions {
            folder: folder.clone(),
            workspace: path("GITHUB_WORKSPACE"),
            summary: path("GITHUB_STEP_SUMMARY"),
        });
        Self {
            folder,
            no_color: set("NO_COLOR"),
            force_color: set("CLICOLOR_FORCE"),
            actions,
        }
    }

    /// Whether a stream may have colours.
    fn styling(&self, asked: Option<ColorSetting>, terminal: bool) -> Styling {
        let coloured = match asked {
            Some(ColorSetting::Always) => true,
            Some(ColorSetting::Never) => false,
            Some(ColorSetting::Auto) | None => self.force_color || (terminal && !self.no_color),
        };
        if coloured {
            Styling::Coloured
        } else {
            Styling::Plain
        }
    }

    fn stdout(&self, asked: Option<ColorSetting>) -> Styling {
        self.styling(asked, std::io::stdout().is_terminal())
    }

    fn stderr(&self) -> Styling {
        self.styling(None, std::io::stderr().is_terminal())
    }
}

/// An environment variable, where it is set and is text.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
