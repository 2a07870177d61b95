//! A field is gone.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "field-removed",
    summary: "a field is no longer written",
    why: "A reader that needs the field stops at the first record without it. One that was never sure to be there \
          (optional or nullable) can be left out: every reader has to cope with that already.",
    reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::FieldRemoved { shape, required } if *required && !shape.nullable => {
            Some((Severity::Breaking, "was always there, and is gone".to_owned()))
        }
        ChangeKind::FieldRemoved { .. } => {
            Some((Severity::Minor, "is gone; readers had to cope without it already".to_owned()))
        }
        _ => None,
    })
}
