//! Sending: one exchange, or a race of many, within bounds on time and size. The only module that names reqwest.
//!
//! Redirects are not followed, nothing is retried, no proxy is taken from the environment: what comes back is judged as
//! it is. What is sent is left to `runner`.

mod connect;
mod race;
mod send;

pub use connect::{Client, Unusable};
pub use race::Finish;
pub use send::Outgoing;
