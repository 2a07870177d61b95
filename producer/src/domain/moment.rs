//! The present time as an argument: only `main` reads a clock.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tiltak_schema::scalar::{Instant, LocalDate, LocalDateTime};

/// Europe/Oslo from the time zone data that are compiled in, so that it cannot be missing on a machine.
#[allow(clippy::expect_used, reason = "compiled in; a test reads it")]
static OSLO: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::get("Europe/Oslo").expect("compiled in"));

/// A point in time, with its date in Norway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    instant: Instant,
    today: LocalDate,
}

impl Moment {
    /// A moment from a timestamp, cut to microseconds, which is what databases keep. `None` before the year 0, which
    /// has no form on the wire.
    pub fn at(timestamp: Timestamp) -> Option<Self> {
        let timestamp = Timestamp::from_microsecond(timestamp.as_microsecond()).ok()?;
        let today = LocalDate::new(OSLO.to_datetime(timestamp).date())?;
        Some(Self { instant: Instant::new(timestamp)?, today })
    }

    /// The date in Europe/Oslo.
    pub fn today(self) -> LocalDate {
        self.today
    }

    /// The point in time as it stands on the wire.
    pub fn instant(self) -> Instant {
        self.instant
    }
}

/// The time zone of all dates and jobs: Europe/Oslo.
pub(crate) fn oslo() -> &'static TimeZone {
    &OSLO
}

/// An instant as Norwegian local time; `None` if that is after the year 9999.
pub(crate) fn norwegian(instant: Instant) -> Option<LocalDateTime> {
    let timestamp = instant.timestamp();
    if Instant::new(timestamp) == Some(instant) {
        return LocalDateTime::new(OSLO.to_datetime(timestamp));
    }
    // No timestamp reaches the last day of the year 9999. Its offset is that of the day before: it is winter.
    let offset = SignedDuration::from_secs(OSLO.to_offset(timestamp).seconds().into());
    let utc: DateTime = instant.to_string().strip_suffix('Z')?.parse().ok()?;
    LocalDateTime::new(utc.checked_add(offset).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn the_first_and_the_last_local_times_are_right_and_what_is_after_the_year_9999_is_none() {
        // Before 1895 Norway had no time zone; tz data have the mean time of Berlin or of Oslo for it.
        let first = norwegian("0000-01-01T00:00:00Z".parse().unwrap()).unwrap().to_string();
        assert!(["0000-01-01T00:43", "0000-01-01T00:53:28"].contains(&&*first), "{first}");
        for (instant, expected) in [
            ("9999-12-30T22:00:00Z", "9999-12-30T23:00"),
            // the last timestamp, and what is after it
            ("9999-12-30T22:00:00.999999999Z", "9999-12-30T23:00:00.999999999"),
            ("9999-12-30T22:00:01Z", "9999-12-30T23:00:01"),
            ("9999-12-30T23:00:00Z", "9999-12-31T00:00"),
            ("9999-12-31T00:00:00.190Z", "9999-12-31T01:00:00.190"),
            ("9999-12-31T22:59:00Z", "9999-12-31T23:59"),
            ("9999-12-31T22:59:59.999999999Z", "9999-12-31T23:59:59.999999999"),
        ] {
            assert_eq!(local(instant), expected, "{instant}");
        }
        for instant in ["9999-12-31T23:00:00Z", "9999-12-31T23:59:59.999999999Z"] {
            assert_eq!(norwegian(instant.parse().unwrap()), None, "{instant}");
        }
    }

    proptest! {
        #[test]
        fn local_time_is_an_hour_or_two_after_utc_from_1980_to_the_end_of_the_year_9999(
            second in 315_532_800_i64..253_402_300_800,
            at_the_end in 0..200_000_i64,
            is_at_the_end: bool,
        ) {
            let second = if is_at_the_end { 253_402_300_799 - at_the_end } else { second };
            let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
            let utc = epoch.checked_add(SignedDuration::from_secs(second)).unwrap();
            let instant: Instant = format!("{}Z", utc.strftime("%Y-%m-%dT%H:%M:%S")).parse().unwrap();
            match norwegian(instant) {
                Some(local) => {
                    let offset = utc.duration_until(local.date_time()).as_secs();
                    let is_summer = (3..=10).contains(&utc.month());
                    prop_assert!(offset == 3600 || (offset == 7200 && is_summer), "{}", instant);
                }
                None => prop_assert!(utc >= DateTime::constant(9999, 12, 31, 23, 0, 0, 0), "{}", instant),
            }
        }
    }

    #[test]
    fn the_day_changes_at_midnight_in_oslo() {
        let day = |instant: &str| Moment::at(instant.parse().unwrap()).unwrap().today().to_string();
        assert_eq!(day("2026-06-30T21:59:59Z"), "2026-06-30");
        assert_eq!(day("2026-06-30T22:00:00Z"), "2026-07-01");
        assert_eq!(day("2026-12-31T22:59:59Z"), "2026-12-31");
    }
}
