//! The containment engine, with the settings of the gate.

use std::time::Duration;

use json_schema_containment::{Options, compare};
use serde_json::Value;

/// The engine's verdict on two schemas.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// Everything that is valid under the first is valid under the second.
    Contained,
    /// A document is valid under the first and not under the second.
    NotContained(Witness),
    /// The engine could not decide.
    Unknown {
        /// Why it could not.
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
    /// The place that the other schema refuses (RFC 6901).
    pub(crate) pointer: String,
    /// The same place, or that of the missing property.
    pub(crate) place: String,
    /// The keyword that refuses it.
    pub(crate) keyword: String,
}

/// Whether a reader accepts everything that a closed writer writes. A writer whose schema accepts nothing writes
/// nothing; then the verdict is unknown.
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
