//! What time it is, as an argument: only `main` reads a clock.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tiltak_schema::scalar::{Instant, LocalDate, LocalDateTime};

/// Europe/Oslo from the time zone data that are compiled in, so that it cannot be missing on a machine.
#[allow(clippy::expect_used, reason = "compiled in; a test reads it")]
static OSLO: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::get("Europe/Oslo").expect("compiled in"));

/// A point in time, and the day that it is in Norway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    instant: Instant,
    today: LocalDate,
}

impl Moment {
    /// The moment at a point in time, cut to microseconds, which is what databases keep. `None` before the year 0,
    /// which has no form on the wire.
    pub fn at(timestamp: Timestamp) -> Option<Self> {
        let timestamp = Timestamp::from_microsecond(timestamp.as_microsecond()).ok()?;
        let today = LocalDate::new(OSLO.to_datetime(timestamp).date())?;
        Some(Self { instant: Instant::new(timestamp)?, today })
    }

    /// The day in Europe/Oslo.
    pub fn today(self) -> LocalDate {
        self.today
    }

    /// The point in time as it stands on the wire.
    pub fn instant(self) -> Instant {
        self.instant
    }
}

/// The time zone of every day and every job.
pub(crate) fn oslo() -> &'static TimeZone {
    &OSLO
}

/// The same instant as Norwegian local time; `None` in the first hours of the year 0.
pub(crate) fn norwegian(instant: Instant) -> Option<LocalDateTime> {
    LocalDateTime::new(OSLO.to_datetime(instant.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(instant: &str) -> String {
        norwegian(instant.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn summer_and_winter_time_are_norwegian() {
        assert_eq!(local("2026-01-31T08:00:00Z"), "2026-01-31T09:00");
        assert_eq!(local("2026-07-31T08:00:00Z"), "2026-07-31T10:00");
        // the hour that comes twice in autumn
        assert_eq!(local("2026-10-25T00:30:00Z"), "2026-10-25T02:30");
        assert_eq!(local("2026-10-25T01:30:00Z"), "2026-10-25T02:30");
    }

    #[test]
    fn the_day_changes_at_midnight_in_oslo() {
        let day = |instant: &str| Moment::at(instant.parse().unwrap()).unwrap().today().to_string();
        assert_eq!(day("2026-06-30T21:59:59Z"), "2026-06-30");
        assert_eq!(day("2026-06-30T22:00:00Z"), "2026-07-01");
        assert_eq!(day("2026-12-31T22:59:59Z"), "2026-12-31");
    }
}
