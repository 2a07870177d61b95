//! The fields of a payload, wherever they stand in its schema.

use serde_json::Value;

/// A field of a payload, wherever it stands.
#[derive(Debug, Clone)]
pub struct Field {
    /// Property names with dots; an array's items have the array's path.
    pub path: String,
    /// The field's schema, with its reference followed.
    pub schema: Value,
    /// Whether the property is always there.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Last part of the discriminators of the variants that have the field; empty when all have it.
    pub variants: Vec<String>,
    /// Name of the definition that it refers to.
    pub(crate) referenced: Option<String>,
}

/// The fields of a payload schema, in the order of its types; those of several variants once.
pub fn fields(root: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    let Some(variants) = root.get("oneOf").and_then(Value::as_array) else {
        walk(root, root, "", None, &mut fields);
        return fields;
    };
    for variant in variants {
        let discriminator =
            variant.pointer("/properties/type/const").and_then(Value::as_str).unwrap_or_default();
        let name = discriminator.rsplit('.').next().unwrap_or_default();
        walk(root, variant, "", Some(name), &mut fields);
    }
    let all = variants.len();
    for field in fields.iter_mut().filter(|field| field.variants.len() == all) {
        field.variants.clear();
    }
    fields
}

/// Fields inside fields that are followed: a schema may refer to itself.
const DEPTH: usize = 16;

fn walk(root: &Value, schema: &Value, prefix: &str, variant: Option<&str>, fields: &mut Vec<Field>) {
    if prefix.matches('.').count() > DEPTH {
        return;
    }
    let required = |name: &str| {
        schema
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|other| other == name))
    };
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{prefix}{name}");
        let (target, nullable, referenced) = resolve(root, property);
        match fields.iter_mut().find(|field| field.path == path) {
            Some(field) => {
                field.required &= required(name);
                field.variants.extend(variant.map(str::to_owned));
            }
            None => fields.push(Field {
                path: path.clone(),
                schema: property.clone(),
                required: required(name),
                nullable,
                variants: variant.map(str::to_owned).into_iter().collect(),
                referenced,
            }),
        }
        let items = target.get("items").map_or(target, |items| resolve(root, items).0);
        walk(root, items, &format!("{path}."), variant, fields);
    }
}

/// Follows a reference and leaves out the null of a nullable field.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> (&'a Value, bool, Option<String>) {
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        let nullable = options.iter().any(|option| option.get("type").is_some_and(|kind| kind == "null"));
        let other = options.iter().find(|option| option.get("type").is_none_or(|kind| kind != "null"));
        let (target, _, referenced) = resolve(root, other.unwrap_or(schema));
        return (target, nullable, referenced);
    }
    let nullable = schema
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
    match schema.get("$ref").and_then(|reference| Some((dereference(root, reference)?, reference.as_str()?)))
    {
        Some((target, reference)) => (target, nullable, reference.rsplit('/').next().map(str::to_owned)),
        None => (schema, nullable, None),
    }
}

fn dereference<'a>(root: &'a Value, reference: &Value) -> Option<&'a Value> {
    root.pointer(reference.as_str()?.strip_prefix('#')?)
}
