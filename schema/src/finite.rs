//! Doubles that JSON can write.

use serde::Serializer;
use serde::ser::Error;

/// Writes a double, and refuses infinity and not-a-number, which serde_json would write as null.
pub(crate) fn serialize<S: Serializer>(
    value: &(impl Copy + Into<Option<f64>>),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match (*value).into() {
        Some(double) if double.is_finite() => serializer.serialize_f64(double),
        Some(_) => Err(S::Error::custom("infinity or not-a-number is no JSON number")),
        None => serializer.serialize_none(),
    }
}
