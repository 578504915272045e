//! Ctrl-C, for what is no run: a run has its brake.

use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Whether the user has pressed Ctrl-C.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens for it from now on; it does not end the program any more.
    pub(super) fn listen(runtime: &Runtime) -> Self {
        let (pressed, heard) = watch::channel(false);
        runtime.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                pressed.send_replace(true);
            }
        });
        Self(heard)
    }

    /// Whether it was pressed.
    pub(super) fn is_pressed(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is pressed, for ever if it never is.
    #[cfg(feature = "reference")]
    pub(super) async fn pressed(&self) {
        if self.0.clone().wait_for(|pressed| *pressed).await.is_err() && !self.is_pressed() {
            std::future::pending::<()>().await;
        }
    }
}
