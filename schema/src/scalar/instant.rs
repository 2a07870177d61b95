//! `"2026-01-31T09:00:00Z"`: a point in time as Java's `Instant` writes it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::iso_8601::civil_time;
use super::local_date::{date, fields, put, put_date, write_ascii};
use super::local_date_time::{split_fraction, write_fraction};
use super::{Scalar, ScalarError, iso_8601, scalar};

/// A point in time in UTC, in the spelling of Java's `Instant.toString()`.
///
/// Seconds are always there; a fraction has 3, 6 or 9 digits, whichever is the shortest that is exact. An instance of
/// RFC 3339 `date-time`. Each value has one spelling, and parsing refuses every other.
///
/// # What a reader takes
/// [`Scalar::parse_tolerant`], and with it the view [`Read`](crate::view::Read), takes ISO 8601's extended format with a
/// date, a time of day and an offset: what kotlin.time's `Instant.parse` and java.time's `ISO_INSTANT` and
/// `ISO_OFFSET_DATE_TIME` take together, and a little more.
/// - `T` and `Z` in upper or lower case, or an offset of `+01:00`, `+0100`, `+01` or `+01:00:30`, up to 18 hours;
/// - seconds or none; a fraction of any number of digits after a point or a comma, of which those beyond the nanoseconds
///   are dropped;
/// - 24:00 as the end of the day.
///
/// A leap second is refused, as kotlin.time does: there is no value for it. So are ISO 8601's basic format, week dates and
/// ordinal dates, and a time without an offset.
///
/// ```
/// use tiltak_schema::scalar::{Instant, Scalar};
///
/// let instant = Instant::parse_tolerant("2026-01-31T10:00:00.19000+01:00").unwrap();
/// assert_eq!(instant.to_string(), "2026-01-31T09:00:00.190Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(
    /// The date and time in UTC. A [`Timestamp`] ends a day before the year 9999 does.
    DateTime,
);

impl Instant {
    /// The instant at a timestamp. `None` if its year in UTC is negative: that has no form on the wire.
    pub fn new(timestamp: Timestamp) -> Option<Self> {
        let date_time = TimeZone::UTC.to_datetime(timestamp);
        (date_time.year() >= 0).then_some(Self(date_time))
    }

    /// The timestamp, for calculations; [`Timestamp::MAX`] on the last day of the year 9999.
    pub fn timestamp(self) -> Timestamp {
        TimeZone::UTC.to_timestamp(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl Scalar for Instant {
    const EXPECTED: &'static str = "an instant in UTC with seconds, such as 2026-01-31T09:00:00Z";
    const PATTERN: &'static str = concat!(
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
        // up to two groups of three digits before the last group, which is not 000
        r"(\.([0-9]{3}){0,2}([0-9]{2}[1-9]|[0-9][1-9][0-9]|[1-9][0-9]{2}))?Z$",
    );
    const FORMAT: Option<&'static str> = Some("date-time");

    fn parse_tolerant(text: &str) -> Option<Self> {
        let (local, after) = iso_8601::date_time(text)?;
        let in_utc = local.checked_sub(SignedDuration::from_secs(iso_8601::offset(after)?)).ok()?;
        (in_utc.year() >= 0).then_some(Self(in_utc))
    }
}

impl FromStr for Instant {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        let parse = || {
            let (day, time) = text.strip_suffix('Z')?.split_at_checked(10)?;
            let (clock, nanosecond) = split_fraction(time.strip_prefix('T')?)?;
            let [hour, minute, second] = fields(clock, b':', [2, 2, 2])?;
            Some(date(day)?.to_datetime(civil_time(hour, minute, second, nanosecond)?))
        };
        parse().map(Self).ok_or_else(ScalarError::new::<Self>)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0.time();
        let mut text = *b"0000-00-00T00:00:00";
        put_date(&mut text, self.0.date());
        put(&mut text[11..13], time.hour());
        put(&mut text[14..16], time.minute());
        put(&mut text[17..19], time.second());
        write_ascii(f, &text)?;
        write_fraction(f, time.subsec_nanosecond())?;
        f.write_str("Z")
    }
}

scalar!(Instant, "A point in time in UTC. Seconds are always there; a fraction has 3, 6 or 9 digits.");

#[cfg(test)]
mod tests {
    use super::super::testing::{not_read, read_as, refused, same_spelling};
    use super::Instant;

    #[test]
    fn seconds_are_always_there_and_a_fraction_is_as_short_as_it_is_exact() {
        same_spelling::<Instant>(&[
            "2026-01-31T09:00:00Z",
            "2026-01-31T09:00:00.190Z",
            "2026-01-31T09:00:00.000190Z",
            "1969-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59.999999999Z",
            "0000-01-01T00:00:00Z",
        ]);
        refused::<Instant>(&[
            "2026-01-31T09:00Z",
            "2026-01-31T09:00:00",
            "2026-01-31T09:00:00.19Z",
            "2026-01-31T09:00:00.000Z",
            "2026-01-31T09:00:00.190000Z",
            "2026-01-31T09:00:00+00:00",
            "2026-01-31T09:00:00z",
            "2026-01-31T09:00:60Z",
            "2026-02-30T09:00:00Z",
        ]);
    }

    #[test]
    fn a_reader_takes_any_spelling_in_the_extended_format() {
        read_as::<Instant>(
            "2026-01-31T09:00:00Z",
            &[
                "2026-01-31T09:00:00.000Z",
                "2026-01-31t09:00:00z",
                "2026-01-31T09:00Z",
                "2026-01-31T09:00:00,0Z",
                "2026-01-31T09:00:00+00:00",
                "2026-01-31T09:00:00-00:00",
                "2026-01-31T10:00:00+01:00",
                "2026-01-31T10:00+01",
                "2026-01-31T10:00:00+0100",
                "2026-01-31T10:00:30+01:00:30",
                "2026-01-31T03:30:00.0-05:30",
                "2026-02-01T03:00:00+18:00",
            ],
        );
        read_as::<Instant>(
            "2026-01-31T23:59:59.014Z",
            &[
                "2026-01-31T23:59:59.014000Z",
                "2026-01-31T23:59:59.0140000009Z",
                "2026-02-01T00:59:59.014+01:00",
            ],
        );
        read_as::<Instant>(
            "2026-01-01T00:00:00Z",
            &["2025-12-31T24:00:00Z", "2025-12-31T24:00Z", "2026-01-01T00:00:00.0Z"],
        );
        read_as::<Instant>(
            "9999-12-31T23:59:59Z",
            &["9999-12-31T23:59:59.000+00:00", "9999-12-31T22:59:59-01:00"],
        );
    }

    #[test]
    fn what_is_no_instant_in_the_extended_format_is_not_read() {
        not_read::<Instant>(&[
            "",
            "2026-01-31T09:00:00",
            "2026-01-31",
            "2026-01-31 09:00:00Z",
            "20260131T090000Z",
            "2026-W05-6T09:00:00Z",
            "2026-031T09:00:00Z",
            "2026-01-31T09Z",
            "2026-01-31T09:00:00.Z",
            "2026-01-31T09:00.5Z",
            "2026-01-31T23:59:60Z",
            "2026-01-31T24:00:01Z",
            "2026-01-31T24:00:00.001Z",
            "2026-02-30T09:00:00Z",
            "2026-01-31T09:00:00+1:00",
            "2026-01-31T09:00:00+18:01",
            "2026-01-31T09:00:00+01:60",
            "2026-01-31T09:00:00+01:00Z",
            "2026-01-31T09:00:00Z[UTC]",
            "2026-01-31T09:00:00 Z",
            "2026-01-31T09:00:00Z ",
            "2026-01-31T09:00:00é",
            "9999-12-31T23:59:59-01:00",
            "9999-12-31T24:00:00Z",
            "0000-01-01T00:00:00+01:00",
        ]);
    }
}
