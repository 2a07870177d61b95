//! An oracle that shares nothing with the search: the `jsonschema` crate says whether a document is valid, and that is
//! the answer to two questions of containment.

use json_schema_containment::{Options, Verdict, compare};
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::schemas::{self, Choices, Dialect};

/// How pairs were answered.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) contained: u64,
    pub(crate) not_contained: u64,
    pub(crate) unknown: u64,
    /// Pairs whose answer is not that of the oracle.
    pub(crate) wrong: Vec<String>,
}

impl Tally {
    pub(crate) fn pairs(&self) -> u64 {
        self.contained + self.not_contained + self.unknown
    }

    pub(crate) fn unknown_percent(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let percent = 100.0 * self.unknown as f64 / self.pairs().max(1) as f64;
        percent
    }
}

pub(crate) fn validator(schema: &Value, dialect: Dialect) -> Option<Validator> {
    let draft = if dialect == Dialect::Draft07 { Draft::Draft7 } else { Draft::Draft202012 };
    jsonschema::options().with_draft(draft).should_validate_formats(false).build(schema).ok()
}

/// Compares `{"const": d}` with a schema, and the schema with `{"not": {"const": d}}`, for a random schema and `d`.
pub(crate) fn ask(choices: &mut impl Choices, dialect: Dialect, tally: &mut Tally) {
    let schema = schemas::schema(choices, dialect);
    let document = schemas::document(choices, 0);
    let constant = json!({"$schema": dialect.uri(), "const": document});
    let other = json!({"$schema": dialect.uri(), "not": {"const": document}});
    let options = Options::default();
    for (a, b, is_contained_if_valid) in [(&constant, &schema, true), (&schema, &other, false)] {
        // A schema that is none has no answer.
        let Ok(verdict) = compare(a, b, &options) else { continue };
        match verdict {
            Verdict::Contained { .. } => tally.contained += 1,
            Verdict::NotContained(_) => tally.not_contained += 1,
            Verdict::Unknown { .. } => {
                tally.unknown += 1;
                continue;
            }
        }
        let Some(validator) = validator(&schema, dialect) else { continue };
        if verdict.is_contained() != (validator.is_valid(&document) == is_contained_if_valid) {
            tally.wrong.push(format!("{verdict:?}\n  a: {a}\n  b: {b}"));
        }
    }
}
