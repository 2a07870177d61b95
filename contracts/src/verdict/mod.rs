//! May everything that is valid under one schema be read under another?
//!
//! The question is turned around: is there a document that the first accepts and the second refuses? A search that is
//! complete for the keywords it decides answers it, with the document or with the proof that there is none. A document
//! is shown only when the `jsonschema` crate agrees, and what is not decided is said to be unknown.

mod arrays;
mod circular;
mod closed;
mod evaluate;
mod graph;
mod keywords;
mod language;
mod number;
mod objects;
mod schema;
mod solve;
mod witness;

use std::time::{Duration, Instant};

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use regexsolver::execution_profile::ExecutionProfileBuilder;
use serde_json::Value;

use graph::Graph;
use schema::Reading;
use solve::{Answer, Solver};
pub use witness::Witness;

/// How two schemas are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The writer emits the properties that its schema names and no others, as one does that writes from a type.
    pub closed_writer: bool,
    /// `format` is an assertion, and not an annotation.
    pub assert_format: bool,
    /// How long the search may take.
    pub limit: Duration,
}

impl Default for Options {
    /// An open writer, formats as annotations, half a second.
    fn default() -> Self {
        Self { closed_writer: false, assert_format: false, limit: Duration::from_millis(500) }
    }
}

/// Whether everything that is valid under schema A is valid under schema B.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is: proved.
    Contained,
    /// It is not: this document is valid under A and invalid under B.
    NotContained(Witness),
    /// It could not be decided.
    Unknown {
        /// What stood in the way.
        reason: String,
    },
}

/// A schema that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schema {which}{at}: {reason}", at = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") })]
pub struct BadSchema {
    /// `a` or `b`.
    pub which: &'static str,
    /// Where in the schema (RFC 6901); empty for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub reason: String,
}

/// Compares what two schemas accept: `a` is the writer's, `b` the reader's.
///
/// # Example: a required property that the writer does not promise
///
/// ```
/// use serde_json::json;
/// use tiltak_contracts::verdict::{Options, Verdict, compare};
///
/// let a = json!({"type": "object", "properties": {"navn": {"type": "string"}}});
/// let b = json!({"type": "object", "required": ["navn"]});
/// let Verdict::NotContained(witness) = compare(&a, &b, &Options::default())? else { unreachable!() };
/// assert_eq!(witness.document, json!({}));
/// assert_eq!(witness.keyword, "required");
/// assert_eq!(compare(&b, &json!(true), &Options::default())?, Verdict::Contained);
/// # Ok::<(), tiltak_contracts::verdict::BadSchema>(())
/// ```
///
/// # Errors
/// A schema that is none: an unknown keyword or type, a `$ref` that leads nowhere or out of the file, a pattern that is
/// none.
pub fn compare(a: &Value, b: &Value, options: &Options) -> Result<Verdict, BadSchema> {
    let deadline = Instant::now() + options.limit;
    let validators = [compile("a", a, options)?, compile("b", b, options)?];
    let milliseconds = u64::try_from(options.limit.as_millis()).unwrap_or(u64::MAX);
    let profile =
        ExecutionProfileBuilder::new().execution_timeout(milliseconds).max_number_of_states(5_000).build();
    Ok(profile.run(|| search(a, b, options, deadline, &validators)))
}

fn search(
    a: &Value,
    b: &Value,
    options: &Options,
    deadline: Instant,
    validators: &[Validator; 2],
) -> Verdict {
    if a == b {
        return Verdict::Contained;
    }
    let reading = Reading { assert_format: options.assert_format, closed: false };
    let mut graph = Graph::default();
    let read = schema::read(&mut graph, a, Reading { closed: options.closed_writer, ..reading })
        .and_then(|a| Ok((a, schema::read(&mut graph, b, reading)?)));
    if circular::is_circular(&graph) {
        let reason = "a $ref leads back to itself about the same value, which JSON Schema leaves undefined";
        return Verdict::Unknown { reason: reason.to_owned() };
    }
    let mut solver = Solver::new(&mut graph, deadline);
    let (reason, candidate) = match &read {
        Ok((a, b)) => match solver.solve([(*a, true), (*b, false)]) {
            Answer::None => return Verdict::Contained,
            Answer::Some(document) => ("a document that was found does not hold".to_owned(), Some(document)),
            Answer::Unknown(reason, document) => (reason, document),
        },
        Err(reason) => (reason.clone(), None),
    };
    let [writer, reader] = validators;
    let mut is_written = |document: &Value| {
        writer.is_valid(document)
            && (!options.closed_writer
                || read.as_ref().is_ok_and(|(a, _)| solver.holds(*a, document, 0) == Ok(true)))
    };
    let witness = candidate
        .into_iter()
        .chain(witness::candidates(a, b))
        .find(|document| is_written(document) && !reader.is_valid(document));
    if let Some(document) = witness {
        return Verdict::NotContained(Witness::new(document, is_written, reader));
    }
    // Every document that A accepts is tried, while there is time.
    let is_read =
        |document| Instant::now() < deadline && (!writer.is_valid(document) || reader.is_valid(document));
    if let Some(documents) = witness::finite(a)
        && documents.iter().all(is_read)
    {
        return Verdict::Contained;
    }
    Verdict::Unknown { reason }
}

fn compile(which: &'static str, schema: &Value, options: &Options) -> Result<Validator, BadSchema> {
    keywords::check(schema).map_err(|(pointer, reason)| BadSchema { which, pointer, reason })?;
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_retriever(schema::Offline)
        .should_validate_formats(options.assert_format)
        .build(schema)
        .map_err(|error| BadSchema {
            which,
            pointer: error.instance_path().to_string(),
            reason: match error.kind() {
                ValidationErrorKind::Format { format } => format!("this is no {format}"),
                _ => error.to_string(),
            },
        })
}
