//! The fields of a payload, wherever they stand in its schema.

use serde_json::Value;
use tiltak_schema::pointer::{Pointer, Segment};

use crate::model::{Places, PropertyPlace};
use crate::schema_text::is_draft_07;

/// A field of a payload, wherever it stands.
#[derive(Debug, Clone)]
pub struct Field {
    /// Where it stands.
    pub pointer: Pointer,
    /// The field's schema.
    pub schema: Value,
    /// What it is, in words: of the field itself, or in draft-07, where nothing counts beside a reference, of what it refers to.
    pub description: Option<String>,
    /// Whether the property is always there.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Last part of the discriminators of the variants that have the field; empty when all have it.
    pub variants: Vec<String>,
    /// Name of the definition that it refers to.
    pub(crate) referenced: Option<String>,
}

impl Field {
    /// How `[felt]` in `topic.toml` and the overview name it: property names with dots, and nothing for the items of arrays.
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

/// The fields of a payload schema, in the order of its types; those of several variants once.
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
