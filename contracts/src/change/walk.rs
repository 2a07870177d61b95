//! Comparing two schemas place by place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tiltak_schema::pointer::{Pointer, Segment};

use super::kind::{Change, ChangeKind, KeywordChange};
use crate::contract_version::ContractVersion;
use crate::kafka_config;
use crate::model::{LIMITS, NormalizedSchema, Property, Variants};
use crate::place::{Part, Place};

/// What differs at a place and below it. `required`: the property of the old one is always there.
pub(super) fn schemas(
    old: &NormalizedSchema,
    new: &NormalizedSchema,
    place: &Place,
    required: bool,
    changes: &mut Vec<Change>,
) {
    let mut found = |kind| changes.push(Change { place: place.clone(), kind });
    if old.description != new.description {
        found(ChangeKind::Description);
    }
    if old.nullable != new.nullable {
        found(ChangeKind::Nullable { now: new.nullable, required });
    }
    let other_kind = old.types != new.types
        || old.values.is_some() != new.values.is_some()
        || old.variants.is_some() != new.variants.is_some();
    if other_kind {
        // What else differs follows from it.
        let scalars = (old.is_scalar() && new.is_scalar()).then(|| (old.scalar(true), new.scalar(true)));
        return found(ChangeKind::Type { from: old.kind(), to: new.kind(), scalars });
    }
    let (were, are) = (old.values.as_deref().unwrap_or_default(), new.values.as_deref().unwrap_or_default());
    were.iter()
        .filter(|value| !are.contains(value))
        .for_each(|value| found(ChangeKind::ValueRemoved(value.clone())));
    are.iter()
        .filter(|value| !were.contains(value))
        .for_each(|value| found(ChangeKind::ValueAdded(value.clone())));
    let limits = LIMITS.map(|keyword| (keyword, old.limits.get(keyword), new.limits.get(keyword)));
    let text = |pattern: &Option<String>| pattern.as_deref().map(Value::from);
    let patterns = (text(&old.pattern), text(&new.pattern));
    let constraints = limits.into_iter().chain([("pattern", patterns.0.as_ref(), patterns.1.as_ref())]);
    let keywords: Vec<_> = constraints
        .filter(|(_, from, to)| from != to)
        .map(|(keyword, from, to)| KeywordChange { keyword, from: from.cloned(), to: to.cloned() })
        .collect();
    if !keywords.is_empty() {
        found(ChangeKind::Constraint { keywords, old: old.scalar(false), new: new.scalar(false) });
    }
    match (&old.format, &new.format) {
        (from, to) if from == to => {}
        (None, Some(width)) if is_within(old, width) => {
            found(ChangeKind::IntegerWidth { format: width.clone() });
        }
        (from, to) => found(ChangeKind::Format { from: from.clone(), to: to.clone() }),
    }
    if old.closed != new.closed {
        found(ChangeKind::Closed { now: new.closed });
    }
    let keywords: BTreeSet<_> = old.other.keys().chain(new.other.keys()).collect();
    for keyword in keywords {
        if old.other.get(keyword) != new.other.get(keyword) {
            found(ChangeKind::Keyword { keyword: keyword.clone() });
        }
    }
    for (keyword, old, new) in [("items", &old.items, &new.items), ("entries", &old.entries, &new.entries)] {
        match (old, new) {
            (Some(old), Some(new)) => schemas(old, new, &place.step(Segment::Each), true, changes),
            (None, None) => {}
            _ => changes.push(Change {
                place: place.clone(),
                kind: ChangeKind::Keyword { keyword: keyword.to_owned() },
            }),
        }
    }
    properties(old, new, place, changes);
    if let (Some(old), Some(new)) = (&old.variants, &new.variants) {
        variants(old, new, place, changes);
    }
}

/// Whether the limits of an integer say already what a format of the OpenAPI format registry says: `int32` or `int64`.
fn is_within(schema: &NormalizedSchema, format: &str) -> bool {
    let (least, most) = match format {
        "int32" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        "int64" => (i64::MIN, i64::MAX),
        _ => return false,
    };
    let limit = |keyword: &str| schema.limits.get(keyword).and_then(Value::as_i64);
    schema.types.iter().eq(["integer"])
        && limit("minimum").is_some_and(|it| least <= it)
        && limit("maximum").is_some_and(|it| it <= most)
}

fn properties(old: &NormalizedSchema, new: &NormalizedSchema, place: &Place, changes: &mut Vec<Change>) {
    for (name, Property { shape, required }) in &old.properties {
        let place = place.step(Segment::Name(name.clone()));
        match new.properties.get(name) {
            None => {
                let kind = ChangeKind::FieldRemoved { shape: shape.clone(), required: *required };
                changes.push(Change { place, kind });
            }
            Some(now) => {
                if now.required != *required {
                    let kind = ChangeKind::Required { now: now.required, nullable: now.shape.nullable };
                    changes.push(Change { place: place.clone(), kind });
                }
                schemas(shape, &now.shape, &place, *required, changes);
            }
        }
    }
    for (name, Property { shape, required }) in &new.properties {
        if !old.properties.contains_key(name) {
            let kind = ChangeKind::FieldAdded { shape: shape.clone(), required: *required };
            changes.push(Change { place: place.step(Segment::Name(name.clone())), kind });
        }
    }
}

fn variants(old: &Variants, new: &Variants, place: &Place, changes: &mut Vec<Change>) {
    let mut found =
        |kind| changes.push(Change { place: place.step(Segment::Name(new.discriminator.clone())), kind });
    if old.discriminator != new.discriminator {
        found(ChangeKind::Discriminator { from: old.discriminator.clone(), to: new.discriminator.clone() });
    }
    for (name, shape) in old.shapes.iter().filter(|(name, _)| !new.shapes.contains_key(*name)) {
        found(ChangeKind::VariantRemoved { name: name.clone(), shape: shape.clone() });
    }
    for (name, shape) in new.shapes.iter().filter(|(name, _)| !old.shapes.contains_key(*name)) {
        found(ChangeKind::VariantAdded { name: name.clone(), shape: shape.clone() });
    }
    let both: Vec<_> =
        old.shapes.iter().filter_map(|(name, old)| Some((name, old, new.shapes.get(name)?))).collect();
    // What differs in the same way in several variants is one change.
    let mut merged: Vec<Change> = Vec::new();
    for (name, old, new) in &both {
        let mut of_variant = Vec::new();
        schemas(old, new, place, true, &mut of_variant);
        let short = name.rsplit('.').next().unwrap_or_default();
        for mut change in of_variant {
            let is_same = |other: &&mut Change| {
                other.kind == change.kind && other.place.pointer == change.place.pointer
            };
            if let Some(other) = merged.iter_mut().find(is_same) {
                other.place.variants.push(short.to_owned());
            } else {
                change.place.variants.push(short.to_owned());
                merged.push(change);
            }
        }
    }
    for change in &mut merged {
        if both.len() > 1 && change.place.variants.len() == new.shapes.len() {
            change.place.variants.clear();
        }
    }
    changes.append(&mut merged);
}

/// The settings of the topic, and whether tombstones are sent.
pub(super) fn settings(old: &ContractVersion, new: &ContractVersion, changes: &mut Vec<Change>) {
    let all = |edition: &ContractVersion| -> BTreeMap<String, String> {
        let config = &edition.config;
        let counts = [("partitions", config.partitions), ("replication-factor", config.replication_factor)];
        let counts = counts.map(|(name, count)| (name.to_owned(), count.to_string()));
        config.settings.clone().into_iter().chain(counts).collect()
    };
    let tombstones = new.sends_tombstones.filter(|_| new.differs_in_tombstones(old));
    let (old, new) = (all(old), all(new));
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let place = |name: &str| Place::new(Part::Config, Pointer::default().name(name));
    for name in names {
        let (from, to) = (old.get(name).cloned(), new.get(name).cloned());
        if from != to {
            let kind = ChangeKind::Setting { effect: kafka_config::effect(name), from, to };
            changes.push(Change { place: place(name), kind });
        }
    }
    if let Some(now) = tombstones {
        changes.push(Change { place: place("sends-tombstones"), kind: ChangeKind::Tombstones { now } });
    }
}
