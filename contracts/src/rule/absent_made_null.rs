//! What was left out is now null.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "absent-made-null",
    summary: "a field that was left out when empty is now always there, and null instead",
    why: "Readers have to take both forms for the same, so tolerant ones survive. One that does not accept null does not.",
    reference: "JSON Schema Validation 2020-12, section 6.1.1 (type)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.pairs(|one, other| match (&one.kind, &other.kind) {
        (ChangeKind::Required { now: true, .. }, ChangeKind::Nullable { now: true, .. })
            if one.place == other.place =>
        {
            Some((Severity::Minor, "was left out when empty, and is now null".to_owned()))
        }
        _ => None,
    })
}
