//! The exact engine, as the gate asks it.

use std::time::Duration;

use serde_json::Value;

use crate::verdict::{Options, compare};
pub(crate) use crate::verdict::{Verdict, Witness};

/// How long one question may take. They are few, and a machine that is busy must not make one undecided.
const LIMIT: Duration = Duration::from_secs(3);

/// Whether a reader accepts everything that a writer writes: the properties that its schema names, and no others.
pub(crate) fn may_read(writer: &Value, reader: &Value) -> Verdict {
    ask(writer, reader, true)
}

/// Whether everything that is valid under `inner` is valid under `outer`.
pub(crate) fn contains(outer: &Value, inner: &Value) -> Verdict {
    ask(inner, outer, false)
}

fn ask(writer: &Value, reader: &Value, closed_writer: bool) -> Verdict {
    let options = Options { closed_writer, limit: LIMIT, ..Options::default() };
    compare(writer, reader, &options).unwrap_or_else(|error| Verdict::Unknown { reason: error.to_string() })
}
