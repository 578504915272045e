//! Styles: ways to conform other than this server's own. Where the contract leaves a choice, a team may have chosen otherwise.
//!
//! `table` names them. A choice of what to answer sits where it is made, as a question to [`App`](super::app::App); how fields are
//! read is in `fields`, how an answer is dressed in `dress`.

pub(super) mod dress;
pub(super) mod fields;
mod table;

use std::time::Duration;

pub use table::Style;

/// How long [`Style::Slow`] takes.
pub(super) const SLOW: Duration = Duration::from_millis(15);
/// How late [`Style::UsageLags`] counts a write.
pub(super) const LAG: Duration = Duration::from_millis(300);
/// How long a write is under way where [`Style::Concurrent409`] refuses another one beside it.
pub(super) const UNDER_WAY: Duration = Duration::from_millis(5);

impl Style {
    /// The style of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|style| style.name() == name)
    }
}
