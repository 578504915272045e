//! Running a trial: locks, controls, probes, steps, waits. It emits events and prints nothing.
//!
//! What an answer is worth is left to `judge`, how it goes over the wire to `client`, and who shows it to `report`.

mod attempt;
mod brake;
mod control;
mod counts;
mod evidence;
mod finish;
mod latency;
mod learned;
mod ledger;
mod lock;
mod neighbours;
mod pace;
mod probe;
mod reading;
mod recount;
mod render;
mod session;
mod step;
mod trial;
mod volley;

pub use attempt::attempt;
pub use brake::{Brake, INTERRUPTED};
pub use finish::Finish;
pub use neighbours::Neighbours;
pub use session::Session;
