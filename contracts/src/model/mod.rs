//! A schema as the gate sees it: [`NormalizedSchema`] is the one reading of its keywords, for what changes between two versions
//! and for what an example may hold; [`Places`] is the same as a list of places, for readers and for people.

mod normalized_schema;
mod places;

pub(crate) use normalized_schema::{LIMITS, NormalizedSchema, Property, Variants};
pub(crate) use places::{DISCRIMINATOR, Places, PropertyPlace, nest};
