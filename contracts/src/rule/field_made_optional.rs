//! A field that was always there may now be missing.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "field-made-optional",
    summary: "a field that was always there may now be left out",
    why: "A reader that needs the field stops at the first record without it.",
    reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match change.kind {
        ChangeKind::Required { now: false, nullable: true } => {
            Some((Severity::Minor, "may now be left out; readers had to cope with null already".to_owned()))
        }
        ChangeKind::Required { now: false, nullable: false } => {
            Some((Severity::Breaking, "was always there, and may now be left out".to_owned()))
        }
        _ => None,
    })
}
