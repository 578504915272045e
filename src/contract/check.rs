//! The checks that a contract may ask for, each declared here, once. `judge` has their judgements, and `judge::mutants` what must turn
//! them red.

use crate::input::document::words;

words! {
    /// The checks that the judge can apply to every response. A check applies if a clause of the contract names it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Check: "unknown-check", "check" {
        /// A complete HTTP response comes.
        Answer = "answer",
        /// A failure's status has a row; those of 5xx need none.
        KnownStatus = "known-status",
        /// A failure's media type is the envelope's.
        MediaType = "media-type",
        /// JSON is strict (RFC 8259).
        Json = "json",
        /// The envelope's own objects have no duplicate keys.
        Duplicate = "duplicate",
        /// Other objects have no duplicate keys.
        DeepDuplicate = "deep-duplicate",
        /// No byte order mark comes first (RFC 8259, 8.1).
        Bom = "bom",
        /// A failure's body fits the envelope's schema.
        Schema = "schema",
        /// A failure's code is its row's.
        Code = "code",
        /// A failure's retry flag is its row's.
        RetryFlag = "retry-flag",
        /// A failure's retry window is what its row promises.
        Window = "window",
        /// A `Retry-After` header agrees with the retry window (RFC 9110, 10.2.3).
        RetryAfter = "retry-after",
        /// No credential is sent back.
        SecretEcho = "secret-echo",
        /// An answer is compressed only where its request asked for that.
        Coding = "coding",
    }
}

impl Check {
    /// Whether it applies to every response. Otherwise it applies to failures, and to responses that have a row.
    pub(super) fn is_of_success(self) -> bool {
        match self {
            Self::Answer
            | Self::Json
            | Self::DeepDuplicate
            | Self::Bom
            | Self::SecretEcho
            | Self::Coding => true,
            Self::KnownStatus
            | Self::MediaType
            | Self::Duplicate
            | Self::Schema
            | Self::Code
            | Self::RetryFlag
            | Self::Window
            | Self::RetryAfter => false,
        }
    }
}
