//! A run: what its trials share is in `Session`, and each job has an owner. It emits events and prints nothing.
//!
//! A response takes this path: `Sender` makes the request and sends it, `TrialRun` notes the response, `Learner` learns its secrets,
//! `Reader` looks for credentials in it, `TrialEvidence` judges and keeps it, and `TrialRun` goes on or ends.

mod attempt;
mod brake;
mod control;
mod counts;
mod evidence;
mod finish;
mod latency;
mod learner;
mod ledger;
mod lock;
mod neighbours;
mod pace;
mod probe;
mod reader;
mod recount;
mod sender;
mod session;
mod step;
mod trial;
mod volley;

pub use attempt::attempt;
pub use brake::INTERRUPTED;
pub use finish::Finish;
pub use neighbours::Neighbours;
pub use session::Session;
