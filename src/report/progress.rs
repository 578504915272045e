//! Says on a terminal how far a run is, and what it waits for and for how long. In a pipe it says nothing.
//!
//! A line that is drawn over and over needs the terminal for itself: where libtest prints its lines there, each notice is a line too.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::event::{Event, Listener};
use crate::input::diagnostic::one_line;

/// What the drawn line has: how many are done of how many of what, the time so far, and the last notice.
const LINE: &str = "{spinner} {pos} of {len} {prefix}, {elapsed}  {wide_msg}";
/// How often it is drawn.
const EVERY: Duration = Duration::from_millis(200);

/// Writes to standard error, if that is a terminal.
#[derive(Debug)]
pub struct Progress {
    shown: bool,
    /// Whether a line may be drawn over and over.
    draws: bool,
    /// The line that is drawn, while something is counted.
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    /// For what prints its text in the end. Looks once whether there is a terminal.
    pub fn new() -> Self {
        Self::drawing(true)
    }

    /// For a run, whose lines are printed while it goes on.
    pub fn beside_lines() -> Self {
        Self::drawing(!std::io::stdout().is_terminal())
    }

    fn drawing(draws: bool) -> Self {
        let shown = std::io::stderr().is_terminal();
        Self {
            shown,
            draws: shown && draws,
            bar: Mutex::new(None),
        }
    }

    /// Says how many of all are done; the line goes when all are.
    pub fn count(&self, done: usize, all: usize, what: &str) {
        if !self.draws {
            return;
        }
        let mut bar = self.bar();
        if done < all {
            bar.get_or_insert_with(|| begun(all, what.to_owned()))
                .set_position(done as u64);
        } else if let Some(bar) = bar.take() {
            bar.finish_and_clear();
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn begun(all: usize, what: impl Into<Cow<'static, str>>) -> ProgressBar {
    let bar = ProgressBar::new(all as u64).with_prefix(what);
    if let Ok(style) = ProgressStyle::with_template(LINE) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(EVERY);
    bar
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }
}

impl Listener for Progress {
    fn hear(&self, event: &Event) {
        if !self.shown {
            return;
        }
        match event {
            Event::RunStarted(started) if self.draws => {
                *self.bar() = Some(begun(started.trials.len(), "trials"));
            }
            Event::TrialFinished(_) => {
                if let Some(bar) = &*self.bar() {
                    bar.inc(1);
                }
            }
            Event::Notice { trial, text } => {
                let told = format!("{trial}: {}", one_line(text));
                match &*self.bar() {
                    Some(bar) => bar.set_message(told),
                    None => {
                        // A terminal that is gone is no reason to end the run.
                        let _ = writeln!(std::io::stderr(), "  {told}");
                    }
                }
            }
            Event::RunFinished(_) => {
                if let Some(bar) = self.bar().take() {
                    bar.finish_and_clear();
                }
            }
            Event::RunStarted(_) | Event::TrialStarted { .. } | Event::TrialRevised(_) => {}
        }
    }
}
