//! Everything before and around a run: input files, commands that write or explain them, documentation, and the judge alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../support/mod.rs"]
mod support;

mod authoring;
mod commands;
mod docs;
mod files;
mod generated;
mod judging;
mod layers;
mod lint;
mod migrate;
mod pasted;
mod recordings;
mod schemas;
mod strict_json;
