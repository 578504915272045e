//! What is redacted of findings and of evidence.

use super::{Answer, Item};
use crate::judge::{Finding, Place};
use crate::secrets::{Redact, Redactor};

impl Redact for Finding {
    fn redact(&mut self, redactor: &Redactor) {
        self.actual.redact(redactor);
        self.expected.redact(redactor);
        self.place.redact(redactor);
    }
}

impl Redact for Place {
    fn redact(&mut self, redactor: &Redactor) {
        match self {
            Self::Effect(text) | Self::Volley(text) | Self::Member(text) | Self::Header(text) => {
                text.redact(redactor);
            }
            Self::Connection | Self::Status | Self::Body => {}
        }
    }
}

impl Redact for Item {
    fn redact(&mut self, redactor: &Redactor) {
        match self {
            Self::Again | Self::Effect { .. } | Self::Rest => {}
            Self::Aside { answer, .. } => answer.redact(redactor),
            Self::Step { bound, answer, .. } => {
                answer.redact(redactor);
                bound.redact(redactor);
            }
            Self::Volley {
                bound,
                answers,
                note,
                ..
            } => {
                answers.redact(redactor);
                bound.redact(redactor);
                note.redact(redactor);
            }
        }
    }
}

impl Redact for Answer {
    fn redact(&mut self, redactor: &Redactor) {
        self.exchange.redact(redactor);
        if let Some(place) = &mut self.echoed {
            place.redact(redactor);
        }
    }
}
