//! From a kind of change to the rules that it comes under.

use jsonschema::Validator;
use serde_json::Value;

use super::catalogue::{
    ABSENT_MADE_NULL, CLEANUP_POLICY_CHANGED, DISCRIMINATOR_VALUE_CHANGED, DOCUMENTATION_CHANGED,
    ENUM_VALUE_ADDED, ENUM_VALUE_REMOVED, ENUM_VALUE_RENAMED, FIELD_ADDED_OPTIONAL, FIELD_ADDED_REQUIRED,
    FIELD_MADE_OPTIONAL, FIELD_MADE_REQUIRED, FIELD_REMOVED, FIELD_RENAMED, FORMAT_CHANGED, FORMAT_STATED,
    KEY_SCHEMA_CHANGED, NULL_MADE_ABSENT, NULLABILITY_NARROWED, NULLABILITY_WIDENED,
    NULLABLE_FIELD_MADE_OPTIONAL, OBJECT_CLOSED, OBJECT_OPENED, OPTIONAL_FIELD_MADE_NULLABLE,
    OPTIONAL_FIELD_REMOVED, PARTITIONS_CHANGED, PATTERN_NARROWED, PATTERN_WIDENED, RANGE_NARROWED,
    RANGE_WIDENED, RETENTION_CHANGED, TOMBSTONES_BEGUN, TOMBSTONES_ENDED, TOPIC_SETTING_CHANGED,
    TYPE_CHANGED, UNCLASSIFIED_DIFFERENCE, VARIANT_ADDED, VARIANT_REMOVED,
};
use super::{Finding, Rule};
use crate::change::{Change, ChangeKind, KeywordChange};
use crate::containment::{Verdict, contains};
use crate::contract_version::Example;
use crate::counterexample::compile;
use crate::kafka_config::SettingEffect;

/// What the rules say of one change. A value that is shown is taken from an example, where one has it.
pub(crate) fn classify(change: &Change, examples: &[Example]) -> Vec<Finding> {
    let finding = |(rule, message): (Rule, String)| Finding::new(&rule, change.place.clone(), message);
    let values: Vec<_> =
        examples.iter().flat_map(|example| change.place.pointer.values(&example.value)).collect();
    rules(&change.kind, &values).into_iter().map(finding).collect()
}

/// `values`: what examples have at the place.
fn rules(kind: &ChangeKind, values: &[&Value]) -> Vec<(Rule, String)> {
    let one = |rule: Rule, message: &str| vec![(rule, message.to_owned())];
    match kind {
        ChangeKind::FieldAdded { shape, required: true } if !shape.nullable => {
            one(FIELD_ADDED_REQUIRED, &format!("is new and always there ({})", shape.kind()))
        }
        ChangeKind::FieldAdded { shape, required } => {
            let form = if *required { "or null" } else { "or left out" };
            one(FIELD_ADDED_OPTIONAL, &format!("is new ({} {form})", shape.kind()))
        }
        ChangeKind::FieldRemoved { shape, required: true } if !shape.nullable => {
            one(FIELD_REMOVED, "was always there, and is gone")
        }
        ChangeKind::FieldRemoved { .. } => {
            one(OPTIONAL_FIELD_REMOVED, "is gone; readers had to cope without it already")
        }
        ChangeKind::FieldRenamed { to } => one(FIELD_RENAMED, &format!("renamed to {to}")),
        ChangeKind::Required { now: true, .. } => {
            one(FIELD_MADE_REQUIRED, "could be left out, and is now always there")
        }
        ChangeKind::Required { now: false, nullable: true } => {
            one(NULLABLE_FIELD_MADE_OPTIONAL, "may now be left out; readers had to cope with null already")
        }
        ChangeKind::Required { now: false, nullable: false } => {
            one(FIELD_MADE_OPTIONAL, "was always there, and may now be left out")
        }
        ChangeKind::Nullable { now: false, .. } => {
            one(NULLABILITY_NARROWED, "could be null, and no longer is")
        }
        ChangeKind::Nullable { now: true, required: true } => {
            one(NULLABILITY_WIDENED, "was never null, and may now be")
        }
        ChangeKind::Nullable { now: true, required: false } => {
            one(OPTIONAL_FIELD_MADE_NULLABLE, "may now be null; readers had to cope without it already")
        }
        ChangeKind::NullMadeAbsent => one(NULL_MADE_ABSENT, "was null when empty, and is now left out"),
        ChangeKind::AbsentMadeNull => one(ABSENT_MADE_NULL, "was left out when empty, and is now null"),
        ChangeKind::Type { from, to, scalars } => {
            let is_narrower = |(old, new): &(Value, Value)| contains(old, new) == Verdict::Contained;
            let rule = if scalars.as_ref().is_some_and(is_narrower) { RANGE_NARROWED } else { TYPE_CHANGED };
            one(rule, &format!("was {from}, and is now {to}"))
        }
        ChangeKind::Constraint { keywords, old, new } => constraint(keywords, old, new, values),
        ChangeKind::Format { from: None, to } => {
            let now = to.as_deref().unwrap_or_default();
            one(FORMAT_STATED, &format!("the format {now} is now stated"))
        }
        ChangeKind::Format { from: Some(from), to } => {
            let now = to.as_deref().unwrap_or("none");
            one(FORMAT_CHANGED, &format!("the format was {from}, and is now {now}"))
        }
        ChangeKind::ValueAdded(value) => one(ENUM_VALUE_ADDED, &format!("the value {value} is new")),
        ChangeKind::ValueRemoved(value) => {
            one(ENUM_VALUE_REMOVED, &format!("the value {value} is no longer written"))
        }
        ChangeKind::ValueRenamed { from, to } => {
            one(ENUM_VALUE_RENAMED, &format!("the value {from} is now spelt {to}"))
        }
        ChangeKind::Discriminator { from, to } => one(
            DISCRIMINATOR_VALUE_CHANGED,
            &format!("the variants were told apart by {from:?} and are now by {to:?}"),
        ),
        ChangeKind::VariantAdded { name, .. } => one(VARIANT_ADDED, &format!("the variant {name:?} is new")),
        ChangeKind::VariantRemoved { name, .. } => {
            one(VARIANT_REMOVED, &format!("the variant {name:?} is no longer written"))
        }
        ChangeKind::VariantRenamed { from, to } => {
            one(DISCRIMINATOR_VALUE_CHANGED, &format!("the variant {from:?} is now called {to:?}"))
        }
        ChangeKind::Closed { now: true } => {
            one(OBJECT_CLOSED, "refuses every property that it does not name")
        }
        ChangeKind::Closed { now: false } => one(OBJECT_OPENED, "accepts properties that it does not name"),
        ChangeKind::KeyForm => {
            one(KEY_SCHEMA_CHANGED, "has another form: the entities that are there get a second key")
        }
        ChangeKind::Setting { effect, from, to } => {
            let rule = match effect {
                Some(SettingEffect::Partitions) => PARTITIONS_CHANGED,
                Some(SettingEffect::CleanupPolicy) => CLEANUP_POLICY_CHANGED,
                Some(SettingEffect::Retention) => RETENTION_CHANGED,
                Some(SettingEffect::Operation) => TOPIC_SETTING_CHANGED,
                None => UNCLASSIFIED_DIFFERENCE,
            };
            let text = |value: &Option<String>| value.clone().unwrap_or("the broker's default".to_owned());
            let unknown = if effect.is_none() { ": no setting of a topic that Kafka has" } else { "" };
            one(rule, &format!("was {}, and is now {}{unknown}", text(from), text(to)))
        }
        ChangeKind::Tombstones { now: true } => one(TOMBSTONES_BEGUN, "tombstones are sent from now on"),
        ChangeKind::Tombstones { now: false } => one(TOMBSTONES_ENDED, "tombstones are no longer sent"),
        ChangeKind::Description => one(DOCUMENTATION_CHANGED, "is described in other words"),
        ChangeKind::AnnotationsOnly => one(DOCUMENTATION_CHANGED, "has other titles or names of definitions"),
        ChangeKind::Keyword { keyword } => one(
            UNCLASSIFIED_DIFFERENCE,
            &format!("the keyword {keyword:?} is another one, and no rule says what that means"),
        ),
    }
}

/// Limits and patterns are wider, narrower, both, or the same in other words: the exact engine decides, with all that is
/// said of the value.
fn constraint(
    keywords: &[KeywordChange],
    old: &Value,
    new: &Value,
    values: &[&Value],
) -> Vec<(Rule, String)> {
    let (widened, narrowed) = match keywords {
        [KeywordChange { keyword: "pattern", .. }] => (PATTERN_WIDENED, PATTERN_NARROWED),
        _ => (RANGE_WIDENED, RANGE_NARROWED),
    };
    let words = keywords.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let mut found = Vec::new();
    for (rule, verb, outer, inner) in
        [(widened, "now allows", old, new), (narrowed, "no longer allows", new, old)]
    {
        let what = match contains(outer, inner) {
            Verdict::Contained => continue,
            Verdict::NotContained(witness) => {
                let validators = compile(inner).zip(compile(outer));
                let shows = |value: &&&Value| {
                    let is_shown = |(inner, outer): &(Validator, Validator)| {
                        inner.is_valid(value) && !outer.is_valid(value)
                    };
                    validators.as_ref().is_some_and(is_shown)
                };
                values.iter().find(shows).map_or(witness.document.to_string(), ToString::to_string)
            }
            // A finding too many can be looked at, one too few cannot.
            Verdict::Unknown { reason } => format!("values that could not be told ({reason})"),
        };
        found.push((rule, format!("{verb} {what}: {words}")));
    }
    if found.is_empty() {
        found.push((DOCUMENTATION_CHANGED, format!("is spelt otherwise, for the same values: {words}")));
    }
    found
}
