//! JSON numbers as the exact decimals that they are written as.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

/// The most digits of a number.
const DIGITS: usize = 5_000;
/// The most zeros that a fraction is written out with.
const ZEROS: u64 = 2_000;

/// An exact decimal number: `digits` · 10^`exponent`.
///
/// Two are equal when their values are: `1`, `1.0` and `10e-1` are one number, and so are `0` and `-0.0`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// Not divisible by ten, unless it is zero.
    digits: BigInt,
    exponent: i64,
}

/// Text that is not read as a number. Each shows the text, or the beginning of a long one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecimalError {
    /// It has more digits, or a longer exponent, than is read.
    #[error("the number {0} is longer than is read ({DIGITS} digits, 15 of the exponent)")]
    TooLong(String),
    /// JSON does not write numbers so (RFC 8259, section 6).
    #[error("{0:?} is no number of JSON")]
    NoNumber(String),
}

impl Decimal {
    /// Reads a number as JSON writes it.
    ///
    /// # Errors
    /// The text is no number of JSON, or one of more than 5,000 digits, or with an exponent of more than 15.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        if !is_number(text) {
            return Err(DecimalError::NoNumber(shortened(text)));
        }
        let too_long = || DecimalError::TooLong(shortened(text));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let written = format!("{whole}{fraction}");
        let kept = written.trim_end_matches('0');
        let dropped = written.len() - kept.len();
        if !kept.bytes().any(|byte| byte.is_ascii_digit()) {
            return Ok(Self::zero());
        }
        let (minus, digits) = kept.strip_prefix('-').map_or(("", kept), |digits| ("-", digits));
        let digits = digits.trim_start_matches('0');
        if digits.len() > DIGITS {
            return Err(too_long());
        }
        let digits = format!("{minus}{digits}").parse().map_err(|_| too_long())?;
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        let (minus, power) = exponent.strip_prefix('-').map_or(("", exponent), |power| ("-", power));
        let power = power.trim_start_matches('0');
        if power.len() > 15 {
            return Err(too_long());
        }
        let power: i64 = format!("{minus}0{power}").parse().map_err(|_| too_long())?;
        let places = |count: usize| i64::try_from(count).map_err(|_| too_long());
        let exponent = power + places(dropped)? - places(fraction.len())?;
        Ok(Self { digits, exponent })
    }

    fn zero() -> Self {
        Self { digits: BigInt::zero(), exponent: 0 }
    }

    /// Whether the number has no fraction.
    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    pub(crate) fn is_positive(&self) -> bool {
        self.digits.is_positive()
    }

    /// The count that the number is, if it is one.
    pub(crate) fn to_u64(&self) -> Option<u64> {
        if self.exponent > 20 {
            return None;
        }
        self.to_rational().filter(BigRational::is_integer)?.to_integer().to_u64()
    }

    /// The number as a fraction, unless that would have thousands of zeros.
    pub(crate) fn to_rational(&self) -> Option<BigRational> {
        let zeros = Some(self.exponent.unsigned_abs()).filter(|zeros| *zeros <= ZEROS)?;
        let power = power_of_ten(zeros);
        Some(if self.exponent >= 0 {
            BigRational::from_integer(&self.digits * power)
        } else {
            BigRational::new(self.digits.clone(), power)
        })
    }

    /// A fraction as a decimal, if it has finitely many digits.
    pub(crate) fn from_rational(value: &BigRational) -> Option<Self> {
        let mut denominator = value.denom().clone();
        let (mut twos, mut fives) = (0_u64, 0_u64);
        for (factor, count) in [(2, &mut twos), (5, &mut fives)] {
            let factor = BigInt::from(factor);
            while denominator.is_multiple_of(&factor) {
                denominator /= &factor;
                *count += 1;
            }
        }
        if denominator != BigInt::from(1) {
            return None;
        }
        let places = twos.max(fives);
        let digits = value.numer() * power_of_ten(places) / value.denom();
        Self::parse(&format!("{digits}e-{places}")).ok()
    }

    /// Whether this is a whole number of times `step`, which is not zero. Exponents may be of any size.
    pub(crate) fn is_multiple_of(&self, step: &Self) -> bool {
        if self.digits.is_zero() {
            return true;
        }
        let Ok(power) = u64::try_from(self.exponent - step.exponent) else {
            // Digits end in no zero, so that no power of ten divides them.
            return false;
        };
        let modulus = step.digits.abs();
        let power = BigInt::from(10).modpow(&BigInt::from(power), &modulus);
        (&self.digits * power).is_multiple_of(&modulus)
    }

    /// The place of the first digit: numbers of one sign with a higher one are further from zero.
    fn magnitude(&self) -> i64 {
        let digits = self.digits.magnitude().to_string().len();
        self.exponent.saturating_add(i64::try_from(digits).unwrap_or(i64::MAX))
    }
}

/// Whether it is written by the grammar of RFC 8259, section 6.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && digits(fraction) && digits(exponent)
}

fn power_of_ten(zeros: u64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(zeros).unwrap_or(u32::MAX))
}

/// A number's text, or the beginning of a long one.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let signs = self.digits.sign().cmp(&other.digits.sign());
        if signs != Ordering::Equal || self.digits.is_zero() {
            return signs;
        }
        let from_zero = self.magnitude().cmp(&other.magnitude()).then_with(|| {
            // As many places, so that their exponents differ by no more than they have digits.
            let lower = self.exponent.min(other.exponent);
            let scaled = |number: &Self| number.digits.magnitude() * power(number.exponent - lower);
            scaled(self).cmp(&scaled(other))
        });
        if self.digits.sign() == Sign::Minus { from_zero.reverse() } else { from_zero }
    }
}

fn power(zeros: i64) -> num_bigint::BigUint {
    num_bigint::BigUint::from(10_u8).pow(u32::try_from(zeros).unwrap_or(u32::MAX))
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As JSON writes it, so that it reads back as itself.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 25;
        let sign = if self.digits.is_negative() { "-" } else { "" };
        let digits = self.digits.magnitude().to_string();
        let magnitude = self.magnitude();
        match (usize::try_from(self.exponent), usize::try_from(magnitude)) {
            (Ok(zeros), Ok(length)) if length <= LONGEST => write!(f, "{sign}{digits}{:0<zeros$}", ""),
            (Err(_), Ok(whole)) if whole > 0 => {
                write!(f, "{sign}{}.{}", &digits[..whole], &digits[whole..])
            }
            (Err(_), _) if magnitude > -6 => {
                let zeros = usize::try_from(-magnitude).unwrap_or(0);
                write!(f, "{sign}0.{:0<zeros$}{digits}", "")
            }
            _ => {
                let (first, rest) = digits.split_at(1);
                let point = if rest.is_empty() { "" } else { "." };
                write!(f, "{sign}{first}{point}{rest}e{}", magnitude - 1)
            }
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self::parse(&value.to_string()).unwrap_or_else(|_| Self::zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_of_one_value_are_one_number() {
        for (a, b) in [
            ("1", "1.0"),
            ("0", "-0.0"),
            ("0", "0e999"),
            ("100", "1e2"),
            ("1e+2", "1E02"),
            ("-1.50", "-15e-1"),
            ("9007199254740993.0", "9007199254740993"),
            ("18446744073709551616", "1.8446744073709551616e19"),
        ] {
            assert_eq!(decimal(a), decimal(b), "{a} {b}");
            assert_eq!(decimal(a).cmp(&decimal(b)), Ordering::Equal, "{a} {b}");
        }
        assert_ne!(decimal("0.1"), decimal("0.10000000000000000001"));
        assert_ne!(decimal("18446744073709551616"), decimal("18446744073709551617"));
    }

    #[test]
    fn numbers_are_in_their_order_whatever_their_exponents() {
        let ordered = [
            "-1e1000000000",
            "-9e999999999",
            "-2",
            "-1.5",
            "-1e-1000000000",
            "0",
            "1e-1000000000",
            "0.1",
            "0.10000000000000000001",
            "1",
            "9.99e2",
            "1000",
            "9e999999999",
            "9.1e999999999",
            "1e1000000000",
        ];
        for (index, low) in ordered.iter().enumerate() {
            for high in &ordered[index + 1..] {
                assert!(decimal(low) < decimal(high), "{low} {high}");
            }
        }
    }

    #[test]
    fn what_is_printed_reads_back_as_itself() {
        for (text, printed) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("1.50", "1.5"),
            ("120", "120"),
            ("0.001", "0.001"),
            ("-0.1", "-0.1"),
            ("1e-9", "1e-9"),
            ("1.25e400", "1.25e400"),
            ("18446744073709551617", "18446744073709551617"),
            ("1e1000000000", "1e1000000000"),
        ] {
            assert_eq!(decimal(text).to_string(), printed);
            assert_eq!(decimal(printed), decimal(text));
        }
    }

    #[test]
    fn multiples_are_found_whatever_the_exponents() {
        for (number, step, expected) in [
            ("0.3", "0.1", true),
            ("0.35", "0.1", false),
            ("1e1000000000", "7", false),
            ("1e1000000000", "8", true),
            ("0", "1e-1000000000", true),
            ("1", "1e-1000000000", true),
            ("1e-1000000000", "1", false),
            ("1e308", "0.123456789", false),
            ("-9", "3", true),
        ] {
            assert_eq!(decimal(number).is_multiple_of(&decimal(step)), expected, "{number} {step}");
        }
    }

    #[test]
    fn a_number_that_is_too_long_is_named() {
        assert!(Decimal::parse(&"9".repeat(5_001)).unwrap_err().to_string().contains("9999999999…"));
        assert!(Decimal::parse("1e99999999999999999999").unwrap_err().to_string().contains("1e9999"));
        let (zeros, few) = ("0".repeat(1_000_000), [decimal("1e1000000"), decimal("1e-1000001")]);
        assert_eq!(
            [decimal(&format!("1{zeros}")), decimal(&format!("0.{zeros}1"))],
            few,
            "zeros are no digits"
        );
    }

    #[test]
    fn text_that_is_no_number_of_json_is_refused() {
        for text in
            ["", "-", "abc", "+5", "01", ".5", "1.", "1e", "1e+-5", "1_000", " 1", "0x1", "1.2.3", "٣"]
        {
            let refused = Decimal::parse(text);
            assert_eq!(refused, Err(DecimalError::NoNumber(text.to_owned())), "{text:?}");
        }
        let long = format!("1{}", "é".repeat(50));
        assert!(Decimal::parse(&long).unwrap_err().to_string().ends_with("é…\" is no number of JSON"));
    }

    #[test]
    fn fractions_and_decimals_are_each_other() {
        for text in ["0.125", "-3.75", "1e20", "7", "1e-30"] {
            let rational = decimal(text).to_rational().unwrap();
            assert_eq!(Decimal::from_rational(&rational), Some(decimal(text)));
        }
        assert_eq!(Decimal::from_rational(&BigRational::new(1.into(), 3.into())), None);
        assert_eq!(decimal("1e1000000000").to_rational(), None);
    }
}
