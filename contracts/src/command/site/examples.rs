//! The examples that the site shows.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::line::Line;
use crate::source::Repository;
use crate::tree::Files;

/// The maximum number of examples with a value.
const MOST: usize = 6;

/// A valid example.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownExample {
    /// The file, below `contracts/`.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The record key.
    pub key: String,
    /// The record value, or `None` for a tombstone.
    pub value: Option<Value>,
}

/// The valid examples of a topic. Lines that are not examples are left out: `check` reports them.
pub(super) fn all(files: &Repository, topic: &str) -> anyhow::Result<Vec<ShownExample>> {
    let mut examples = Vec::new();
    for path in files.list(&format!("topics/{topic}/examples/valid"))? {
        for (line, text) in (1..).zip(files.read(&path)?.unwrap_or_default().lines()) {
            let Ok(Line { key, value }) = serde_json::from_str(text) else { continue };
            let Ok(value) = value.as_deref().map(serde_json::from_str).transpose() else { continue };
            examples.push(ShownExample { path: path.clone(), line, key, value });
        }
    }
    Ok(examples)
}

/// The fewest examples that show the fields of all of them. Each step takes the example with the most fields that are not shown yet. A
/// tombstone comes last.
pub(super) fn fewest(all: Vec<ShownExample>) -> Vec<ShownExample> {
    let (mut left, tombstones): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.value.is_some());
    let mut shown = BTreeSet::new();
    let mut chosen = Vec::new();
    while chosen.len() < MOST {
        let news = |example: &ShownExample| features(example).difference(&shown).count();
        // The first of those with the most: `max_by_key` alone would take the last.
        let best = (0..left.len()).rev().max_by_key(|index| news(&left[*index]));
        let Some(best) = best.filter(|index| news(&left[*index]) > 0) else { break };
        let example = left.remove(best);
        shown.extend(features(&example));
        chosen.push(example);
    }
    chosen.extend(tombstones.into_iter().next());
    chosen
}

/// The fields of a document: the pointer, whether the value is null, and the variant.
fn features(example: &ShownExample) -> BTreeSet<String> {
    fn walk(at: &str, value: &Value, found: &mut BTreeSet<String>) {
        found.insert(if value.is_null() { format!("{at} null") } else { at.to_owned() });
        match value {
            Value::Object(properties) => {
                properties.iter().for_each(|(name, value)| walk(&format!("{at}/{name}"), value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(&format!("{at}/*"), item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    if let Some(value) = &example.value {
        walk("", value, &mut found);
        let variant = value.get(crate::model::DISCRIMINATOR).and_then(Value::as_str);
        found.extend(variant.map(|name| format!("variant {name}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example(line: usize, value: Option<Value>) -> ShownExample {
        ShownExample { path: "golden.ndjson".to_owned(), line, key: "1".to_owned(), value }
    }

    #[test]
    fn an_example_that_shows_nothing_new_is_left_out_and_a_tombstone_is_last() {
        let all = vec![
            example(1, None),
            example(2, Some(json!({"a": 1}))),
            example(3, Some(json!({"a": 2, "b": null}))),
            example(4, Some(json!({"a": 3, "b": 4}))),
            example(5, Some(json!({"a": 3, "b": 4}))),
        ];
        let lines: Vec<_> = fewest(all).into_iter().map(|it| it.line).collect();
        assert_eq!(lines, [3, 4, 1]);
    }
}
