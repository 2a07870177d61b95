//! An enum value is gone.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "enum-value-removed",
    summary: "an enum value is no longer written",
    why: "Old readers survive. Records that hold the value stay on a compacted topic until their keys are published \
          again: a reader of the new version has to take it for a value that it does not know.",
    reference: "JSON Schema Validation 2020-12, section 6.1.2 (enum); Apache Kafka documentation, Log Compaction",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::ValueRemoved(value) => {
            Some((Severity::Minor, format!("the value {value} is no longer written")))
        }
        _ => None,
    })
}
