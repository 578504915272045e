//! The styles of the reference server: each conforms, so that whatever a trial says against one is a false alarm.

use std::fmt::Write as _;

use serde_json::json;

use super::faults::not_run;
use crate::input::diagnostic::{number, one_line};

/// A style and what the suite made of it.
#[derive(Debug, Clone)]
pub struct Styled {
    /// Its name.
    pub style: String,
    /// What it does otherwise.
    pub about: String,
    /// The trials that did not conform.
    pub alarms: Vec<Alarm>,
}

/// What a trial says against a server that conforms.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// The trial.
    pub trial: String,
    /// What it says.
    pub said: String,
    /// Whether it could not judge.
    pub inconclusive: bool,
}

impl Styled {
    /// Whether every trial conforms.
    pub fn passes(&self) -> bool {
        self.alarms.is_empty()
    }

    fn verdict(&self) -> &'static str {
        if self.passes() {
            "ok"
        } else if self.alarms.iter().all(|alarm| alarm.inconclusive) {
            "INCONCLUSIVE"
        } else {
            "FAILED"
        }
    }
}

/// The whole of a proof by styles.
#[derive(Debug, Clone, Default)]
pub struct Styles {
    /// The styles, in their order.
    pub styles: Vec<Styled>,
    /// Those that were not run to their end, since the user ended the proof: their names.
    pub unrun: Vec<String>,
}

impl Styles {
    /// Whether every style passes.
    pub fn hold(&self) -> bool {
        self.unrun.is_empty() && self.styles.iter().all(Styled::passes)
    }

    /// Whether the alarms are all of trials that could not judge.
    pub fn are_only_inconclusive(&self) -> bool {
        let mut alarms = self.styles.iter().flat_map(|one| &one.alarms);
        alarms.all(|alarm| alarm.inconclusive)
    }

    /// A line a style, then the false alarms, then the score.
    pub fn text(&self) -> String {
        let mut text = format!("\nserving {}\n", number(self.styles.len(), "style"));
        for one in &self.styles {
            let _ = writeln!(text, "test styles::{} ... {}", one.style, one.verdict());
        }
        for style in &self.unrun {
            let _ = writeln!(
                text,
                "test styles::{style} ... ignored (not run: interrupted)"
            );
        }
        for one in self.styles.iter().filter(|one| !one.passes()) {
            let _ = writeln!(text, "\n---- {}: {} ----", one.style, one.about);
            for alarm in &one.alarms {
                let _ = writeln!(text, "{}: {}", alarm.trial, one_line(&alarm.said));
            }
            let _ = writeln!(
                text,
                "  help: a style conforms: widen what the trial accepts (`gonogo serve --style {}` serves it)",
                one.style
            );
        }
        let result = if self.hold() { "ok" } else { "FAILED" };
        let _ = writeln!(
            text,
            "\nproof result: {result}. styles passed {} of {}{}",
            self.passed(),
            self.styles.len(),
            not_run(&self.unrun)
        );
        text
    }

    /// The same as JSON, a line a style, and one for the score.
    pub fn json(&self) -> String {
        let mut text = String::new();
        for one in &self.styles {
            let alarms: Vec<_> = one
                .alarms
                .iter()
                .map(|alarm| {
                    json!({
                        "trial": alarm.trial,
                        "said": alarm.said,
                        "inconclusive": alarm.inconclusive,
                    })
                })
                .collect();
            let line = json!({
                "type": "style",
                "style": one.style,
                "about": one.about,
                "alarms": alarms,
            });
            let _ = writeln!(text, "{line}");
        }
        for style in &self.unrun {
            let line = json!({"type": "style", "style": style, "alarms": null});
            let _ = writeln!(text, "{line}");
        }
        let score = json!({
            "type": "style-score",
            "not_run": self.unrun.len(),
            "holds": self.hold(),
            "passed": self.passed(),
            "styles": self.styles.len(),
        });
        let _ = writeln!(text, "{score}");
        text
    }

    fn passed(&self) -> usize {
        self.styles.iter().filter(|one| one.passes()).count()
    }
}
