//! Reading JSON of which nothing may be lost.

use serde::de::DeserializeOwned;
use serde_ignored::Path;
use tiltak_schema::decode::{Diagnosis, diagnose, objects_only};

use crate::text;

/// Reads a document. A property that is not known is refused: it may be misspelt, and would be lost. An array is refused
/// where an object is expected: serde's derived readers would take its items for the fields, in their order.
///
/// No `T` may have `#[serde(tag)]`, `#[serde(untagged)]` or `#[serde(flatten)]` in it: what serde reads through a buffer of
/// its own is hidden from both.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Diagnosis> {
    let mut unknown = None;
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = serde_ignored::deserialize(objects_only(&mut json), |path| {
        unknown.get_or_insert_with(|| pointer(&path));
    })
    .and_then(|read| json.end().map(|()| read));
    match (read, unknown) {
        (Ok(read), None) => Ok(read),
        (Ok(_), Some(pointer)) => {
            let [expected, found] = ["no such property", "one"].map(str::to_owned);
            Err(Diagnosis { pointer, expected, found })
        }
        (Err(error), _) => Err(diagnose::<T>(text, &error)),
    }
}

/// Checks every text of a document that was read: see [`text`].
pub(crate) fn check_texts(text: &[u8]) -> Result<(), Diagnosis> {
    // What was read is JSON.
    serde_json::from_slice(text).map_or(Ok(()), |document| text::check(&document))
}

/// The place as a JSON pointer (RFC 6901).
fn pointer(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}/{index}", pointer(parent)),
        Path::Map { parent, key } => {
            format!("{}/{}", pointer(parent), key.replace('~', "~0").replace('/', "~1"))
        }
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            pointer(parent)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only whether it is read")]
        one: Option<Inner>,
        #[serde(default)]
        #[expect(dead_code, reason = "only whether it is read")]
        many: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only whether it is read")]
        navn: String,
    }

    /// What is said of a document, as "pointer: expected, found".
    fn said(text: &str) -> String {
        let Diagnosis { pointer, expected, found } = read::<Outer>(text.as_bytes()).unwrap_err();
        format!("{pointer}: {expected}, {found}")
    }

    #[test]
    fn an_array_is_taken_for_no_object_wherever_it_stands() {
        assert!(read::<Outer>(br#"{"one":{"navn":""},"many":[{"navn":""}]}"#).is_ok());
        assert_eq!(said(r#"[{"navn":""},[]]"#), ": an object, an array");
        assert_eq!(said(r#"{"one":["Kari"]}"#), "/one: an object, an array");
        assert_eq!(said(r#"{"one":null,"many":[{"navn":""},["Kari"]]}"#), "/many/1: an object, an array");
    }

    #[test]
    fn an_unknown_property_is_refused_wherever_it_stands() {
        assert_eq!(said(r#"{"one":{"navn":"","nvan":""}}"#), "/one/nvan: no such property, one");
        assert_eq!(
            said(r#"{"one":null,"many":[{"navn":"","~/":""}]}"#),
            "/many/0/~0~1: no such property, one"
        );
    }
}
