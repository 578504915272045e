//! Where a run's exchanges happen: threads and sockets.

use tokio::runtime::{Builder, Runtime};

use super::load::one;
use crate::diagnostic::Diagnostic;

/// The fewest threads for connections. An answer that takes long to read keeps one busy, and must not make others late.
const THREADS: usize = 16;

/// A runtime with threads enough.
pub(super) fn runtime() -> Result<Runtime, Vec<Diagnostic>> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread()
        .worker_threads(processors.max(THREADS))
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
