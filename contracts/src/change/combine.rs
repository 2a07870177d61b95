//! Combining changes that belong together: a removed field and a similar new one are a renamed field.

use tiltak_schema::pointer::Pointer;

use super::kind::{Change, ChangeKind};
use crate::place::Part;

/// How alike two spellings of a value are, from 0 to 1, to be taken for one value.
const ALIKE: f64 = 0.7;

/// The changes, with those that belong together as one.
pub(super) fn combined(changes: Vec<Change>) -> Vec<Change> {
    let (of_key, mut rest): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_key_form);
    let all = rest.clone();
    let key = of_key.into_iter().next().map(|first| Change { kind: ChangeKind::KeyForm, ..first });
    let mut combined: Vec<_> = key.into_iter().collect();
    while !rest.is_empty() {
        let one = rest.remove(0);
        let pair = rest.iter().enumerate().find_map(|(index, other)| Some((index, pair(&one, other, &all)?)));
        combined.push(match pair {
            Some((index, kind)) => {
                rest.remove(index);
                Change { place: one.place, kind }
            }
            None => one,
        });
    }
    combined
}

/// Compaction and partitioning compare keys byte for byte: any other form is another key.
fn is_key_form(change: &Change) -> bool {
    change.place.part == Part::Key
        && !matches!(change.kind, ChangeKind::Description | ChangeKind::AnnotationsOnly)
}

/// What two changes are together, if they belong together.
fn pair(one: &Change, other: &Change, all: &[Change]) -> Option<ChangeKind> {
    let parent = |pointer: &Pointer| pointer.split_last().map(|(parent, _)| parent);
    let is_same_place = one.place == other.place;
    let kind = match (&one.kind, &other.kind) {
        (
            ChangeKind::FieldRemoved { shape: old, required: was },
            ChangeKind::FieldAdded { shape: new, required: is },
        ) if was == is
            && one.place.part == other.place.part
            && one.place.variants == other.place.variants
            && parent(&one.place.pointer) == parent(&other.place.pointer)
            && old.without_words() == new.without_words() =>
        {
            ChangeKind::FieldRenamed { to: other.place.pointer.clone() }
        }
        (ChangeKind::ValueRemoved(old), ChangeKind::ValueAdded(new)) if is_same_place => {
            let here = || all.iter().filter(|it| it.place.pointer == one.place.pointer);
            let removed = here().filter(|it| matches!(it.kind, ChangeKind::ValueRemoved(_))).count();
            let added = here().filter(|it| matches!(it.kind, ChangeKind::ValueAdded(_))).count();
            let alike = strsim::jaro_winkler(&old.to_string(), &new.to_string()) >= ALIKE;
            if !alike && (removed, added) != (1, 1) {
                return None;
            }
            ChangeKind::ValueRenamed { from: old.clone(), to: new.clone() }
        }
        (
            ChangeKind::VariantRemoved { name: from, shape: was },
            ChangeKind::VariantAdded { name: to, shape: is },
        ) if one.place.part == other.place.part && was.without_words() == is.without_words() => {
            ChangeKind::VariantRenamed { from: from.clone(), to: to.clone() }
        }
        (ChangeKind::Required { now: false, .. }, ChangeKind::Nullable { now: false, .. })
            if is_same_place =>
        {
            ChangeKind::NullMadeAbsent
        }
        (ChangeKind::Required { now: true, .. }, ChangeKind::Nullable { now: true, .. }) if is_same_place => {
            ChangeKind::AbsentMadeNull
        }
        _ => return None,
    };
    Some(kind)
}
