//! Whether the current thread reads tolerantly.
//!
//! A scalar's `Deserialize` is strict, unless a tolerant read is under way. serde cannot pass that information:
//! between the reader and a field of an enum with `#[serde(tag)]` is serde's own buffer. So a thread-local variable
//! holds it, for as long as one read takes.

use std::cell::Cell;

/// What is found where the value is right and its spelling is not the writer's.
pub(crate) const SPELLED_DIFFERENTLY: &str = "one that is spelled differently";

thread_local! {
    static IS_TOLERANT: Cell<bool> = const { Cell::new(false) };
}

/// Runs a read in which scalars accept any spelling.
pub(super) fn tolerantly<R>(read: impl FnOnce() -> R) -> R {
    /// Puts back what was, also when the reading panics.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            IS_TOLERANT.set(self.0);
        }
    }
    let _before = Before(IS_TOLERANT.replace(true));
    read()
}

/// Whether a tolerant read is under way on this thread.
pub(crate) fn is_tolerant() -> bool {
    IS_TOLERANT.get()
}

#[cfg(test)]
mod tests {
    use super::{is_tolerant, tolerantly};

    #[test]
    fn tolerance_ends_with_the_reading_also_when_it_panics() {
        assert!(tolerantly(|| tolerantly(is_tolerant) && is_tolerant()));
        assert!(!is_tolerant());
        assert!(std::panic::catch_unwind(|| tolerantly(|| panic!("as a reader's type may"))).is_err());
        assert!(!is_tolerant());
    }
}
