//! Help for those who write a suite: begin a project or a case, explain what is there, warn of mistakes, and write cases from exchanges.

pub mod explain;
pub mod init;
pub mod lint;
pub mod new;
pub mod transcribe;
