//! The first place where two JSON documents differ.

use serde_json::{Number, Value};
use tiltak_schema::decode::{Diagnosis, describe};

/// Compares the value that was `read` with what the type has `written` of it. Numbers are compared by value: `1.0E7`
/// equals `10000000.0`.
pub(crate) fn difference(read: &Value, written: &Value) -> Option<Diagnosis> {
    match (read, written) {
        (Value::Number(a), Value::Number(b)) if same_number(a, b) => None,
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(index, (a, b))| difference(a, b).map(|found| found.below(&index.to_string()))),
        (Value::Array(a), Value::Array(b)) => Some(Diagnosis::here(
            format!("an array of {} different items", b.len()),
            format!("{} items", a.len()),
        )),
        (Value::Object(a), Value::Object(b)) => {
            let changed = a.iter().find_map(|(name, value)| match b.get(name) {
                Some(written) => difference(value, written).map(|found| found.below(name)),
                None => Some(
                    Diagnosis::here("no such property, or another form of it", describe(value)).below(name),
                ),
            });
            let missing = || b.iter().find(|(name, _)| !a.contains_key(*name));
            changed.or_else(|| {
                missing().map(|(name, value)| Diagnosis::here(describe(value), "nothing").below(name))
            })
        }
        (a, b) if a == b => None,
        (a, b) => Some(Diagnosis::here(format!("{} as the type writes it", describe(b)), describe(a))),
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_f64() == b.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_by_value_and_not_by_spelling() {
        let read: Value = serde_json::from_str("[1.0E7, 100, -0.0, 9223372036854775807]").unwrap();
        assert_eq!(difference(&read, &json!([10_000_000.0, 100.0, 0.0, i64::MAX])), None);
    }

    #[test]
    fn integers_beyond_the_doubles_are_told_apart() {
        assert!(difference(&json!(i64::MAX), &json!(i64::MAX - 1)).is_some());
    }

    #[test]
    fn the_place_of_a_lost_property_is_named() {
        let found = difference(&json!({"a": {"b~/": 1, "c": 2}}), &json!({"a": {"c": 2}})).unwrap();
        assert_eq!(found.pointer, "/a/b~0~1");
    }

    #[test]
    fn a_property_that_should_have_been_there_is_named() {
        let found = difference(&json!({}), &json!({"sluttDato": null})).unwrap();
        assert_eq!(
            (found.pointer.as_str(), found.expected.as_str(), found.found.as_str()),
            ("/sluttDato", "null", "nothing")
        );
    }
}
