//! Declaration drift: names in a declaration that the contract does not have.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::declaration::Reading;
use super::field_type::FieldType;
use crate::model::Places;

/// A name in a declaration that the contract does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum DeclarationDrift {
    /// A field.
    Field {
        /// The place of the field.
        pointer: String,
        /// Whether the reader requires the field: then the reader can read no record, or the declaration is wrong.
        required: bool,
    },
    /// Values of an enum.
    Values {
        /// The place of the enum.
        pointer: String,
        /// The values.
        values: Vec<String>,
    },
    /// A variant.
    Variant {
        /// Value of `type`.
        variant: String,
    },
}

impl DeclarationDrift {
    /// Whether it has to be fixed, and is not only informative.
    pub fn is_finding(&self) -> bool {
        matches!(self, Self::Field { required: true, .. })
    }
}

impl fmt::Display for DeclarationDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { pointer, required: true } => {
                write!(f, "declares a field that the contract does not have, and requires it: {pointer}")
            }
            Self::Field { pointer, .. } => {
                write!(f, "declares a field that the contract does not have: {pointer}")
            }
            Self::Values { pointer, values } => {
                write!(f, "knows values that the contract does not have: {pointer} = {}", values.join(", "))
            }
            Self::Variant { variant } => {
                write!(f, "knows a variant that the contract does not have: {variant}")
            }
        }
    }
}

impl Reading {
    /// The names in the declaration that the contract, a value schema, does not have.
    pub fn drift(&self, contract: &Value) -> Vec<DeclarationDrift> {
        let places = Places::of(contract);
        let mut drift: Vec<_> = self
            .variants
            .iter()
            .filter(|variant| !places.variants.contains(variant))
            .map(|variant| DeclarationDrift::Variant { variant: variant.clone() })
            .collect();
        for field in &self.fields {
            let pointer = field.pointer.to_string();
            if !places.has(&field.pointer, &field.variants) {
                drift.push(DeclarationDrift::Field { pointer, required: field.required });
            } else if let FieldType::Enum { known, .. } = &field.field_type {
                let spelt = places.spelt(&field.pointer, &field.variants);
                let is_alien = |value: &&String| !spelt.iter().any(|other| other.as_str() == Some(value));
                let values: Vec<_> = known.iter().filter(is_alien).cloned().collect();
                if !spelt.is_empty() && !values.is_empty() {
                    drift.push(DeclarationDrift::Values { pointer, values });
                }
            }
        }
        drift.dedup();
        drift
    }
}
