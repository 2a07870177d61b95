//! `docs`: the topic overview for reader teams, in Norwegian.

use std::fmt::Write as _;

use serde_json::Value;
use tiltak_schema::for_each_topic;
use tiltak_schema::topic::{Topic, TopicVisitor};

use crate::generated::schemas_of;
use crate::topic_file::TopicFile;
use crate::tree::{Files, WorkingCopy};

/// Where the overview stands below `contracts/`.
pub const PATH: &str = "TOPICS.md";

/// The overview, made of the `topic.toml` files and the types.
///
/// # Errors
/// A `topic.toml` is missing or malformed.
pub fn overview(tree: &WorkingCopy) -> anyhow::Result<String> {
    let mut text = String::from(INTRODUCTION);
    for section in for_each_topic(&mut Section { tree }) {
        text.push_str(&section?);
    }
    Ok(text)
}

const INTRODUCTION: &str = "\
<!-- Laget av `cargo contracts generate` fra topic.toml og Rust-typene. Endringer gjøres der. -->

# Kafka-topics for konsumenter

Tiltaksadministrasjon publiserer fire topics. Alle er komprimerte (log compaction): for hver nøkkel beholdes bare den
siste verdien, og en konsument som leser fra begynnelsen, får hele tilstanden.

Dette må en konsument tåle:

- **Tombstone:** en record uten verdi betyr at nøkkelen er fjernet. Den kan komme for en nøkkel dere aldri har sett.
- **Nye enum-verdier og nye felt** kommer uten ny versjon av topic-en. En ukjent verdi må ikke stoppe en partisjon.
- **Null eller utelatt:** et felt som kan være null, må også kunne mangle.
- **Rekkefølge** finnes bare innenfor én nøkkel. Ingenting ordner to nøkler, to partisjoner eller to topics.
- **Hull i offsets** er vanlig, også på slutten av loggen.
";

struct Section<'a> {
    tree: &'a WorkingCopy,
}

impl TopicVisitor for Section<'_> {
    type Output = anyhow::Result<String>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let file = self.tree.topic_file(T::NAME)?;
        Ok(section(&file, &schemas_of::<T>().value))
    }
}

fn section(file: &TopicFile, schema: &Value) -> String {
    let TopicFile { topic, version, owner, readers, config, dokumentasjon: about, .. } = file;
    let occasions = about.oppdateres_ved.join("\n- ");
    let settings: Vec<_> = config.settings.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
    let mut text = format!(
        "
## {topic}

{innhold}

**Oppdateres ved:**

- {occasions}

| | |
|---|---|
| Nøkkel | {nokkel} |
| Tombstone | {tombstone} |
| Komprimering | {kompaktering} |
| Partisjoner | {partitions} |
| Innstillinger | {settings} |
| Kontrakt | {version}: [verdi](topics/{topic}/{version}/value.schema.json), [nøkkel](topics/{topic}/{version}/key.schema.json), [eksempler](topics/{topic}/examples/valid) |
| Eier | {owner} |
| Kjente konsumenter | {readers} |

| felt | type | null eller utelatt | innhold |
|---|---|---|---|
",
        innhold = about.innhold,
        nokkel = about.nokkel,
        tombstone = about.tombstone,
        kompaktering = about.kompaktering,
        partitions = config.partitions,
        settings = settings.join(", "),
        readers = readers.join(", "),
    );
    for field in fields(schema) {
        let about = file.felt.get(&field.path).map_or("", String::as_str);
        let variants = if field.variants.is_empty() {
            String::new()
        } else {
            format!(" ({})", field.variants.join(", "))
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{}`{variants} | {} | {} | {about} |",
            field.path,
            type_name(&field),
            presence(&field)
        );
    }
    text
}

/// A field of a payload, wherever it stands.
#[derive(Debug, Clone)]
pub struct Field {
    /// Property names with dots; an array's items have the array's path.
    pub path: String,
    /// The field's schema, with its reference followed.
    pub schema: Value,
    /// Whether the property is always there.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Last part of the discriminators of the variants that have the field; empty when all have it.
    pub variants: Vec<String>,
    referenced: Option<String>,
}

/// The fields of a payload schema, in the order of its types; those of several variants once.
pub fn fields(root: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    let Some(variants) = root.get("oneOf").and_then(Value::as_array) else {
        walk(root, root, "", None, &mut fields);
        return fields;
    };
    for variant in variants {
        let discriminator =
            variant.pointer("/properties/type/const").and_then(Value::as_str).unwrap_or_default();
        let name = discriminator.rsplit('.').next().unwrap_or_default();
        walk(root, variant, "", Some(name), &mut fields);
    }
    let all = variants.len();
    for field in fields.iter_mut().filter(|field| field.variants.len() == all) {
        field.variants.clear();
    }
    fields
}

fn walk(root: &Value, schema: &Value, prefix: &str, variant: Option<&str>, fields: &mut Vec<Field>) {
    let required = |name: &str| {
        schema
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|other| other == name))
    };
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{prefix}{name}");
        let (target, nullable, referenced) = resolve(root, property);
        match fields.iter_mut().find(|field| field.path == path) {
            Some(field) => {
                field.required &= required(name);
                field.variants.extend(variant.map(str::to_owned));
            }
            None => fields.push(Field {
                path: path.clone(),
                schema: property.clone(),
                required: required(name),
                nullable,
                variants: variant.map(str::to_owned).into_iter().collect(),
                referenced,
            }),
        }
        let items = target.get("items").map_or(target, |items| resolve(root, items).0);
        walk(root, items, &format!("{path}."), variant, fields);
    }
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

fn type_name(field: &Field) -> String {
    if let Some(name) = &field.referenced {
        return name.clone();
    }
    let kinds = match &field.schema["type"] {
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect()
        }
        Value::String(kind) => vec![kind.as_str()],
        _ => Vec::new(),
    };
    match (kinds.as_slice(), &field.schema["items"]["$ref"]) {
        (["array"], Value::String(item)) => {
            format!("array av {}", item.rsplit('/').next().unwrap_or_default())
        }
        (kinds, _) => kinds.join(" eller "),
    }
}

fn presence(field: &Field) -> &'static str {
    match (field.required, field.nullable) {
        (true, false) => "nei",
        (true, true) => "kan være null",
        (false, false) => "kan være utelatt",
        (false, true) => "kan være null eller utelatt",
    }
}
