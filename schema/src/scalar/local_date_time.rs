//! `"2026-01-31T09:00"`: Norwegian local time as Java's `LocalDateTime` writes it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;

use super::iso_8601::civil_time;
use super::local_date::{date, fields, put, put_date, read_digits, write_ascii};
use super::{Scalar, ScalarError, iso_8601, scalar};

/// A date and time without zone, in the spelling of Java's `LocalDateTime.toString()`.
///
/// Trailing zero parts are left out: no seconds when they and the fraction are zero, and a fraction of 3, 6 or 9
/// digits, whichever is the shortest that is exact. Each value has one spelling, and parsing refuses every other. RFC 3339
/// `date-time` (JSON Schema's format) wants a zone and seconds and does not fit.
///
/// # What a reader takes
/// [`Scalar::parse_tolerant`], and with it the view [`Read`](crate::view::Read), takes ISO 8601's extended format with a
/// date and a time of day, as kotlinx-datetime and java.time do: `T` in upper or lower case, seconds or none, a fraction of
/// any number of digits after a point or a comma, of which those beyond the nanoseconds are dropped, and 24:00 as the end
/// of the day. A zone or an offset is refused: it would be another time.
///
/// ```
/// use tiltak_schema::scalar::LocalDateTime;
///
/// let time: LocalDateTime = "2026-01-31T09:00".parse()?;
/// assert_eq!(time.date_time().second(), 0);
/// assert_eq!(time.to_string(), "2026-01-31T09:00");
/// assert!("2026-01-31T09:00:00".parse::<LocalDateTime>().is_err());
/// # Ok::<(), tiltak_schema::scalar::ScalarError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDateTime(DateTime);

impl LocalDateTime {
    /// The scalar of a date and time. `None` if its year is negative: that has no form on the wire.
    pub fn new(date_time: DateTime) -> Option<Self> {
        (date_time.year() >= 0).then_some(Self(date_time))
    }

    /// The civil date and time, for calculations.
    pub fn date_time(self) -> DateTime {
        self.0
    }
}

impl Scalar for LocalDateTime {
    const EXPECTED: &'static str = "a local date-time without zone and without trailing zero parts, such as 2026-01-31T09:00 or 2026-01-31T09:00:00.190";
    const PATTERN: &'static str = concat!(
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]",
        // either seconds that are not zero, or any seconds with a fraction that is not zero
        r"(:(0[1-9]|[1-5][0-9])|:[0-5][0-9]\.",
        // up to two groups of three digits before the last group, which is not 000
        "([0-9]{3}){0,2}([0-9]{2}[1-9]|[0-9][1-9][0-9]|[1-9][0-9]{2}))?$",
    );
    const FORMAT: Option<&'static str> = None;

    fn parse_tolerant(text: &str) -> Option<Self> {
        let (date_time, after) = iso_8601::date_time(text)?;
        after.is_empty().then_some(Self(date_time))
    }
}

impl FromStr for LocalDateTime {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        let parse = || {
            let (day, time) = text.split_at_checked(10)?;
            let (clock, nanosecond) = split_fraction(time.strip_prefix('T')?)?;
            let [hour, minute, second] = match clock.len() {
                5 if nanosecond == 0 => {
                    let [hour, minute] = fields(clock, b':', [2, 2])?;
                    [hour, minute, 0]
                }
                _ => fields(clock, b':', [2, 2, 2]).filter(|[.., second]| *second > 0 || nanosecond > 0)?,
            };
            Some(date(day)?.to_datetime(civil_time(hour, minute, second, nanosecond)?))
        };
        parse().map(Self).ok_or_else(ScalarError::new::<Self>)
    }
}

impl fmt::Display for LocalDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0.time();
        let mut text = *b"0000-00-00T00:00";
        put_date(&mut text, self.0.date());
        put(&mut text[11..13], time.hour());
        put(&mut text[14..16], time.minute());
        write_ascii(f, &text)?;
        if time.second() > 0 || time.subsec_nanosecond() > 0 {
            write!(f, ":{:02}", time.second())?;
        }
        write_fraction(f, time.subsec_nanosecond())
    }
}

scalar!(
    LocalDateTime,
    "Norwegian local time without zone. Trailing zero parts are left out: no seconds when they are zero; a fraction has 3, 6 or 9 digits."
);

/// Splits off a fraction of 3, 6 or 9 digits, the shortest that is exact, as nanoseconds.
pub(super) fn split_fraction(time: &str) -> Option<(&str, u32)> {
    // Seconds end at the eighth place, and a fraction has them before it.
    let (clock, fraction) = match time.split_at_checked(8) {
        Some((clock, after)) if !after.is_empty() => (clock, after.strip_prefix('.')?),
        _ => return Some((time, 0)),
    };
    if !matches!(fraction.len(), 3 | 6 | 9) || fraction.ends_with("000") {
        return None;
    }
    let digits = read_digits(fraction.as_bytes())?;
    Some((clock, digits * 10_u32.pow(9 - u32::try_from(fraction.len()).ok()?)))
}

pub(super) fn write_fraction(f: &mut fmt::Formatter<'_>, nanosecond: i32) -> fmt::Result {
    match nanosecond {
        0 => Ok(()),
        n if n % 1_000_000 == 0 => write!(f, ".{:03}", n / 1_000_000),
        n if n % 1_000 == 0 => write!(f, ".{:06}", n / 1_000),
        n => write!(f, ".{n:09}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{not_read, read_as, refused, same_spelling};
    use super::LocalDateTime;

    #[test]
    fn trailing_zero_parts_are_left_out() {
        same_spelling::<LocalDateTime>(&[
            "2026-01-31T09:00",
            "2026-01-31T00:00:01",
            "2026-01-31T09:00:00.190",
            "2026-01-31T09:00:00.000190",
            "2026-01-31T09:00:00.000000001",
            "1999-12-31T23:59:59.100",
        ]);
        refused::<LocalDateTime>(&[
            "2026-01-31T09:00:00",
            "2026-01-31T09:00:00.19",
            "2026-01-31T09:00:00.000",
            "2026-01-31T09:00:00.190000",
            "2026-01-31T09:00:00.19019019019019",
            "2026-01-31T09:00.190",
            "2026-01-31T09",
            "2026-01-31",
        ]);
    }

    #[test]
    fn a_zone_or_an_impossible_time_is_refused() {
        refused::<LocalDateTime>(&[
            "2026-01-31T09:00Z",
            "2026-01-31T09:00+01:00",
            "2026-01-31 09:00",
            "2026-01-31t09:00",
            "2026-02-30T09:00",
            "2026-01-31T24:00",
            "2026-01-31T09:60",
            "2026-01-31T09:00:60",
        ]);
    }

    #[test]
    fn a_reader_takes_any_spelling_in_the_extended_format() {
        read_as::<LocalDateTime>(
            "2026-01-31T09:00",
            &["2026-01-31T09:00:00", "2026-01-31t09:00:00.000000000000", "2026-01-31T09:00:00,0"],
        );
        read_as::<LocalDateTime>(
            "2026-01-31T09:00:00.190",
            &["2026-01-31T09:00:00.19", "2026-01-31T09:00:00.190000", "2026-01-31T09:00:00.1900000001"],
        );
        read_as::<LocalDateTime>("2026-01-01T00:00", &["2025-12-31T24:00", "2025-12-31T24:00:00.0"]);
    }

    #[test]
    fn a_local_time_with_a_zone_or_in_another_format_is_not_read() {
        not_read::<LocalDateTime>(&[
            "2026-01-31T09:00:00Z",
            "2026-01-31T09:00:00+01:00",
            "2026-01-31 09:00:00",
            "20260131T0900",
            "2026-01-31T09",
            "2026-01-31",
            "2026-01-31T09:00:60",
            "2026-01-31T09:00.5",
        ]);
    }
}
