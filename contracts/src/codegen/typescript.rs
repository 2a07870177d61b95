//! The types in TypeScript.

use super::SourceFile;
use super::model::ValueTypes;

/// The files.
pub fn files(_: &[ValueTypes]) -> Vec<SourceFile> {
    Vec::new()
}
