//! The gate's models of a schema. [`NormalizedSchema`] reads its keywords, for changes between versions and for
//! examples. [`Places`] is the same as a list of places, for readers and for people.

mod normalized_schema;
mod places;

pub(crate) use normalized_schema::{LIMITS, NormalizedSchema, Property, Variants};
pub(crate) use places::{DISCRIMINATOR, Places, PropertyPlace, nest};
