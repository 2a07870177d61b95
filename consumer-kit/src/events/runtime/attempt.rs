//! One call of the handler, which may panic, and may have to end early.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};

/// The error text of a panic. The panic's own message is not used, because it may quote a payload.
const A_PANIC: &str = "a panic";

/// What came of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Called {
    Handled,
    /// With what the handler said.
    Failed(String),
    /// It was ended from outside.
    Cancelled,
}

/// Tells a worker to end what it handles.
#[derive(Default)]
pub(crate) struct Cancel {
    is_cancelled: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Cancel {
    pub(super) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::SeqCst);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Another record is handled from now on.
    pub(super) fn clear(&self) {
        self.is_cancelled.store(false, Ordering::SeqCst);
    }

    /// Whether what is handled has to end. If not, the waker is woken when it has to.
    fn is_cancelled(&self, waker: &Waker) -> bool {
        let mut slot = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if !slot.as_ref().is_some_and(|it| it.will_wake(waker)) {
            *slot = Some(waker.clone());
        }
        drop(slot);
        self.is_cancelled.load(Ordering::SeqCst)
    }
}

/// Calls the handler, and gives what came of it. Nothing that the handler, its future, its error or what they drop
/// panic with goes any further.
pub(super) async fn call<F, E>(handler: impl FnOnce() -> F, cancel: &Cancel) -> Called
where
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let mut future = pin!(guarded(handler));
    let called = std::future::poll_fn(|context| {
        let Some(running) = future.as_mut().as_pin_mut() else {
            return Poll::Ready(Called::Failed(A_PANIC.to_owned()));
        };
        let polled =
            guarded(|| running.poll(context).map(|outcome| outcome.map_err(|cause| cause.to_string())));
        match polled {
            Some(Poll::Ready(Ok(()))) => Poll::Ready(Called::Handled),
            Some(Poll::Ready(Err(cause))) => Poll::Ready(Called::Failed(cause)),
            None => Poll::Ready(Called::Failed(A_PANIC.to_owned())),
            Some(Poll::Pending) if cancel.is_cancelled(context.waker()) => Poll::Ready(Called::Cancelled),
            Some(Poll::Pending) => Poll::Pending,
        }
    })
    .await;
    guarded(|| future.set(None));
    called
}

/// The result; `None` after a panic.
pub(super) fn guarded<A>(run: impl FnOnce() -> A) -> Option<A> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => Some(result),
        Err(payload) => {
            // What a panic carries may panic when it is dropped; and what that carries, too.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                std::mem::forget(payload);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::sync::Arc;

    use super::*;

    struct Mean;

    impl Display for Mean {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("in Display")
        }
    }

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in Drop")
        }
    }

    fn panicked() -> Called {
        Called::Failed(A_PANIC.to_owned())
    }

    #[tokio::test]
    async fn what_the_handler_says_is_told() {
        let cancel = Cancel::default();
        assert_eq!(call(|| async { Ok::<_, String>(()) }, &cancel).await, Called::Handled);
        let failed = call(|| async { Err("the database is away") }, &cancel).await;
        assert_eq!(failed, Called::Failed("the database is away".to_owned()));
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_wherever_it_comes_from() {
        let cancel = Cancel::default();
        let at_once = call(|| -> std::future::Ready<Result<(), String>> { panic!("at once") }, &cancel);
        assert_eq!(at_once.await, panicked());
        let later = async {
            tokio::task::yield_now().await;
            if cancel.is_cancelled.load(Ordering::SeqCst) { Ok::<_, String>(()) } else { panic!("later") }
        };
        assert_eq!(call(|| later, &cancel).await, panicked());
        assert_eq!(call(|| async { Err(Mean) }, &cancel).await, panicked());
        let bomb = async {
            if cancel.is_cancelled.load(Ordering::SeqCst) {
                Ok::<_, String>(())
            } else {
                std::panic::panic_any(Bomb)
            }
        };
        assert_eq!(call(|| bomb, &cancel).await, panicked());
        let holds_a_bomb = async {
            let _bomb = Bomb;
            std::future::pending::<Result<(), String>>().await
        };
        let cancel = Cancel::default();
        cancel.cancel();
        assert_eq!(call(|| holds_a_bomb, &cancel).await, Called::Cancelled);
    }

    #[tokio::test]
    async fn a_call_that_waits_is_ended_when_it_is_told_to() {
        let cancel = Arc::new(Cancel::default());
        let teller = Arc::clone(&cancel);
        let telling = tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            teller.cancel();
        });
        let called = call(std::future::pending::<Result<(), String>>, &cancel).await;
        assert_eq!(called, Called::Cancelled);
        telling.await.unwrap();
    }
}
