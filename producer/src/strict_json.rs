//! Reading JSON of which nothing may be lost.

use serde::de::DeserializeOwned;
use serde_ignored::Path;
use tiltak_schema::decode::{Diagnosis, diagnose};

/// Reads a document. A property that is not known is refused: it may be misspelt, and would be lost.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Diagnosis> {
    let mut unknown = None;
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = serde_ignored::deserialize(&mut json, |path| {
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
