//! Where the contracts of a repository come from. The gate asks a [`ContractSource`] and knows no other difference between
//! [the Rust types of this project](RustTypes) and [a folder of plain JSON Schemas](SchemaFolder).

mod contract_source;
mod repository;
mod rust_types;
mod schema_folder;

pub use contract_source::{ContractSource, GeneratedFile, Manifest, ReleasedFile};
pub use repository::Repository;
pub use rust_types::{GeneratedSchemas, RustTypes, schemas_of};
pub use schema_folder::SchemaFolder;
