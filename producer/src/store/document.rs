//! Entities as JSON documents in the database.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::StoreError;

pub(super) fn document(entity: &impl Serialize, name: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(entity).map_err(|cause| StoreError::Document { entity: name, cause })
}

pub(super) fn required<T: DeserializeOwned>(
    row: &AnyRow,
    column: usize,
    entity: &'static str,
) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|cause| StoreError::Document { entity, cause })
}

pub(super) fn optional<T: DeserializeOwned>(
    row: &AnyRow,
    column: usize,
    entity: &'static str,
) -> Result<Option<T>, StoreError> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(text).map_err(|cause| StoreError::Document { entity, cause }))
        .transpose()
}
