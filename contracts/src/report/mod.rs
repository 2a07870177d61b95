//! What was found, for people, for programs, and for a pull request.

mod github;
mod people;

use std::io::Write;

use serde::Serialize;

use crate::command::check::Report;
use crate::command::diff::TopicDiff;
pub use people::{BAD, GOOD, assessment, difference, list_rules, rule};

/// How something is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: with colour, where there is a terminal.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// Annotations of GitHub Actions, and the text for people.
    Github,
}

/// Writes the report of a check; with `minimal`, the smallest documents in place of examples.
///
/// # Errors
/// The output cannot be written.
pub fn check(output: &mut impl Write, report: &Report, format: Format, minimal: bool) -> anyhow::Result<()> {
    match format {
        Format::Text => people::check(output, report, minimal)?,
        Format::Json => json(output, report)?,
        Format::Github => {
            github::check(output, report)?;
            people::check(output, report, minimal)?;
        }
    }
    Ok(())
}

/// Writes what is new in contracts; with `minimal`, the smallest documents in place of examples.
///
/// # Errors
/// The output cannot be written.
pub fn diff(
    output: &mut impl Write,
    diffs: &[TopicDiff],
    format: Format,
    minimal: bool,
) -> anyhow::Result<()> {
    if format == Format::Json {
        return json(output, &diffs);
    }
    for topic in diffs {
        if format == Format::Github {
            github::topic(output, &topic.assessment)?;
        }
        people::diff(output, topic, minimal)?;
    }
    Ok(())
}

/// Writes a line of JSON.
///
/// # Errors
/// The output cannot be written.
pub fn json(output: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *output, value)?;
    Ok(writeln!(output)?)
}
