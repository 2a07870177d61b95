//! Ctrl-C, as a flag that commands check.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether the user has asked the command to end. Clones share the flag.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    raised: AtomicBool,
    notify: Notify,
}

/// The command was ended by the user.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("interrupted: {0}")]
pub(crate) struct Interrupted(pub(crate) &'static str);

impl Interrupt {
    /// An interrupt that only [`Interrupt::raise`] raises.
    pub fn never() -> Self {
        Self::default()
    }

    /// An interrupt that the first Ctrl-C raises. The second Ctrl-C ends the process.
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let raised = interrupt.clone();
        let listen = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                while tokio::signal::ctrl_c().await.is_ok() {
                    if raised.is_raised() {
                        std::process::exit(130);
                    }
                    raised.raise();
                }
            });
        };
        // Without the thread Ctrl-C ends the process, as it does anyway.
        let _ = std::thread::Builder::new().name("Ctrl-C".to_owned()).spawn(listen);
        interrupt
    }

    /// Raises the interrupt, as Ctrl-C does.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::Relaxed);
        self.0.notify.notify_waiters();
        self.0.notify.notify_one();
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Relaxed)
    }

    /// An error if the interrupt was raised. `so` says what that means.
    pub(crate) fn check(&self, so: &'static str) -> Result<(), Interrupted> {
        if self.is_raised() { Err(Interrupted(so)) } else { Ok(()) }
    }

    pub(crate) async fn raised(&self) {
        if !self.is_raised() {
            self.0.notify.notified().await;
        }
    }
}
