//! `readers/<app>.toml`: the fields that an application binds, and what it does with values that it does not know.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use tiltak_schema::binding::TYPE_NAMES;
use toml::Spanned;

use super::field_type::FieldType;
use crate::contract::compile;
use tiltak_schema::pointer::{Pointer, Segment};

/// The declaration of one reader.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// The application's name, which is also the name of the file.
    pub app: String,
    /// The team that owns the application.
    pub team: String,
    /// The source of the declaration: repository, commit, date.
    pub source: String,
    /// The JSON library, with the settings that matter.
    pub library: Option<String>,
    /// Topics that the application may read and that none of its code reads.
    pub granted: Vec<String>,
    /// The topics that the application reads.
    pub topics: Vec<Reading>,
}

/// A topic that an application reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The topic.
    pub topic: String,
    /// The known values of the discriminator `type`; empty if the application does not read `type`.
    pub variants: Vec<String>,
    /// What the application does with a property that it does not bind.
    pub unknown_properties: OnUnknownProperty,
    /// What the application does with an unknown enum value, unless a field says otherwise.
    pub unknown_enum_values: OnUnknownValue,
    /// What the application does with an unknown variant.
    pub unknown_variants: OnUnknownVariant,
    /// What the application does with a tombstone.
    pub tombstones: OnTombstone,
    /// What happens when the application fails on a record, in words.
    pub when_it_fails: Option<String>,
    /// The bound fields.
    pub fields: Vec<Field>,
}

/// A field that an application binds, used or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where it stands.
    pub pointer: Pointer,
    /// The type that the field is bound to.
    pub field_type: FieldType,
    /// Whether the field has to be there.
    pub required: bool,
    /// Whether the field may be null.
    pub nullable: bool,
    /// Whether the application does something with it.
    pub used: bool,
    /// What the application does with an unknown enum value in this field.
    pub unknown: OnUnknownValue,
    /// The variants in which the field is bound, as values of `type`; empty if the application does not read `type`.
    pub variants: Vec<String>,
}

/// What a reader does with a property that it does not bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnknownProperty {
    /// The reader ignores it.
    Ignore,
    /// The reader fails on the record.
    Fail,
}

/// What a reader does with a value of an enum that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnknownValue {
    /// The reader fails on the record.
    Fail,
    /// The reader skips the record.
    Skip,
    /// The reader keeps the value.
    Keep,
}

/// What a reader does with a variant that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnknownVariant {
    /// The reader fails on the record.
    #[default]
    Fail,
    /// The reader skips the record.
    Skip,
}

/// What a reader does with a record without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnTombstone {
    /// The reader removes its value for the key.
    Delete,
    /// The reader ignores it.
    Ignore,
    /// The reader fails on the record.
    Fail,
}

/// An invalid part of a declaration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: expected {expected}, found {found}")]
pub struct BadDeclaration {
    /// Path below the folder that has `contracts/`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is allowed at that place.
    pub expected: String,
    /// What was found at that place.
    pub found: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    app: Spanned<String>,
    team: String,
    source: String,
    library: Option<String>,
    #[serde(default)]
    granted: Vec<Spanned<String>>,
    #[serde(default)]
    enums: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    topics: Vec<TopicEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct TopicEntry {
    topic: Spanned<String>,
    #[serde(default)]
    variants: Vec<String>,
    unknown_properties: OnUnknownProperty,
    unknown_enum_values: OnUnknownValue,
    #[serde(default)]
    unknown_variants: OnUnknownVariant,
    tombstones: OnTombstone,
    when_it_fails: Option<String>,
    fields: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FieldEntry {
    pointer: Spanned<String>,
    r#type: Spanned<String>,
    pattern: Option<Spanned<String>>,
    #[serde(default = "yes")]
    required: bool,
    #[serde(default)]
    nullable: bool,
    #[serde(default = "yes")]
    used: bool,
    unknown: Option<OnUnknownValue>,
    variants: Option<Vec<Spanned<String>>>,
}

fn yes() -> bool {
    true
}

impl Declaration {
    /// Parses `contracts/readers/<app>.toml`. `topics` are the names of the topics that exist.
    ///
    /// # Errors
    /// What is wrong and where: text that is no TOML or has another form (line and column, as the TOML reader says it),
    /// or a [`BadDeclaration`].
    pub fn parse(app: &str, text: &str, topics: &[&str]) -> anyhow::Result<Self> {
        let path = format!("contracts/readers/{app}.toml");
        let file: File =
            toml::from_str(text).map_err(|error| anyhow::anyhow!("{path} is malformed: {error}"))?;
        let place = Place { path, text, topics, enums: &file.enums };
        if file.app.get_ref() != app {
            return Err(place.bad(&file.app, format!("{app:?}, as the file is called")).into());
        }
        let granted = file.granted.iter().map(|topic| place.topic(topic)).collect::<Result<_, _>>()?;
        let topics = file.topics.iter().map(|entry| place.reading(entry)).collect::<Result<_, _>>()?;
        Ok(Self {
            app: app.to_owned(),
            team: file.team.clone(),
            source: file.source.clone(),
            library: file.library.clone(),
            granted,
            topics,
        })
    }
}

/// A file that is being read.
struct Place<'f> {
    path: String,
    text: &'f str,
    topics: &'f [&'f str],
    enums: &'f BTreeMap<String, Vec<String>>,
}

impl Place<'_> {
    fn bad(&self, found: &Spanned<String>, expected: impl fmt::Display) -> BadDeclaration {
        let before = self.text.get(..found.span().start).unwrap_or_default();
        BadDeclaration {
            file: self.path.clone(),
            line: before.matches('\n').count() + 1,
            expected: expected.to_string(),
            found: format!("{:?}", found.get_ref()),
        }
    }

    fn topic(&self, name: &Spanned<String>) -> Result<String, BadDeclaration> {
        if self.topics.contains(&name.get_ref().as_str()) {
            return Ok(name.get_ref().clone());
        }
        Err(self.bad(name, format!("a topic ({})", self.topics.join(", "))))
    }

    fn reading(&self, entry: &TopicEntry) -> Result<Reading, BadDeclaration> {
        let topic = self.topic(&entry.topic)?;
        let mut fields: Vec<Field> = Vec::new();
        for field in &entry.fields {
            let read = self.field(field, entry)?;
            if let Some(reason) = conflict(&fields, &read) {
                return Err(self.bad(&field.pointer, reason));
            }
            fields.push(read);
        }
        Ok(Reading {
            topic,
            variants: entry.variants.clone(),
            unknown_properties: entry.unknown_properties,
            unknown_enum_values: entry.unknown_enum_values,
            unknown_variants: entry.unknown_variants,
            tombstones: entry.tombstones,
            when_it_fails: entry.when_it_fails.clone(),
            fields,
        })
    }

    fn field(&self, entry: &FieldEntry, topic: &TopicEntry) -> Result<Field, BadDeclaration> {
        let pointer: Option<Pointer> = entry.pointer.get_ref().parse().ok();
        // A property without a name is nobody's, and the whole is no field.
        let is_named = |it: &Pointer| !it.is_root() && !it.segments().contains(&Segment::Name(String::new()));
        let pointer = pointer.filter(is_named).ok_or_else(|| {
            self.bad(&entry.pointer, "a JSON pointer such as \"/arrangor/organisasjonsnummer\"")
        })?;
        let variants = match &entry.variants {
            None => topic.variants.clone(),
            Some(names) => {
                names.iter().map(|name| self.variant(name, &topic.variants)).collect::<Result<_, _>>()?
            }
        };
        Ok(Field {
            pointer,
            field_type: self.field_type(entry)?,
            required: entry.required,
            nullable: entry.nullable,
            used: entry.used,
            unknown: entry.unknown.unwrap_or(topic.unknown_enum_values),
            variants,
        })
    }

    /// A variant by its whole name, or by what comes after the last dot.
    fn variant(&self, name: &Spanned<String>, known: &[String]) -> Result<String, BadDeclaration> {
        let is_meant = |variant: &&String| {
            *variant == name.get_ref() || variant.rsplit('.').next() == Some(name.get_ref().as_str())
        };
        let expected = || format!("one of the topic's variants ({})", known.join(", "));
        known.iter().find(is_meant).cloned().ok_or_else(|| self.bad(name, expected()))
    }

    fn field_type(&self, entry: &FieldEntry) -> Result<FieldType, BadDeclaration> {
        let name = entry.r#type.get_ref();
        let found = FieldType::named(name).or_else(|| {
            let known = self.enums.get(name)?.clone();
            Some(FieldType::Enum { name: name.clone(), known })
        });
        match (found, &entry.pattern) {
            (Some(FieldType::String { .. }), Some(pattern)) => {
                if compile(&serde_json::json!({ "pattern": pattern.get_ref() })).is_ok() {
                    return Ok(FieldType::String { pattern: Some(pattern.get_ref().clone()) });
                }
                Err(self.bad(pattern, "a regular expression"))
            }
            (Some(_), Some(pattern)) => Err(self.bad(pattern, "no pattern where the type is not \"string\"")),
            (Some(found), None) => Ok(found),
            (None, _) => {
                let enums = self.enums.keys().map(String::as_str);
                let all: Vec<_> = TYPE_NAMES.into_iter().chain(enums).collect();
                Err(self.bad(&entry.r#type, format!("a type or an enum of this file ({})", all.join(", "))))
            }
        }
    }
}

/// Why a field cannot stand beside those before it.
fn conflict(before: &[Field], field: &Field) -> Option<String> {
    let shares_variant = |other: &&Field| {
        other.variants.is_empty() || other.variants.iter().any(|variant| field.variants.contains(variant))
    };
    before.iter().filter(shares_variant).find_map(|other| {
        if other.pointer == field.pointer {
            return Some("each pointer once a variant".to_owned());
        }
        let (outer, inner) = if field.pointer.segments().starts_with(other.pointer.segments()) {
            (other, field)
        } else {
            (field, other)
        };
        let next = inner.pointer.segments().strip_prefix(outer.pointer.segments())?.first()?;
        let holds = matches!(
            (&outer.field_type, next),
            (FieldType::Object, Segment::Name(_)) | (FieldType::Array, Segment::Each)
        );
        let reason = || format!("nothing below {}, which is {}", outer.pointer, outer.field_type.name());
        (!holds).then(reason)
    })
}
