//! From a kind of change to its rules.

use jsonschema::Validator;
use serde_json::Value;

use super::catalogue::{
    ABSENT_MADE_NULL, CLEANUP_POLICY_CHANGED, DISCRIMINATOR_VALUE_CHANGED, DOCUMENTATION_CHANGED,
    ENUM_VALUE_ADDED, ENUM_VALUE_REMOVED, ENUM_VALUE_RENAMED, FIELD_ADDED_OPTIONAL, FIELD_ADDED_REQUIRED,
    FIELD_MADE_OPTIONAL, FIELD_MADE_REQUIRED, FIELD_REMOVED, FIELD_RENAMED, FORMAT_CHANGED, FORMAT_STATED,
    INTEGER_WIDTH_STATED, KEY_SCHEMA_CHANGED, NULL_MADE_ABSENT, NULLABILITY_NARROWED, NULLABILITY_WIDENED,
    NULLABLE_FIELD_MADE_OPTIONAL, OBJECT_CLOSED, OBJECT_OPENED, OPTIONAL_FIELD_MADE_NULLABLE,
    OPTIONAL_FIELD_REMOVED, PARTITIONS_CHANGED, PATTERN_NARROWED, PATTERN_WIDENED, RANGE_NARROWED,
    RANGE_WIDENED, RETENTION_CHANGED, TOMBSTONES_BEGUN, TOMBSTONES_ENDED, TOPIC_SETTING_CHANGED,
    TYPE_CHANGED, UNCLASSIFIED_DIFFERENCE, VARIANT_ADDED, VARIANT_REMOVED,
};
use super::{Detail, Finding, Rule, ShownValue};
use crate::change::{Change, ChangeKind, KeywordChange};
use crate::containment::{Verdict, contains};
use crate::contract_version::Example;
use crate::counterexample::compile;
use crate::kafka_config::SettingEffect;

/// The findings that rules make of one change. The shown value is taken from an example, if one has it.
pub(crate) fn classify(change: &Change, examples: &[Example]) -> Vec<Finding> {
    let finding = |(rule, detail): (Rule, Detail)| Finding::new(&rule, change.place.clone(), detail);
    if let ChangeKind::Constraint { keywords, old, new } = &change.kind {
        let values: Vec<_> =
            examples.iter().flat_map(|example| change.place.pointer.values(&example.value)).collect();
        return constraint(keywords, old, new, &values).into_iter().map(finding).collect();
    }
    vec![finding((rule(&change.kind), Detail::Change(Box::new(change.kind.clone()))))]
}

/// The rule of a kind of change.
fn rule(kind: &ChangeKind) -> Rule {
    match kind {
        ChangeKind::FieldAdded { shape, required: true } if !shape.nullable => FIELD_ADDED_REQUIRED,
        ChangeKind::FieldAdded { .. } => FIELD_ADDED_OPTIONAL,
        ChangeKind::FieldRemoved { shape, required: true } if !shape.nullable => FIELD_REMOVED,
        ChangeKind::FieldRemoved { .. } => OPTIONAL_FIELD_REMOVED,
        ChangeKind::FieldRenamed { .. } => FIELD_RENAMED,
        ChangeKind::Required { now: true, .. } => FIELD_MADE_REQUIRED,
        ChangeKind::Required { now: false, nullable: true } => NULLABLE_FIELD_MADE_OPTIONAL,
        ChangeKind::Required { now: false, nullable: false } => FIELD_MADE_OPTIONAL,
        ChangeKind::Nullable { now: false, .. } => NULLABILITY_NARROWED,
        ChangeKind::Nullable { now: true, required: true } => NULLABILITY_WIDENED,
        ChangeKind::Nullable { now: true, required: false } => OPTIONAL_FIELD_MADE_NULLABLE,
        ChangeKind::NullMadeAbsent => NULL_MADE_ABSENT,
        ChangeKind::AbsentMadeNull => ABSENT_MADE_NULL,
        ChangeKind::Type { scalars: Some((old, new)), .. } if contains(old, new) == Verdict::Contained => {
            RANGE_NARROWED
        }
        ChangeKind::Type { .. } => TYPE_CHANGED,
        // One that is wider and narrower has two rules: see `constraint`.
        ChangeKind::Constraint { .. } => RANGE_NARROWED,
        ChangeKind::Format { from: None, .. } => FORMAT_STATED,
        ChangeKind::Format { from: Some(_), .. } => FORMAT_CHANGED,
        ChangeKind::IntegerWidth { .. } => INTEGER_WIDTH_STATED,
        ChangeKind::ValueAdded(_) => ENUM_VALUE_ADDED,
        ChangeKind::ValueRemoved(_) => ENUM_VALUE_REMOVED,
        ChangeKind::ValueRenamed { .. } => ENUM_VALUE_RENAMED,
        ChangeKind::Discriminator { .. } | ChangeKind::VariantRenamed { .. } => DISCRIMINATOR_VALUE_CHANGED,
        ChangeKind::VariantAdded { .. } => VARIANT_ADDED,
        ChangeKind::VariantRemoved { .. } => VARIANT_REMOVED,
        ChangeKind::Closed { now: true } => OBJECT_CLOSED,
        ChangeKind::Closed { now: false } => OBJECT_OPENED,
        ChangeKind::KeyForm => KEY_SCHEMA_CHANGED,
        ChangeKind::Setting { effect, .. } => match effect {
            Some(SettingEffect::Partitions) => PARTITIONS_CHANGED,
            Some(SettingEffect::CleanupPolicy) => CLEANUP_POLICY_CHANGED,
            Some(SettingEffect::Retention) => RETENTION_CHANGED,
            Some(SettingEffect::Operation) => TOPIC_SETTING_CHANGED,
            None => UNCLASSIFIED_DIFFERENCE,
        },
        ChangeKind::Tombstones { now: true } => TOMBSTONES_BEGUN,
        ChangeKind::Tombstones { now: false } => TOMBSTONES_ENDED,
        ChangeKind::Description | ChangeKind::AnnotationsOnly => DOCUMENTATION_CHANGED,
        ChangeKind::Keyword { .. } => UNCLASSIFIED_DIFFERENCE,
    }
}

/// Limits and patterns are wider, narrower, both, or the same in other words: the exact engine decides, with all that is
/// said of the value.
fn constraint(
    keywords: &[KeywordChange],
    old: &Value,
    new: &Value,
    values: &[&Value],
) -> Vec<(Rule, Detail)> {
    let (widened, narrowed) = match keywords {
        [KeywordChange { keyword: "pattern", .. }] => (PATTERN_WIDENED, PATTERN_NARROWED),
        _ => (RANGE_WIDENED, RANGE_NARROWED),
    };
    let mut found = Vec::new();
    for (rule, is_allowed_now, outer, inner) in [(widened, true, old, new), (narrowed, false, new, old)] {
        let shown = match contains(outer, inner) {
            Verdict::Contained => continue,
            Verdict::NotContained(witness) => {
                let validators = compile(inner).zip(compile(outer));
                let shows = |value: &&&Value| {
                    let is_shown = |(inner, outer): &(Validator, Validator)| {
                        inner.is_valid(value) && !outer.is_valid(value)
                    };
                    validators.as_ref().is_some_and(is_shown)
                };
                ShownValue::of(values.iter().find(shows).map_or(&witness.document, |value| *value))
            }
            // A finding too many can be looked at, one too few cannot.
            Verdict::Unknown { reason } => ShownValue::Unknown { reason },
        };
        found.push((rule, Detail::Values { is_allowed_now, shown, keywords: keywords.to_vec() }));
    }
    if found.is_empty() {
        found.push((DOCUMENTATION_CHANGED, Detail::SameValues(keywords.to_vec())));
    }
    found
}
