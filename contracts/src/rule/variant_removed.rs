//! A variant of a union is gone.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "variant-removed",
    summary: "a variant of a union is no longer written",
    why: "Old readers survive. Records of the variant stay on a compacted topic until their keys are published again: a \
          reader of the new version has to take it for a variant that it does not know.",
    reference: "JSON Schema Core 2020-12, section 10.2.1.3 (oneOf); Apache Kafka documentation, Log Compaction",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::VariantRemoved { name, .. } => {
            Some((Severity::Minor, format!("the variant {name:?} is no longer written")))
        }
        _ => None,
    })
}
