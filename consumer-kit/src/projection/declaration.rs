//! The declaration of a reader, generated from the types that it reads with.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use tiltak_schema::topic::{ReadValue, Topic};

use super::error::DeclarationError;
use super::fields::{Field, Fields, spelt_out};

/// What an application reads of the topics, as the file `contracts/readers/<app>.toml`, against which the contracts'
/// gate checks each change. `Display` gives its text.
///
/// It holds what the types say: the fields, their types and patterns, whether they have to be there and may be null, the
/// variants, the enum values. A field of an [`Open`](tiltak_schema::view::Open) keeps unknown values; any other enum fails
/// on them. A test of the application's own that compares the text with the file that it sent keeps the two alike.
///
/// ```
/// use tiltak_consumer_kit::projection::ReaderDeclaration;
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// // A reader of the whole payload.
/// let declaration = ReaderDeclaration::new("my-app", "my team")
///     .source("navikt/my-app@0a1b2c3 (2026-11-24)")
///     .reads::<SisteTiltakstyperV3>()?;
/// assert!(declaration.to_string().contains(r#"{ pointer = "/navn", type = "string" }"#));
/// # Ok::<(), tiltak_consumer_kit::projection::DeclarationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderDeclaration {
    app: String,
    team: String,
    source: String,
    granted: Vec<String>,
    enums: BTreeMap<String, Vec<String>>,
    topics: Vec<TopicDeclaration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TopicDeclaration {
    topic: &'static str,
    fields: Fields,
    skips_unknown_variants: bool,
    ignores_tombstones: bool,
}

impl ReaderDeclaration {
    /// The declaration of an application, with the team that owns it.
    pub fn new(app: impl Into<String>, team: impl Into<String>) -> Self {
        let app = app.into();
        Self {
            source: format!("the types of {app}"),
            app,
            team: team.into(),
            granted: Vec::new(),
            enums: BTreeMap::new(),
            topics: Vec::new(),
        }
    }

    /// Sets the source of the declaration: repository, commit, date. Defaults to "the types of" the application.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// Adds a topic that the application may read and does not.
    #[must_use]
    pub fn granted<T: Topic>(mut self) -> Self {
        self.granted.push(T::NAME.to_owned());
        self
    }

    /// Adds a topic that the application reads: a [`ProjectedTopic`](super::ProjectedTopic), or the topic itself with
    /// all fields. A tombstone removes the application's value of the key.
    ///
    /// # Errors
    /// The type has a part that a declaration has no name for, such as a `serde_json::Value`.
    pub fn reads<T: Topic>(self) -> Result<Self, DeclarationError> {
        self.reading::<T>(false)
    }

    /// Adds a topic like [`ReaderDeclaration::reads`], of which the application ignores tombstones.
    ///
    /// # Errors
    /// As [`ReaderDeclaration::reads`].
    pub fn reads_without_tombstones<T: Topic>(self) -> Result<Self, DeclarationError> {
        self.reading::<T>(true)
    }

    fn reading<T: Topic>(mut self, ignores_tombstones: bool) -> Result<Self, DeclarationError> {
        let of_topic = |error: DeclarationError| error.of(T::NAME);
        let read = schema::<ReadValue<T>>(SchemaSettings::draft2020_12().for_deserialize());
        let mut fields = Fields::of(&read).map_err(of_topic)?;
        if read.get("x-projection").is_none() {
            // A payload's schema is that of its writer: what that may leave out is an `Option` to the reader.
            let written = schema::<ReadValue<T>>(SchemaSettings::draft2020_12().for_serialize());
            fields.relax(&Fields::of(&written).map_err(of_topic)?);
        }
        fields.merge();
        for (name, known) in std::mem::take(&mut fields.enums) {
            let renamed = self.enumeration(&name, known);
            fields.bound.iter_mut().filter(|it| it.name == name).for_each(|it| it.name.clone_from(&renamed));
        }
        // No variant is called so: what a type does with it is what it does with one that comes later.
        let later = serde_json::json!({ "type": "urn:a-variant-that-came-later" });
        let skips_unknown_variants = serde_json::from_value::<ReadValue<T>>(later).is_ok();
        self.topics.push(TopicDeclaration {
            topic: T::NAME,
            fields,
            skips_unknown_variants,
            ignores_tombstones,
        });
        Ok(self)
    }

    fn enumeration(&mut self, name: &str, known: Vec<String>) -> String {
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        let free = names.find(|name| self.enums.get(name).is_none_or(|it| *it == known));
        let name = free.unwrap_or_else(|| name.to_owned());
        self.enums.insert(name.clone(), known);
        name
    }

    /// Writes `<folder>/<app>.toml`, and returns its path.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_to(&self, folder: impl AsRef<Path>) -> io::Result<PathBuf> {
        let path = folder.as_ref().join(format!("{}.toml", self.app));
        std::fs::write(&path, self.to_string())?;
        Ok(path)
    }
}

/// The schema of a type, with everything in its place.
fn schema<D: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with(|it| it.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<D>().to_value();
    spelt_out(&mut schema);
    schema
}

/// A basic string of TOML: JSON's escapes are its, too.
struct Text<'t>(&'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Value::from(self.0).to_string();
        f.write_str(&text.replace('\u{7f}', "\\u007f"))
    }
}

struct List<'l>(&'l [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<_> = self.0.iter().map(|it| Text(it).to_string()).collect();
        write!(f, "[{}]", items.join(", "))
    }
}

impl fmt::Display for ReaderDeclaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, team, source, granted, enums, topics } = self;
        writeln!(f, "# Written from the application's types: change them, and write it again.")?;
        writeln!(f, "app = {}\nteam = {}\nsource = {}", Text(app), Text(team), Text(source))?;
        writeln!(f, "library = \"serde, with tiltak-consumer-kit\"")?;
        if !granted.is_empty() {
            writeln!(f, "granted = {}", List(granted))?;
        }
        if !enums.is_empty() {
            writeln!(f, "\n[enums]")?;
        }
        for (name, known) in enums {
            let is_bare = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '-');
            let name = if is_bare { name.clone() } else { Text(name).to_string() };
            writeln!(f, "{name} = {}", List(known))?;
        }
        topics.iter().try_for_each(|topic| write!(f, "\n{topic}"))
    }
}

impl fmt::Display for TopicDeclaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, fields, skips_unknown_variants, ignores_tombstones } = self;
        writeln!(f, "[[topics]]\ntopic = {}", Text(topic))?;
        if !fields.variants.is_empty() {
            writeln!(f, "variants = {}", List(&fields.variants))?;
            writeln!(f, "unknown-variants = {:?}", if *skips_unknown_variants { "skip" } else { "fail" })?;
        }
        writeln!(f, "unknown-properties = {:?}", if fields.closed { "fail" } else { "ignore" })?;
        writeln!(f, "unknown-enum-values = \"fail\"")?;
        writeln!(f, "tombstones = {:?}", if *ignores_tombstones { "ignore" } else { "delete" })?;
        writeln!(f, "fields = [")?;
        fields.bound.iter().try_for_each(|field| writeln!(f, "  {field},"))?;
        writeln!(f, "]")
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pointer, name, pattern, required, nullable, keeps_unknown, variants } = self;
        write!(f, "{{ pointer = {}, type = {}", Text(pointer), Text(name))?;
        if let Some(pattern) = pattern {
            write!(f, ", pattern = {}", Text(pattern))?;
        }
        if !required {
            f.write_str(", required = false")?;
        }
        if *nullable {
            f.write_str(", nullable = true")?;
        }
        if *keeps_unknown {
            f.write_str(", unknown = \"keep\"")?;
        }
        if !variants.is_empty() {
            write!(f, ", variants = {}", List(variants))?;
        }
        f.write_str(" }")
    }
}
