//! What every schema is checked for before it is compared: keywords that mean nothing, and references that lead nowhere.

use serde_json::{Map, Value};

/// The vocabularies of JSON Schema 2020-12, with the two keywords of older drafts that it reserves.
const KEYWORDS: [&str; 61] = [
    "$schema",
    "$id",
    "$ref",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$vocabulary",
    "$comment",
    "$defs",
    "definitions",
    "dependencies",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "prefixItems",
    "items",
    "contains",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "format",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
    "$recursiveRef",
    "$recursiveAnchor",
];

/// Nesting that is followed.
const DEPTH: usize = 200;

/// What no schema may have, by the JSON pointer of its place.
///
/// # Errors
/// The first such place. A keyword that begins with `x-` is an annotation of somebody's own.
pub(crate) fn check(schema: &Value) -> Result<(), (String, String)> {
    let mut walk = Walk { root: schema, has_ids: false, at: Vec::new() };
    walk.schema(schema)
}

struct Walk<'s> {
    root: &'s Value,
    /// A schema inside has a base of its own, so that `#` does not mean the root.
    has_ids: bool,
    at: Vec<String>,
}

impl<'s> Walk<'s> {
    fn wrong(&self, reason: String) -> (String, String) {
        let steps = self.at.iter().map(|step| step.replace('~', "~0").replace('/', "~1"));
        (steps.fold(String::new(), |pointer, step| pointer + "/" + &step), reason)
    }

    fn schema(&mut self, schema: &'s Value) -> Result<(), (String, String)> {
        let Some(keywords) = schema.as_object() else { return Ok(()) };
        if self.at.len() > 2 * DEPTH {
            return Err(self.wrong(format!("nested more than {DEPTH} levels deep")));
        }
        let has_ids = self.has_ids;
        self.has_ids |= !self.at.is_empty() && keywords.contains_key("$id");
        let result = keywords.iter().try_for_each(|(keyword, value)| self.keyword(keyword, value));
        self.has_ids = has_ids;
        result
    }

    fn keyword(&mut self, keyword: &str, value: &'s Value) -> Result<(), (String, String)> {
        if !KEYWORDS.contains(&keyword) && !keyword.starts_with("x-") {
            return Err(self.wrong(unknown(keyword)));
        }
        self.at.push(keyword.to_owned());
        match (keyword, value) {
            ("$ref", Value::String(reference)) => self.reference(reference)?,
            (
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas"
                | "dependencies",
                Value::Object(schemas),
            ) => self.each(schemas)?,
            ("const" | "enum" | "default" | "examples", _) => {}
            (_, Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    self.at.push(index.to_string());
                    self.schema(schema)?;
                    self.at.pop();
                }
            }
            ("$vocabulary" | "dependentRequired", _) => {}
            (keyword, _) if keyword.starts_with("x-") => {}
            (_, schema) => self.schema(schema)?,
        }
        self.at.pop();
        Ok(())
    }

    fn each(&mut self, schemas: &'s Map<String, Value>) -> Result<(), (String, String)> {
        for (name, schema) in schemas {
            self.at.push(name.clone());
            self.schema(schema)?;
            self.at.pop();
        }
        Ok(())
    }

    fn reference(&self, reference: &str) -> Result<(), (String, String)> {
        let nowhere = reference
            .strip_prefix('#')
            .filter(|pointer| pointer.starts_with('/') && !pointer.contains('%') && !self.has_ids)
            .is_some_and(|pointer| self.root.pointer(pointer).is_none());
        if nowhere { Err(self.wrong(format!("{reference:?} leads nowhere"))) } else { Ok(()) }
    }
}

fn unknown(keyword: &str) -> String {
    let nearest = KEYWORDS
        .iter()
        .map(|known| (strsim::damerau_levenshtein(keyword, known), known))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .min();
    let meant = nearest.map_or_else(String::new, |(_, known)| format!("; did you mean {known:?}?"));
    format!("{keyword:?} is no keyword of JSON Schema 2020-12{meant}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_misspelt_keyword_is_named_with_its_place_and_what_was_meant() {
        let schema = json!({"properties": {"a/b": {"allOf": [{"requried": ["x"]}]}}});
        let (pointer, reason) = check(&schema).unwrap_err();
        assert_eq!(pointer, "/properties/a~1b/allOf/0");
        assert_eq!(reason, r#""requried" is no keyword of JSON Schema 2020-12; did you mean "required"?"#);
    }

    #[test]
    fn names_and_values_are_no_keywords() {
        let schema = json!({
            "properties": {"requried": true}, "const": {"foo": 1}, "x-owner": {"foo": 1},
            "dependentRequired": {"foo": ["bar"]}, "$defs": {"foo": {"enum": [{"bar": 1}]}}
        });
        assert_eq!(check(&schema), Ok(()));
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_named_with_its_place() {
        let (pointer, reason) = check(&json!({"items": {"$ref": "#/$defs/gone"}})).unwrap_err();
        assert_eq!((pointer.as_str(), reason.as_str()), ("/items/$ref", r##""#/$defs/gone" leads nowhere"##));
        let based = json!({"$defs": {"a": {"$id": "urn:a", "$ref": "#/$defs/b", "$defs": {"b": true}}}});
        assert_eq!(check(&based), Ok(()));
    }
}
