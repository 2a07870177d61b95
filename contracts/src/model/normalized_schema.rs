//! The normal form of a schema: references followed, null separated, one place for each keyword.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use indexmap::IndexMap;
use serde_json::{Map, Value};
use tiltak_schema::pointer::Pointer;

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
/// The same, but a change of them is one.
const ANNOTATIONS: [&str; 5] = ["description", "default", "deprecated", "readOnly", "writeOnly"];

/// What one schema says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NormalizedSchema {
    pub(crate) origin: Origin,
    pub(crate) description: Option<String>,
    /// The types except null; empty means all.
    pub(crate) types: BTreeSet<String>,
    pub(crate) nullable: bool,
    /// The values of `enum` or `const` except null.
    pub(crate) values: Option<Vec<Value>>,
    pub(crate) limits: BTreeMap<String, Value>,
    pub(crate) pattern: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) items: Option<Box<NormalizedSchema>>,
    pub(crate) properties: IndexMap<String, Property>,
    /// The schema of properties without a name of their own, as in a map.
    pub(crate) entries: Option<Box<NormalizedSchema>>,
    /// Whether unnamed properties are refused.
    pub(crate) closed: bool,
    pub(crate) variants: Option<Variants>,
    /// The schemas of `allOf`, and of an `anyOf` or `oneOf` that expresses neither variants nor null. Their text is
    /// in `other` too.
    pub(crate) branches: Vec<Branches>,
    /// Every other keyword, as it stands.
    pub(crate) other: BTreeMap<String, Value>,
}

/// The place of a schema in its document, as a JSON pointer. It is not part of the schema's meaning: all origins are
/// equal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin(pub(crate) String);

impl PartialEq for Origin {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// The schemas of one keyword that apply to the same value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Branches {
    /// Whether a value has to be valid under all of them, and not only under some.
    pub(crate) all_hold: bool,
    pub(crate) schemas: Vec<NormalizedSchema>,
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
    /// The schemas of the discriminator, in the order of the variants.
    pub(crate) tags: Vec<NormalizedSchema>,
    /// By the discriminator's value; the discriminator is not among the properties.
    pub(crate) shapes: IndexMap<String, NormalizedSchema>,
}

impl NormalizedSchema {
    /// Limit on the schemas that are read, references followed: a short text can have billions.
    pub(crate) const MAX_PARTS: usize = 100_000;
    /// Limit on nesting, references included.
    pub(crate) const MAX_DEPTH: usize = 128;

    /// The normal form of a schema.
    pub(crate) fn of(schema: &Value) -> Self {
        Reader::new(schema).shape(schema, String::new())
    }

    /// Whether the whole schema is within the limits.
    pub(crate) fn is_within_bounds(schema: &Value) -> bool {
        let mut reader = Reader::new(schema);
        reader.shape(schema, String::new());
        !reader.is_cut
    }

    /// The same schema without annotations for people.
    pub(crate) fn without_words(&self) -> Self {
        let mut shape = self.clone();
        shape.description = None;
        for inner in shape.items.iter_mut().chain(&mut shape.entries) {
            **inner = inner.without_words();
        }
        for property in shape.properties.values_mut() {
            property.shape = property.shape.without_words();
        }
        let variants = shape.variants.iter_mut();
        for inner in variants.flat_map(|it| it.tags.iter_mut().chain(it.shapes.values_mut())) {
            *inner = inner.without_words();
        }
        for inner in shape.branches.iter_mut().flat_map(|branches| &mut branches.schemas) {
            *inner = inner.without_words();
        }
        shape
    }

    /// Whether [`Self::scalar`] expresses everything that is valid except null.
    pub(crate) fn is_scalar(&self) -> bool {
        let inside = [self.items.is_some(), self.entries.is_some(), self.variants.is_some(), self.closed];
        !inside.contains(&true) && self.properties.is_empty() && self.other.is_empty()
    }

    /// Types, limits and pattern as a schema, without null and nested values.
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

    /// Whether null is the only value.
    fn is_null(&self) -> bool {
        self.nullable && self.values.as_ref().is_some_and(Vec::is_empty)
    }

    /// The kind of value, in a word or two.
    pub(crate) fn kind(&self) -> String {
        let types: Vec<&str> = self.types.iter().map(String::as_str).collect();
        match (&self.variants, &self.values, types.as_slice()) {
            (Some(variants), ..) => format!("one of {} variants", variants.shapes.len()),
            (None, Some(values), _) if values.is_empty() => "null".to_owned(),
            (None, Some(values), _) => format!("one of {} values", values.len()),
            (None, None, []) => "anything".to_owned(),
            (None, None, types) => types.join(" or "),
        }
    }
}

struct Reader<'s> {
    root: &'s Value,
    /// Whether the schema is draft-07, in which keywords beside a `$ref` mean nothing.
    is_draft_07: bool,
    /// The references that are being followed.
    open: Vec<&'s str>,
    /// Schemas read so far.
    parts: usize,
    /// Depth of the schemas that are being read.
    depth: usize,
    /// Whether something was left out.
    is_cut: bool,
}

impl<'s> Reader<'s> {
    fn new(root: &'s Value) -> Self {
        Self { root, is_draft_07: is_draft_07(root), open: Vec::new(), parts: 0, depth: 0, is_cut: false }
    }

    /// `at`: where the schema stands.
    fn shape(&mut self, schema: &'s Value, at: String) -> NormalizedSchema {
        self.parts += 1;
        self.depth += 1;
        self.is_cut |= self.parts > NormalizedSchema::MAX_PARTS || self.depth > NormalizedSchema::MAX_DEPTH;
        let shape = match schema {
            Value::Object(keywords) if !self.is_cut => self.keywords(keywords, &at),
            Value::Bool(true) => NormalizedSchema { nullable: true, ..NormalizedSchema::default() },
            other => NormalizedSchema {
                other: BTreeMap::from([("schema".to_owned(), other.clone())]),
                ..NormalizedSchema::default()
            },
        };
        self.depth -= 1;
        NormalizedSchema { origin: Origin(at), ..shape }
    }

    fn keywords(&mut self, keywords: &'s Map<String, Value>, at: &str) -> NormalizedSchema {
        let mut shape = match keywords.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.reference(reference),
            // Null is as good as any other value, where no keyword says otherwise.
            None => NormalizedSchema { nullable: true, ..NormalizedSchema::default() },
        };
        let is_alone = self.is_draft_07 && keywords.contains_key("$ref");
        for (keyword, value) in keywords.iter().filter(|(keyword, _)| !is_alone || *keyword == "description")
        {
            if !self.keyword(&mut shape, (keyword, value), keywords, at) {
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
                let shape = self.shape(target, reference[1..].to_owned());
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
        (keyword, value): (&str, &'s Value),
        beside: &'s Map<String, Value>,
        at: &str,
    ) -> bool {
        let below = |name: &dyn Display| format!("{at}/{keyword}{name}");
        match (keyword, value) {
            ("$ref", Value::String(_)) | ("required", Value::Array(_)) => {}
            ("description", Value::String(text)) => shape.description = Some(text.clone()),
            ("type", Value::String(_) | Value::Array(_)) => {
                let names: Vec<&str> = match value {
                    Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                    name => name.as_str().into_iter().collect(),
                };
                shape.nullable &= names.contains(&"null");
                shape.types = names.into_iter().filter(|name| *name != "null").map(str::to_owned).collect();
                if shape.types.is_empty() {
                    shape.values = Some(Vec::new());
                }
            }
            ("enum", Value::Array(values)) => {
                shape.nullable &= values.contains(&Value::Null);
                shape.values = Some(values.iter().filter(|value| !value.is_null()).cloned().collect());
            }
            ("const", value) => {
                shape.nullable &= value.is_null();
                shape.values =
                    Some(Some(value).filter(|value| !value.is_null()).cloned().into_iter().collect());
            }
            ("pattern", Value::String(pattern)) if shape.pattern.is_none() => {
                shape.pattern = Some(pattern.clone());
            }
            ("format", Value::String(format)) if shape.format.is_none() => {
                shape.format = Some(format.clone());
            }
            ("items", items) if !items.is_array() => {
                shape.items = Some(Box::new(self.shape(items, below(&""))));
            }
            ("properties", Value::Object(properties)) => {
                for (name, schema) in properties {
                    let here = below(&Pointer::default().name(name));
                    let property = Property { shape: self.shape(schema, here), required: false };
                    if shape.properties.insert(name.clone(), property).is_some() {
                        return false;
                    }
                }
            }
            ("additionalProperties", Value::Bool(allowed)) => shape.closed = !allowed,
            ("additionalProperties", entries) => {
                shape.entries = Some(Box::new(self.shape(entries, below(&""))));
            }
            ("anyOf" | "oneOf" | "allOf", Value::Array(options)) => {
                let options = options.iter().enumerate();
                let options =
                    options.map(|(index, option)| self.shape(option, below(&format_args!("/{index}"))));
                let says_nothing = |other: &str| WORDS.contains(&other) || ANNOTATIONS.contains(&other);
                let is_alone = beside.keys().all(|other| other == keyword || says_nothing(other));
                return Self::branches(shape, keyword, options.collect(), is_alone);
            }
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

    /// `X or null` where nothing stands beside it, variants, or neither: false.
    fn branches(
        shape: &mut NormalizedSchema,
        keyword: &str,
        options: Vec<NormalizedSchema>,
        is_alone: bool,
    ) -> bool {
        if keyword == "oneOf"
            && let Some(variants) = Variants::of(&options)
        {
            shape.nullable = false;
            shape.variants = Some(variants);
            return true;
        }
        let mut is_null = options.iter().map(|option| option.nullable);
        let nullable = if keyword == "allOf" { is_null.all(|it| it) } else { is_null.any(|it| it) };
        shape.nullable &= nullable;
        if keyword != "allOf" && is_alone {
            let mut others = options.iter().filter(|option| !option.is_null());
            if let (Some(other), None) = (others.next(), others.next()) {
                let description = shape.description.take().or(other.description.clone());
                *shape = NormalizedSchema { description, nullable, ..other.clone() };
                return true;
            }
        }
        shape.branches.push(Branches { all_hold: keyword == "allOf", schemas: options });
        false
    }
}

impl Variants {
    /// A union of objects, each with a property that is one text and another one in each.
    fn of(options: &[NormalizedSchema]) -> Option<Self> {
        let constant = |shape: &NormalizedSchema, name: &str| {
            let property = shape.properties.get(name).filter(|property| property.required)?;
            match property.shape.values.as_deref() {
                Some([Value::String(text)]) => Some(text.clone()),
                _ => None,
            }
        };
        let mut names = options.first()?.properties.keys();
        let discriminator =
            names.find(|name| options.iter().all(|shape| constant(shape, name).is_some()))?.clone();
        let mut tags = Vec::new();
        let mut shapes = IndexMap::new();
        for option in options {
            let mut shape = option.clone();
            let tag = shape.properties.shift_remove(&discriminator)?.shape;
            let [Value::String(name)] = tag.values.as_deref()? else { return None };
            shapes.insert(name.clone(), shape);
            tags.push(tag);
        }
        (shapes.len() == options.len()).then_some(Self { discriminator, tags, shapes })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_is_a_value_where_no_keyword_refuses_it() {
        for (schema, nullable) in [
            (json!({}), true),
            (json!(true), true),
            (json!({"minimum": 3}), true),
            (json!({"type": ["string", "null"]}), true),
            (json!({"type": "null"}), true),
            (json!({"const": null}), true),
            (json!({"type": ["string", "null"], "enum": ["a"]}), false),
            (json!({"type": "string"}), false),
            (json!({"anyOf": [{"type": "string"}]}), false),
            (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), true),
            (json!({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]}), true),
            (json!({"allOf": [{"type": ["string", "null"]}, {"type": "string"}]}), false),
            (json!({"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}}), false),
        ] {
            assert_eq!(NormalizedSchema::of(&schema).nullable, nullable, "{schema}");
        }
    }

    #[test]
    fn what_stands_beside_a_nullable_union_is_kept() {
        let schema = json!({"minLength": 3, "anyOf": [{"type": "string"}, {"type": "null"}]});
        let schema = NormalizedSchema::of(&schema);
        assert_eq!((schema.limits.len(), schema.branches.len()), (1, 1));
    }
}
