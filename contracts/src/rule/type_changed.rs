//! A value is of another type.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "type-changed",
    summary: "a value is of another type, or its list of values comes or goes",
    why: "A reader that binds the value to the old type cannot read it. Add a field with the new type beside the old one, \
          or start a new topic.",
    reference: "JSON Schema Validation 2020-12, section 6.1.1 (type)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match &change.kind {
        ChangeKind::Type { from, to } => Some((Severity::Breaking, format!("was {from}, and is now {to}"))),
        _ => None,
    })
}
