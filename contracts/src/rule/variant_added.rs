//! A union has a new variant.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "variant-added",
    summary: "a union has a new variant",
    why: "Readers have to expect variants that they do not know. Those that fail on one stop at the first record of it: \
          see what the declarations of the readers say.",
    reference: "JSON Schema Core 2020-12, section 10.2.1.3 (oneOf)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::VariantAdded { name, .. } => {
            Some((Severity::Minor, format!("the variant {name:?} is new")))
        }
        _ => None,
    })
}
