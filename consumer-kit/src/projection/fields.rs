//! From the schema of what a reader binds to the fields of its declaration.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tiltak_schema::binding::TYPE_NAMES;
use tiltak_schema::pointer::escaped;

use super::error::DeclarationError;

fn is_taken(name: &str) -> bool {
    TYPE_NAMES.contains(&name)
}

/// A line of `fields` in a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) pointer: String,
    pub(super) name: String,
    pub(super) pattern: Option<String>,
    pub(super) required: bool,
    pub(super) nullable: bool,
    pub(super) keeps_unknown: bool,
    /// The variants that it is bound in; empty for all.
    pub(super) variants: Vec<String>,
}

/// What is bound of a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) bound: Vec<Field>,
    pub(super) variants: Vec<String>,
    pub(super) enums: BTreeMap<String, Vec<String>>,
    /// Whether a property that is not bound is refused.
    pub(super) closed: bool,
}

impl Fields {
    /// Of a schema whose parts are not behind references.
    pub(super) fn of(schema: &Value) -> Result<Self, DeclarationError> {
        let mut found = Self::default();
        let branches = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
        let Some(branches) = branches else {
            found.object(schema, "", &[])?;
            return Ok(found);
        };
        let of_branch = |branch: &Value| {
            let discriminator = branch.pointer("/properties/type/const").and_then(Value::as_str);
            discriminator
                .map(str::to_owned)
                .ok_or_else(|| DeclarationError::new("", "variants without a `type`"))
        };
        found.variants = branches.iter().map(of_branch).collect::<Result<_, _>>()?;
        for (branch, variant) in branches.iter().zip(found.variants.clone()) {
            found.object(branch, "", &[variant])?;
        }
        Ok(found)
    }

    /// What is required here and not there is neither required nor refused as null.
    pub(super) fn relax(&mut self, other: &Self) {
        let is_same = |one: &Field, two: &Field| {
            let shared = one.variants.is_empty() && two.variants.is_empty()
                || one.variants.iter().any(|it| two.variants.contains(it));
            one.pointer == two.pointer && shared
        };
        for field in self.bound.iter_mut().filter(|it| it.required) {
            if other.bound.iter().any(|it| !it.required && is_same(field, it)) {
                field.required = false;
                field.nullable = true;
            }
        }
    }

    /// What is bound alike in several variants is one field.
    pub(super) fn merge(&mut self) {
        let mut merged: Vec<Field> = Vec::new();
        for field in self.bound.drain(..) {
            let same =
                |it: &&mut Field| Field { variants: field.variants.clone(), ..(**it).clone() } == field;
            match merged.iter_mut().find(same) {
                Some(known) => known.variants.extend(field.variants),
                None => merged.push(field),
            }
        }
        let all = self.variants.len();
        merged.iter_mut().filter(|it| it.variants.len() == all).for_each(|it| it.variants.clear());
        self.bound = merged;
    }

    fn object(&mut self, schema: &Value, at: &str, variants: &[String]) -> Result<(), DeclarationError> {
        self.closed |= schema.get("additionalProperties") == Some(&Value::Bool(false));
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let required = schema.get("required").and_then(Value::as_array);
        for (name, property) in properties {
            if at.is_empty() && !variants.is_empty() && name == "type" {
                continue;
            }
            let pointer = format!("{at}/{}", escaped(name));
            let is_required = required.is_some_and(|it| it.iter().any(|it| it == name));
            self.field(property, &pointer, is_required, variants)?;
        }
        Ok(())
    }

    fn field(
        &mut self,
        schema: &Value,
        pointer: &str,
        required: bool,
        variants: &[String],
    ) -> Result<(), DeclarationError> {
        let (schema, nullable) = without_null(schema);
        let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
        let mut pattern = None;
        let mut keeps_unknown = false;
        let known = known_values(schema);
        let name = match (known, text("type"), text("format")) {
            (Some(known), ..) => {
                keeps_unknown = schema.get("x-known-values").is_some();
                self.enumeration(text("x-enum").or(text("title")), pointer, known)
            }
            (_, Some("string"), format) => {
                pattern = text("pattern").map(str::to_owned);
                let named = match format {
                    _ if pattern.is_some() => "string",
                    Some("uuid") => "uuid",
                    Some("date") => "LocalDate",
                    Some("date-time") => "OffsetDateTime",
                    _ => "string",
                };
                named.to_owned()
            }
            (_, Some("integer"), Some("int8" | "uint8" | "int16" | "uint16" | "int32")) => "int32".to_owned(),
            (_, Some("integer"), _) => "int64".to_owned(),
            (_, Some("number"), _) => "double".to_owned(),
            (_, Some(it @ ("boolean" | "array" | "object")), _) => it.to_owned(),
            _ => {
                let what = "a type that a declaration has no name for; bind a string, number, boolean, array, object or enum";
                return Err(DeclarationError::new(pointer, what));
            }
        };
        let field = Field {
            pointer: pointer.to_owned(),
            name,
            pattern,
            required,
            nullable,
            keeps_unknown,
            variants: variants.to_vec(),
        };
        self.bound.push(field);
        match text("type") {
            Some("object") => self.object(schema, pointer, variants),
            Some("array") => match schema.get("items") {
                Some(items @ Value::Object(_)) => self.field(items, &format!("{pointer}/*"), true, variants),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Gives an enum a name that no other one has.
    fn enumeration(&mut self, title: Option<&str>, pointer: &str, known: Vec<String>) -> String {
        let last = pointer.rsplit('/').find(|step| *step != "*").unwrap_or_default();
        let mut letters = last.chars().filter(char::is_ascii_alphanumeric);
        let by_field =
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        let base = title.map_or(by_field, str::to_owned);
        let mut name = base.clone();
        let mut number = 1;
        while self.enums.get(&name).is_some_and(|it| *it != known) || is_taken(&name) {
            number += 1;
            name = format!("{base}{number}");
        }
        self.enums.insert(name.clone(), known);
        name
    }
}

/// The values of an enum, if the schema is one.
fn known_values(schema: &Value) -> Option<Vec<String>> {
    let strings = |values: &Value| -> Option<Vec<String>> {
        let values = values.as_array()?.iter().filter(|it| !it.is_null());
        values.map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let of_branch = |branch: &Value| match branch.get("const") {
        Some(value) => value.as_str().map(|it| vec![it.to_owned()]),
        None => strings(branch.get("enum")?),
    };
    if let Some(values) = schema.get("x-known-values").or_else(|| schema.get("enum")) {
        return strings(values);
    }
    if let Some(value) = schema.get("const") {
        return value.as_str().map(|it| vec![it.to_owned()]);
    }
    let branches = schema.get("oneOf")?.as_array()?;
    branches.iter().map(of_branch).collect::<Option<Vec<_>>>().map(|it| it.concat())
}

/// What is accepted besides null, and whether null is.
fn without_null(schema: &Value) -> (&Value, bool) {
    let is_null = |it: &Value| it.get("type").is_some_and(|it| it == "null");
    for keyword in ["anyOf", "oneOf"] {
        if let Some([first, second]) = schema.get(keyword).and_then(Value::as_array).map(Vec::as_slice) {
            if is_null(second) {
                return (first, true);
            }
            if is_null(first) {
                return (second, true);
            }
        }
    }
    let in_enum = schema.get("enum").and_then(Value::as_array).is_some_and(|it| it.contains(&Value::Null));
    (schema, in_enum)
}

/// Turns `"type": ["string", "null"]` into the two branches that it is short for, all the way down.
pub(super) fn spelt_out(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            keywords.values_mut().for_each(spelt_out);
            let types = keywords.get("type").and_then(Value::as_array).cloned();
            if let Some([Value::String(one), other] | [other, Value::String(one)]) = types.as_deref()
                && other == "null"
            {
                let mut rest = keywords.clone();
                rest.insert("type".to_owned(), Value::String(one.clone()));
                let branches = vec![Value::Object(rest), serde_json::json!({ "type": "null" })];
                *schema = serde_json::json!({ "anyOf": branches });
            }
        }
        Value::Array(items) => items.iter_mut().for_each(spelt_out),
        _ => {}
    }
}
