//! Secrets: the type that holds one, the redactor that removes them, and `Redacted`, the one door by which anything leaves a run.
//!
//! A secret is found in any form that a server could send it back in: escaped, percent-encoded, base64, nested in one another.

mod exchange;
mod forms;
mod packed;
mod redact;
mod redacted;
mod secret;
mod token;
mod unescape;
mod variables;
mod view;

pub use exchange::LONGEST;
pub use redact::Redactor;
pub use redacted::{Redact, Redacted};
pub use secret::Secret;
pub use token::{CREDENTIAL_HEADERS, credentials, hide_credentials, is_telling, last_part};
