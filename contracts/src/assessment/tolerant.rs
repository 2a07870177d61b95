//! The schema of a tolerant reader of a contract.
//!
//! A tolerant reader ignores unknown properties, keeps unknown enum values and variants, and takes null and a missing
//! property for the same where the contract allows either.

use serde_json::{Map, Value, json};

use crate::model::NormalizedSchema;

/// The schema of what a tolerant reader of this contract accepts.
pub(crate) fn tolerant(contract: &Value) -> Value {
    let mut tolerant = schema(&NormalizedSchema::of(contract));
    // What is taken over as it stands means what it means in its own dialect.
    if let (Some(keywords), Some(dialect)) = (tolerant.as_object_mut(), contract.get("$schema")) {
        keywords.insert("$schema".to_owned(), dialect.clone());
    }
    tolerant
}

fn schema(shape: &NormalizedSchema) -> Value {
    let mut keywords = Map::new();
    let mut types: Vec<Value> = shape.types.iter().map(|name| name.as_str().into()).collect();
    if !types.is_empty() {
        if shape.nullable {
            types.push("null".into());
        }
        keywords.insert("type".to_owned(), types.into());
    }
    // Strings are an open list; other constants are not.
    if let Some(values) = shape.values.as_ref().filter(|values| !values.iter().all(Value::is_string)) {
        let null = shape.nullable.then_some(Value::Null);
        keywords.insert("enum".to_owned(), values.iter().cloned().chain(null).collect());
    }
    keywords.extend(shape.limits.clone());
    keywords.extend(shape.pattern.clone().map(|pattern| ("pattern".to_owned(), pattern.into())));
    keywords.extend(shape.format.clone().map(|format| ("format".to_owned(), format.into())));
    keywords.extend(shape.items.as_deref().map(|items| ("items".to_owned(), schema(items))));
    keywords.extend(shape.entries.as_deref().map(|it| ("additionalProperties".to_owned(), schema(it))));
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for (name, property) in &shape.properties {
        let mut inner = property.shape.clone();
        if property.required && !inner.nullable {
            required.push(name.as_str().into());
        }
        inner.nullable |= !property.required;
        properties.insert(name.clone(), schema(&inner));
    }
    if let Some(variants) = &shape.variants {
        let discriminator = &variants.discriminator;
        let branches: Vec<Value> = variants
            .shapes
            .iter()
            .map(|(name, shape)| {
                let is_it =
                    json!({"properties": {discriminator: {"const": name}}, "required": [discriminator]});
                json!({"if": is_it, "then": schema(shape)})
            })
            .collect();
        required.push(discriminator.as_str().into());
        properties.insert(discriminator.clone(), json!({"type": "string"}));
        keywords.insert("allOf".to_owned(), branches.into());
        keywords.entry("type").or_insert_with(|| "object".into());
    }
    if !properties.is_empty() {
        keywords.insert("properties".to_owned(), properties.into());
    }
    if !required.is_empty() {
        keywords.insert("required".to_owned(), required.into());
    }
    // A keyword that is not told apart stays: the verdict decides on it, or says that it cannot.
    for (keyword, value) in &shape.other {
        keywords.entry(keyword.as_str()).or_insert_with(|| value.clone());
    }
    Value::Object(keywords)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(contract: &Value, document: &Value) -> bool {
        jsonschema::validator_for(&tolerant(contract)).unwrap().is_valid(document)
    }

    #[test]
    fn unknown_properties_enum_values_and_variants_do_not_stop_a_tolerant_reader() {
        let contract = json!({"oneOf": [
            {"type": "object", "additionalProperties": false, "required": ["type", "kode"],
             "properties": {"type": {"type": "string", "const": "a"}, "kode": {"type": "string", "enum": ["X"]}}}
        ]});
        assert!(accepts(&contract, &json!({"type": "a", "kode": "NEW", "more": 1})));
        assert!(accepts(&contract, &json!({"type": "b"})));
        assert!(!accepts(&contract, &json!({"type": "a"})));
        assert!(!accepts(&contract, &json!({"type": "a", "kode": 1})));
    }

    #[test]
    fn null_and_absent_are_the_same_where_either_is_allowed() {
        let contract = json!({
            "type": "object", "required": ["id", "dato"],
            "properties": {"id": {"type": "string"}, "dato": {"type": ["string", "null"]}, "navn": {"type": "string"}}
        });
        assert!(accepts(&contract, &json!({"id": "1"})));
        assert!(accepts(&contract, &json!({"id": "1", "navn": null, "dato": null})));
        assert!(!accepts(&contract, &json!({"id": null})));
    }
}
