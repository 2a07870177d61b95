//! UUIDs: 36 lower-case characters.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{Scalar, ScalarError, scalar};

const PATTERN: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

fn parse(text: &str) -> Option<Uuid> {
    let lower_case = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    Uuid::try_parse(text).ok().filter(|_| lower_case)
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
        ]);
    }
}
