//! Numbers that are strings on the wire, because they are names and not quantities.

use std::fmt;
use std::str::FromStr;

use super::{Scalar, ScalarError, scalar};

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

macro_rules! number {
    ($(#[doc = $doc:literal])+ $name:ident, $expected:literal, $pattern:literal, $description:literal, $valid:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The number as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Scalar for $name {
            const EXPECTED: &'static str = $expected;
            const PATTERN: &'static str = $pattern;
            const FORMAT: Option<&'static str> = None;
        }

        impl FromStr for $name {
            type Err = ScalarError;

            fn from_str(text: &str) -> Result<Self, ScalarError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err(ScalarError::new::<Self>()) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        scalar!($name, $description);
    };
}

number!(
    /// Number of an organisation in Enhetsregisteret: nine digits, leading zeros kept.
    Organisasjonsnummer,
    "an organisasjonsnummer of 9 digits",
    "^[0-9]{9}$",
    "Organisation number in Enhetsregisteret: nine digits, leading zeros kept.",
    |text| text.len() == 9 && digits(text)
);
number!(
    /// Number of a Nav unit: four digits.
    Enhetsnummer,
    "a Nav unit number of 4 digits",
    "^[0-9]{4}$",
    "Number of a Nav unit: four digits.",
    |text| text.len() == 4 && digits(text)
);
number!(
    /// Tiltaksnummer (lopenummer): year and running number, with `/`, or with `#` where it came from Arena.
    Tiltaksnummer,
    "a tiltaksnummer such as 2025/10234",
    "^[0-9]{4}[#/][0-9]+$",
    "Year and running number, such as 2025/10234; # instead of / in numbers that came from Arena.",
    |text| text.split_once(['#', '/']).is_some_and(|(year, number)| {
        year.len() == 4 && digits(year) && !number.is_empty() && digits(number)
    })
);

impl Tiltaksnummer {
    /// Year and running number, unless the running number is greater than [`i32::MAX`].
    ///
    /// ```
    /// use tiltak_schema::scalar::Tiltaksnummer;
    ///
    /// let number: Tiltaksnummer = "2025/10234".parse()?;
    /// assert_eq!(number.parts(), Some((2025, 10234)));
    /// # Ok::<(), tiltak_schema::scalar::ScalarError>(())
    /// ```
    pub fn parts(&self) -> Option<(i32, i32)> {
        let (year, number) = self.0.split_once(['#', '/'])?;
        Some((year.parse().ok()?, number.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{refused, same_spelling};
    use super::{Enhetsnummer, Organisasjonsnummer, Tiltaksnummer};

    #[test]
    fn an_organisasjonsnummer_is_nine_ascii_digits() {
        same_spelling::<Organisasjonsnummer>(&["012345678", "999999999"]);
        refused::<Organisasjonsnummer>(&[
            "12345678",
            "1234567890",
            "12345678a",
            "１２３４５６７８９",
            "",
            "12345678 ",
        ]);
    }

    #[test]
    fn a_tiltaksnummer_has_a_year_a_separator_and_a_number() {
        same_spelling::<Tiltaksnummer>(&["2025/10234", "2008#416280", "2025/00"]);
        refused::<Tiltaksnummer>(&["2025-1", "225/1", "2025/", "2025//1", "2025#/1", "2025/1a", "20250/1"]);
    }

    #[test]
    fn an_enhetsnummer_is_four_digits() {
        same_spelling::<Enhetsnummer>(&["0300"]);
        refused::<Enhetsnummer>(&["300", "03000", "03OO"]);
    }
}
