//! The places of a contract's value schema: where a property or an item can stand, and what can stand there.

use serde_json::{Map, Value, json};

use super::normalized_schema::NormalizedSchema;
use tiltak_schema::pointer::{Pointer, Segment};

/// The property that tells the variants of a topic apart.
pub(crate) const DISCRIMINATOR: &str = "type";
/// Keywords besides those of [`NormalizedSchema`] that make no place, or only say less of one than its schema does.
const MAKES_NO_PLACE: [&str; 12] = [
    "anyOf",
    "oneOf",
    "allOf",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "contains",
    "minContains",
    "maxContains",
    "contentEncoding",
    "contentMediaType",
];

/// A schema of documents in which `leaf` holds at a place. It restricts nothing if the place is absent.
pub(crate) fn nest(pointer: &Pointer, leaf: Value) -> Value {
    pointer.segments().iter().rev().fold(leaf, |inner, segment| match segment {
        Segment::Name(name) => json!({ "properties": { name: inner } }),
        Segment::Each => json!({ "items": inner }),
    })
}

/// The places of a value schema.
#[derive(Debug)]
pub(crate) struct Places<'s> {
    root: &'s Value,
    /// The values of the discriminator; empty when the topic has no variants.
    pub(crate) variants: Vec<String>,
    all: Vec<Place<'s>>,
    are_all_found: bool,
}

/// A place where a value can stand.
#[derive(Debug, Clone)]
pub(crate) struct Place<'s> {
    /// The variant; `None` if the place is in every variant.
    variant: Option<String>,
    pub(crate) pointer: Pointer,
    /// Whether the place is always there if its parent is.
    required: bool,
    schema: &'s Value,
    /// The values that enumerations and constants list.
    values: Vec<Value>,
    /// Whether places below are not listed because the schema refers to itself.
    is_circular: bool,
}

/// A property, merged over the variants that have it.
#[derive(Debug)]
pub(crate) struct PropertyPlace<'s> {
    pub(crate) pointer: Pointer,
    /// Whether the property is always there if its parent is.
    pub(crate) required: bool,
    /// The variants that have the property; empty if the topic has no variants.
    pub(crate) variants: Vec<String>,
    /// The property's schema in the first of them.
    pub(crate) schema: &'s Value,
}

impl<'s> Places<'s> {
    pub(crate) fn of(root: &'s Value) -> Self {
        let schema = NormalizedSchema::of(root);
        let mut places =
            Self { root, variants: Vec::new(), all: Vec::new(), are_all_found: are_all_found(&schema) };
        let at_root = Pointer::default();
        match schema.variants.as_ref().filter(|variants| variants.discriminator == DISCRIMINATOR) {
            Some(variants) => {
                for ((name, shape), tag) in variants.shapes.iter().zip(&variants.tags) {
                    let mut found = vec![places.place(&at_root.name(DISCRIMINATOR), true, tag)];
                    found.extend(places.walk(shape, &at_root));
                    let of_variant = |place| Place { variant: Some(name.clone()), ..place };
                    places.all.extend(found.into_iter().map(of_variant));
                }
                places.variants = variants.shapes.keys().cloned().collect();
                let common = NormalizedSchema { variants: None, ..schema.clone() };
                places.all.extend(places.walk(&common, &at_root));
            }
            None => places.all = places.walk(&schema, &at_root),
        }
        places
    }

    fn place(&self, pointer: &Pointer, required: bool, schema: &NormalizedSchema) -> Place<'s> {
        let mut values = Vec::new();
        spell(schema, &mut values);
        Place {
            variant: None,
            pointer: pointer.clone(),
            required,
            schema: self.root.pointer(&schema.origin.0).unwrap_or(&Value::Bool(true)),
            values,
            is_circular: schema.other.contains_key("$ref"),
        }
    }

    /// The places below one.
    fn walk(&self, schema: &NormalizedSchema, at: &Pointer) -> Vec<Place<'s>> {
        let mut places = Vec::new();
        let mut add = |pointer: Pointer, required, schema| {
            places.push(self.place(&pointer, required, schema));
            places.extend(self.walk(schema, &pointer));
        };
        for (name, property) in &schema.properties {
            add(at.name(name), property.required, &property.shape);
        }
        if let Some(items) = &schema.items {
            add(at.each(), false, items);
        }
        for branches in &schema.branches {
            let found: Vec<_> = branches.schemas.iter().map(|schema| self.walk(schema, at)).collect();
            if branches.all_hold {
                places.extend(found.into_iter().flatten());
            } else {
                places.extend(alternatives(found));
            }
        }
        if let Some(variants) = &schema.variants {
            let tag = at.name(&variants.discriminator);
            let variants = variants.shapes.values().zip(&variants.tags).map(|(shape, schema)| {
                let mut places = vec![self.place(&tag, true, schema)];
                places.extend(self.walk(shape, at));
                places
            });
            places.extend(alternatives(variants.collect()));
        }
        places
    }

    /// Whether every place is listed: the schema does not refer to itself, and has no keyword that puts values
    /// elsewhere.
    pub(crate) fn are_all_found(&self) -> bool {
        self.are_all_found
    }

    /// Every pointer once, in the order of the schema, with the variants that have it.
    pub(crate) fn pointers(&self) -> Vec<(Pointer, Vec<String>)> {
        let mut pointers: Vec<(Pointer, Vec<String>)> = Vec::new();
        for place in &self.all {
            match pointers.iter_mut().find(|(pointer, _)| *pointer == place.pointer) {
                Some((_, variants)) => variants.extend(place.variant.clone()),
                None => {
                    pointers.push((place.pointer.clone(), place.variant.iter().cloned().collect()));
                }
            }
        }
        for (_, variants) in &mut pointers {
            variants.dedup();
        }
        pointers
    }

    /// Every property once, in the order of the schema.
    pub(crate) fn properties(&self) -> Vec<PropertyPlace<'s>> {
        let mut properties: Vec<PropertyPlace<'s>> = Vec::new();
        let is_property = |place: &&Place<'_>| place.pointer.segments().last() != Some(&Segment::Each);
        for Place { variant, pointer, required, schema, .. } in self.all.iter().filter(is_property) {
            match properties.iter_mut().find(|known| known.pointer == *pointer) {
                Some(known) => {
                    known.required &= required;
                    known.variants.extend(variant.clone());
                }
                None => properties.push(PropertyPlace {
                    pointer: pointer.clone(),
                    required: *required,
                    variants: variant.iter().cloned().collect(),
                    schema,
                }),
            }
        }
        properties
    }

    /// Whether a value can stand at a place, in one of these variants (all, if the topic has none).
    pub(crate) fn has(&self, pointer: &Pointer, variants: &[String]) -> bool {
        let is_above =
            |place: &Place<'_>| place.is_circular && pointer.segments().starts_with(place.pointer.segments());
        let mut places = self.all.iter().filter(|place| place.is_in(variants));
        places.any(|place| place.pointer == *pointer || is_above(place))
    }

    /// The values that enumerations and constants list for a place, in order, without those of other schemas.
    pub(crate) fn spelt(&self, pointer: &Pointer, variants: &[String]) -> Vec<Value> {
        let here = self.all.iter().filter(|place| place.pointer == *pointer && place.is_in(variants));
        let mut values = Vec::new();
        for value in here.flat_map(|place| &place.values) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        values
    }

    /// A schema of documents that are valid at this place, whatever they are elsewhere. Its references lead into
    /// [`Self::definitions`].
    pub(crate) fn emitted(&self, pointer: &Pointer) -> Value {
        if self.variants.is_empty() {
            return self.emitted_in(pointer, None);
        }
        let branches = self.variants.iter().map(|variant| {
            json!({
                "properties": { DISCRIMINATOR: { "const": variant } },
                "required": [DISCRIMINATOR],
                "allOf": [self.emitted_in(pointer, Some(variant))]
            })
        });
        json!({ "anyOf": branches.collect::<Vec<_>>() })
    }

    fn emitted_in(&self, pointer: &Pointer, variant: Option<&String>) -> Value {
        let Some((parent, last)) = pointer.split_last() else { return json!(true) };
        let here: Vec<_> = self
            .all
            .iter()
            .filter(|place| {
                place.pointer == *pointer && (place.variant.is_none() || place.variant.as_ref() == variant)
            })
            .collect();
        let schema = match here.as_slice() {
            [] => json!(false),
            [place] => place.schema.clone(),
            places => json!({ "anyOf": places.iter().map(|place| place.schema).collect::<Vec<_>>() }),
        };
        nest(
            &parent,
            match last {
                Segment::Each => json!({ "items": schema }),
                Segment::Name(name) if !here.is_empty() && here.iter().all(|place| place.required) => {
                    json!({ "properties": { name: schema }, "required": [name] })
                }
                Segment::Name(name) => json!({ "properties": { name: schema } }),
            },
        )
    }

    /// The definitions that references in the schema lead to.
    pub(crate) fn definitions(&self) -> Map<String, Value> {
        let definitions = ["$defs", "definitions"].into_iter();
        definitions.filter_map(|name| Some((name.to_owned(), self.root.get(name)?.clone()))).collect()
    }
}

impl Place<'_> {
    fn is_in(&self, variants: &[String]) -> bool {
        variants.is_empty() || self.variant.as_ref().is_none_or(|variant| variants.contains(variant))
    }
}

/// The places of schemas of which one holds: a property is always there if it is in each of them that has places at all.
fn alternatives(mut branches: Vec<Vec<Place<'_>>>) -> Vec<Place<'_>> {
    branches.retain(|places| !places.is_empty());
    let everywhere = |pointer: &Pointer| {
        branches.iter().all(|branch| branch.iter().any(|place| place.pointer == *pointer))
    };
    let required = |place: &Place<'_>| place.required && everywhere(&place.pointer);
    branches.iter().flatten().map(|place| Place { required: required(place), ..place.clone() }).collect()
}

/// The values that a schema lists.
fn spell(schema: &NormalizedSchema, values: &mut Vec<Value>) {
    values.extend(schema.values.iter().flatten().cloned());
    schema.branches.iter().flat_map(|branches| &branches.schemas).for_each(|schema| spell(schema, values));
}

/// Whether no keyword of a schema or below it makes a place that is not walked.
fn are_all_found(schema: &NormalizedSchema) -> bool {
    let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
    let variants =
        schema.variants.iter().flat_map(|variants| variants.tags.iter().chain(variants.shapes.values()));
    let properties = schema.properties.values().map(|property| &property.shape);
    let branches = schema.branches.iter().flat_map(|branches| &branches.schemas);
    let mut inside = schema.items.as_deref().into_iter().chain(properties).chain(branches).chain(variants);
    schema.entries.is_none()
        && schema.other.keys().all(|keyword| MAKES_NO_PLACE.contains(&keyword.as_str()))
        && schema.values.iter().flatten().all(is_scalar)
        && inside.all(are_all_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &str) -> Pointer {
        text.parse().unwrap()
    }

    #[test]
    fn references_unions_and_items_are_followed() {
        let schema = json!({
            "properties": { "a": { "anyOf": [{ "$ref": "#/$defs/A" }, { "type": "null" }] } },
            "$defs": { "A": { "properties": { "b": { "items": { "enum": ["x", "y"] } } }, "required": ["b"] } }
        });
        let places = Places::of(&schema);
        let found: Vec<_> = places.pointers().into_iter().map(|(pointer, _)| pointer.to_string()).collect();
        assert_eq!(found, ["/a", "/a/b", "/a/b/*"]);
        assert_eq!(places.spelt(&pointer("/a/b/*"), &[]), [json!("x"), json!("y")]);
    }

    #[test]
    fn a_place_that_a_contract_does_not_have_stays_empty() {
        let schema = json!({ "properties": { "a": true } });
        let emitted = Places::of(&schema).emitted(&pointer("/b"));
        assert!(jsonschema::is_valid(&emitted, &json!({ "a": 1 })));
        assert!(!jsonschema::is_valid(&emitted, &json!({ "b": 1 })));
    }

    #[test]
    fn a_keyword_that_makes_places_elsewhere_is_noticed() {
        assert!(Places::of(&json!({ "properties": { "if": { "enum": ["x", 1] } } })).are_all_found());
        for schema in [
            json!({ "if": true, "then": { "properties": { "a": true } } }),
            json!({ "properties": { "a": { "const": { "b": 1 } } } }),
            json!({ "allOf": [{ "patternProperties": { "^x": true } }] }),
            json!({ "required": ["a"] }),
            json!({ "properties": { "a": { "$ref": "#" } } }),
            json!({ "$schema": "http://json-schema.org/draft-07/schema#", "items": [true] }),
            json!({ "additionalProperties": { "type": "string" } }),
        ] {
            assert!(!Places::of(&schema).are_all_found(), "{schema}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        let schema = json!({ "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" } } });
        let places = Places::of(&schema);
        assert!(places.has(&pointer("/a/b/a/b/a"), &[]));
        assert!(!places.has(&pointer("/c"), &[]));
    }
}
