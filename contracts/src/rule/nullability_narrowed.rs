//! A value is no longer null.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "nullability-narrowed",
    summary: "a value that could be null no longer is",
    why: "Old readers survive. But records with null stay on a compacted topic, so a reader of the new version has to \
          take them until everything has been relast.",
    reference: "JSON Schema Validation 2020-12, section 6.1.1 (type); Apache Kafka documentation, Log Compaction",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match change.kind {
        ChangeKind::Nullable { now: false, .. } => {
            Some((Severity::Minor, "could be null, and no longer is".to_owned()))
        }
        _ => None,
    })
}
