//! Sources of contracts. The gate asks a [`ContractSource`]: [the Rust types of this project](RustTypes) or
//! [a folder of plain JSON Schemas](SchemaFolder). It knows no other difference between the two.

mod contract_source;
mod repository;
mod rust_types;
mod schema_folder;

pub use contract_source::{ContractSource, GeneratedFile, Manifest, ReleasedFile};
pub use repository::Repository;
pub use rust_types::{GeneratedSchemas, RustTypes, schemas_of};
pub use schema_folder::SchemaFolder;
