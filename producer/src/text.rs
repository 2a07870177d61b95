//! Rules for text, so that every reader can store it.
//!
//! Input is checked as JSON, before it becomes a type, so that new properties are checked without new code. No text
//! has U+0000 in it: PostgreSQL cannot store it, so a reader with PostgreSQL could never store the record. A name is
//! not blank.

use serde_json::Value;
use tiltak_schema::decode::Diagnosis;

/// The property that holds a name, in every entity.
pub(crate) const NAME: &str = "navn";
/// The pattern of a text, for JSON Schema.
pub(crate) const TEXT_PATTERN: &str = r"^[^\u0000]*$";
/// The pattern of a name. It lists the white space of Unicode character by character, because `\s` means another set
/// in each language.
pub(crate) const NAME_PATTERN: &str = r"^[^\u0000]*[^\u0000\u0009-\u000d \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\u0000]*$";

/// Checks every text of a document.
///
/// # Errors
/// The first text with U+0000 in it, or the first name of white space alone. It is not quoted.
pub(crate) fn check(document: &Value) -> Result<(), Diagnosis> {
    match document {
        Value::String(text) => check_text(text),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| check(item).map_err(|it| below(&index.to_string(), it))),
        Value::Object(properties) => properties.iter().try_for_each(|(name, value)| {
            check(value).and_then(|()| check_name(name, value)).map_err(|it| below(name, it))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), Diagnosis> {
    match text.chars().position(|character| character == '\0') {
        None => Ok(()),
        Some(index) => Err(refused("a text without U+0000", format!("one at character {}", index + 1))),
    }
}

fn check_name(name: &str, value: &Value) -> Result<(), Diagnosis> {
    match value.as_str() {
        Some(text) if name == NAME && text.trim().is_empty() => {
            let found = if text.is_empty() { "an empty string" } else { "white space alone" };
            Err(refused("a name with something to read", found.to_owned()))
        }
        _ => Ok(()),
    }
}

fn refused(expected: &str, found: String) -> Diagnosis {
    Diagnosis { pointer: String::new(), expected: expected.to_owned(), found }
}

fn below(step: &str, mut diagnosis: Diagnosis) -> Diagnosis {
    let step = step.replace('~', "~0").replace('/', "~1");
    diagnosis.pointer.insert_str(0, &format!("/{step}"));
    diagnosis
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is said of a document, as "pointer: expected, found".
    fn said(document: &Value) -> String {
        let Diagnosis { pointer, expected, found } = check(document).unwrap_err();
        format!("{pointer}: {expected}, {found}")
    }

    #[test]
    fn a_text_with_u0000_is_refused_wherever_it_stands() {
        let refusal = "a text without U+0000, one at character 3";
        for (document, pointer) in [
            (json!("æa\0"), ""),
            (json!({ "beskrivelse": "æa\0Kari" }), "/beskrivelse"),
            (json!({ "a/~": [null, 1, { "tekst": "æa\0" }] }), "/a~1~0/2/tekst"),
        ] {
            assert_eq!(said(&document), format!("{pointer}: {refusal}"));
        }
    }

    #[test]
    fn a_name_of_nothing_or_of_white_space_is_refused_and_another_text_is_not() {
        assert_eq!(
            said(&json!({ "details": { "navn": "" } })),
            "/details/navn: a name with something to read, an empty string"
        );
        assert_eq!(
            said(&json!({ "navn": " \t\u{a0}\u{2028}" })),
            "/navn: a name with something to read, white space alone"
        );
        for taken in [
            json!({ "navn": null }),
            json!({ "navn": " Ny " }),
            json!({ "ledetekst": "", "tekst": " " }),
            json!({ "navn": "\u{1}\u{feff}\u{fffe}𝕏" }),
        ] {
            assert_eq!(check(&taken), Ok(()), "{taken}");
        }
    }
}
