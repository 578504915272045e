//! Interruption by Ctrl-C, or by SIGTERM from the system or a CI job.

use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn asked_to_end() {
    let pressed = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = pressed => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = match signal(SignalKind::terminate()) {
        Ok(mut signals) => signals.recv().await,
        Err(_) => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending::<()>().await;
}

/// Whether the user has pressed Ctrl-C.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens for it from now on; it does not end the program any more.
    pub(super) fn listen(runtime: &Runtime) -> Self {
        let (pressed, heard) = watch::channel(false);
        runtime.spawn(async move {
            asked_to_end().await;
            pressed.send_replace(true);
        });
        Self(heard)
    }

    /// Whether it was pressed.
    pub(super) fn is_pressed(&self) -> bool {
        *self.0.borrow()
    }

    /// Hears when it is pressed.
    #[cfg(feature = "reference")]
    pub(super) fn receiver(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }
}
