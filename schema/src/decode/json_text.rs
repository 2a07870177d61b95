//! Valid JSON as text, of which only the requested parts are looked at.
//!
//! A value that nobody reads is skipped by its brackets and quotes. So an unknown property may hold anything: a
//! number beyond the doubles, half of a surrogate pair, any nesting.

use std::borrow::Cow;

/// The text of one JSON value, without white space around it. It has to be valid: for other text the answers are
/// meaningless, but nothing panics.
#[derive(Clone, Copy)]
pub(super) struct JsonText<'t>(&'t str);

/// What kind of value a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

impl<'t> JsonText<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self(text.trim_matches(WHITE_SPACE))
    }

    pub(super) fn as_str(self) -> &'t str {
        self.0
    }

    pub(super) fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'n') | None => Kind::Null,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'"') => Kind::String,
            Some(b'[') => Kind::Array,
            Some(b'{') => Kind::Object,
            Some(_) => Kind::Number,
        }
    }

    /// The items of an array.
    pub(super) fn items(self) -> impl Iterator<Item = JsonText<'t>> {
        let mut rest = inside(self.0);
        std::iter::from_fn(move || next(&mut rest))
    }

    /// The properties of an object, in their order. A name that occurs twice is there twice.
    pub(super) fn properties(self) -> impl Iterator<Item = (Cow<'t, str>, JsonText<'t>)> {
        let mut rest = inside(self.0);
        std::iter::from_fn(move || {
            let name = next(&mut rest)?;
            Some((name.string().text, next(&mut rest)?))
        })
    }

    /// The content of a string.
    pub(super) fn string(self) -> Text<'t> {
        let content = inside(self.0);
        if !content.contains('\\') {
            return Text { text: Cow::Borrowed(content), has_lone_surrogate: false };
        }
        let units: Vec<u16> = unescaped(content);
        let has_lone_surrogate = char::decode_utf16(units.iter().copied()).any(|unit| unit.is_err());
        Text { text: Cow::Owned(String::from_utf16_lossy(&units)), has_lone_surrogate }
    }
}

/// The content of a JSON string.
pub(super) struct Text<'t> {
    /// With U+FFFD for each half of a surrogate pair.
    pub(super) text: Cow<'t, str>,
    /// Whether `\u` stands for half of a surrogate pair: JSON's grammar has such strings (RFC 8259, 8.2), Unicode has not.
    pub(super) has_lone_surrogate: bool,
}

/// Without the bracket or quote at each end.
fn inside(text: &str) -> &str {
    text.get(1..text.len().saturating_sub(1)).unwrap_or_default()
}

/// Takes the next value of a list of them, and what separates it from the one before.
fn next<'t>(rest: &mut &'t str) -> Option<JsonText<'t>> {
    let text = rest.trim_start_matches([' ', '\t', '\n', '\r', ',', ':']);
    let (value, after) = text.split_at_checked(length(text.as_bytes()))?;
    *rest = after;
    (!value.is_empty()).then_some(JsonText(value))
}

/// The length of the value at the beginning of a text.
fn length(text: &[u8]) -> usize {
    match text.first() {
        Some(b'"') => string_length(text),
        Some(b'[' | b'{') => {
            let mut depth = 0_usize;
            let mut at = 0;
            while let Some(byte) = text.get(at) {
                match byte {
                    b'"' => at += string_length(&text[at..]) - 1,
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    break;
                }
            }
            at.min(text.len())
        }
        _ => text.iter().position(|byte| b" \t\n\r,:]}".contains(byte)).unwrap_or(text.len()),
    }
}

/// The length of a string with its quotes. It begins with one.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    loop {
        match text.get(at) {
            None => return text.len(),
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// The UTF-16 of a string's content: escapes are of that, so only there halves of a pair can meet.
fn unescaped(content: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some((plain, escape)) = rest.split_once('\\') {
        units.extend(plain.encode_utf16());
        let mut after = escape.chars();
        let unit = match after.next() {
            Some('b') => 0x08,
            Some('f') => 0x0c,
            Some('n') => u16::from(b'\n'),
            Some('r') => u16::from(b'\r'),
            Some('t') => u16::from(b'\t'),
            Some('u') => {
                let (digits, rest) = after.as_str().split_at_checked(4).unwrap_or_default();
                after = rest.chars();
                u16::from_str_radix(digits, 16).unwrap_or(0xfffd)
            }
            // A quote, a slash or a backslash stands for itself.
            Some(other) => u16::try_from(u32::from(other)).unwrap_or(0xfffd),
            None => 0xfffd,
        };
        units.push(unit);
        rest = after.as_str();
    }
    units.extend(rest.encode_utf16());
    units
}

#[cfg(test)]
mod tests {
    use super::{JsonText, Kind};

    fn properties(text: &str) -> Vec<(String, &str)> {
        JsonText::new(text).properties().map(|(name, value)| (name.into_owned(), value.as_str())).collect()
    }

    #[test]
    fn the_properties_of_an_object_are_told_apart_without_reading_them() {
        let text = r#" { "a" : [ {"]":"}"}, "\"]" ] ,"b":1e400,"a":"\ud800","": { } , "\u00e5" :null} "#;
        let expected = [
            ("a", r#"[ {"]":"}"}, "\"]" ]"#),
            ("b", "1e400"),
            ("a", r#""\ud800""#),
            ("", "{ }"),
            ("å", "null"),
        ];
        assert_eq!(properties(text), expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(properties("{ }"), []);
    }

    #[test]
    fn the_items_of_an_array_are_told_apart_without_reading_them() {
        let items = |text| JsonText::new(text).items().map(JsonText::as_str).collect::<Vec<_>>();
        assert_eq!(
            items(r#"[1 , -2.0E+3,"a,b\\",[[],[]],{"a":1},true]"#),
            ["1", "-2.0E+3", r#""a,b\\""#, "[[],[]]", r#"{"a":1}"#, "true"]
        );
        assert_eq!(items(" [\n] "), [""; 0]);
    }

    #[test]
    fn nesting_of_any_depth_is_passed_over() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(
            properties(&format!(r#"{{"a":{deep},"b":1}}"#)),
            [("a".to_owned(), deep.as_str()), ("b".to_owned(), "1")]
        );
    }

    #[test]
    fn a_string_is_what_serde_json_reads_and_half_of_a_surrogate_pair_is_replaced() {
        for text in [r#""""#, r#""Sámi giella""#, r#""\"\\\/\b\f\n\r\t""#, r#""a\u00e5\uD83D\uDE00é😀""#]
        {
            let read = JsonText::new(text).string();
            assert_eq!(read.text, serde_json::from_str::<String>(text).unwrap());
            assert!(!read.has_lone_surrogate, "{text}");
        }
        for text in [r#""a\ud800""#, r#""a\udc00""#, r#""a\uDBFF""#] {
            let read = JsonText::new(text).string();
            assert_eq!((&*read.text, read.has_lone_surrogate), ("a\u{fffd}", true));
        }
        assert_eq!(JsonText::new(r#""\ud800\ud83d\ude00\udc00x""#).string().text, "\u{fffd}😀\u{fffd}x");
    }

    #[test]
    fn text_that_is_no_json_makes_no_sense_and_does_not_panic() {
        for text in [
            "",
            "\"",
            "{",
            "[",
            "{\"",
            "[\"\\",
            "{\"a\":",
            "]",
            "{\"a\\u12\":\"\\",
            "\"\\uå\"",
            "[1,,",
            "{å",
            "é",
        ] {
            let text = JsonText::new(text);
            assert!(text.kind() == Kind::Null || !text.as_str().is_empty());
            let _ = (text.items().count(), text.properties().count(), text.string().text);
        }
    }
}
