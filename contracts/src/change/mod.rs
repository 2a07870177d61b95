//! What differs between two versions of a contract, before anybody judges it.

mod combine;
mod normalized_schema;
mod walk;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tiltak_schema::pointer::{Pointer, Segment};

use crate::contract_version::ContractVersion;
use crate::kafka_config::SettingEffect;
pub(crate) use normalized_schema::NormalizedSchema;

/// A difference between two versions of a contract.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) place: Place,
    pub(crate) kind: ChangeKind,
}

/// A part of a contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The record's key.
    Key,
    /// The record's value.
    #[default]
    Value,
    /// The topic's settings, and whether tombstones are sent.
    Config,
}

/// Where in a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Which part.
    pub part: Part,
    /// Where in that part: a field (`*` is each item of an array), or a setting by its name.
    pub pointer: Pointer,
    /// The variants it is about, by the last part of their names; empty: all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
}

impl Place {
    pub(crate) fn new(part: Part, pointer: Pointer) -> Self {
        Self { part, pointer, variants: Vec::new() }
    }

    fn step(&self, segment: Segment) -> Self {
        Self { pointer: self.pointer.join(segment), ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.part, self.pointer.split_last()) {
            (Part::Value, None) => f.write_str("the value")?,
            (Part::Key, None) => f.write_str("the key")?,
            (Part::Config, None) => f.write_str("the settings")?,
            (Part::Config, Some((_, Segment::Name(name)))) => f.write_str(name)?,
            (Part::Value | Part::Config, Some(_)) => write!(f, "{}", self.pointer)?,
            (Part::Key, Some(_)) => write!(f, "key {}", self.pointer)?,
        }
        if !self.variants.is_empty() {
            write!(f, " ({})", self.variants.join(", "))?;
        }
        Ok(())
    }
}

/// In what two versions differ at a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ChangeKind {
    Description,
    /// Nothing but titles, names of definitions and their order.
    AnnotationsOnly,
    FieldAdded {
        shape: NormalizedSchema,
        required: bool,
    },
    FieldRemoved {
        shape: NormalizedSchema,
        required: bool,
    },
    FieldRenamed {
        to: Pointer,
    },
    /// The property is always there, or no longer is; a value that is now nullable or not.
    Required {
        now: bool,
        nullable: bool,
    },
    /// The value may be null, or no longer may; a property that was always there or not.
    Nullable {
        now: bool,
        required: bool,
    },
    NullMadeAbsent,
    AbsentMadeNull,
    Type {
        from: String,
        to: String,
        /// Both as schemas, where neither has anything inside.
        scalars: Option<(Value, Value)>,
    },
    ValueAdded(Value),
    ValueRemoved(Value),
    ValueRenamed {
        from: Value,
        to: Value,
    },
    /// Limits and patterns, with all that is said of the value before and after.
    Constraint {
        keywords: Vec<KeywordChange>,
        old: Value,
        new: Value,
    },
    Format {
        from: Option<String>,
        to: Option<String>,
    },
    Closed {
        now: bool,
    },
    Discriminator {
        from: String,
        to: String,
    },
    VariantAdded {
        name: String,
        shape: NormalizedSchema,
    },
    VariantRemoved {
        name: String,
        shape: NormalizedSchema,
    },
    VariantRenamed {
        from: String,
        to: String,
    },
    /// A keyword that is not told apart.
    Keyword {
        keyword: String,
    },
    /// The record key is spelt otherwise.
    KeyForm,
    /// A setting of the topic; no effect: Kafka has no such setting.
    Setting {
        effect: Option<SettingEffect>,
        from: Option<String>,
        to: Option<String>,
    },
    Tombstones {
        now: bool,
    },
}

/// A keyword with another value, or that comes or goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeywordChange {
    pub(crate) keyword: &'static str,
    pub(crate) from: Option<Value>,
    pub(crate) to: Option<Value>,
}

impl fmt::Display for KeywordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keyword, from, to } = self;
        match (from, to) {
            (None, Some(to)) => write!(f, "{keyword} is now {to}, and there was none"),
            (Some(from), None) => write!(f, "{keyword} was {from}, and there is none now"),
            (Some(from), Some(to)) => write!(f, "{keyword} was {from}, and is now {to}"),
            (None, None) => f.write_str(keyword),
        }
    }
}

/// Every difference between two versions.
pub(crate) fn changes(old: &ContractVersion, new: &ContractVersion) -> Vec<Change> {
    let mut changes = Vec::new();
    for (part, old, new) in [(Part::Key, &old.key, &new.key), (Part::Value, &old.value, &new.value)] {
        let place = Place::new(part, Pointer::default());
        let before = changes.len();
        walk::schemas(&NormalizedSchema::of(old), &NormalizedSchema::of(new), &place, true, &mut changes);
        if changes.len() == before && without_id(old) != without_id(new) {
            changes.push(Change { place, kind: ChangeKind::AnnotationsOnly });
        }
    }
    walk::settings(old, new, &mut changes);
    combine::combined(changes)
}

/// The identifier of a schema holds its version.
fn without_id(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(keywords) = schema.as_object_mut() {
        keywords.remove("$id");
    }
    schema
}
