//! Secrets: the type that holds one, and the redactor that removes them from everything that leaves a run.
//!
//! A secret is found in any form that a server could send it back in: escaped, percent-encoded, base64, nested in one another.

mod forms;
mod packed;
mod redact;
mod secret;
mod token;
mod unescape;
mod view;

pub use redact::{Known, Redactor};
pub use secret::Secret;
pub use token::{
    BY_HAND, CREDENTIAL_HEADERS, credentials, hide_credentials, is_telling, last_part,
};
