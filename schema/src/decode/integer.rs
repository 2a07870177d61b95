//! The integer that a JSON number stands for, in any spelling.

/// Why a number is no integer of 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoInteger {
    /// It has a fraction.
    Fraction,
    /// It is an integer, and too large a one.
    OutOfRange,
}

/// The integer that the text of a JSON number is: `223.0`, `2.23e2` and `2230e-1` are 223 (JSON Schema 2020-12, 6.1.1).
///
/// No digit is lost on the way, beyond 2^53 neither.
pub(super) fn integer(text: &str) -> Result<i128, NoInteger> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (digits, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // With the digits as one integer, they are to be multiplied by ten to the power of:
    let fraction = fraction.trim_end_matches('0');
    let power = power_of_ten(exponent).saturating_sub_unsigned(fraction.len() as u64);
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0').collect();
    let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    if digits.is_empty() {
        return Ok(0);
    }
    let power = power.saturating_add_unsigned(zeros as u64);
    if power < 0 {
        return Err(NoInteger::Fraction);
    }
    let significant = &digits[..digits.len() - zeros];
    let ten_to = u32::try_from(power).ok().and_then(|power| 10_i128.checked_pow(power));
    let absolute = significant.iter().try_fold(0_i128, |number, digit| {
        number.checked_mul(10)?.checked_add(i128::from(digit.wrapping_sub(b'0')))
    });
    let absolute = absolute.zip(ten_to).and_then(|(number, ten_to)| number.checked_mul(ten_to));
    absolute.map(|number| sign * number).ok_or(NoInteger::OutOfRange)
}

/// An exponent, or the end of the range if it is beyond: no text is long enough to make up for that.
fn power_of_ten(exponent: &str) -> i64 {
    exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX })
}

/// Whether an integer has the one spelling that the writer uses: digits, without fraction, exponent or a negative zero.
pub(super) fn is_plain(text: &str) -> bool {
    !text.contains(['.', 'e', 'E']) && text != "-0"
}

#[cfg(test)]
mod tests {
    use super::{NoInteger, integer, is_plain};

    #[test]
    fn a_number_without_a_fraction_is_an_integer_in_any_spelling() {
        for text in
            ["223", "223.0", "2.23e2", "2230e-1", "223.000", "22300E-2", "0.0223e+4", "223e0", "223e-0"]
        {
            assert_eq!(integer(text), Ok(223), "{text}");
            assert_eq!(integer(&format!("-{text}")), Ok(-223), "-{text}");
        }
        for text in
            ["0", "-0", "0.0", "0e5", "-0.000e-7", "0e99999999999999999999", "0e-99999999999999999999"]
        {
            assert_eq!(integer(text), Ok(0), "{text}");
        }
    }

    #[test]
    fn a_number_with_a_fraction_is_none() {
        for text in
            ["223.5", "2.235e2", "5e-1", "1e-99999999999999999999", "1234567890123456789012345.5", "0.1"]
        {
            assert_eq!(integer(text), Err(NoInteger::Fraction), "{text}");
        }
    }

    #[test]
    fn no_digit_is_lost_beyond_the_doubles() {
        for text in ["9007199254740993", "9007199254740993.0", "9.007199254740993e15", "90071992547409930e-1"]
        {
            assert_eq!(integer(text), Ok(9_007_199_254_740_993), "{text}");
        }
        assert_eq!(integer("9223372036854775807.00"), Ok(i64::MAX.into()));
        assert_eq!(integer("-9.223372036854775808e18"), Ok(i64::MIN.into()));
        let zeros = "0".repeat(1000);
        assert_eq!(integer(&format!("0.{zeros}7e1001")), Ok(7));
        assert_eq!(integer(&format!("7{zeros}e-1000")), Ok(7));
    }

    #[test]
    fn an_integer_of_any_size_is_known_to_be_one() {
        for text in ["1e400", "1e99999999999999999999", "1234567890123456789012345678901234567890", "12e38"] {
            assert_eq!(integer(text), Err(NoInteger::OutOfRange), "{text}");
        }
    }

    #[test]
    fn the_plain_spelling_has_digits_only() {
        assert!(["0", "-1", "223"].iter().all(|text| is_plain(text)));
        assert!(!["-0", "1.0", "1e0", "1E0"].iter().any(|text| is_plain(text)));
    }
}
