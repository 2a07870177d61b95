//! The spellings of ISO 8601-1:2019 that a tolerant reader takes: calendar dates in the extended format.

use jiff::civil::{DateTime, Time};

use super::local_date::{date, fields, read_digits};

/// The longest offset from UTC, as in java.time and kotlin.time.
const LONGEST_OFFSET: u32 = 18 * 60 * 60;

/// A date and a time of day, and what stands after them.
pub(super) fn date_time(text: &str) -> Option<(DateTime, &str)> {
    let (day, time) = text.split_at_checked(10)?;
    let (clock, after) = time.strip_prefix(['T', 't'])?.split_at_checked(5)?;
    let [hour, minute] = fields(clock, b':', [2, 2])?;
    let (second, nanosecond, after) = match after.strip_prefix(':') {
        Some(after) => {
            let (second, after) = after.split_at_checked(2)?;
            let (nanosecond, after) = fraction(after)?;
            (read_digits(second.as_bytes())?, nanosecond, after)
        }
        None => (0, 0, after),
    };
    let day = date(day)?;
    let date_time = match [hour, minute, second, nanosecond] {
        // The end of the day.
        [24, 0, 0, 0] => day.tomorrow().ok()?.to_datetime(civil_time(0, 0, 0, 0)?),
        _ => day.to_datetime(civil_time(hour, minute, second, nanosecond)?),
    };
    Some((date_time, after))
}

/// A fraction, if there is one, in nanoseconds. What is beyond them is dropped.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(text) = text.strip_prefix(['.', ',']) else {
        return Some((0, text));
    };
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, after) = text.split_at_checked(length)?;
    let digits = digits.get(..9).unwrap_or(digits);
    let missing = 9 - u32::try_from(digits.len()).ok()?;
    (length > 0).then_some((read_digits(digits.as_bytes())? * 10_u32.pow(missing), after))
}

/// An offset from UTC in seconds.
pub(super) fn offset(text: &str) -> Option<i64> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let (sign, text) = match text.strip_prefix('+') {
        Some(text) => (1, text),
        None => (-1, text.strip_prefix('-')?),
    };
    let [hour, minute, second] = match text.len() {
        2 => [read_digits(text.as_bytes())?, 0, 0],
        4 => {
            let hour_and_minute = read_digits(text.as_bytes())?;
            [hour_and_minute / 100, hour_and_minute % 100, 0]
        }
        5 => {
            let [hour, minute] = fields(text, b':', [2, 2])?;
            [hour, minute, 0]
        }
        _ => fields(text, b':', [2, 2, 2])?,
    };
    let seconds = (hour * 60 + minute) * 60 + second;
    (minute < 60 && second < 60 && seconds <= LONGEST_OFFSET).then_some(sign * i64::from(seconds))
}

/// A time of day; `None` when a part is out of range, a leap second among them.
pub(super) fn civil_time(hour: u32, minute: u32, second: u32, nanosecond: u32) -> Option<Time> {
    Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        i32::try_from(nanosecond).ok()?,
    )
    .ok()
}
