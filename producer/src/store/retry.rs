//! Retrying a whole change after a conflict with a concurrent one.

use std::time::Duration;

use super::StoreError;

/// How often a change is tried.
const ATTEMPTS: u32 = 6;
/// The pause before the second attempt; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(10);

/// An error that says whether a retry may succeed.
pub trait MayConflict {
    /// Whether only other changes at the same time were in the way.
    fn is_conflict(&self) -> bool;
}

impl MayConflict for StoreError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

/// Runs a change from the beginning of its transaction to the commit. After a conflict (a deadlock, a serialization
/// failure) it runs all of it again, at most five times.
///
/// # Errors
/// That of the change; of the last attempt when it was a conflict each time.
pub async fn retrying<T, E: MayConflict, F: Future<Output = Result<T, E>>>(
    change: impl Fn() -> F,
) -> Result<T, E> {
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match change().await {
            Err(error) if error.is_conflict() => tokio::time::sleep(pause).await,
            done => return done,
        }
        pause *= 2;
    }
    change().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn tries(conflicts: u32, then: Result<(), StoreError>) -> (u32, Result<(), StoreError>) {
        let (count, then) = (Cell::new(0), Cell::new(Some(then)));
        let done = retrying(|| async {
            count.set(count.get() + 1);
            if count.get() <= conflicts { Err(StoreError::Conflict) } else { then.take().unwrap() }
        });
        let done = done.await;
        (count.get(), done)
    }

    #[tokio::test]
    async fn a_change_is_done_again_only_after_a_conflict_and_not_for_ever() {
        assert!(matches!(tries(0, Ok(())).await, (1, Ok(()))));
        assert!(matches!(tries(2, Ok(())).await, (3, Ok(()))));
        assert!(matches!(tries(1, Err(StoreError::Locked)).await, (2, Err(StoreError::Locked))));
        assert!(matches!(tries(u32::MAX, Ok(())).await, (ATTEMPTS, Err(StoreError::Conflict))));
    }
}
