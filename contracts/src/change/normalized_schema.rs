//! A schema as the rules see it: references followed, null taken apart, one place for each keyword.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::schema_text::is_draft_07;

/// Keywords with a number, or with `true`, that narrow what a value may be.
pub(crate) const LIMITS: [&str; 12] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// Keywords that say nothing about what is valid.
const WORDS: [&str; 7] = ["title", "$id", "$schema", "$defs", "definitions", "$comment", "examples"];

/// What one schema says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NormalizedSchema {
    pub(crate) description: Option<String>,
    /// The types but null; none named: all of them.
    pub(crate) types: BTreeSet<String>,
    pub(crate) nullable: bool,
    /// The values of `enum` or `const` but null.
    pub(crate) values: Option<Vec<Value>>,
    pub(crate) limits: BTreeMap<String, Value>,
    pub(crate) pattern: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) items: Option<Box<NormalizedSchema>>,
    pub(crate) properties: IndexMap<String, Property>,
    /// Properties without a name of their own: those of a map.
    pub(crate) entries: Option<Box<NormalizedSchema>>,
    /// Other properties than the named ones are refused.
    pub(crate) closed: bool,
    pub(crate) variants: Option<Variants>,
    /// Every other keyword, as it stands.
    pub(crate) other: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Property {
    pub(crate) shape: NormalizedSchema,
    pub(crate) required: bool,
}

/// A union whose variants are told apart by one property.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variants {
    pub(crate) discriminator: String,
    /// By the discriminator's value; the discriminator is not among the properties.
    pub(crate) shapes: IndexMap<String, NormalizedSchema>,
}

impl NormalizedSchema {
    /// The shape of a whole schema.
    pub(crate) fn of(schema: &Value) -> Self {
        Reader { root: schema, is_draft_07: is_draft_07(schema), open: Vec::new() }.shape(schema)
    }

    /// The same, without what is for people.
    pub(crate) fn without_words(&self) -> Self {
        let mut shape = self.clone();
        shape.description = None;
        for inner in shape.items.iter_mut().chain(&mut shape.entries) {
            **inner = inner.without_words();
        }
        for property in shape.properties.values_mut() {
            property.shape = property.shape.without_words();
        }
        for variant in shape.variants.iter_mut().flat_map(|variants| variants.shapes.values_mut()) {
            *variant = variant.without_words();
        }
        shape
    }

    /// Whether [`Self::scalar`] says all that is valid but null.
    pub(crate) fn is_scalar(&self) -> bool {
        let inside = [self.items.is_some(), self.entries.is_some(), self.variants.is_some(), self.closed];
        !inside.contains(&true) && self.properties.is_empty() && self.other.is_empty()
    }

    /// Types, limits and pattern as a schema, without what is said of null or of anything inside.
    pub(crate) fn scalar(&self, with_values: bool) -> Value {
        let mut keywords = Map::new();
        if !self.types.is_empty() {
            keywords.insert("type".to_owned(), self.types.iter().cloned().collect());
        }
        if let Some(values) = self.values.as_ref().filter(|_| with_values) {
            keywords.insert("enum".to_owned(), values.clone().into());
        }
        keywords.extend(self.limits.clone());
        keywords.extend(self.pattern.clone().map(|pattern| ("pattern".to_owned(), pattern.into())));
        Value::Object(keywords)
    }

    /// What kind of value it is, in a word or two.
    pub(crate) fn kind(&self) -> String {
        let types: Vec<&str> = self.types.iter().map(String::as_str).collect();
        match (&self.variants, &self.values, types.as_slice()) {
            (Some(variants), ..) => format!("one of {} variants", variants.shapes.len()),
            (None, Some(values), _) => format!("one of {} values", values.len()),
            (None, None, []) => "anything".to_owned(),
            (None, None, types) => types.join(" or "),
        }
    }
}

struct Reader<'s> {
    root: &'s Value,
    /// Keywords beside a `$ref` say nothing then.
    is_draft_07: bool,
    /// The references that are being followed.
    open: Vec<&'s str>,
}

impl<'s> Reader<'s> {
    fn shape(&mut self, schema: &'s Value) -> NormalizedSchema {
        match schema {
            Value::Object(keywords) => self.keywords(keywords),
            Value::Bool(true) => NormalizedSchema::default(),
            other => NormalizedSchema {
                other: BTreeMap::from([("schema".to_owned(), other.clone())]),
                ..NormalizedSchema::default()
            },
        }
    }

    fn keywords(&mut self, keywords: &'s Map<String, Value>) -> NormalizedSchema {
        let mut shape = match keywords.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.reference(reference),
            None => NormalizedSchema::default(),
        };
        let is_alone = self.is_draft_07 && keywords.contains_key("$ref");
        for (keyword, value) in keywords.iter().filter(|(keyword, _)| !is_alone || *keyword == "description")
        {
            if !self.keyword(&mut shape, keyword, value, keywords) {
                shape.other.insert(keyword.clone(), value.clone());
            }
        }
        let required = keywords.get("required").filter(|_| !is_alone);
        for name in required.and_then(Value::as_array).into_iter().flatten() {
            match name.as_str().and_then(|name| shape.properties.get_mut(name)) {
                Some(property) => property.required = true,
                None => drop(shape.other.insert(format!("required {name}"), Value::Bool(true))),
            }
        }
        shape
    }

    fn reference(&mut self, reference: &'s str) -> NormalizedSchema {
        let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        match target {
            Some(target) if !self.open.contains(&reference) => {
                self.open.push(reference);
                let shape = self.shape(target);
                self.open.pop();
                shape
            }
            _ => NormalizedSchema {
                other: BTreeMap::from([("$ref".to_owned(), reference.into())]),
                ..NormalizedSchema::default()
            },
        }
    }

    /// Takes a keyword into the shape; false if it is none that is told apart.
    fn keyword(
        &mut self,
        shape: &mut NormalizedSchema,
        keyword: &str,
        value: &'s Value,
        beside: &'s Map<String, Value>,
    ) -> bool {
        match (keyword, value) {
            ("$ref", Value::String(_)) | ("required", Value::Array(_)) => {}
            ("description", Value::String(text)) => shape.description = Some(text.clone()),
            ("type", Value::String(_) | Value::Array(_)) => {
                let names: Vec<&str> = match value {
                    Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                    name => name.as_str().into_iter().collect(),
                };
                shape.nullable |= names.contains(&"null");
                shape.types = names.into_iter().filter(|name| *name != "null").map(str::to_owned).collect();
            }
            ("enum", Value::Array(values)) => {
                shape.nullable |= values.contains(&Value::Null);
                shape.values = Some(values.iter().filter(|value| !value.is_null()).cloned().collect());
            }
            ("const", value) if !value.is_null() => shape.values = Some(vec![value.clone()]),
            ("pattern", Value::String(pattern)) if shape.pattern.is_none() => {
                shape.pattern = Some(pattern.clone());
            }
            ("format", Value::String(format)) if shape.format.is_none() => {
                shape.format = Some(format.clone());
            }
            ("items", items) if !items.is_array() => shape.items = Some(Box::new(self.shape(items))),
            ("properties", Value::Object(properties)) => {
                for (name, schema) in properties {
                    let property = Property { shape: self.shape(schema), required: false };
                    if shape.properties.insert(name.clone(), property).is_some() {
                        return false;
                    }
                }
            }
            ("additionalProperties", Value::Bool(allowed)) => shape.closed = !allowed,
            ("additionalProperties", entries) => shape.entries = Some(Box::new(self.shape(entries))),
            ("anyOf", Value::Array(options)) => return self.nullable(shape, options),
            ("oneOf", Value::Array(options)) => match self.variants(options) {
                Some(variants) => shape.variants = Some(variants),
                None => return self.nullable(shape, options),
            },
            (keyword, value) if LIMITS.contains(&keyword) && !shape.limits.contains_key(keyword) => {
                if *value != Value::Bool(false) {
                    shape.limits.insert(keyword.to_owned(), value.clone());
                }
            }
            (keyword, _) if WORDS.contains(&keyword) => {}
            ("default" | "deprecated" | "readOnly" | "writeOnly", _) if beside.contains_key("type") => {}
            _ => return false,
        }
        true
    }

    /// `X or null`.
    fn nullable(&mut self, shape: &mut NormalizedSchema, options: &'s [Value]) -> bool {
        let is_null = |option: &&Value| option.get("type").is_some_and(|kind| kind == "null");
        let others: Vec<&Value> = options.iter().filter(|option| !is_null(option)).collect();
        let [other] = others.as_slice() else { return false };
        let description = shape.description.take();
        let inner = self.shape(other);
        *shape = NormalizedSchema {
            description: description.or(inner.description.clone()),
            nullable: true,
            ..inner
        };
        true
    }

    /// A union of objects, each with a property that is one text and another one in each.
    fn variants(&mut self, options: &'s [Value]) -> Option<Variants> {
        let shapes: Vec<NormalizedSchema> = options.iter().map(|option| self.shape(option)).collect();
        let constant = |shape: &NormalizedSchema, name: &str| {
            let property = shape.properties.get(name).filter(|property| property.required)?;
            match property.shape.values.as_deref() {
                Some([Value::String(text)]) => Some(text.clone()),
                _ => None,
            }
        };
        let first = shapes.first()?;
        let discriminator = first
            .properties
            .keys()
            .find(|name| shapes.iter().all(|shape| constant(shape, name).is_some()))?
            .clone();
        let count = shapes.len();
        let shapes: IndexMap<String, NormalizedSchema> = shapes
            .into_iter()
            .map(|mut shape| {
                let value = constant(&shape, &discriminator).unwrap_or_default();
                shape.properties.shift_remove(&discriminator);
                (value, shape)
            })
            .collect();
        (shapes.len() == count).then_some(Variants { discriminator, shapes })
    }
}
