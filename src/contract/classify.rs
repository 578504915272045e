//! What a response means to the contract: the one place where success and failure are decided.

use super::Contract;
use crate::exchange::Received;

/// What a response, or a status, means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A 2xx.
    Success,
    /// A 4xx or 5xx: the envelope and the table apply.
    Failure,
    /// Anything else, such as a redirect.
    Other,
}

impl Class {
    /// What a status means by itself.
    pub fn of_status(status: u16) -> Self {
        match status {
            200..300 => Self::Success,
            400.. => Self::Failure,
            _ => Self::Other,
        }
    }
}

impl Contract {
    /// Classifies a response.
    pub fn classify(&self, received: &Received) -> Class {
        Class::of_status(received.status)
    }

    /// Whether a response is a success.
    pub fn is_success(&self, received: &Received) -> bool {
        self.classify(received) == Class::Success
    }

    /// Whether a response is a failure.
    pub fn is_failure(&self, received: &Received) -> bool {
        self.classify(received) == Class::Failure
    }
}
