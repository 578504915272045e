//! The brake: ends a run before all of its trials have run, because the target is gone, the user has enough, or nobody listens.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::event::{NOT_RUN, Outcome, Redacted};

/// The reason of a run that the user has ended.
pub const INTERRUPTED: &str = "interrupted";

/// Why a run ends early.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// So many trials in a row got no answer.
    Silent(usize),
    /// The run reached the target's `limits.run`.
    Late(Duration),
    /// The user or the system asks for it; reads as a reason.
    Asked(&'static str),
}

/// Ends a run early.
#[derive(Debug, Default)]
pub struct Brake {
    why: watch::Sender<Option<Why>>,
    /// How many trials in a row may end without an answer; none for any number.
    most: Option<usize>,
    in_a_row: AtomicUsize,
}

impl Brake {
    /// One that ends the run when so many trials in a row got no answer; never where it is 0.
    pub(super) fn after(most: usize) -> Self {
        Self {
            most: Some(most).filter(|most| *most > 0),
            ..Self::default()
        }
    }

    /// Ends the run. Trials that have not begun are not run; trials in progress become inconclusive.
    pub fn stop(&self, reason: &'static str) {
        self.pull(Why::Asked(reason));
    }

    /// Ends the run after this time.
    pub async fn stop_after(&self, limit: Duration) {
        tokio::time::sleep(limit).await;
        self.pull(Why::Late(limit));
    }

    /// Why the run ends early, if it does.
    pub fn reason(&self) -> Option<String> {
        self.why.borrow().as_ref().map(Why::reason)
    }

    fn pull(&self, why: Why) {
        self.why.send_if_modified(|known| {
            let first = known.is_none();
            if first {
                *known = Some(why);
            }
            first
        });
    }

    /// Notes how the last request of a trial ended.
    pub(super) fn note(&self, answered: bool) {
        if answered {
            self.in_a_row.store(0, Ordering::Relaxed);
            return;
        }
        let silent = self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
        if self.most.is_some_and(|most| silent >= most) {
            self.pull(Why::Silent(silent));
        }
    }

    /// What becomes of a trial that has not begun, where the run has ended.
    pub(super) fn instead(&self) -> Option<Outcome> {
        let why = self.why.borrow().clone()?;
        let reason = Redacted::without_secrets(format!("{NOT_RUN}{}", why.reason()));
        Some(match why {
            Why::Silent(_) | Why::Late(_) => Outcome::Inconclusive { reason },
            Why::Asked(_) => Outcome::Ignored { reason },
        })
    }

    /// Waits for the end of the run; yields the reason.
    pub(super) async fn stopped(&self) -> String {
        let mut watched = self.why.subscribe();
        loop {
            if let Some(why) = watched.borrow_and_update().as_ref() {
                return format!("ended early: {}", why.reason());
            }
            if watched.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Why {
    fn reason(&self) -> String {
        match self {
            Self::Silent(number) => format!(
                "the target does not respond: {number} trials in a row got no response (--max-inconclusive)"
            ),
            Self::Late(limit) => format!(
                "the run reached its limit of {} s (the target's `limits.run`)",
                limit.as_secs_f64()
            ),
            Self::Asked(reason) => (*reason).to_owned(),
        }
    }
}
