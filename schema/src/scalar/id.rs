//! UUIDs: 36 lower-case characters.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{Scalar, ScalarError, scalar};

const PATTERN: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// What each byte is worth as a lower-case hexadecimal digit; more than 15 if it is none.
const WORTH: [u8; 256] = {
    let mut worth = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        worth[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digit += 1;
    }
    worth
};
/// Where the two digits of each byte begin.
const DIGITS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Keys are read by the million, and [`Uuid::try_parse`] takes other spellings too, which costs it several times as much.
fn parse(text: &str) -> Option<Uuid> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 16];
    let mut largest = 0;
    for (byte, at) in bytes.iter_mut().zip(DIGITS) {
        let (high, low) = (WORTH[usize::from(text[at])], WORTH[usize::from(text[at + 1])]);
        largest |= high | low;
        *byte = high << 4 | low;
    }
    (largest < 16 && HYPHENS.iter().all(|at| text[*at] == b'-')).then(|| Uuid::from_bytes(bytes))
}

macro_rules! id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        ///
        /// Lower case only: keys are compared byte for byte, and two spellings of a UUID would be two keys.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this UUID.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID of this id.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl Scalar for $name {
            const EXPECTED: &'static str = "a UUID of 36 lower-case characters";
            const PATTERN: &'static str = PATTERN;
            const FORMAT: Option<&'static str> = Some("uuid");
        }

        impl FromStr for $name {
            type Err = ScalarError;

            fn from_str(text: &str) -> Result<Self, ScalarError> {
                parse(text).map(Self).ok_or_else(ScalarError::new::<Self>)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        scalar!($name, "A UUID in lower case.");
    };
}

id!(
    /// Id of a tiltakstype, and the record key of `siste-tiltakstyper-v3`.
    TiltakstypeId
);
id!(
    /// Id of a gjennomføring, and the record key of the three topics that are about gjennomføringer.
    GjennomforingId
);
id!(
    /// Id of an avtale.
    AvtaleId
);
id!(
    /// Id of an utdanningsprogram.
    UtdanningsprogramId
);
id!(
    /// Id of an utdanning within an utdanningsprogram.
    UtdanningId
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::super::testing::{refused, same_spelling};
    use super::TiltakstypeId;

    #[test]
    fn an_id_has_one_spelling() {
        same_spelling::<TiltakstypeId>(&[
            "59a64a02-efdd-471d-9529-356ff5553a5d",
            "00000000-0000-0000-0000-000000000000",
        ]);
        refused::<TiltakstypeId>(&[
            "",
            "59A64A02-EFDD-471D-9529-356FF5553A5D",
            "59a64a02efdd471d9529356ff5553a5d",
            "{59a64a02-efdd-471d-9529-356ff5553a5d}",
            "urn:uuid:59a64a02-efdd-471d-9529-356ff5553a5d",
            "59a64a02-efdd-471d-9529-356ff5553a5g",
            " 59a64a02-efdd-471d-9529-356ff5553a5d",
            "59a64a02-efdd-471d-9529_356ff5553a5d",
            "59a64a02-efdd-471d-95293-56ff5553a5d",
            "59a64a02-efdd-471d-9529-356ff5553a5é",
        ]);
    }

    proptest! {
        #[test]
        fn an_id_is_read_as_the_uuid_that_it_is(bytes: [u8; 16]) {
            let uuid = Uuid::from_bytes(bytes);
            prop_assert_eq!(super::parse(&uuid.to_string()), Some(uuid));
        }

        #[test]
        fn a_text_with_another_byte_in_it_is_read_only_if_it_is_an_id_in_lower_case(
            bytes: [u8; 16],
            at in 0..36_usize,
            byte in 0..128_u8,
        ) {
            let mut text = Uuid::from_bytes(bytes).to_string().into_bytes();
            text[at] = byte;
            let text = String::from_utf8(text).unwrap();
            let expected = Uuid::try_parse(&text).ok().filter(|uuid| uuid.to_string() == text);
            prop_assert_eq!(super::parse(&text), expected);
        }
    }
}
