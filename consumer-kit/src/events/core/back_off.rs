//! The pause before a record is handled again.

use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Duration;

#[derive(Debug, Clone)]
pub(crate) struct BackOff {
    first: Duration,
    longest: Duration,
    random: RandomState,
}

impl BackOff {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest: longest.max(first), random: RandomState::new() }
    }

    /// The pause after this many failures: doubled each time up to the longest, and of that a random part between a
    /// half and the whole, so that records that failed together are not retried together.
    pub(crate) fn after(&self, attempts: u32, key: impl Hash) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let whole = self.first.saturating_mul(1 << doublings).min(self.longest);
        let sixteenths = self.random.hash_one((attempts, key)) % 17;
        whole / 2 + whole / 32 * u32::try_from(sixteenths).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_doubled_up_to_the_longest_and_never_less_than_half_of_it() {
        let back_off = BackOff::new(Duration::from_millis(200), Duration::from_mins(1));
        for (attempts, whole) in [(1, 200), (2, 400), (3, 800), (9, 51_200), (10, 60_000), (u32::MAX, 60_000)]
        {
            for key in 0..100_u8 {
                let wait = back_off.after(attempts, key);
                let whole = Duration::from_millis(whole);
                assert!((whole / 2..=whole).contains(&wait), "{attempts}: {wait:?}");
            }
        }
    }

    #[test]
    fn keys_that_failed_together_do_not_all_come_back_together() {
        let back_off = BackOff::new(Duration::from_secs(1), Duration::from_mins(1));
        let waits: std::collections::BTreeSet<_> = (0..100_u8).map(|key| back_off.after(1, key)).collect();
        assert!(waits.len() > 5, "{waits:?}");
    }
}
