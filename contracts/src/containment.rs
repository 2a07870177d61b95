//! The exact engine, as the gate asks it.

use std::time::Duration;

use json_schema_containment::{Options, compare};
use serde_json::Value;

/// What the engine says of two schemas.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// Everything that is valid under the one is valid under the other.
    Contained,
    /// A document shows the contrary.
    NotContained(Witness),
    /// It is not known.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// How long one question may take. They are few, and a machine that is busy must not make one undecided.
const LIMIT: Duration = Duration::from_secs(3);

/// A document that is valid under the one schema and not under the other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Witness {
    /// The document.
    pub(crate) document: Value,
    /// Where the other schema refuses it (RFC 6901).
    pub(crate) pointer: String,
    /// The same, or the property that is missing there.
    pub(crate) place: String,
    /// By which keyword.
    pub(crate) keyword: String,
}

/// Whether a reader accepts everything that a writer writes: the properties that its schema names, and no others. A writer
/// whose schema accepts nothing writes nothing that a verdict could be about: that is not known to be right.
pub(crate) fn may_read(writer: &Value, reader: &Value) -> Verdict {
    ask(writer, reader, true)
}

/// Whether everything that is valid under `inner` is valid under `outer`.
pub(crate) fn contains(outer: &Value, inner: &Value) -> Verdict {
    ask(inner, outer, false)
}

fn ask(writer: &Value, reader: &Value, closed_writer: bool) -> Verdict {
    use json_schema_containment::Verdict as Exact;
    let options = Options { closed_writer, limit: LIMIT, ..Options::default() };
    match compare(writer, reader, &options) {
        Ok(Exact::Contained { vacuously: true }) if closed_writer => Verdict::Unknown {
            reason: "a schema that accepts nothing at all is nearly always a mistake".to_owned(),
        },
        Ok(Exact::Contained { .. }) => Verdict::Contained,
        Ok(Exact::NotContained(witness)) => Verdict::NotContained(Witness {
            document: witness.document.to_value().0,
            place: witness.place(),
            pointer: witness.pointer,
            keyword: witness.keyword,
        }),
        Ok(Exact::Unknown { reason }) => Verdict::Unknown { reason },
        Err(error) => Verdict::Unknown { reason: error.to_string() },
    }
}
