//! Which properties the object of a closed writer has: those that its schema names.

use std::collections::BTreeSet;

use referencing::{Draft, Resolver};
use serde_json::{Map, Value};

use super::schema::Keywords;

/// How the object of a schema is closed.
#[derive(Debug, Default)]
pub(super) struct ClosedObject {
    /// Properties that schemas beside this one or above it name.
    pub(super) beside: BTreeSet<String>,
    /// This schema says which other properties there are: none.
    pub(super) closes: bool,
}

/// Keywords whose schemas are about the same object as the schema that they stand in.
const IN_PLACE: [&str; 8] =
    ["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas"];

impl ClosedObject {
    /// How the object of a schema is closed by a writer, where other schemas about it name the properties `beside`.
    pub(super) fn of(
        schema: &Keywords,
        resolver: &Resolver<'_>,
        mut beside: BTreeSet<String>,
    ) -> Result<Self, String> {
        let in_place = IN_PLACE.iter().filter(|keyword| schema.contains_key(**keyword)).count();
        let own = ["properties", "patternProperties", "additionalProperties"];
        let is_choice = in_place == 1
            && !own.iter().any(|keyword| schema.contains_key(*keyword))
            && schema.get("allOf").is_none_or(|all| all.as_array().is_some_and(|all| all.len() == 1));
        if in_place == 0 || is_choice {
            let closes = in_place == 0 && schema.contains_key("properties");
            return Ok(Self { beside, closes });
        }
        // Several schemas name the properties of one object: it has those of all of them, and no others.
        let mut names = Names { named: BTreeSet::new(), seen: Vec::new(), open: false };
        names.collect(schema, resolver)?;
        beside.extend(names.named);
        Ok(Self { beside, closes: !names.open && schema.contains_key("properties") })
    }
}

/// The properties that a schema and the schemas in place in it name.
struct Names {
    named: BTreeSet<String>,
    seen: Vec<usize>,
    /// Other properties are spoken of as well.
    open: bool,
}

impl Names {
    fn collect(&mut self, schema: &Keywords, resolver: &Resolver<'_>) -> Result<(), String> {
        let place = std::ptr::from_ref(schema) as usize;
        if self.seen.contains(&place) {
            return Ok(());
        }
        self.seen.push(place);
        for keyword in ["patternProperties", "additionalProperties", "unevaluatedProperties", "$dynamicRef"] {
            self.open |= schema.contains_key(keyword);
        }
        if let Some(Value::Object(named)) = schema.get("properties") {
            self.named.extend(named.keys().cloned());
        }
        let mut within = Vec::new();
        for keyword in ["allOf", "anyOf", "oneOf"] {
            within.extend(schema.get(keyword).and_then(Value::as_array).into_iter().flatten());
        }
        within.extend(["if", "then", "else"].into_iter().filter_map(|keyword| schema.get(keyword)));
        within.extend(
            schema.get("dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::values),
        );
        for schema in within {
            let resource = Draft::Draft202012.create_resource_ref(schema);
            let resolver = resolver.in_subresource(resource).map_err(|error| error.to_string())?;
            if let Some(schema) = schema.as_object() {
                self.collect(schema, &resolver)?;
            }
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let found = resolver.lookup(reference).map_err(|error| format!("$ref {reference:?}: {error}"))?;
            if let Some(schema) = found.contents().as_object() {
                self.collect(schema, found.resolver())?;
            }
        }
        Ok(())
    }
}
