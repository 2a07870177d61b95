//! The Norwegian words of the site.

use std::time::Duration;

use serde_json::Value;
use tiltak_schema::pointer::Segment;

use super::regler::{NorskRegel, norsk};
use crate::assessment::Outcome;
use crate::command::site::{FieldNode, ShownTopic};
use crate::place::{Part, Place};
use crate::reader::{
    BreakageKind, Field, FieldType, OnTombstone, OnUnknownProperty, OnUnknownValue, OnUnknownVariant,
    ReaderBreakage, Reading,
};
use crate::rule::{Category, Finding, Rule, Severity};

/// The description of a topic: the Norwegian one of `topic.toml`, else the one of its schema.
pub(super) fn about(topic: &ShownTopic) -> &str {
    let described = topic.value.get("description").and_then(Value::as_str);
    topic.file.dokumentasjon.as_ref().map_or(described.unwrap_or_default(), |it| it.innhold.as_str())
}

/// The description of a field: the Norwegian one of `topic.toml`, else the one of its schema.
pub(super) fn meaning<'t>(topic: &'t ShownTopic, field: &'t FieldNode) -> Option<&'t str> {
    topic.file.felt.get(&field.path).or(field.description.as_ref()).map(String::as_str)
}

/// A JSON value for people: a string without its quotes.
pub(super) fn value(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a field is always there.
pub(super) fn presence(field: &FieldNode) -> &'static str {
    match (field.required, field.nullable) {
        (true, false) => "alltid med",
        (true, true) => "kan være null",
        (false, false) => "kan mangle",
        (false, true) => "kan være null eller mangle",
    }
}

/// The type that a schema names: a definition, or the types of JSON.
pub(super) fn type_name(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(options) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
        let is_null = |option: &&Value| option.get("type").is_some_and(|kind| kind == "null");
        let mut names: Vec<_> = options.iter().filter(|it| !is_null(it)).map(type_name).collect();
        names.dedup();
        return names.join(" eller ");
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect()
        }
        Some(Value::String(kind)) => vec![kind],
        _ => Vec::new(),
    };
    match (kinds.as_slice(), schema.get("items")) {
        (["array"], Some(items)) => format!("array av {}", type_name(items)),
        ([], _) if schema.get("enum").is_some() => "enum".to_owned(),
        ([], _) => "alle typer".to_owned(),
        (kinds, _) => kinds.join(" eller "),
    }
}

/// The other constraints of a value: the keyword in Norwegian, and its content.
pub(super) fn limits(schema: &Value) -> Vec<(&'static str, String)> {
    const LIMITS: [(&str, &str); 13] = [
        ("format", "format"),
        ("pattern", "mønster"),
        ("minimum", "minst"),
        ("exclusiveMinimum", "mer enn"),
        ("maximum", "høyst"),
        ("exclusiveMaximum", "mindre enn"),
        ("multipleOf", "delelig med"),
        ("minLength", "lengde minst"),
        ("maxLength", "lengde høyst"),
        ("minItems", "antall minst"),
        ("maxItems", "antall høyst"),
        ("uniqueItems", "uten gjentakelser"),
        ("default", "standardverdi"),
    ];
    let limit = |(keyword, name): (&str, &'static str)| Some((name, value(schema.get(keyword)?)));
    LIMITS.into_iter().filter_map(limit).collect()
}

/// The length above which a text is too long to read at a glance.
pub(super) fn is_long(limit: &str) -> bool {
    limit.chars().count() > 80
}

/// The purpose of a topic setting.
pub(super) fn setting(name: &str) -> &'static str {
    match name {
        "cleanup.policy" => "hva som skjer med gamle records",
        "min.insync.replicas" => "kopier som må ha en record før den er skrevet",
        "min.compaction.lag.ms" => "så lenge ligger en record før den kan komprimeres bort",
        "max.compaction.lag.ms" => "så lenge kan en record vente på komprimering",
        "delete.retention.ms" => "så lenge beholdes en tombstone",
        "retention.ms" => "så lenge beholdes records, der de slettes etter tid",
        "retention.bytes" => "så mye beholdes, der det slettes etter størrelse",
        "max.message.bytes" => "den største recorden",
        _ => "",
    }
}

/// A duration in milliseconds, in words. Empty if the text is no duration.
pub(super) fn duration(name: &str, value: &str) -> String {
    let Some(millis) = name.strip_suffix(".ms").and_then(|_| value.parse().ok()) else {
        return String::new();
    };
    let seconds = usize::try_from(Duration::from_millis(millis).as_secs()).unwrap_or(usize::MAX);
    match seconds {
        0 => String::new(),
        s if s % 86_400 == 0 => count(s / 86_400, "dag", "dager"),
        s if s % 3_600 == 0 => count(s / 3_600, "time", "timer"),
        s if s % 60 == 0 => count(s / 60, "minutt", "minutter"),
        s => count(s, "sekund", "sekunder"),
    }
}

/// A number and the noun that it counts, in singular or plural.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    let what = if number == 1 { one } else { many };
    format!("{number} {what}")
}

/// The text of a rule: in Norwegian, else the English one of the catalogue.
pub(super) fn rule(rule: &Rule) -> NorskRegel {
    let as_it_stands = NorskRegel { summary: rule.summary, why: rule.why, fix: rule.fix.unwrap_or_default() };
    norsk(rule.id).unwrap_or(as_it_stands)
}

/// The subject of a rule.
pub(super) fn category(category: Category) -> &'static str {
    match category {
        Category::Field => "felt",
        Category::Value => "verdi",
        Category::Union => "variant",
        Category::Object => "objekt",
        Category::Key => "nøkkel",
        Category::Topic => "topic",
        Category::Documentation => "dokumentasjon",
        Category::OldRecords => "gamle records",
        Category::OldReaders => "konsumenter",
        Category::Gate => "kontraktsjekken selv",
    }
}

/// What a finding asks for.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Patch => "patch-versjon",
        Severity::Minor => "minor-versjon",
        Severity::Blocked => "stoppes",
        Severity::Breaking => "ny topic",
    }
}

/// The CSS class of a severity.
pub(super) fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Patch => "rolig",
        Severity::Minor => "merk",
        Severity::Blocked | Severity::Breaking => "stopp",
    }
}

/// The CSS class of a finding. An intended break has a class of its own, because it refuses nothing.
pub(super) fn finding_class(finding: &Finding) -> &'static str {
    if finding.intended.is_some() { "merk" } else { severity_class(finding.severity) }
}

/// What a finding asks for, or that the break is intended.
pub(super) fn finding_word(finding: &Finding) -> &'static str {
    if finding.intended.is_some() { "tilsiktet" } else { severity(finding.severity) }
}

/// The verdict of the gate on a version.
pub(super) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unchanged => "Ingenting er nytt.".to_owned(),
        Outcome::Release { least_version } => format!("Kan gå ut, som versjon {least_version} eller høyere."),
        Outcome::Blocked => "Kan ikke gå ut slik.".to_owned(),
        Outcome::NewTopic { next_topic } => {
            format!("Bryter med konsumentene: trenger den nye topic-en {next_topic}.")
        }
    }
}

/// The place of something in a contract.
pub(super) fn place(place: &Place) -> String {
    let at = match (place.part, place.pointer.split_last()) {
        (Part::Value, None) => "verdien".to_owned(),
        (Part::Key, None) => "nøkkelen".to_owned(),
        (Part::Config, None) => "innstillingene".to_owned(),
        (Part::Config, Some((_, Segment::Name(name)))) => name.clone(),
        (Part::Value | Part::Config, Some(_)) => place.pointer.to_string(),
        (Part::Key, Some(_)) => format!("nøkkelen {}", place.pointer),
    };
    if place.variants.is_empty() { at } else { format!("{at} ({})", place.variants.join(", ")) }
}

/// How a reader treats unknown things: the thing, what the reader does with it, and whether that stops the reader.
pub(super) fn policies(reading: &Reading) -> Vec<(&'static str, &'static str, bool)> {
    let stops = "stopper";
    let properties = match reading.unknown_properties {
        OnUnknownProperty::Ignore => ("ser bort fra dem", false),
        OnUnknownProperty::Fail => (stops, true),
    };
    let values = on_unknown_value(reading.unknown_enum_values);
    let variants = match reading.unknown_variants {
        _ if reading.variants.is_empty() => ("ser ikke på varianten", false),
        OnUnknownVariant::Skip => ("hopper over recorden", false),
        OnUnknownVariant::Fail => (stops, true),
    };
    let tombstones = match reading.tombstones {
        OnTombstone::Delete => ("sletter det den har", false),
        OnTombstone::Ignore => ("ser bort fra dem", false),
        OnTombstone::Fail => (stops, true),
    };
    [
        ("Ukjente egenskaper", properties),
        ("Ukjente enum-verdier", values),
        ("Ukjente varianter", variants),
        ("Tombstones", tombstones),
    ]
    .map(|(what, (does, stops))| (what, does, stops))
    .to_vec()
}

/// What a reader does with an unknown enum value, and whether that stops it.
pub(super) fn on_unknown_value(does: OnUnknownValue) -> (&'static str, bool) {
    match does {
        OnUnknownValue::Fail => ("stopper", true),
        OnUnknownValue::Skip => ("hopper over recorden", false),
        OnUnknownValue::Keep => ("beholder verdien", false),
    }
}

/// Whether the gate could not decide if the contract breaks a reader.
pub(super) fn is_undecided(breakage: &ReaderBreakage) -> bool {
    breakage.kind == BreakageKind::Undecided
}

/// The requirements of a reader for a field.
pub(super) fn demands(field: &Field) -> &'static str {
    match (field.required, field.nullable) {
        (true, false) => "må være med",
        (true, true) => "må være med, kan være null",
        (false, false) => "kan mangle",
        (false, true) => "kan være null eller mangle",
    }
}

/// The type that a reader binds a field to. For an enum, with the number of values that the reader knows.
pub(super) fn bound_type(field: &Field) -> String {
    match &field.field_type {
        FieldType::Enum { name, known } => format!("{name} ({} verdier)", known.len()),
        FieldType::String { pattern: Some(pattern) } => format!("string, {pattern}"),
        other => other.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_is_named_by_its_definition_or_by_json() {
        for (schema, name) in [
            (json!({"$ref": "#/$defs/Status"}), "Status"),
            (json!({"anyOf": [{"$ref": "#/definitions/A"}, {"type": "null"}]}), "A"),
            (json!({"type": ["string", "null"]}), "string"),
            (json!({"type": "array", "items": {"$ref": "#/$defs/A"}}), "array av A"),
            (json!({"enum": ["A"]}), "enum"),
            (json!(true), "alle typer"),
        ] {
            assert_eq!(type_name(&schema), name);
        }
    }

    #[test]
    fn milliseconds_are_shown_as_days() {
        assert_eq!(duration("retention.ms", "2419200000"), "28 dager");
        assert_eq!(duration("retention.ms", "3600000"), "1 time");
        assert_eq!(duration("retention.ms", "-1"), "");
        assert_eq!(duration("min.insync.replicas", "2"), "");
    }
}
