//! The health of a reader: whether the brokers still confirm its position.

use std::time::{Duration, SystemTime};

use crate::error::Error;

/// The health of a reader, for a health check and for a log.
///
/// A reader asks the brokers about its topic at every metadata refresh. An answer confirms its position. A reader that
/// gets no answer keeps what it has and goes on asking: its data may be out of date, and its lag is the lag that was known
/// last.
#[derive(Debug, Clone)]
pub enum Health {
    /// The brokers confirmed the position within the last refresh intervals.
    Live,
    /// The brokers have not confirmed the position for several refresh intervals. The reader's data may be out of
    /// date.
    Stale {
        /// When they last confirmed it.
        since: SystemTime,
        /// Why the last request failed.
        reason: String,
    },
    /// The reader has stopped for good.
    Failed(Error),
}

impl Health {
    /// Whether the brokers confirm the position.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// Whether the reader waits for brokers that do not confirm its position.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    /// Whether the reader has stopped for good.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// Time since the reader was started.
pub(crate) type Moment = Duration;

/// The first warning that is repeated comes so long after the one before.
const FIRST_REPEAT: Duration = Duration::from_secs(15);
/// Warnings are never further apart.
const LONGEST_REPEAT: Duration = Duration::from_mins(10);
/// Refresh intervals without a confirmation after which a reader is stale.
const INTERVALS: u32 = 3;

/// Decides when a reader is stale, when to warn, and when a missing right is final. Pure: the time is an argument.
#[derive(Debug, Clone)]
pub(crate) struct Liveness {
    /// A reader is stale so long after the last confirmation.
    stale_after: Duration,
    /// A right that is missing for longer stops the reader.
    authorization_grace: Duration,
    confirmed: Moment,
    reason: Option<String>,
    unauthorized_since: Option<Moment>,
    last_warning: Option<LastWarning>,
}

#[derive(Debug, Clone, Copy)]
struct LastWarning {
    at: Moment,
    again_in: Duration,
}

/// What a reader says of its liveness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The brokers have not confirmed the position for so long.
    Stale { age: Duration, reason: String },
    /// They do again, after so long.
    Recovered { age: Duration },
}

impl Liveness {
    pub(crate) fn new(refresh_interval: Duration, authorization_grace: Duration, now: Moment) -> Self {
        Self {
            stale_after: refresh_interval.saturating_mul(INTERVALS),
            authorization_grace,
            confirmed: now,
            reason: None,
            unauthorized_since: None,
            last_warning: None,
        }
    }

    /// The brokers answered and still serve the reader.
    pub(crate) fn confirm(&mut self, now: Moment) -> Option<Notice> {
        let age = self.age(now);
        (self.confirmed, self.reason, self.unauthorized_since) = (now, None, None);
        self.last_warning.take().map(|_| Notice::Recovered { age })
    }

    /// A request failed. `true`: the right to read has been missing for too long, and the reader has to stop.
    pub(crate) fn fail(&mut self, now: Moment, reason: String, is_unauthorized: bool) -> bool {
        self.reason = Some(reason);
        if !is_unauthorized {
            return false;
        }
        let since = *self.unauthorized_since.get_or_insert(now);
        now.saturating_sub(since) >= self.authorization_grace
    }

    /// The warning that is due, if there is one: when the reader becomes stale, and then at intervals that double.
    pub(crate) fn tick(&mut self, now: Moment) -> Option<Notice> {
        if !self.is_stale(now) {
            return None;
        }
        let again_in = match self.last_warning {
            None => FIRST_REPEAT,
            Some(LastWarning { at, again_in }) if now.saturating_sub(at) >= again_in => {
                again_in.saturating_mul(2).min(LONGEST_REPEAT)
            }
            Some(_) => return None,
        };
        self.last_warning = Some(LastWarning { at: now, again_in });
        Some(Notice::Stale { age: self.age(now), reason: self.reason() })
    }

    /// How long ago the position was last confirmed.
    pub(crate) fn age(&self, now: Moment) -> Duration {
        now.saturating_sub(self.confirmed)
    }

    pub(crate) fn is_stale(&self, now: Moment) -> bool {
        self.age(now) > self.stale_after
    }

    pub(crate) fn reason(&self) -> String {
        self.reason.clone().unwrap_or_else(|| "the brokers have not answered since".to_owned())
    }
}

impl Notice {
    pub(crate) fn log(&self, topic: &str) {
        match self {
            Self::Stale { age, reason } => tracing::warn!(
                topic,
                seconds = age.as_secs(),
                reason,
                "the brokers have not confirmed the reader's position: what it holds may be out of date"
            ),
            Self::Recovered { age } => {
                tracing::info!(
                    topic,
                    seconds = age.as_secs(),
                    "the brokers confirm the reader's position again"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn liveness() -> Liveness {
        Liveness::new(5 * SECOND, 60 * SECOND, Moment::ZERO)
    }

    #[test]
    fn a_reader_is_stale_after_three_refreshes_without_an_answer() {
        let mut liveness = liveness();
        assert!(!liveness.fail(5 * SECOND, "refused".to_owned(), false));
        assert_eq!(liveness.tick(15 * SECOND), None);
        let notice = liveness.tick(16 * SECOND);
        assert_eq!(notice, Some(Notice::Stale { age: 16 * SECOND, reason: "refused".to_owned() }));
    }

    #[test]
    fn a_warning_repeats_at_intervals_that_double_up_to_ten_minutes() {
        let mut liveness = liveness();
        let warned: Vec<u64> =
            (0..6_000).filter(|second| liveness.tick(Duration::from_secs(*second)).is_some()).collect();
        let gaps: Vec<u64> = warned.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(gaps, [15, 30, 60, 120, 240, 480, 600, 600, 600, 600, 600, 600, 600, 600]);
    }

    #[test]
    fn a_confirmation_ends_the_warnings_and_says_so_once() {
        let mut liveness = liveness();
        assert!(liveness.tick(20 * SECOND).is_some());
        assert_eq!(liveness.confirm(30 * SECOND), Some(Notice::Recovered { age: 30 * SECOND }));
        assert_eq!(liveness.confirm(35 * SECOND), None);
        assert!(!liveness.is_stale(40 * SECOND));
    }

    #[test]
    fn a_missing_right_is_final_only_after_the_grace_and_an_answer_between_begins_it_anew() {
        let mut liveness = liveness();
        assert!(!liveness.fail(10 * SECOND, "no right".to_owned(), true));
        assert!(!liveness.fail(69 * SECOND, "no right".to_owned(), true));
        assert!(liveness.fail(70 * SECOND, "no right".to_owned(), true));
        liveness.confirm(71 * SECOND);
        assert!(!liveness.fail(100 * SECOND, "no right".to_owned(), true));
    }
}
