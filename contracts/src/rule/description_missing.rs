//! A field has no description.

use super::prelude::*;
use crate::change::Place;
use crate::field;

pub(super) const RULE: Rule = Rule {
    id: "description-missing",
    summary: "a field has no description",
    why: "The contract is what a reader team has: a field that is not described is guessed at.",
    reference: "JSON Schema Validation 2020-12, section 9.1 (description)",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    field::fields(&view.newest().value)
        .into_iter()
        .filter(|field| field.schema.get("description").is_none())
        .map(|field| {
            let place = Place {
                part: "value",
                pointer: format!("/{}", field.path.replace('.', "/")),
                variants: field.variants,
            };
            let found = Found::new([], &place, (Severity::Blocked, "has no description".to_owned()));
            found.fix("write a doc comment at the Rust field")
        })
        .collect()
}
