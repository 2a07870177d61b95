//! What a JSON Schema refuses: place, expected and found, without the value.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use tiltak_schema::decode::{Diagnosis, describe};
use tiltak_schema::pointer::escaped;

/// The longest document whose errors are looked at, in bytes of its text: the validator makes an error for each wrong
/// place before it gives the first one, and an error is a hundred times as large as a place can be.
const LONGEST: usize = 256 << 10;

/// The first part of a document that its schema refuses. `length` is the length of the document's text.
pub(crate) fn first(validator: &Validator, document: &Value, length: usize) -> Diagnosis {
    let first = || validator.iter_errors(document).next().map(|error| describe_error(innermost(&error)));
    let first = if length > LONGEST { None } else { first() };
    first.unwrap_or_else(|| Diagnosis::here("a document that the schema accepts", describe(document)))
}

/// A discriminated union fails as a whole. The variant that the discriminator names is the one to explain.
fn innermost<'a, 'i>(error: &'a ValidationError<'i>) -> &'a ValidationError<'i> {
    let (ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context }) =
        error.kind()
    else {
        return error;
    };
    let depth = |error: &ValidationError<'_>| error.instance_path().as_str().matches('/').count();
    let own_depth = depth(error);
    let is_discriminator =
        |error: &&ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Constant { .. });
    context
        .iter()
        .filter(|branch| !branch.iter().any(|error| is_discriminator(&error)))
        .filter_map(|branch| branch.iter().map(innermost).max_by_key(|error| depth(error)))
        .max_by_key(|error| depth(error))
        .filter(|inner| depth(inner) > own_depth || context.len() > 1)
        .unwrap_or(error)
}

fn describe_error(error: &ValidationError<'_>) -> Diagnosis {
    let mut pointer = error.instance_path().to_string();
    let instance = describe(error.instance());
    let (expected, found) = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            pointer = format!("{pointer}/{}", escaped(name));
            ("a value".to_owned(), "nothing".to_owned())
        }
        ValidationErrorKind::Pattern { pattern } => (format!("a string that matches {pattern}"), instance),
        ValidationErrorKind::Format { format } => (format!("a string of the format {format}"), instance),
        ValidationErrorKind::Enum { options } => (format!("one of {options}"), instance),
        ValidationErrorKind::Constant { expected_value } => (expected_value.to_string(), instance),
        ValidationErrorKind::Minimum { limit } => (format!("a number of at least {limit}"), instance),
        ValidationErrorKind::Maximum { limit } => (format!("a number of at most {limit}"), instance),
        ValidationErrorKind::Type { .. } => (expected_type(error), instance),
        ValidationErrorKind::UniqueItems => {
            ("different items".to_owned(), "an item that stands twice".to_owned())
        }
        kind => (format!("a value that satisfies the keyword {}", kind.keyword()), instance),
    };
    Diagnosis { pointer, expected, found }
}

fn expected_type(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind: jsonschema::error::TypeKind::Single(expected) } => {
            format!("type {expected}")
        }
        _ => "another type".to_owned(),
    }
}
