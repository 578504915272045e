//! Help for those who write a suite: explain what is there, warn of mistakes, and write cases from exchanges.

pub mod explain;
pub mod lint;
pub mod transcribe;
