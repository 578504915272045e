//! Sending: one exchange, or a race of many, within bounds on time and size. The only module that names reqwest
//! and h2.
//!
//! Redirects are not followed, no proxy is taken from the environment, and nothing that was sent is sent again: what comes
//! back is judged as it is. Only a request that met the closing of a kept connection takes another one, if nothing of it had
//! gone out or its method is idempotent. What is sent is left to `runner`.

mod budget;
mod connect;
mod gathered;
mod kept;
mod race;
mod receive;
mod send;
mod tls;
mod words;

pub use budget::Full;
pub use connect::{Client, Last, Unusable};
pub use kept::Unanswered;
pub use race::Finish;
pub use send::Outgoing;
