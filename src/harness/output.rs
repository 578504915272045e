//! Output that cannot be written: a pipe that is closed, a disk that is full. libtest-mimic panics there; a run ends instead.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, PoisonError};

/// Whose panics are about the output.
const PRINTER: &str = "libtest-mimic";

/// Why not all of the output was written.
#[derive(Debug, thiserror::Error)]
#[error("the output ends early, it cannot be written: {0}")]
pub struct OutputError(String);

impl OutputError {
    /// Whether its reader has closed it.
    pub fn is_closed(&self) -> bool {
        self.0.contains("BrokenPipe")
    }
}

/// Prints; where that fails, calls `give_up` at once, and says why it failed.
pub(super) fn guarded(
    give_up: impl Fn() + Send + Sync + 'static,
    print: impl FnOnce(),
) -> Result<(), OutputError> {
    let lost: Arc<Mutex<Option<String>>> = Arc::default();
    let before: Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> = Arc::from(take_hook());
    let (seen, other) = (Arc::clone(&lost), Arc::clone(&before));
    set_hook(Box::new(move |panic| {
        let of_printer = panic
            .location()
            .is_some_and(|location| location.file().contains(PRINTER));
        if !of_printer {
            return other(panic);
        }
        let text = panic.payload().downcast_ref::<String>();
        let text = text.map_or("for no known reason", String::as_str);
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
        give_up();
    }));
    let printed = catch_unwind(AssertUnwindSafe(print));
    set_hook(Box::new(move |panic| before(panic)));
    let lost = lost.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (printed, lost) {
        (Ok(()), None) => Ok(()),
        (_, lost) => Err(OutputError(lost.unwrap_or_default())),
    }
}
