//! Places in a contract.

use std::fmt;

use serde::{Deserialize, Serialize};
use tiltak_schema::pointer::{Pointer, Segment};

/// A part of a contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The record's key.
    Key,
    /// The record's value.
    #[default]
    Value,
    /// The topic's settings, tombstones included.
    Config,
}

/// A place in a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The part of the contract.
    pub part: Part,
    /// The place in that part: a field (`*` is each item of an array), or a setting by its name.
    pub pointer: Pointer,
    /// The variants concerned, by the last part of their discriminators; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
}

impl Place {
    pub(crate) fn new(part: Part, pointer: Pointer) -> Self {
        Self { part, pointer, variants: Vec::new() }
    }

    pub(crate) fn step(&self, segment: Segment) -> Self {
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
