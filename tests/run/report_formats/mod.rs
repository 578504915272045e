//! The reports in formats of others: each is read back by a reader of its format, of an ordinary target, of a hostile one, and of a run
//! that was interrupted.

mod github;
mod har;
mod junit;
mod markdown;
mod sarif;
mod suite;
mod whole;
