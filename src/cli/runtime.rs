//! Where a run's exchanges happen: threads and sockets.

use tokio::runtime::{Builder, Runtime};

use crate::input::diagnostic::{Diagnostic, one};

/// The most threads for connections: what they do is short, and to wake one costs more than to wait for it.
const THREADS: usize = 8;

/// A runtime with a thread for each processor.
pub(super) fn runtime() -> Result<Runtime, Vec<Diagnostic>> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    with(processors.min(THREADS))
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
