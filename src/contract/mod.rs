//! The contract: the envelope, the status table, the clauses, as data, loaded and checked once.
//!
//! Nothing here knows a code, a path or a pointer of any API: they are in the contract's files. Holding a response to it
//! is `judge`'s work.

mod check;
mod classify;
mod code;
mod exercise;
mod keys;
mod load;
mod model;
mod places;
mod pointer;
mod schema;
mod window;

pub use check::Check;
pub use classify::Class;
pub use code::Code;
pub use exercise::Pair;
pub use keys::file_schema;
pub use load::load;
pub use model::{
    Clause, Contract, Envelope, Exclude, Excluded, HeaderRule, Leak, Level, OtherStatus, Row,
    Statuses,
};
pub use pointer::Pointer;
pub use schema::{Schema, SchemaWarning};
pub use window::{Unit, Window, WindowPlace};
