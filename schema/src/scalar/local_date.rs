//! `"2026-01-31"`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::{Scalar, ScalarError, scalar};

/// A date without time and zone, from year 0000 to 9999 (ISO 8601, RFC 3339 `full-date`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

impl LocalDate {
    /// The date, unless its year has a sign or more than four digits: those have no form on the wire.
    pub fn new(date: Date) -> Option<Self> {
        (date.year() >= 0).then_some(Self(date))
    }

    /// The date as a civil date, for calculations.
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
    write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// Reads numbers of fixed width with one separator between them.
pub(super) fn fields<const N: usize>(text: &str, separator: u8, widths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(char::from(separator));
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        *number = number_of_width(parts.next()?, width)?;
    }
    parts.next().is_none().then_some(numbers)
}

pub(super) fn number_of_width(text: &str, width: usize) -> Option<u32> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
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
