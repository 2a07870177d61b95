//! The differences between two versions of a contract, before they are classified.

mod combine;
mod kind;
mod walk;

use serde_json::Value;
use tiltak_schema::pointer::Pointer;

use crate::contract_version::ContractVersion;
use crate::model::NormalizedSchema;
use crate::place::{Part, Place};
pub(crate) use kind::{Change, ChangeKind, KeywordChange};

/// All differences between two versions.
pub(crate) fn changes(old: &ContractVersion, new: &ContractVersion) -> Vec<Change> {
    let mut changes = Vec::new();
    for (part, old, new) in [(Part::Key, &old.key, &new.key), (Part::Value, &old.value, &new.value)] {
        let place = Place::new(part, Pointer::default());
        let before = changes.len();
        walk::schemas(&NormalizedSchema::of(old), &NormalizedSchema::of(new), &place, true, &mut changes);
        if changes.len() == before && without_id(old) != without_id(new) {
            changes.push(Change { place, kind: ChangeKind::AnnotationsOnly });
        }
    }
    walk::settings(old, new, &mut changes);
    combine::combined(changes)
}

/// The identifier of a schema holds its version.
fn without_id(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(keywords) = schema.as_object_mut() {
        keywords.remove("$id");
    }
    schema
}
