//! A proof by styles: a line a style, then the false alarms, then the score.

use std::fmt::Write as _;

use serde_json::json;

use super::faults::not_run;
use super::proof::ProofReport;
use crate::input::diagnostic::{number, one_line};
use crate::prove::{Styled, Styles};

impl ProofReport for Styles {
    fn text(&self) -> String {
        let mut text = format!("\nserving {}\n", number(self.styles.len(), "style"));
        for one in &self.styles {
            let _ = writeln!(text, "test styles::{} ... {}", one.style, verdict(one));
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

    fn json(&self) -> String {
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
}

fn verdict(styled: &Styled) -> &'static str {
    if styled.passes() {
        "ok"
    } else if styled.alarms.iter().all(|alarm| alarm.inconclusive) {
        "INCONCLUSIVE"
    } else {
        "FAILED"
    }
}
