//! Asynchronous work for callers that may be inside a runtime, which must not be blocked on another.

use anyhow::{Result, anyhow};

/// Does the work on a thread of its own, in a runtime of its own, and waits for it.
pub(crate) fn on_a_thread<T: Send + 'static>(
    work: impl AsyncFnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(work())
    });
    thread.join().map_err(|_| anyhow!("a thread that prepares the tests panicked"))?
}
