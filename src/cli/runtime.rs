//! Where a run's exchanges happen: threads and sockets.

use tokio::runtime::{Builder, Runtime};

use super::load::one;
use crate::diagnostic::Diagnostic;

/// The fewest threads for connections. An answer that takes long to read keeps one busy, and must not make others late.
const THREADS: usize = 16;

/// A runtime with threads enough.
pub(super) fn runtime() -> Result<Runtime, Vec<Diagnostic>> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    with(processors.max(THREADS))
}

/// A runtime for who only listens for Ctrl-C.
pub(super) fn listening() -> Result<Runtime, Vec<Diagnostic>> {
    with(1)
}

fn with(threads: usize) -> Result<Runtime, Vec<Diagnostic>> {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .map_err(|error| {
            one(
                "runtime",
                format!("cannot start: {error}"),
                "expected threads and sockets",
            )
        })
}
