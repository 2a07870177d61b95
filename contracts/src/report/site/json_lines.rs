//! A JSON document as lines, each linked to the field that it shows.

use serde_json::Value;
use tiltak_schema::pointer::Pointer;

/// A line of a pretty-printed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonLine {
    pub(super) indent: String,
    /// The pointer of the field; empty for the whole document.
    pub(super) field: String,
    /// The property's name as JSON. Closing brackets and items have none.
    pub(super) name: Option<String>,
    /// The text after the name.
    pub(super) text: String,
    /// The CSS class of the value.
    pub(super) kind: &'static str,
    /// A comma, if one follows.
    pub(super) comma: &'static str,
}

/// The lines of a document.
pub(super) fn json_lines(document: &Value) -> Vec<JsonLine> {
    let mut lines = Vec::new();
    let place = Place { depth: 0, at: &Pointer::default(), field: "", name: None, comma: "" };
    value(document, &place, &mut lines);
    lines
}

struct Place<'p> {
    depth: usize,
    at: &'p Pointer,
    field: &'p str,
    name: Option<String>,
    comma: &'static str,
}

fn value(shown: &Value, place: &Place<'_>, lines: &mut Vec<JsonLine>) {
    let line = |name, text: &str, kind, comma| JsonLine {
        indent: "  ".repeat(place.depth),
        field: place.field.to_owned(),
        name,
        text: text.to_owned(),
        kind,
        comma,
    };
    let comma = |index, length| if index + 1 < length { "," } else { "" };
    match shown {
        Value::Object(properties) if !properties.is_empty() => {
            lines.push(line(place.name.clone(), "{", "tegn", ""));
            for (index, (name, property)) in properties.iter().enumerate() {
                let at = place.at.name(name);
                let (field, comma) = (at.to_string(), comma(index, properties.len()));
                let name = Some(Value::from(name.as_str()).to_string());
                let inside = Place { depth: place.depth + 1, at: &at, field: &field, name, comma };
                value(property, &inside, lines);
            }
            lines.push(line(None, "}", "tegn", place.comma));
        }
        Value::Array(items) if !items.is_empty() => {
            lines.push(line(place.name.clone(), "[", "tegn", ""));
            for (index, item) in items.iter().enumerate() {
                let (at, comma) = (place.at.each(), comma(index, items.len()));
                let inside = Place { depth: place.depth + 1, at: &at, field: place.field, name: None, comma };
                value(item, &inside, lines);
            }
            lines.push(line(None, "]", "tegn", place.comma));
        }
        _ => {
            let kind = match shown {
                Value::Null => "null",
                Value::String(_) => "tekst",
                _ => "tall",
            };
            lines.push(line(place.name.clone(), &shown.to_string(), kind, place.comma));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_lines_are_the_document_and_each_has_its_field() {
        let document = json!({"a": [1, {"b": null}], "c": {}, "d": "x\"y"});
        let lines = json_lines(&document);
        let text = lines.iter().map(|it| {
            let name = it.name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
            format!("{}{name}{}{}", it.indent, it.text, it.comma)
        });
        let text: Vec<_> = text.collect();
        assert_eq!(text.join("\n"), serde_json::to_string_pretty(&document).unwrap());
        let fields: Vec<_> = lines.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, ["", "/a", "/a", "/a", "/a/*/b", "/a", "/a", "/c", "/d", ""]);
    }
}
