//! The types in Python.

use super::SourceFile;
use super::model::ValueTypes;

/// The files.
pub fn files(_: &[ValueTypes]) -> Vec<SourceFile> {
    Vec::new()
}
