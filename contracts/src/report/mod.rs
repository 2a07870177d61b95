//! Reports: for people, for programs, and for pull requests.

mod breakages;
mod findings;
mod github;
mod people;
mod problems;
mod readers;
pub mod site;
mod validation;

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use crate::command::check::Report;
use crate::command::diff::TopicDiff;
pub use people::{BAD, GOOD, assessment, difference, laid_out, list_rules, release, rule, verdict, written};
pub use validation::ValidationReport;

/// The format of a report.
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

/// Writes the report of a check. With `minimal`, it shows the smallest documents in place of examples.
///
/// # Errors
/// The output cannot be written.
pub fn check(output: &mut impl Write, report: &Report, format: Format, minimal: bool) -> anyhow::Result<()> {
    match format {
        Format::Text => people::check(output, report, minimal)?,
        Format::Json => json(output, &with_sentences(report)?)?,
        Format::Github => {
            github::check(output, report)?;
            people::check(output, report, minimal)?;
        }
    }
    Ok(())
}

/// The report as data, with the sentence of each problem beside it.
fn with_sentences(report: &Report) -> anyhow::Result<Value> {
    let mut data = serde_json::to_value(report)?;
    let shown = data.get_mut("problems").and_then(Value::as_array_mut).into_iter().flatten();
    for (shown, problem) in shown.zip(&report.problems) {
        shown["message"] = problems::sentence(problem).into();
    }
    Ok(data)
}

/// Writes the changes of contracts. With `minimal`, it shows the smallest documents in place of examples.
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

/// Writes one line of JSON.
///
/// # Errors
/// The output cannot be written.
pub fn json(output: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *output, value)?;
    Ok(writeln!(output)?)
}
