//! What differs between two versions of a contract, before anybody judges it.

mod shape;
mod walk;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::contract_version::ContractVersion;
pub(crate) use shape::NormalizedSchema;

/// A difference between two versions of a contract.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) place: Place,
    pub(crate) kind: ChangeKind,
}

/// Where in a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// `value`, `key` or `config`.
    pub part: &'static str,
    /// JSON pointer to the field in the payload, with `*` for each item of an array; or the name of a setting.
    pub pointer: String,
    /// The variants it is about, by the last part of their names; empty: all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
}

impl Place {
    fn step(&self, name: &str) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self { pointer: format!("{}/{name}", self.pointer), ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.part, self.pointer.as_str()) {
            ("value", "") => f.write_str("the value")?,
            ("value", pointer) => f.write_str(pointer)?,
            ("config", name) => f.write_str(name)?,
            (part, "") => write!(f, "the {part}")?,
            (part, pointer) => write!(f, "{part} {pointer}")?,
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
    FieldAdded {
        shape: NormalizedSchema,
        required: bool,
    },
    FieldRemoved {
        shape: NormalizedSchema,
        required: bool,
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
    Type {
        from: String,
        to: String,
    },
    ValueAdded(Value),
    ValueRemoved(Value),
    Limit {
        keyword: String,
        from: Option<Value>,
        to: Option<Value>,
    },
    Pattern {
        from: Option<String>,
        to: Option<String>,
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
    /// A keyword that is not told apart.
    Keyword {
        keyword: String,
    },
    /// A setting of the topic.
    Setting {
        from: Option<String>,
        to: Option<String>,
    },
    /// Nothing but titles, names of definitions and their order.
    AnnotationsOnly,
}

/// Every difference between two versions.
pub(crate) fn changes(old: &ContractVersion, new: &ContractVersion) -> Vec<Change> {
    let mut changes = Vec::new();
    for (part, old, new) in [("key", &old.key, &new.key), ("value", &old.value, &new.value)] {
        let place = Place { part, ..Place::default() };
        let before = changes.len();
        walk::shapes(&NormalizedSchema::of(old), &NormalizedSchema::of(new), &place, true, &mut changes);
        if changes.len() == before && without_id(old) != without_id(new) {
            changes.push(Change { place, kind: ChangeKind::AnnotationsOnly });
        }
    }
    walk::settings(old, new, &mut changes);
    changes
}

/// The identifier of a schema holds its version.
fn without_id(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(keywords) = schema.as_object_mut() {
        keywords.remove("$id");
    }
    schema
}
