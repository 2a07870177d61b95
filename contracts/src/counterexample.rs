//! Counterexamples for people: an example of the contract if one shows the breakage, else the smallest document.

use std::fmt;

use jsonschema::Validator;
use serde::Serialize;
use serde_json::Value;
use tiltak_schema::pointer::{Pointer, Segment};

use crate::containment::Witness;
use crate::contract_version::Example;
use crate::model::NormalizedSchema;

/// A document that a writer may write and a reader refuses. It holds no personal data: examples are invented, and the
/// search invents the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counterexample {
    /// The document.
    pub document: Value,
    /// The valid example that the document is made from; `None` if no example shows the breakage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<ExamplePlace>,
    /// The properties in which the document differs from the example.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<PropertyChange>,
    /// The smallest document that shows the same breakage.
    pub minimal: Value,
}

/// The place of an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExamplePlace {
    /// Path below `contracts/`.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
}

/// A property that differs from the example.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyChange {
    /// The JSON pointer of the property.
    pub pointer: Pointer,
    /// The value of the property; `None` if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl fmt::Display for PropertyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = {value}", self.pointer),
            None => write!(f, "{} left out", self.pointer),
        }
    }
}

/// The writer's schema, with the examples that may be shown.
pub(crate) struct Written<'w> {
    pub(crate) schema: &'w NormalizedSchema,
    pub(crate) validator: Option<&'w Validator>,
    pub(crate) examples: &'w [Example],
}

impl Counterexample {
    /// The smallest document alone.
    pub(crate) fn minimal(witness: &Witness) -> Self {
        let document = witness.document.clone();
        Self { minimal: document.clone(), document, example: None, changed: Vec::new() }
    }

    /// A counterexample from the examples: one that shows the same as the witness, as it is or with the property
    /// changed that the witness is about. Without one, the smallest document.
    pub(crate) fn of(witness: &Witness, written: &Written<'_>, reader: &Value) -> Self {
        let minimal = Self::minimal(witness);
        let (Some(writer), Some(reader)) = (written.validator, compile(reader)) else { return minimal };
        let shows = |document: &Value| writer.is_valid(document) && !reader.is_valid(document);
        let place: Pointer = witness.place.parse().unwrap_or_default();
        let value = place.values(&witness.document).first().map(|value| (*value).clone());
        let as_they_are = written.examples.iter().map(|example| (example, false));
        let with_property = written.examples.iter().map(|example| (example, true));
        for (example, replace) in as_they_are.chain(with_property) {
            let mut document = example.value.clone();
            let mut changed = Vec::new();
            // The writer may be an older version, which writes what it names and nothing else.
            written.schema.prune(&mut document, &Pointer::default(), &mut changed);
            if replace {
                if !put(&mut document, place.segments(), value.as_ref()) {
                    continue;
                }
                changed.push(PropertyChange { pointer: place.clone(), value: value.clone() });
            }
            if shows(&document) {
                let place = ExamplePlace { path: example.path.clone(), line: example.line };
                return Self { document, example: Some(place), changed, ..minimal };
            }
        }
        minimal
    }
}

/// A validator as the search uses it: formats are annotations.
pub(crate) fn compile(schema: &Value) -> Option<Validator> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
    options.should_validate_formats(false).build(schema).ok()
}

/// Where the witness is refused, with `*` for the items of an array.
pub(crate) fn place_of(witness: &Witness) -> Pointer {
    let place: Pointer = witness.place.parse().unwrap_or_default();
    let mut at = Some(&witness.document);
    place.segments().iter().fold(Pointer::default(), |pointer, segment| {
        let is_item = at.is_some_and(Value::is_array);
        let step = Pointer::default().join(segment.clone());
        at = at.and_then(|value| step.values(value).first().copied());
        pointer.join(if is_item { Segment::Each } else { segment.clone() })
    })
}

/// Puts a value in its place, or takes it away; false where there is no such place.
fn put(document: &mut Value, place: &[Segment], value: Option<&Value>) -> bool {
    let [Segment::Name(name), rest @ ..] = place else { return false };
    match document {
        Value::Object(properties) => match (rest, value) {
            ([], Some(value)) => properties.insert(name.clone(), value.clone()) != Some(value.clone()),
            ([], None) => properties.shift_remove(name).is_some(),
            (rest, value) => properties.get_mut(name).is_some_and(|inner| put(inner, rest, value)),
        },
        Value::Array(items) => {
            let last = items.len().saturating_sub(1);
            let index = name.parse().unwrap_or(last).min(last);
            match (rest, value, items.get_mut(index)) {
                ([], Some(value), Some(item)) => {
                    *item = value.clone();
                    true
                }
                ([], _, _) | (_, _, None) => false,
                (rest, value, Some(item)) => put(item, rest, value),
            }
        }
        _ => false,
    }
}

impl NormalizedSchema {
    /// Takes away the properties that the schema does not name.
    fn prune(&self, document: &mut Value, at: &Pointer, changed: &mut Vec<PropertyChange>) {
        if !self.other.is_empty() {
            return;
        }
        match document {
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    if let Some(schema) = &self.items {
                        schema.prune(item, &at.name(&index.to_string()), changed);
                    }
                }
            }
            Value::Object(properties) => {
                let variant = self.variants.as_ref().and_then(|variants| {
                    let name = properties.get(&variants.discriminator)?.as_str()?;
                    Some((&variants.discriminator, variants.shapes.get(name)?))
                });
                properties.retain(|name, value| {
                    let here = at.name(name);
                    let of_variant = variant.and_then(|(_, schema)| schema.properties.get(name));
                    let named = self.properties.get(name).or(of_variant).map(|property| &property.shape);
                    let is_discriminator = variant.is_some_and(|(discriminator, _)| discriminator == name);
                    if let Some(schema) = named.or(self.entries.as_deref()) {
                        schema.prune(value, &here, changed);
                    } else if !is_discriminator {
                        changed.push(PropertyChange { pointer: here, value: None });
                        return false;
                    }
                    true
                });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::containment::{Verdict, may_read};

    fn shown(writer: &Value, reader: &Value, examples: &[Value]) -> Counterexample {
        let Verdict::NotContained(witness) = may_read(writer, reader) else { panic!("no witness") };
        let example = |value: &Value| Example { path: "e.ndjson".to_owned(), line: 1, value: value.clone() };
        let examples: Vec<_> = examples.iter().map(example).collect();
        let (schema, validator) = (NormalizedSchema::of(writer), compile(writer));
        let written = Written { schema: &schema, validator: validator.as_ref(), examples: &examples };
        Counterexample::of(&witness, &written, reader)
    }

    #[test]
    fn an_example_that_is_refused_as_it_is_is_shown() {
        let writer =
            json!({"type": "object", "properties": {"navn": {"type": "string"}}, "required": ["navn"]});
        let reader = json!({"properties": {"navn": {"maxLength": 3}}});
        let shown = shown(&writer, &reader, &[json!({"navn": "Ola"}), json!({"navn": "Kari"})]);
        assert_eq!((shown.document, shown.changed), (json!({"navn": "Kari"}), vec![]));
    }

    #[test]
    fn one_property_is_changed_and_what_the_writer_does_not_know_is_left_out() {
        let writer = json!({"type": "object", "properties": {
            "id": {"type": "string"}, "navn": {"type": ["string", "null"]}
        }});
        let reader = json!({"properties": {"navn": {"type": "string"}}});
        let shown = shown(&writer, &reader, &[json!({"id": "1", "navn": "Ola", "sted": "Oslo"})]);
        assert_eq!(shown.document, json!({"id": "1", "navn": null}));
        let changed: Vec<_> = shown.changed.iter().map(ToString::to_string).collect();
        assert_eq!(changed, ["/sted left out", "/navn = null"]);
    }

    #[test]
    fn without_an_example_the_smallest_document_is_shown() {
        let writer = json!({"type": "object", "properties": {"navn": {"type": "string"}}});
        let shown = shown(&writer, &json!({"required": ["navn"]}), &[]);
        assert_eq!((shown.document, shown.example), (json!({}), None));
    }
}
