//! A closed writer: its objects have the properties that its schema names, wherever it names them.

use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::document::{Document, Located};
use crate::graph::NamedProperties;
use crate::json::{Json, Object};

/// Keywords whose schemas are about the same object as the schema that they stand in.
const IN_PLACE: [&str; 8] =
    ["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas"];

/// The properties that a schema names.
///
/// A schema that is only a choice, like the variants of a tagged union, leaves it to the alternatives: a writer emits
/// the properties of the variant that it has. Any other schema names what it and all schemas in place in it name.
pub(crate) fn named<'d>(
    document: &Document<'d>,
    at: Located<'d>,
    keywords: &Object,
) -> Result<NamedProperties, String> {
    let mut names = Names { document, found: NamedProperties::default(), seen: BTreeSet::new() };
    let hides = at.dialect == Dialect::Draft07 && keywords.contains_key("$ref");
    if !hides {
        names.own(keywords);
    }
    let closes = !hides && keywords.contains_key("properties");
    if !is_choice(keywords) {
        names.seen.clear();
        names.collect(at)?;
    }
    Ok(NamedProperties { closes, ..names.found })
}

/// Whether a schema leaves everything to schemas in one keyword of it.
fn is_choice(keywords: &Object) -> bool {
    let in_place = IN_PLACE.iter().filter(|keyword| keywords.contains_key(**keyword)).count();
    let own = ["properties", "patternProperties", "additionalProperties"];
    in_place == 1
        && !own.iter().any(|keyword| keywords.contains_key(*keyword))
        && keywords.get("allOf").is_none_or(|all| all.as_array().is_some_and(|all| all.len() == 1))
}

struct Names<'a, 'd> {
    document: &'a Document<'d>,
    found: NamedProperties,
    seen: BTreeSet<usize>,
}

impl<'d> Names<'_, 'd> {
    fn collect(&mut self, at: Located<'d>) -> Result<(), String> {
        let Some(keywords) = at.schema.as_object() else { return Ok(()) };
        if !self.seen.insert(at.address()) {
            return Ok(());
        }
        if let Some(reference) = keywords.get("$ref").and_then(Json::as_str) {
            self.collect(self.document.resolve(at, reference)?)?;
            if at.dialect == Dialect::Draft07 {
                return Ok(());
            }
        }
        self.own(keywords);
        let mut within: Vec<&'d Json> = Vec::new();
        for keyword in ["allOf", "anyOf", "oneOf"] {
            within.extend(keywords.get(keyword).and_then(Json::as_array).into_iter().flatten());
        }
        within.extend(["if", "then", "else", "not"].into_iter().filter_map(|keyword| keywords.get(keyword)));
        for keyword in ["dependentSchemas", "dependencies"] {
            within
                .extend(keywords.get(keyword).and_then(Json::as_object).into_iter().flat_map(Object::values));
        }
        within.into_iter().try_for_each(|schema| self.collect(self.document.within(at, schema)))
    }

    /// What the keywords of a schema name, but for the schemas in it.
    fn own(&mut self, keywords: &Object) {
        let found = &mut self.found;
        for keyword in ["properties", "dependentRequired", "dependentSchemas", "dependencies"] {
            let object = keywords.get(keyword).and_then(Json::as_object);
            found.names.extend(object.into_iter().flat_map(Object::keys).cloned());
        }
        for keyword in ["dependentRequired", "dependencies"] {
            let object = keywords.get(keyword).and_then(Json::as_object);
            object.into_iter().flat_map(Object::values).for_each(|names| strings(names, &mut found.names));
        }
        if let Some(required) = keywords.get("required") {
            strings(required, &mut found.names);
        }
        if let Some(Json::Object(patterns)) = keywords.get("patternProperties") {
            found.patterns.extend(patterns.keys().cloned());
        }
        let values = keywords.get("enum").and_then(Json::as_array).into_iter().flatten();
        for value in values.chain(keywords.get("const")) {
            found.names.extend(value.as_object().into_iter().flat_map(Object::keys).cloned());
        }
        if let Some(names) = keywords.get("propertyNames") {
            let listed = names.get("enum").and_then(Json::as_array).into_iter().flatten();
            found.names.extend(listed.chain(names.get("const")).filter_map(Json::as_str).map(str::to_owned));
        }
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            found.opens |= keywords.get(keyword).is_some_and(|schema| *schema != Json::Bool(false));
        }
        found.opens |= keywords.contains_key("$dynamicRef");
    }
}

fn strings(value: &Json, found: &mut BTreeSet<String>) {
    found.extend(value.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> String {
        let schema = Json::parse(text).unwrap();
        let document = Document::new(&schema).unwrap_or_else(|fault| panic!("{fault:?}"));
        let found = named(&document, document.root(), schema.as_object().unwrap()).unwrap();
        let mut text: Vec<String> = found.names.into_iter().collect();
        text.extend(found.patterns.into_iter().map(|pattern| format!("/{pattern}/")));
        text.extend(found.closes.then(|| "closes".to_owned()));
        text.extend(found.opens.then(|| "opens".to_owned()));
        text.join(" ")
    }

    #[test]
    fn a_name_counts_wherever_it_stands() {
        for (schema, expected) in [
            (r#"{"properties": {"a": true}, "required": ["a", "b"]}"#, "a b closes"),
            (r#"{"properties": {"a": true}, "dependentRequired": {"b": ["c"]}}"#, "a b c closes"),
            (
                r#"{"properties": {"a": true}, "dependentSchemas": {"b": {"required": ["c"]}}}"#,
                "a b c closes",
            ),
            (
                r#"{"properties": {"a": true}, "if": {"required": ["b"]}, "then": {"required": ["c"]}, "else": {"properties": {"d": true}}}"#,
                "a b c d closes",
            ),
            (r#"{"properties": {"a": true}, "patternProperties": {"^x": true}}"#, "a /^x/ closes"),
            (
                r#"{"properties": {"a": true}, "allOf": [{"required": ["b"]}, {"patternProperties": {"^x": true}}]}"#,
                "a b /^x/ closes",
            ),
            (
                r##"{"properties": {"a": true}, "$ref": "#/$defs/x", "$defs": {"x": {"required": ["b"]}}}"##,
                "a b closes",
            ),
            (r#"{"properties": {"a": true}, "not": {"required": ["b"]}}"#, "a b closes"),
            (r#"{"properties": {"a": true}, "const": {"b": 1}}"#, "a b closes"),
            (r#"{"properties": {"a": true}, "propertyNames": {"enum": ["a", "b"]}}"#, "a b closes"),
            (r#"{"properties": {"a": true}, "additionalProperties": {"type": "string"}}"#, "a closes opens"),
            (r#"{"properties": {"a": true}, "additionalProperties": false}"#, "a closes"),
            (r#"{"required": ["a"], "oneOf": [{"properties": {"b": true}}]}"#, "a"),
            (r#"{"type": "object"}"#, ""),
        ] {
            assert_eq!(names(schema), expected, "{schema}");
        }
    }

    #[test]
    fn what_a_reference_hides_in_draft_07_names_nothing() {
        let schema = r##"{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/x",
            "properties": {"a": true}, "definitions": {"x": {"properties": {"b": true}}}}"##;
        assert_eq!(names(schema), "b");
    }
}
