//! A value may now be null.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "nullability-widened",
    summary: "a value that was never null may now be",
    why: "A reader that does not expect null stops, or carries it to where it hurts. Where the property could be left out \
          already, readers have to take null for the same.",
    reference: "JSON Schema Validation 2020-12, section 6.1.1 (type)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match change.kind {
        ChangeKind::Nullable { now: true, required: true } => {
            Some((Severity::Breaking, "was never null, and may now be".to_owned()))
        }
        ChangeKind::Nullable { now: true, required: false } => {
            Some((Severity::Minor, "may now be null; readers had to cope without it already".to_owned()))
        }
        _ => None,
    })
}
