//! A contract, or a variant of it, is not shown by any valid example.

use serde_json::Value;

use super::prelude::*;
use crate::change::{NormalizedSchema, Place};

pub(super) const RULE: Rule = Rule {
    id: "contract-without-example",
    summary: "no valid example shows the contract, or one of its variants",
    why: "Readers write their tests from the examples, and the gate proves with them that schema and type agree.",
    reference: "JSON Schema Validation 2020-12, section 9.5 (examples)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    let examples = &view.newest().examples;
    let place = Place { part: "value", ..Place::default() };
    let missing = |what: String| {
        let found = Found::new([], &place, (Severity::Blocked, what));
        found.fix("add one to a file in examples/valid/")
    };
    if examples.is_empty() {
        return vec![missing("no valid example shows it".to_owned())];
    }
    let variants = NormalizedSchema::of(&view.newest().value).variants;
    let shown = |discriminator: &str, name: &str| {
        examples.iter().any(|example| example.get(discriminator).and_then(Value::as_str) == Some(name))
    };
    variants
        .into_iter()
        .flat_map(|variants| {
            let names: Vec<String> = variants.shapes.keys().cloned().collect();
            names.into_iter().filter(move |name| !shown(&variants.discriminator, name))
        })
        .map(|name| missing(format!("no valid example shows the variant {name:?}")))
        .collect()
}
