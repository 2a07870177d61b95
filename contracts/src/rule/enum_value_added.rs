//! An enum value is new.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "enum-value-added",
    summary: "an enum has a new value",
    why: "Readers have to expect values that they do not know. Those that fail on one stop at the first record that holds \
          it: see what the declarations of the readers say.",
    reference: "JSON Schema Validation 2020-12, section 6.1.2 (enum)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::ValueAdded(value) => Some((Severity::Minor, format!("the value {value} is new"))),
        _ => None,
    })
}
