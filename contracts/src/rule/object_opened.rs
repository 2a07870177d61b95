//! An object accepts properties that it does not name.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "object-opened",
    summary: "an object now accepts properties that it does not name",
    why: "Readers that validated with the closed schema refuse what is added from now on; tolerant ones never noticed.",
    reference: "JSON Schema Core 2020-12, section 10.3.2.3 (additionalProperties)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| match change.kind {
        ChangeKind::Closed { now: false } => {
            Some((Severity::Minor, "accepts properties that it does not name".to_owned()))
        }
        _ => None,
    })
}
