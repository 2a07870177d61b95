//! The schema of what a reader accepts, from its declaration.

use serde_json::{Map, Value, json};

use super::declaration::{Field, OnUnknownProperty, OnUnknownValue, OnUnknownVariant, Reading};
use super::field_type::FieldType;
use crate::model::DISCRIMINATOR;
use tiltak_schema::pointer::{Pointer, Segment};

impl Reading {
    /// What the reader accepts (JSON Schema 2020-12).
    pub fn schema(&self) -> Value {
        let nodes = self.nodes();
        let mut schema = if self.variants.is_empty() {
            self.object(&nodes, &Pointer::default(), None)
        } else {
            let mut branches: Vec<_> = self
                .variants
                .iter()
                .map(|variant| self.object(&nodes, &Pointer::default(), Some(variant)))
                .collect();
            if self.unknown_variants == OnUnknownVariant::Skip {
                branches.push(json!({
                    "type": "object",
                    "properties": { DISCRIMINATOR: { "not": { "enum": self.variants } } }
                }));
            }
            json!({ "anyOf": branches })
        };
        if let Some(keywords) = schema.as_object_mut() {
            keywords.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        }
        schema
    }

    /// The declared fields, and what they are in: an object or array that is not declared has to be there and is not
    /// null.
    pub(super) fn nodes(&self) -> Vec<Field> {
        let mut nodes: Vec<Field> = Vec::new();
        for field in &self.fields {
            for (parent, next) in field.pointer.parents().zip(field.pointer.segments().iter().skip(1)) {
                let is_declared = |variant: Option<&String>| {
                    self.fields.iter().any(|other| other.pointer == parent && other.is_in(variant))
                };
                if field.variants.is_empty() && is_declared(None) {
                    continue;
                }
                let variants: Vec<_> =
                    field.variants.iter().filter(|variant| !is_declared(Some(variant))).cloned().collect();
                if variants.is_empty() && !field.variants.is_empty() {
                    continue;
                }
                let implied = |node: &&mut Field| {
                    node.pointer == parent && !self.fields.iter().any(|field| *field == **node)
                };
                match nodes.iter_mut().find(implied) {
                    Some(node) => {
                        node.used |= field.used;
                        for variant in variants {
                            if !node.variants.contains(&variant) {
                                node.variants.push(variant);
                            }
                        }
                    }
                    None => nodes.push(Field {
                        pointer: parent,
                        field_type: match next {
                            Segment::Name(_) => FieldType::Object,
                            Segment::Each => FieldType::Array,
                        },
                        required: true,
                        nullable: false,
                        used: field.used,
                        unknown: OnUnknownValue::Fail,
                        variants,
                    }),
                }
            }
            nodes.push(field.clone());
        }
        nodes
    }

    fn object(&self, nodes: &[Field], at: &Pointer, variant: Option<&String>) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        if let (Some(variant), true) = (variant, at.segments().is_empty()) {
            properties.insert(DISCRIMINATOR.to_owned(), json!({ "const": variant }));
            required.push(DISCRIMINATOR);
        }
        for node in nodes.iter().filter(|node| node.is_in(variant)) {
            if let Some((parent, Segment::Name(name))) = node.pointer.split_last()
                && parent == *at
            {
                properties.insert(name.clone(), self.node(nodes, node, variant));
                if node.required {
                    required.push(name);
                }
            }
        }
        let is_closed = self.unknown_properties == OnUnknownProperty::Fail
            && (at.segments().is_empty() || !properties.is_empty());
        let mut schema = json!({ "type": "object", "properties": properties, "required": required });
        if let (true, Some(keywords)) = (is_closed, schema.as_object_mut()) {
            keywords.insert("additionalProperties".to_owned(), json!(false));
        }
        schema
    }

    fn node(&self, nodes: &[Field], node: &Field, variant: Option<&String>) -> Value {
        let schema = match node.field_type {
            FieldType::Object => self.object(nodes, &node.pointer, variant),
            FieldType::Array => {
                let items = node.pointer.each();
                let items = nodes.iter().find(|node| node.pointer == items && node.is_in(variant));
                let items = items.map_or(json!(true), |items| self.node(nodes, items, variant));
                json!({ "type": "array", "items": items })
            }
            _ => node.schema(),
        };
        if node.nullable { json!({ "anyOf": [schema, { "type": "null" }] }) } else { schema }
    }
}

impl Field {
    /// Whether it is bound in a variant.
    pub(super) fn is_in(&self, variant: Option<&String>) -> bool {
        self.variants.is_empty() || variant.is_some_and(|variant| self.variants.contains(variant))
    }

    /// What is accepted there besides null, without what is asked of properties and items.
    pub(super) fn schema(&self) -> Value {
        self.field_type.schema(self.unknown == OnUnknownValue::Fail)
    }
}
