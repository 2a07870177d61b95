//! The fields of a topic as a tree, each with its readers.

use semver::Version;
use serde_json::Value;
use tiltak_schema::pointer::{Pointer, Segment};

use crate::contract_version::ContractVersion;
use crate::field::fields;
use crate::model::Places;
use crate::reader::{Declaration, Declarations, FieldType, Matrix, OnUnknownValue, Reading, Reads};

/// A field, with the fields inside it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldNode {
    /// The pointer of the field.
    pub pointer: Pointer,
    /// The key of the field under `[felt]` in `topic.toml`.
    pub path: String,
    /// The property's name.
    pub name: String,
    /// The schema of the field, unchanged.
    pub schema: Value,
    /// The schema with its reference resolved, and without the null of a nullable field.
    pub target: Value,
    /// The description in the schema.
    pub description: Option<String>,
    /// Whether the property is always there.
    pub required: bool,
    /// Whether the value may be null.
    pub nullable: bool,
    /// The variants that have the field. Empty if all variants have it.
    pub variants: Vec<String>,
    /// The enum values of the field or of its items.
    pub values: Vec<Value>,
    /// The readers that bind the field or a field inside it.
    pub readers: Vec<FieldReader>,
    /// The first released version that has the field, or `None` if it is not released yet.
    pub since: Option<Version>,
    /// The fields inside it.
    pub children: Vec<FieldNode>,
}

/// A reader of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldReader {
    /// The application.
    pub app: String,
    /// What the application does with the field.
    pub reads: Reads,
    /// Whether an unknown enum value stops the application.
    pub stops_at_unknown_values: bool,
}

impl FieldNode {
    /// The field and those inside it, in the order of the schema.
    pub fn all(&self) -> Vec<&Self> {
        let inside = self.children.iter().flat_map(Self::all);
        std::iter::once(self).chain(inside).collect()
    }
}

/// The fields of a value schema.
pub(super) fn tree(
    schema: &Value,
    released: &[ContractVersion],
    matrix: &Matrix,
    declarations: &Declarations,
) -> Vec<FieldNode> {
    let places = Places::of(schema);
    let versions: Vec<_> = released.iter().map(|it| (&it.version, Places::of(&it.value))).collect();
    let nodes = fields(schema).into_iter().map(|field| {
        let of_items = places.spelt(&field.pointer.each(), &[]);
        let since = versions.iter().find(|(_, places)| places.has(&field.pointer, &[]));
        let name = match field.pointer.segments().last() {
            Some(Segment::Name(name)) => name.clone(),
            _ => String::new(),
        };
        let target = field.target(schema).clone();
        FieldNode {
            path: field.path(),
            name,
            values: if of_items.is_empty() { places.spelt(&field.pointer, &[]) } else { of_items },
            readers: readers(&field.pointer, matrix, declarations),
            since: since.map(|(version, _)| (*version).clone()),
            target,
            children: Vec::new(),
            pointer: field.pointer,
            schema: field.schema,
            description: field.description,
            required: field.required,
            nullable: field.nullable,
            variants: field.variants,
        }
    });
    nested(nodes.collect())
}

/// Puts each field into its parent. The list has each field after its parent.
fn nested(nodes: Vec<FieldNode>) -> Vec<FieldNode> {
    let mut roots: Vec<FieldNode> = Vec::new();
    for node in nodes {
        let mut siblings = &mut roots;
        while let Some(index) = siblings.iter().position(|it| node.pointer.starts_with(&it.pointer)) {
            siblings = &mut siblings[index].children;
        }
        siblings.push(node);
    }
    roots
}

fn readers(pointer: &Pointer, matrix: &Matrix, declarations: &Declarations) -> Vec<FieldReader> {
    let readings = declarations.of_topic(&matrix.topic).enumerate();
    let of_reader = |(column, (reader, reading)): (usize, (&Declaration, &Reading))| {
        let rows = matrix.fields.iter().filter(|row| row.pointer.starts_with(pointer));
        let reads = rows.filter_map(|row| row.readers.get(column)).max().copied()?;
        let stops_at_unknown_values = stops_at_unknown_values(pointer, reading);
        let app = reader.app.clone();
        (reads > Reads::Not).then_some(FieldReader { app, reads, stops_at_unknown_values })
    };
    readings.filter_map(of_reader).collect()
}

fn stops_at_unknown_values(pointer: &Pointer, reading: &Reading) -> bool {
    reading.fields.iter().any(|field| {
        (field.pointer == *pointer || field.pointer == pointer.each())
            && matches!(field.field_type, FieldType::Enum { .. })
            && field.unknown == OnUnknownValue::Fail
    })
}
