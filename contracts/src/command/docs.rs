//! `docs`: the overview of the topics for reader teams.

use crate::source::Repository;

/// The overview, as Markdown.
///
/// # Errors
/// A file is missing or malformed.
pub fn overview(repository: &Repository) -> anyhow::Result<String> {
    repository.source().overview(repository)
}
