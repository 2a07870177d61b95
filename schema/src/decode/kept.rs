//! Content that is kept although it is not known: the properties of a later variant.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The name with which a type asks a deserializer to keep its content.
pub(super) const KEPT: &str = "$tiltak_schema::Kept";

/// Any content, as a [`Value`].
///
/// JSON can say more than a [`Value`] can hold; see [`UnknownVariant`](crate::view::UnknownVariant) for what stands for it.
pub(crate) struct Kept(pub(crate) Value);

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeptVisitor;

        impl<'de> Visitor<'de> for KeptVisitor {
            type Value = Kept;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON value")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kept, D::Error> {
                Value::deserialize(deserializer).map(Kept)
            }
        }

        deserializer.deserialize_newtype_struct(KEPT, KeptVisitor)
    }
}
