//! A field that could be missing is now always there.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "field-made-required",
    summary: "a field that could be left out is now always there",
    why: "Old readers survive. But records of older versions stay on a compacted topic without it, so a reader of the \
          new version may not ask for it until everything has been relast.",
    reference: "JSON Schema Validation 2020-12, section 6.5.3 (required); Apache Kafka documentation, Log Compaction",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match change.kind {
        ChangeKind::Required { now: true, .. } => {
            Some((Severity::Minor, "could be left out, and is now always there".to_owned()))
        }
        _ => None,
    })
}
