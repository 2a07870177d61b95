//! An enum value has another spelling.

use super::prelude::*;

/// How alike two spellings are, from 0 to 1, to be taken for one value.
const ALIKE: f64 = 0.7;

pub(super) const RULE: Rule = Rule {
    id: "enum-value-renamed",
    summary: "an enum value is gone, and one that is spelt much like it is new",
    why: "A reader that acts on the old spelling no longer does, and nothing tells it. Records with the old spelling \
          stay on the topic until their keys are published again.",
    reference: "JSON Schema Validation 2020-12, section 6.1.2 (enum)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    let count = |pointer: &str, added: bool| {
        view.changes()
            .filter(|(_, change)| change.place.pointer == pointer)
            .filter(|(_, change)| match change.kind {
                ChangeKind::ValueAdded(_) => added,
                ChangeKind::ValueRemoved(_) => !added,
                _ => false,
            })
            .count()
    };
    view.pairs(|one, other| {
        let (ChangeKind::ValueRemoved(old), ChangeKind::ValueAdded(new)) = (&one.kind, &other.kind) else {
            return None;
        };
        let pointer = &one.place.pointer;
        let only_ones = count(pointer, true) == 1 && count(pointer, false) == 1;
        let alike = strsim::jaro_winkler(&old.to_string(), &new.to_string()) >= ALIKE;
        (one.place == other.place && (alike || only_ones))
            .then(|| (Severity::Breaking, format!("the value {old} is now spelt {new}")))
    })
}
