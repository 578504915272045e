//! What a run does: sends, judges, reports and exits, against servers that the tests write themselves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../support/browser.rs"]
mod browser;
#[path = "../hostile/program.rs"]
mod program;
#[path = "../support/project.rs"]
mod project;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;

mod controls;
mod controls_later;
mod coverage;
mod html;
mod http2;
mod json_schemas;
mod keys;
mod likeness;
mod matchers;
mod pictures;
mod problem_details;
mod records;
mod report_formats;
mod reports;
mod rows;
mod running;
mod targets;
mod waivers;
mod whole;
mod windows;
