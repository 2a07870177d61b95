//! From text to JSON with exact numbers (RFC 8259).

use crate::decimal::Decimal;
use crate::json::{DEPTH, Json, Object};

/// Text that is no JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct NoJson {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Json {
    /// Reads JSON. A byte-order mark before it is passed over.
    ///
    /// # Errors
    /// The text is no JSON, an object has a property twice, nesting of more than 512 levels, or a number that is too
    /// long: see [`Decimal::parse`].
    pub fn parse(text: &str) -> Result<Self, NoJson> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut parser = Parser { text, at: 0 };
        parser.value(0).and_then(|value| parser.end().map(|()| value)).map_err(|reason| {
            let mut at = parser.at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let before = &text[..at];
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            NoJson {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                reason,
            }
        })
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_while(&mut self, mut skipped: impl FnMut(u8) -> bool) {
        while self.peek().is_some_and(&mut skipped) {
            self.at += 1;
        }
    }

    fn space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn expected(&self, what: &str) -> String {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => format!("expected {what}, found {found:?}"),
            None => format!("expected {what}, found the end"),
        }
    }

    /// Passes over a character, if it is there.
    fn found(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn end(&mut self) -> Result<(), String> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.expected("the end")) }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > DEPTH {
            return Err(format!("nested more than {DEPTH} levels deep"));
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, String> {
        let words = [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))];
        for (word, value) in words {
            if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.expected("a value"))
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut object = Object::new();
        if self.found(b'}') {
            return Ok(Json::Object(object));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.expected("the name of a property"));
            }
            let name = self.string()?;
            if !self.found(b':') {
                return Err(self.expected("a colon"));
            }
            let value = self.value(depth + 1)?;
            if object.contains_key(&name) {
                return Err(format!("the property {name:?} is there twice"));
            }
            object.insert(name, value);
            if self.found(b'}') {
                return Ok(Json::Object(object));
            }
            if !self.found(b',') {
                return Err(self.expected("a comma or }"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut items = Vec::new();
        if self.found(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.found(b']') {
                return Ok(Json::Array(items));
            }
            if !self.found(b',') {
                return Err(self.expected("a comma or ]"));
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        self.skip_while(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            !ends
        });
        if self.peek().is_none() {
            return Err(self.expected("the end of a string"));
        }
        self.at += 1;
        serde_json::from_str(&self.text[start..self.at]).map_err(|error| {
            let text = error.to_string();
            text.split(" at line").next().unwrap_or_default().to_owned()
        })
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let whole = self.digits()?;
        if whole > 1 && self.text.as_bytes()[self.at - whole] == b'0' {
            return Err("a number begins with 0".to_owned());
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Decimal::parse(&self.text[start..self.at]).map(Json::Number).map_err(|error| error.to_string())
    }

    /// How many digits there are: at least one.
    fn digits(&mut self) -> Result<usize, String> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        if self.at == start { Err(self.expected("a digit")) } else { Ok(self.at - start) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_json_reads_is_read_the_same() {
        for text in [
            "null",
            " true ",
            "false",
            "[]",
            "{}",
            "[1, 2]",
            r#"{"a": {"b": [null]}, "æ": "😀"}"#,
            r#""\u00e6\n\"\\""#,
            r#""\ud83d\ude00""#,
            "-0.5e+3",
            "0",
            "[[[]]]",
            "\"\"",
            r#"["\\"]"#,
        ] {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(Json::parse(text).unwrap(), Json::from_value(&value).unwrap(), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        for (text, expected) in [
            ("", "line 1, column 1: expected a value, found the end"),
            ("[1,]", "line 1, column 4: expected a value, found ']'"),
            ("{\"a\" 1}", "line 1, column 6: expected a colon, found '1'"),
            ("[1\n 2]", "line 2, column 2: expected a comma or ], found '2'"),
            ("1 2", "line 1, column 3: expected the end, found '2'"),
            ("01", "line 1, column 3: a number begins with 0"),
            ("1.", "line 1, column 3: expected a digit, found the end"),
            ("\"a", "line 1, column 3: expected the end of a string, found the end"),
            ("{\"a\":1,\"a\":2}", "line 1, column 13: the property \"a\" is there twice"),
            ("nul", "line 1, column 1: expected a value, found 'n'"),
            ("æ", "line 1, column 1: expected a value, found 'æ'"),
        ] {
            assert_eq!(Json::parse(text).unwrap_err().to_string(), expected, "{text}");
        }
        for text in ["\"\u{1}\"", r#""\x""#, r#""\ud800""#, "+1", ".5", "NaN", "[", "{", "{\"a\"", "tru"] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_and_a_byte_order_mark_are_taken_care_of() {
        assert_eq!(Json::parse("\u{feff}{}").unwrap(), Json::Object(Object::new()));
        let deep = "[".repeat(100_000);
        assert!(Json::parse(&deep).unwrap_err().reason.contains("512 levels"));
    }
}
