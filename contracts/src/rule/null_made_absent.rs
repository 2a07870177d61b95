//! What was null is now left out.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "null-made-absent",
    summary: "a field that was always there, and null when empty, is now left out instead",
    why: "Readers have to take both forms for the same, so tolerant ones survive. One that asks for the property to be \
          there does not.",
    reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.pairs(|one, other| match (&one.kind, &other.kind) {
        (ChangeKind::Required { now: false, .. }, ChangeKind::Nullable { now: false, .. })
            if one.place == other.place =>
        {
            Some((Severity::Minor, "was null when empty, and is now left out".to_owned()))
        }
        _ => None,
    })
}
