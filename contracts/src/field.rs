//! The fields of a payload, from its schema.

use serde_json::Value;
use tiltak_schema::pointer::{Pointer, Segment};

use crate::model::{Places, PropertyPlace};
use crate::schema_text::is_draft_07;

/// A field of a payload.
#[derive(Debug, Clone)]
pub struct Field {
    /// The place of the field.
    pub pointer: Pointer,
    /// The field's schema.
    pub schema: Value,
    /// The description of the field. In draft-07, where keywords beside a reference do not count, it is that of the
    /// referenced schema.
    pub description: Option<String>,
    /// Whether the property is always there.
    pub required: bool,
    /// Whether the property may be null.
    pub nullable: bool,
    /// The variants that have the field, by the last part of their discriminators; empty if all have it.
    pub variants: Vec<String>,
    /// The name of the definition that the field refers to.
    pub(crate) referenced: Option<String>,
}

impl Field {
    /// The name of the field in `[felt]` of `topic.toml` and in the overview: property names with dots, and nothing
    /// for the items of arrays.
    pub fn path(&self) -> String {
        let names = self.pointer.segments().iter().filter_map(|segment| match segment {
            Segment::Name(name) => Some(name.as_str()),
            Segment::Each => None,
        });
        names.collect::<Vec<_>>().join(".")
    }

    /// What its schema refers to in `root`, without the null of a nullable field; else its schema.
    pub(crate) fn target<'a>(&'a self, root: &'a Value) -> &'a Value {
        resolve(root, &self.schema).0
    }
}

/// The fields of a payload schema, in the order of its types. A field of several variants is listed once.
pub fn fields(root: &Value) -> Vec<Field> {
    let places = Places::of(root);
    let is_draft_07 = is_draft_07(root);
    let field = |PropertyPlace { pointer, required, variants, schema }: PropertyPlace<'_>| {
        let (target, nullable, referenced) = resolve(root, schema);
        let of_target = if is_draft_07 { target.get("description") } else { None };
        let description = schema.get("description").or(of_target).and_then(Value::as_str).map(str::to_owned);
        let in_all = variants.len() == places.variants.len();
        let last = |name: &String| name.rsplit('.').next().unwrap_or_default().to_owned();
        let variants = if in_all { Vec::new() } else { variants.iter().map(last).collect() };
        Field { pointer, schema: schema.clone(), description, required, nullable, variants, referenced }
    };
    places.properties().into_iter().map(field).collect()
}

/// Follows a reference and leaves out the null of a nullable field.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> (&'a Value, bool, Option<String>) {
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        let nullable = options.iter().any(|option| option.get("type").is_some_and(|kind| kind == "null"));
        let other = options.iter().find(|option| option.get("type").is_none_or(|kind| kind != "null"));
        let (target, _, referenced) = resolve(root, other.unwrap_or(schema));
        return (target, nullable, referenced);
    }
    let nullable = schema
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
    match schema.get("$ref").and_then(|reference| Some((dereference(root, reference)?, reference.as_str()?)))
    {
        Some((target, reference)) => (target, nullable, reference.rsplit('/').next().map(str::to_owned)),
        None => (schema, nullable, None),
    }
}

fn dereference<'a>(root: &'a Value, reference: &Value) -> Option<&'a Value> {
    root.pointer(reference.as_str()?.strip_prefix('#')?)
}
