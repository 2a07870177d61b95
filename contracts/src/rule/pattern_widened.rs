//! More strings are allowed.

use serde_json::{Value, json};

use super::prelude::*;
use json_schema_containment::{Options, Verdict, compare};

pub(super) const RULE: Rule = Rule {
    id: "pattern-widened",
    summary: "a pattern allows more strings than before",
    why: "A reader that takes the string apart by the old pattern meets one that it cannot read.",
    reference: "JSON Schema Validation 2020-12, section 6.3.3 (pattern)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    view.each(|change| {
        let What::Pattern { from, to } = &change.what else { return None };
        let string = new_string(from.as_deref(), to.as_deref())?;
        Some((Level::Breaking, format!("now allows {string}, which the old pattern does not")))
    })
}

/// A string that the second pattern allows and the first does not. Where that is not decided, something is said to be
/// there: a finding too many can be looked at, one too few cannot.
pub(super) fn new_string(from: Option<&str>, to: Option<&str>) -> Option<String> {
    let schema = |pattern: Option<&str>| match pattern {
        Some(pattern) => json!({"type": "string", "pattern": pattern}),
        None => json!({"type": "string"}),
    };
    match compare(&schema(to), &schema(from), &Options::default()) {
        Ok(Verdict::Contained { .. }) => None,
        Ok(Verdict::NotContained(witness)) => Some(witness.document.to_string()),
        Ok(Verdict::Unknown { reason }) => Some(undecided(&reason)),
        Err(error) => Some(undecided(&error.reason)),
    }
}

fn undecided(reason: &str) -> String {
    format!("strings that could not be told ({})", Value::from(reason))
}
