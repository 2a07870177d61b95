//! A field that may be missing or null is new.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "field-added-optional",
    summary: "a new field may be left out or null",
    why: "Tolerant readers ignore properties that they do not know, and readers of the new version can read the records \
          that lack it.",
    reference: "JSON Schema Core 2020-12, section 10.3.2.3 (additionalProperties)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::FieldAdded { shape, required } if !required || shape.nullable => {
            let form = if *required { "or null" } else { "or left out" };
            Some((Severity::Minor, format!("is new ({} {form})", shape.kind())))
        }
        _ => None,
    })
}
