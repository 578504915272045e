//! A run: what its trials share is in `Session`, and each job has an owner. It emits events and prints nothing.
//!
//! A response takes this path. `Sender::prepared` makes the request. `TrialRun::paced` sends it and calls `TrialRun::note`, where
//! `Learner` learns its secrets. `Reader::answer` looks for credentials in the response. `TrialEvidence::take` has `verdict::Bench`
//! judge it (`judge::judge`), and keeps it. `TrialRun` goes on or ends. A volley takes the same path from `VolleyRun`.

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
