//! The requirements of a reader, one by one, so that an unmet one does not hide another.

use serde_json::{Value, json};

use super::declaration::{Field, OnUnknownProperty, OnUnknownValue, OnUnknownVariant, Reading};
use super::field_type::FieldType;
use crate::model::{DISCRIMINATOR, Places, nest};
use tiltak_schema::pointer::{Pointer, Segment};

/// One thing that a reader demands of one place.
#[derive(Debug)]
pub(super) struct ReaderRequirement {
    pub(super) pointer: Pointer,
    /// The variants that it is demanded in; empty: in all.
    pub(super) variants: Vec<String>,
    pub(super) kind: RequirementKind,
    /// A schema of whole documents that says this and no more.
    pub(super) schema: Value,
}

/// What is demanded.
#[derive(Debug)]
pub(super) enum RequirementKind {
    /// The field is there.
    Present,
    /// The field is not null.
    NotNull,
    /// The field is null or a value of this type.
    Value(Field),
    /// There is no such property.
    Unknown,
}

impl Reading {
    /// What the reader demands of documents that are made as the contract says. All of it together is
    /// [`Self::schema`], except for properties that neither of the two names.
    pub(super) fn requirements(&self, contract: &Places<'_>) -> Vec<ReaderRequirement> {
        let mut nodes = self.nodes();
        if !self.variants.is_empty() && self.unknown_variants == OnUnknownVariant::Fail {
            nodes.insert(0, self.discriminator());
        }
        let mut requirements: Vec<_> = nodes.iter().flat_map(demands).collect();
        requirements.extend(self.unknown_properties(&nodes, contract));
        requirements
    }

    /// The discriminator as a field, wherever it stands.
    pub(super) fn discriminator(&self) -> Field {
        Field {
            pointer: Pointer::default().join(Segment::Name(DISCRIMINATOR.to_owned())),
            field_type: FieldType::Enum { name: DISCRIMINATOR.to_owned(), known: self.variants.clone() },
            required: true,
            nullable: false,
            used: true,
            unknown: OnUnknownValue::Fail,
            variants: Vec::new(),
        }
    }

    /// The properties of the contract that a strict reader does not know.
    fn unknown_properties(&self, nodes: &[Field], contract: &Places<'_>) -> Vec<ReaderRequirement> {
        if self.unknown_properties == OnUnknownProperty::Ignore {
            return Vec::new();
        }
        let every =
            if self.variants.is_empty() { vec![None] } else { self.variants.iter().map(Some).collect() };
        let mut requirements = Vec::new();
        for (pointer, of_contract) in contract.pointers() {
            let Some((parent, Segment::Name(name))) = pointer.split_last() else { continue };
            if name == DISCRIMINATOR && parent.segments().is_empty() && !self.variants.is_empty() {
                continue;
            }
            let is_unknown = |variant: Option<&String>| {
                let binds = |node: &&Field| node.is_in(variant);
                let is_open = !parent.segments().is_empty()
                    && !nodes
                        .iter()
                        .filter(binds)
                        .any(|node| node.pointer.split_last().is_some_and(|(other, _)| other == parent));
                let is_bound = nodes.iter().filter(binds).any(|node| node.pointer == pointer);
                let occurs = variant.is_none_or(|name| of_contract.is_empty() || of_contract.contains(name));
                occurs && !is_open && !is_bound
            };
            let variants: Vec<_> = every.iter().copied().filter(|variant| is_unknown(*variant)).collect();
            if !variants.is_empty() {
                let variants: Vec<_> = variants.into_iter().flatten().cloned().collect();
                let schema = nest(&parent, json!({ "properties": { name: false } }));
                requirements.push(ReaderRequirement::new(
                    pointer.clone(),
                    variants,
                    RequirementKind::Unknown,
                    schema,
                ));
            }
        }
        requirements
    }
}

impl ReaderRequirement {
    fn new(pointer: Pointer, variants: Vec<String>, kind: RequirementKind, schema: Value) -> Self {
        let schema = if variants.is_empty() {
            schema
        } else {
            let elsewhere = json!({ "properties": { DISCRIMINATOR: { "not": { "enum": variants } } } });
            json!({ "anyOf": [elsewhere, schema] })
        };
        Self { pointer, variants, kind, schema }
    }
}

fn demands(node: &Field) -> Vec<ReaderRequirement> {
    let mut requirements = Vec::new();
    let mut demand = |demand, schema| {
        requirements.push(ReaderRequirement::new(
            node.pointer.clone(),
            node.variants.clone(),
            demand,
            schema,
        ));
    };
    if let (true, Some((parent, Segment::Name(name)))) = (node.required, node.pointer.split_last()) {
        demand(RequirementKind::Present, nest(&parent, json!({ "required": [name] })));
    }
    if !node.nullable {
        let not_null = json!({ "type": ["array", "boolean", "number", "object", "string"] });
        demand(RequirementKind::NotNull, nest(&node.pointer, not_null));
    }
    let value = json!({ "anyOf": [{ "type": "null" }, node.schema()] });
    demand(RequirementKind::Value(node.clone()), nest(&node.pointer, value));
    requirements
}
