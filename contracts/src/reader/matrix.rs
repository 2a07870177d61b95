//! The matrix of a topic: which reader uses which field.

use serde::Serialize;
use serde_json::Value;

use super::Declarations;
use super::declaration::{Field, Reading};
use crate::model::{DISCRIMINATOR, Places};
use tiltak_schema::pointer::Pointer;

/// The matrix of a topic: its fields, and what each reader does with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Matrix {
    /// The topic.
    pub topic: String,
    /// The readers with a declaration, as columns.
    pub readers: Vec<String>,
    /// The fields that hold values, in the order of the contract, as rows. A field that only holds other fields has
    /// no row.
    pub fields: Vec<MatrixRow>,
    /// Fields that no declared reader uses; some may bind them.
    pub unused: Vec<Pointer>,
    /// Fields that no declared reader binds.
    pub unbound: Vec<Pointer>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatrixRow {
    /// The place of the field.
    pub pointer: Pointer,
    /// What each reader does with it, in the order of the columns.
    pub readers: Vec<Reads>,
}

/// What a reader does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// The reader does not bind the field.
    Not,
    /// The reader binds the field and does not use it, so the field can still break the reader.
    Binds,
    /// The reader uses the field.
    Uses,
}

impl Matrix {
    /// The matrix of a topic, from its value schema.
    pub fn of(declarations: &Declarations, topic: &str, contract: &Value) -> Self {
        let readings: Vec<_> = declarations.of_topic(topic).collect();
        let pointers: Vec<_> =
            Places::of(contract).pointers().into_iter().map(|(pointer, _)| pointer).collect();
        let is_leaf = |pointer: &&Pointer| {
            !pointers.iter().any(|other| {
                other.segments().len() > pointer.segments().len()
                    && other.segments().starts_with(pointer.segments())
            })
        };
        let fields: Vec<_> = pointers
            .iter()
            .filter(is_leaf)
            .map(|pointer| MatrixRow {
                pointer: pointer.clone(),
                readers: readings.iter().map(|(_, reading)| reads(reading, pointer)).collect(),
            })
            .collect();
        let none_does_more = |most: Reads| {
            let rows = fields.iter().filter(|row| row.readers.iter().all(|reads| *reads <= most));
            rows.map(|row| row.pointer.clone()).collect()
        };
        Self {
            topic: topic.to_owned(),
            readers: readings.iter().map(|(reader, _)| reader.app.clone()).collect(),
            unused: none_does_more(Reads::Binds),
            unbound: none_does_more(Reads::Not),
            fields,
        }
    }
}

fn reads(reading: &Reading, pointer: &Pointer) -> Reads {
    if pointer.to_string() == format!("/{DISCRIMINATOR}") && !reading.variants.is_empty() {
        return Reads::Uses;
    }
    // What is bound as it is holds everything below.
    let holds = |field: &&Field| {
        let is_whole = !reading.fields.iter().any(|other| {
            other.pointer != field.pointer && other.pointer.segments().starts_with(field.pointer.segments())
        });
        field.pointer == *pointer || (is_whole && pointer.segments().starts_with(field.pointer.segments()))
    };
    let each = reading.fields.iter().filter(holds);
    each.map(|field| if field.used { Reads::Uses } else { Reads::Binds }).max().unwrap_or(Reads::Not)
}
