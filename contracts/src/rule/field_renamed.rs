//! A field has another name.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "field-renamed",
    summary: "a field is gone, and one of the same shape is new beside it",
    why: "A reader that binds the old name fails, or falls back to its default without a word. Write both names for a \
          while instead, or start a new topic.",
    reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    let parent = |pointer: &str| pointer.rsplit_once('/').map(|(parent, _)| parent.to_owned());
    let found = view.pairs(|one, other| match (&one.kind, &other.kind) {
        (
            ChangeKind::FieldRemoved { shape: old, required: was },
            ChangeKind::FieldAdded { shape: new, required: is },
        ) if was == is
            && one.place.variants == other.place.variants
            && parent(&one.place.pointer) == parent(&other.place.pointer)
            && old.without_words() == new.without_words() =>
        {
            Some((Severity::Breaking, format!("renamed to {}", other.place.pointer)))
        }
        _ => None,
    });
    let fix = "keep the old field, add the new one beside it, and retire the old one when no reader uses it";
    found.into_iter().map(|found| found.fix(fix)).collect()
}
