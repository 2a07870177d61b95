//! The overview of the topics for reader teams, in Norwegian.

use std::fmt::Write as _;

use anyhow::Context;
use serde_json::Value;
use tiltak_schema::for_each_topic;
use tiltak_schema::topic::{Topic, TopicVisitor};

use super::schemas::schemas_of;
use crate::field::{Field, fields};
use crate::topic_file::TopicFile;
use crate::tree::Files;

/// Where the overview stands below `contracts/`.
pub(super) const PATH: &str = "TOPICS.md";

/// The overview, made of the `topic.toml` files and the types.
///
/// # Errors
/// A `topic.toml` is missing or malformed.
pub(super) fn overview(files: &dyn Files) -> anyhow::Result<String> {
    let mut text = String::from(INTRODUCTION);
    for section in for_each_topic(&mut Section { files }) {
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
- **Tekst:** ingen tekst skrives med U+0000 i seg (PostgreSQL kan ikke lagre det), og intet `navn` skrives blankt. Eldre
  records kan ha begge deler.
- **Hull i offsets** er vanlig, også på slutten av loggen.
";

struct Section<'a> {
    files: &'a dyn Files,
}

impl TopicVisitor for Section<'_> {
    type Output = anyhow::Result<String>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let file = self.files.topic_file(T::NAME)?;
        section(&file, &schemas_of::<T>().value)
    }
}

fn section(file: &TopicFile, schema: &Value) -> anyhow::Result<String> {
    let TopicFile { topic, version, owner, readers, config, dokumentasjon, .. } = file;
    let about = dokumentasjon
        .as_ref()
        .with_context(|| format!("contracts/topics/{topic}/topic.toml: [dokumentasjon] is missing"))?;
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
        let about = file.felt.get(&field.path()).map_or("", String::as_str);
        let variants = if field.variants.is_empty() {
            String::new()
        } else {
            format!(" ({})", field.variants.join(", "))
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{}`{variants} | {} | {} | {about} |",
            field.path(),
            type_name(&field),
            presence(&field)
        );
    }
    Ok(text)
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
