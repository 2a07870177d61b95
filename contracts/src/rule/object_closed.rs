//! An object refuses properties that it does not name.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "object-closed",
    summary: "an object now refuses properties that it does not name",
    why: "A contract has to stay open: a reader that validates with a closed schema stops at the next field that is \
          added. What the producer writes is fixed by its types already.",
    reference: "JSON Schema Core 2020-12, section 10.3.2.3 (additionalProperties)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    let found = view.each(|change| match change.kind {
        ChangeKind::Closed { now: true } => {
            Some((Severity::Blocked, "refuses every property that it does not name".to_owned()))
        }
        _ => None,
    });
    found.into_iter().map(|found| found.fix("leave additionalProperties out")).collect()
}
