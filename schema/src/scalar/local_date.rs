//! `"2026-01-31"`: a date.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::{Scalar, ScalarError, scalar};

/// A date without time and zone, from year 0000 to 9999 (ISO 8601, RFC 3339 `full-date`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

impl LocalDate {
    /// The scalar of a date. `None` if its year has a sign or more than four digits: those have no form on the wire.
    pub fn new(date: Date) -> Option<Self> {
        (date.year() >= 0).then_some(Self(date))
    }

    /// The civil date, for calculations.
    pub fn date(self) -> Date {
        self.0
    }
}

impl Scalar for LocalDate {
    const EXPECTED: &'static str = "a date such as 2026-01-31";
    const PATTERN: &'static str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
    const FORMAT: Option<&'static str> = Some("date");
}

impl FromStr for LocalDate {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        date(text).map(Self).ok_or_else(ScalarError::new::<Self>)
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(f, self.0)
    }
}

scalar!(LocalDate, "A date without time and zone.");

/// Reads `YYYY-MM-DD` and nothing else.
pub(super) fn date(text: &str) -> Option<Date> {
    let [year, month, day] = fields(text, b'-', [4, 2, 2])?;
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

pub(super) fn write_date(f: &mut fmt::Formatter<'_>, date: Date) -> fmt::Result {
    let mut text = *b"0000-00-00";
    put_date(&mut text, date);
    write_ascii(f, &text)
}

/// Writes a date into the first ten bytes, which have its hyphens already. `fmt`'s padding takes far longer, and a producer
/// and its relay write each record.
pub(super) fn put_date(text: &mut [u8], date: Date) {
    put(&mut text[0..4], date.year());
    put(&mut text[5..7], date.month());
    put(&mut text[8..10], date.day());
}

/// Writes a number that is not negative into all of these bytes, with zeros in front.
pub(super) fn put(text: &mut [u8], number: impl Into<i32>) {
    let mut number = number.into();
    for digit in text.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

pub(super) fn write_ascii(f: &mut fmt::Formatter<'_>, text: &[u8]) -> fmt::Result {
    f.write_str(std::str::from_utf8(text).map_err(|_| fmt::Error)?)
}

/// Reads numbers of fixed width with one separator between them.
pub(super) fn fields<const N: usize>(text: &str, separator: u8, widths: [usize; N]) -> Option<[u32; N]> {
    let mut rest = text.as_bytes();
    let mut numbers = [0; N];
    for (at, (number, width)) in numbers.iter_mut().zip(widths).enumerate() {
        if at > 0 {
            rest = rest.strip_prefix(&[separator])?;
        }
        let digits;
        (digits, rest) = rest.split_at_checked(width)?;
        *number = read_digits(digits)?;
    }
    rest.is_empty().then_some(numbers)
}

/// The number that these ASCII digits are; at most nine.
pub(super) fn read_digits(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{refused, same_spelling};
    use super::LocalDate;

    #[test]
    fn a_local_date_has_one_spelling() {
        same_spelling::<LocalDate>(&["2026-01-31", "2024-02-29", "9999-12-31", "0001-01-01"]);
        refused::<LocalDate>(&[
            "2026-1-31",
            "2026-02-29",
            "2026-13-01",
            "20260131",
            "2026-01-31T00:00",
            "2026-01-31Z",
            "-2026-01-31",
            "+12026-01-31",
            "",
        ]);
    }
}
