//! `gonogo prove --faults` and `--styles`: the suite against the reference server with each of its faults, of which each must be
//! found, and with each of its styles, of which none may be.

use std::io::{self, Write as _};
use std::sync::Arc;

use clap::Args;
use tokio::runtime::Runtime;

use super::Exit;
use super::interrupt::Interrupt;
use super::load::Loaded;
use super::prove::{ProveArgs, show};
use crate::input::diagnostic::Diagnostic;
use crate::prove::{Bench, Schedule};
use crate::report::Progress;
use gonogo_reference::{Fault, Style};

/// What beside the mutants is to be proven.
#[derive(Debug, Clone, Args)]
pub(super) struct SeedArgs {
    /// Run the suite against the reference server with each of its faults, too: some trial must notice
    #[arg(long, conflicts_with_all = ["target", "base_url"])]
    faults: bool,
    /// Only this fault, and no mutants (`gonogo serve --list-faults` has the names; repeatable)
    #[arg(long, conflicts_with_all = ["target", "base_url"], value_parser = super::serve::fault, value_name = "NAME")]
    fault: Vec<Fault>,
    /// Run the suite against the reference server with each of its styles, too: every trial must conform
    #[arg(long, conflicts_with_all = ["target", "base_url"])]
    styles: bool,
    /// Only this style, and no mutants (`gonogo serve --list-styles` has the names; repeatable)
    #[arg(long, conflicts_with_all = ["target", "base_url"], value_parser = super::serve::style, value_name = "NAME")]
    style: Vec<Style>,
}

impl SeedArgs {
    /// Whether only some faults or styles are asked for.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.fault.is_empty() || !self.style.is_empty()
    }

    /// Says what is not run, where the user ended the proof before it.
    pub(super) fn tell_unrun(&self) {
        let (faults, styles) = (self.faults().len(), self.styles().len());
        if faults + styles > 0 {
            let told = format!("interrupted: {faults} faults and {styles} styles were not run");
            let _ = writeln!(io::stderr(), "{told}");
        }
    }

    fn faults(&self) -> &[Fault] {
        if self.fault.is_empty() && self.faults {
            Fault::ALL
        } else {
            &self.fault
        }
    }

    fn styles(&self) -> &[Style] {
        if self.style.is_empty() && self.styles {
            Style::ALL
        } else {
            &self.style
        }
    }
}

/// Runs the suite against all that is asked for.
pub(super) fn seed(
    arguments: &ProveArgs,
    loaded: &Loaded,
    runtime: &Runtime,
    progress: &Progress,
) -> Result<Exit, Vec<Diagnostic>> {
    let interrupt = Interrupt::listen(runtime);
    let schedule = Schedule {
        bench: Bench {
            contract: Arc::clone(&loaded.contract),
            suite: Arc::clone(&loaded.suite),
            reasons: Arc::clone(&loaded.reasons),
            filter: arguments.filter(),
        },
        progress: |done, all, what: &str| progress.count(done, all, what),
        interrupted: interrupt.receiver(),
    };
    let (faults, styles) = (arguments.seeds.faults(), arguments.seeds.styles());
    let mut trials = loaded.suite.trials.iter();
    let asked = !(faults.is_empty() && styles.is_empty());
    if asked && !trials.any(|trial| schedule.bench.filter.selects(&trial.name)) {
        let _ = writeln!(io::stderr(), "no trial was run: the filters select none");
        return Ok(Exit::NothingRan);
    }
    runtime.block_on(async {
        let mut exit = Exit::Conforming;
        if !faults.is_empty() {
            let whole = arguments.filter().is_everything() && arguments.suite.cases.is_empty();
            let table = schedule.faults(faults, whole).await?;
            show(&table, arguments.format);
            if !table.holds() {
                exit = Exit::Violating;
            }
        }
        if !styles.is_empty() {
            let styled = schedule.styles(styles).await?;
            show(&styled, arguments.format);
            if !styled.are_only_inconclusive() {
                exit = Exit::Violating;
            } else if !styled.hold() && exit == Exit::Conforming {
                exit = Exit::Inconclusive;
            }
        }
        if interrupt.is_pressed() {
            let _ = writeln!(
                io::stderr(),
                "interrupted: servers without a result prove nothing"
            );
            exit = Exit::Interrupted;
        }
        Ok(exit)
    })
}
