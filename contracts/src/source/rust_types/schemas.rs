//! The JSON Schemas that are generated from the types.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use semver::Version;
use serde_json::{Value, json};
use tiltak_schema::topic::{Topic, TopicVisitor};
use tiltak_schema::view::Written;

/// Key and value schema of a topic, generated from its types (JSON Schema 2020-12).
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedSchemas {
    /// The topic.
    pub topic: &'static str,
    /// Version of the contract in the types.
    pub version: &'static str,
    /// Schema of the record key.
    pub key: Value,
    /// Schema of the record value.
    pub value: Value,
}

/// Generates the schemas of one topic.
///
/// The schemas say what is *written*: every property that the producer always writes is required, closed enums list
/// their values, and what the producer never writes is not allowed.
pub fn schemas_of<T: Topic>() -> GeneratedSchemas {
    GeneratedSchemas {
        topic: T::NAME,
        version: T::CONTRACT_VERSION,
        key: root::<T, T::Key>("key"),
        value: root::<T, T::Value<Written>>("value"),
    }
}

impl GeneratedSchemas {
    /// The same schemas with the identifier of another version.
    #[must_use]
    pub fn at_version(mut self, version: &Version) -> Self {
        for (part, schema) in [("key", &mut self.key), ("value", &mut self.value)] {
            schema["$id"] = identifier(self.topic, &version.to_string(), part).into();
        }
        self
    }
}

/// Generates the schemas of a topic that is chosen at run time.
pub(super) struct Schemas;

impl TopicVisitor for Schemas {
    type Output = GeneratedSchemas;

    fn visit<T: Topic>(&mut self) -> GeneratedSchemas {
        schemas_of::<T>()
    }
}

/// What a schema is known by. A URN begins with a namespace of at most 32 characters (RFC 8141): a topic's name may be
/// longer.
fn identifier(topic: &str, version: &str, part: &str) -> String {
    format!("urn:nav:{topic}:{version}:{part}")
}

fn root<T: Topic, S: schemars::JsonSchema>(part: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(RecursiveTransform(explicit_integer_range))
        .with_transform(RecursiveTransform(discriminated_union))
        .into_generator()
        .into_root_schema_for::<S>();
    schema.insert("$id".to_owned(), identifier(T::NAME, T::CONTRACT_VERSION, part).into());
    RecursiveTransform(reading_order).transform(&mut schema);
    schema.to_value()
}

/// The range of an integer in numbers, since no validator asserts `int32` and `int64`. The formats stay for generators of
/// types, which look at nothing else. `double` says nothing that `number` does not.
fn explicit_integer_range(schema: &mut Schema) {
    let (minimum, maximum) = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("int64") => (i64::MIN, i64::MAX),
        Some("double") => {
            schema.remove("format");
            return;
        }
        _ => return,
    };
    schema.insert("minimum".to_owned(), minimum.into());
    schema.insert("maximum".to_owned(), maximum.into());
}

/// The types' unions are told apart by the property `type`: exactly one variant holds. That property has no field in
/// the types at which a description could stand.
fn discriminated_union(schema: &mut Schema) {
    let Some(variants) = schema.get_mut("anyOf").and_then(Value::as_array_mut) else {
        return;
    };
    let discriminators: Option<Vec<_>> = variants
        .iter_mut()
        .map(|variant| {
            variant.pointer_mut("/properties/type")?.as_object_mut().filter(|kind| kind.contains_key("const"))
        })
        .collect();
    if let Some(discriminators) = discriminators {
        for discriminator in discriminators {
            discriminator
                .insert("description".to_owned(), json!("Discriminator: says which variant this is."));
        }
        if let Some(variants) = schema.remove("anyOf") {
            schema.insert("oneOf".to_owned(), variants);
        }
    }
}

/// What a person reads first stands first. The order has no meaning in JSON Schema.
fn reading_order(schema: &mut Schema) {
    const ORDER: [&str; 8] = ["$schema", "$id", "title", "description", "type", "const", "format", "pattern"];
    let rank = |name: &str| ORDER.iter().position(|other| *other == name).unwrap_or(ORDER.len());
    if let Some(object) = schema.as_object_mut() {
        let mut keywords: Vec<_> = std::mem::take(object).into_iter().collect();
        keywords.sort_by_key(|(name, _)| (name == "$defs", rank(name)));
        object.extend(keywords);
    }
}
