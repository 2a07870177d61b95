//! A field that is always there is new.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "field-added-required",
    summary: "a new field is always there, and never null",
    why: "Old readers ignore it. But records of older versions stay on a compacted topic without it, so a reader of the \
          new version may not ask for it until everything has been relast.",
    reference: "JSON Schema Validation 2020-12, section 6.5.3 (required); Apache Kafka documentation, Log Compaction",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::FieldAdded { shape, required: true } if !shape.nullable => {
            Some((Severity::Minor, format!("is new and always there ({})", shape.kind())))
        }
        _ => None,
    })
}
