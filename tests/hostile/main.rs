//! What the program withstands: servers that are broken in ways nobody planned, texts that forge, secrets that come back, surroundings
//! that fail. All through the program, against raw sockets of the tests' own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program has failed"
)]

mod attacks;
mod chains;
mod clock;
mod codings;
mod files;
mod json_suite;
mod kept;
mod learned;
mod long_records;
mod memory;
mod places;
mod printed;
mod program;
mod schemas;
mod secrets;
mod server;
mod slowness;
mod surroundings;
mod tls;
mod unused;
mod verdicts;
