//! The places of a contract's value schema: where a property or an item can stand, and what can stand there.

use serde_json::{Map, Value, json};

use tiltak_schema::pointer::{Pointer, Segment};

/// The property that tells the variants of a topic apart.
pub(crate) const DISCRIMINATOR: &str = "type";
/// Nesting that is followed, so that a schema that refers to itself comes to an end.
const DEPTH: usize = 24;

/// A schema of documents in which `leaf` holds at a place; it says nothing when there is nothing.
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
}

/// Where something can stand.
#[derive(Debug, Clone)]
pub(crate) struct Place<'s> {
    /// The variant; `None` in every one.
    variant: Option<String>,
    pub(crate) pointer: Pointer,
    /// Whether it is always there when what it is in is.
    required: bool,
    schema: &'s Value,
}

/// A property, in all the variants that have it.
#[derive(Debug)]
pub(crate) struct Property<'s> {
    pub(crate) pointer: Pointer,
    /// Whether it is always there when what it is in is.
    pub(crate) required: bool,
    /// The variants that have it; empty when there are none.
    pub(crate) variants: Vec<String>,
    /// What stands in the first of them.
    pub(crate) schema: &'s Value,
}

impl<'s> Places<'s> {
    pub(crate) fn of(root: &'s Value) -> Self {
        let mut places = Self { root, variants: Vec::new(), all: Vec::new() };
        let branches = ["oneOf", "anyOf"].into_iter().find_map(|keyword| {
            let branches = root.get(keyword)?.as_array()?;
            let names = branches.iter().map(|branch| places.discriminator(branch, 0));
            Some((branches, names.collect::<Option<Vec<_>>>()?))
        });
        match branches {
            Some((branches, names)) => {
                for (branch, name) in branches.iter().zip(&names) {
                    let found = places.walk(branch, &Pointer::default(), 0);
                    let of_variant = |place| Place { variant: Some(name.clone()), ..place };
                    places.all.extend(found.into_iter().map(of_variant));
                }
                places.variants = names;
            }
            None => places.all = places.walk(root, &Pointer::default(), 0),
        }
        places
    }

    fn discriminator(&self, schema: &Value, depth: usize) -> Option<String> {
        let name =
            schema.get("properties").and_then(|properties| properties.get(DISCRIMINATOR)?.get("const"));
        match name.and_then(Value::as_str) {
            Some(name) => Some(name.to_owned()),
            None if depth < DEPTH => self.discriminator(self.referenced(schema)?, depth + 1),
            None => None,
        }
    }

    fn referenced(&self, schema: &Value) -> Option<&'s Value> {
        self.root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
    }

    fn walk(&self, schema: &'s Value, at: &Pointer, depth: usize) -> Vec<Place<'s>> {
        if depth > DEPTH {
            return Vec::new();
        }
        let mut places = Vec::new();
        let is_required = |name: &str| {
            let required = schema.get("required").and_then(Value::as_array);
            required.is_some_and(|names| names.iter().any(|other| other == name))
        };
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let pointer = at.join(Segment::Name(name.clone()));
            let below = self.walk(property, &pointer, depth + 1);
            places.push(Place { variant: None, pointer, required: is_required(name), schema: property });
            places.extend(below);
        }
        if let Some(items) = schema.get("items").filter(|items| !items.is_array()) {
            let pointer = at.each();
            let below = self.walk(items, &pointer, depth + 1);
            places.push(Place { variant: None, pointer, required: false, schema: items });
            places.extend(below);
        }
        if let Some(target) = self.referenced(schema) {
            places.extend(self.walk(target, at, depth + 1));
        }
        for all in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            places.extend(self.walk(all, at, depth + 1));
        }
        for keyword in ["anyOf", "oneOf"] {
            let branches = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
            let branches: Vec<_> = branches
                .map(|branch| self.walk(branch, at, depth + 1))
                .filter(|places| !places.is_empty())
                .collect();
            let everywhere = |pointer: &Pointer| {
                branches.iter().all(|branch| branch.iter().any(|place| place.pointer == *pointer))
            };
            for place in branches.iter().flatten() {
                let required = place.required && everywhere(&place.pointer);
                places.push(Place { required, ..place.clone() });
            }
        }
        places
    }

    /// Whether the walk has seen every place: the schema has no keyword that makes one elsewhere.
    pub(crate) fn are_all_found(&self) -> bool {
        fn is_plain(schema: &Value) -> bool {
            const ELSEWHERE: [&str; 9] = [
                "if",
                "dependentSchemas",
                "dependencies",
                "patternProperties",
                "prefixItems",
                "unevaluatedItems",
                "unevaluatedProperties",
                "$dynamicRef",
                "$recursiveRef",
            ];
            let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
            match schema {
                Value::Array(schemas) => schemas.iter().all(is_plain),
                Value::Object(keywords) => keywords.iter().all(|(keyword, value)| match keyword.as_str() {
                    "properties" | "$defs" | "definitions" => {
                        value.as_object().is_some_and(|schemas| schemas.values().all(is_plain))
                    }
                    "const" => is_scalar(value),
                    "enum" => value.as_array().is_some_and(|values| values.iter().all(is_scalar)),
                    "$ref" => value.as_str().is_some_and(|target| target.starts_with("#/")),
                    "default" | "examples" => true,
                    keyword => !ELSEWHERE.contains(&keyword) && is_plain(value),
                }),
                _ => true,
            }
        }
        is_plain(self.root)
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
    pub(crate) fn properties(&self) -> Vec<Property<'s>> {
        let mut properties: Vec<Property<'s>> = Vec::new();
        let is_property = |place: &&Place<'_>| place.pointer.segments().last() != Some(&Segment::Each);
        for Place { variant, pointer, required, schema } in self.all.iter().filter(is_property) {
            match properties.iter_mut().find(|known| known.pointer == *pointer) {
                Some(known) => {
                    known.required &= required;
                    known.variants.extend(variant.clone());
                }
                None => properties.push(Property {
                    pointer: pointer.clone(),
                    required: *required,
                    variants: variant.iter().cloned().collect(),
                    schema,
                }),
            }
        }
        properties
    }

    /// Whether something can stand there, in one of these variants (all, when there are none to choose from).
    pub(crate) fn has(&self, pointer: &Pointer, variants: &[String]) -> bool {
        self.all.iter().any(|place| place.pointer == *pointer && place.is_in(variants))
    }

    /// The values that enumerations and constants spell for a place, in their order; not those of other schemas.
    pub(crate) fn spelt(&self, pointer: &Pointer, variants: &[String]) -> Vec<Value> {
        let mut values = Vec::new();
        for place in self.all.iter().filter(|place| place.pointer == *pointer && place.is_in(variants)) {
            self.spell(place.schema, &mut values, 0);
        }
        values
    }

    fn spell(&self, schema: &Value, values: &mut Vec<Value>, depth: usize) {
        let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
        for value in listed.chain(schema.get("const")) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        if depth < DEPTH {
            let branches = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|keyword| schema.get(keyword));
            let branches = branches.filter_map(Value::as_array).flatten();
            for schema in branches.chain(self.referenced(schema)) {
                self.spell(schema, values, depth + 1);
            }
        }
    }

    /// A schema of documents that are at this place as the contract allows, whatever they are elsewhere. References in
    /// it lead into [`Self::definitions`].
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

    /// What references in the schema lead to.
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
        ] {
            assert!(!Places::of(&schema).are_all_found(), "{schema}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        let schema = json!({ "properties": { "a": { "$ref": "#" } } });
        assert!(Places::of(&schema).has(&pointer("/a/a"), &[]));
    }
}
