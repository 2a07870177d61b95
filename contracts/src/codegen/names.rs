//! Names of types, properties and enum values that are valid in every language.

/// The name of the variant that stands for unknown variants.
pub(super) const UNKNOWN_VARIANT: &str = "Ukjent";

/// Names that the generated code uses itself.
const TAKEN: [&str; 33] = [
    "Any",
    "Array",
    "Boolean",
    "Companion",
    "Double",
    "Instant",
    "Int",
    "Json",
    "JsonCreator",
    "JsonMismatch",
    "JsonMismatchException",
    "JsonValue",
    "KSerializer",
    "List",
    "LocalDate",
    "LocalDateTime",
    "Long",
    "Map",
    "Nothing",
    "Number",
    "Object",
    "ObjectReader",
    "Place",
    "Promise",
    "Record",
    "Regex",
    "Serializable",
    "Serializer",
    "Set",
    "String",
    "UUID",
    "Ukjent",
    "Unit",
];

/// A name in PascalCase. Every character that is not a letter or digit separates words.
pub(super) fn pascal(text: &str) -> String {
    let words = text.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

/// A name in camelCase. A name that is in camelCase already stays unchanged.
pub(super) fn camel(text: &str) -> String {
    let pascal = pascal(text);
    if text.starts_with(|it: char| it.is_ascii_lowercase()) && !pascal.is_empty() {
        return text[..1].to_owned() + &pascal[1..];
    }
    match pascal.get(..1) {
        Some(first) if !text.chars().all(|it| it.is_ascii_uppercase()) => {
            first.to_ascii_lowercase() + &pascal[1..]
        }
        _ => pascal,
    }
}

/// A name in snake_case: a capital after a small letter or a digit begins a word.
pub(super) fn snake(text: &str) -> String {
    let mut snake = String::new();
    let mut before = ' ';
    for it in text.chars() {
        if it.is_ascii_alphanumeric() {
            if it.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
                snake.push('_');
            }
            snake.push(it.to_ascii_lowercase());
        } else if !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        before = it;
    }
    snake
}

/// The name of an enum value as a constant: the value itself, if that is a valid name.
pub(super) fn constant(value: &str) -> String {
    let name: String = value.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
    if name.starts_with(|it: char| it.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// The name with the major version at its end, unless it has one already.
pub(super) fn with_major(name: &str, major: u64) -> String {
    let has_one = name
        .rsplit_once('V')
        .is_some_and(|(_, end)| !end.is_empty() && end.bytes().all(|it| it.is_ascii_digit()));
    if has_one { name.to_owned() } else { format!("{name}V{major}") }
}

pub(super) fn of_type(name: &str) -> Result<(), String> {
    if !name.starts_with(|it: char| it.is_ascii_alphabetic()) {
        return Err(format!("{name:?} cannot be the name of a type: give it another `title`"));
    }
    if TAKEN.contains(&name) {
        return Err(format!(
            "the generated code has a {name} of its own: give this type another `title` or name"
        ));
    }
    Ok(())
}

pub(super) fn of_property(name: &str) -> Result<(), String> {
    let camel = camel(name);
    if !camel.starts_with(|it: char| it.is_ascii_alphabetic()) || !name.is_ascii() {
        return Err("the name of the property is not one in every language: it has to begin with one of a-z"
            .to_owned());
    }
    if ["toJson", "hashCode", "toString", "equals", "copy"].contains(&camel.as_str()) {
        return Err(format!("the generated code has a {camel} of its own"));
    }
    Ok(())
}

pub(super) fn of_values(values: &[String]) -> Result<(), String> {
    let mut names: Vec<String> = values.iter().map(|it| constant(it)).collect();
    if let Some(bad) = names.iter().find(|it| it.chars().all(|it| it == '_')) {
        return Err(format!("a value that has no letter or digit of a-z, A-Z, 0-9 ({bad:?}) has no name"));
    }
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("two values are both called {}", pair[0])),
        None => Ok(()),
    }
}

/// Whether a regular expression means the same in ECMA-262, Java and Python, but for its last `$`.
pub(super) fn portable_pattern(pattern: &str) -> Result<(), &'static str> {
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    let mut before = ' ';
    while let Some(it) = rest.next() {
        match it {
            '\\' => match rest.next() {
                Some('d' | 'D' | 'w' | 'W' | 't' | 'n' | 'r' | 'f') => {}
                Some(escaped) if escaped.is_ascii_punctuation() => {}
                _ => return Err("a pattern with an escape that is not the same in every language"),
            },
            '[' if in_class => return Err("a pattern with `[` in a class: write it as `\\[`"),
            '[' => in_class = true,
            ']' => in_class = false,
            '&' | '~' | '|' | '-' if in_class && before == it => {
                return Err("a pattern with an operator in a class that is not the same in every language");
            }
            '$' if !in_class && rest.peek().is_some_and(|it| !matches!(it, ')' | '|')) => {
                return Err("a pattern with `$` before its end");
            }
            '(' if rest.peek() == Some(&'?') => {
                let mut ahead = rest.clone();
                ahead.next();
                if !matches!(ahead.next(), Some(':' | '=' | '!')) {
                    return Err("a pattern with a group that is not the same in every language");
                }
            }
            _ => {}
        }
        before = it;
    }
    Ok(())
}

/// The pattern with `end` in place of each `$` that is an anchor. In Java and Python `$` also matches before a final line break; `end` must
/// not.
pub(super) fn pattern_with_end(pattern: &str, end: &str) -> String {
    let mut text = String::new();
    let mut in_class = false;
    let mut rest = pattern.chars();
    while let Some(it) = rest.next() {
        match it {
            '\\' => {
                text.push(it);
                text.extend(rest.next());
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '$' if !in_class => {
                text.push_str(end);
                continue;
            }
            _ => {}
        }
        text.push(it);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_schema_where_they_can_be() {
        assert_eq!(pascal("TiltakstypeV3"), "TiltakstypeV3");
        assert_eq!(pascal("order line-item"), "OrderLineItem");
        assert_eq!(camel("antallPlasser"), "antallPlasser");
        assert_eq!(camel("order-number"), "orderNumber");
        assert_eq!(camel("ID"), "ID");
        assert_eq!(snake("TiltakstypeV3"), "tiltakstype_v3");
        assert_eq!(snake("antallPlasser"), "antall_plasser");
        assert_eq!(constant("AM_147"), "AM_147");
        assert_eq!(constant("1.5-x"), "_1_5_x");
        assert_eq!(with_major("Order", 2), "OrderV2");
        assert_eq!(with_major("TiltakstypeV3", 3), "TiltakstypeV3");
    }

    #[test]
    fn only_the_end_of_a_pattern_is_translated() {
        assert_eq!(pattern_with_end(r"^[0-9$]{9}\$$", r"\z"), r"^[0-9$]{9}\$\z");
        assert!(portable_pattern("^[0-9]{4}[#/][0-9]+$").is_ok());
        for bad in [r"\p{L}", "[a&&b]", "a$b", "(?<name>a)", r"\bword"] {
            assert!(portable_pattern(bad).is_err(), "{bad}");
        }
    }
}
