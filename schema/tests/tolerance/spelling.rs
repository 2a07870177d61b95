//! A writer that spells a record in one of the many ways in which JSON and ISO 8601 can say the same.
//!
//! It works on text and shares no code with the reader.

use std::fmt::Write as _;

use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};
use serde_json::{Map, Value};

/// Contents that a reader who does not know the property has to pass over.
const ODD: [&str; 10] = [
    "1e400",
    r#""\ud800""#,
    r#"{"a":1,"a":{"\udfff":-1E-999}}"#,
    "123456789012345678901234567890.5",
    r#"["type",{"type":"x"}]"#,
    r#""]},{[\"\\""#,
    "-0",
    "null",
    "",
    " {\n} ",
];

/// A spelling, drawn from numbers. 0 is the plainest choice, and there are zeros after the end.
pub(crate) struct Speller<'c>(std::slice::Iter<'c, u32>);

impl<'c> Speller<'c> {
    pub(crate) fn new(choices: &'c [u32]) -> Self {
        Self(choices.iter())
    }

    fn choose(&mut self, count: usize) -> usize {
        self.0.next().map_or(0, |choice| *choice as usize % count)
    }

    /// The text of a document. `Value::String` under a name that ends with `Tidspunkt` is a time.
    pub(crate) fn spell(&mut self, document: &Value) -> String {
        let space = self.space();
        let text = self.value("", document);
        format!("{space}{text}{}", self.space())
    }

    fn space(&mut self) -> &'static str {
        ["", "", "", " ", "\n\t", "\r\n  "][self.choose(6)]
    }

    fn value(&mut self, name: &str, value: &Value) -> String {
        match value {
            Value::Null | Value::Bool(_) => value.to_string(),
            Value::Number(number) => self.number(&number.to_string()),
            Value::String(text) if name.ends_with("Tidspunkt") => {
                let text = self.time(text);
                self.string(&text)
            }
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.value("", item)).collect();
                let space = self.space();
                format!("[{space}{}{space}]", items.join(&format!("{space},")))
            }
            Value::Object(properties) => self.object(properties),
        }
    }

    /// The properties in any order, some twice, with unknown ones among them.
    fn object(&mut self, properties: &Map<String, Value>) -> String {
        let mut members: Vec<(String, String)> = Vec::new();
        for (name, value) in properties {
            let member = (name.clone(), self.value(name, value));
            let at = members.len() - self.choose(members.len() + 1);
            members.insert(at, member);
        }
        // Of a name that stands twice the last one counts.
        if self.choose(4) == 1 && !members.is_empty() {
            let last = self.choose(members.len());
            let first = self.choose(last + 1);
            members.insert(first, (members[last].0.clone(), self.odd()));
        }
        for _ in 0..self.choose(4) {
            let name = ["ny", "Type", "", "id/~"][self.choose(4)].to_owned();
            let at = self.choose(members.len() + 1);
            let member = (name, self.odd());
            members.insert(at, member);
        }
        let mut texts: Vec<String> = Vec::new();
        for (name, value) in members {
            let name = self.string(&name);
            let (before, after) = (self.space(), self.space());
            texts.push(format!("{before}{name}{after}:{before}{value}{after}"));
        }
        if self.choose(8) == 1 {
            let at = self.choose(texts.len() + 1);
            texts.insert(at, format!(r#""\ud800":{}"#, self.odd()));
        }
        format!("{{{}}}", texts.join(","))
    }

    fn odd(&mut self) -> String {
        match ODD[self.choose(ODD.len())] {
            "" => format!("{}{}", "[{\"a\":".repeat(200), "}]".repeat(200)).replace(":}", ":0}"),
            odd => odd.to_owned(),
        }
    }

    /// The string with some of its characters escaped.
    fn string(&mut self, text: &str) -> String {
        let escaped = self.choose(text.chars().count() * 2 + 1);
        let mut spelt = String::new();
        for (number, character) in (1..).zip(text.chars()) {
            if number == escaped || character.is_control() {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    write!(spelt, "\\u{unit:04X}").unwrap();
                }
            } else {
                if ['"', '\\'].contains(&character) || character == '/' && escaped % 2 == 1 {
                    spelt.push('\\');
                }
                spelt.push(character);
            }
        }
        format!("\"{spelt}\"")
    }

    /// The same number: its digits with the point and the exponent elsewhere.
    fn number(&mut self, text: &str) -> String {
        let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let digits = match digits.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        let power = exponent.parse::<i32>().unwrap() - i32::try_from(fraction.len()).unwrap();
        let length = i32::try_from(digits.len()).unwrap();
        let zeros = self.choose(30);
        let padding = "0".repeat(zeros);
        let spelt = match self.choose(6) {
            0 => return text.to_owned(),
            1 => format!("{digits}e{power}"),
            2 => format!("{}.{}{padding}0E{:+}", &digits[..1], &digits[1..], power + length - 1),
            3 => format!("0.{padding}{digits}e{:+}", power + length + i32::try_from(zeros).unwrap()),
            4 => format!("{digits}{padding}E{:+03}", power - i32::try_from(zeros).unwrap()),
            _ if (0..30).contains(&power) => {
                format!("{digits}{}.0{padding}", "0".repeat(power.unsigned_abs() as usize))
            }
            _ if (1 - length..0).contains(&power) => {
                let (whole, fraction) = digits.split_at((length + power).unsigned_abs() as usize);
                format!("{whole}.{fraction}{padding}")
            }
            _ => return text.to_owned(),
        };
        format!("{sign}{}", without_leading_zeros(&spelt))
    }

    /// The same time: with a `Z` or an offset, if it is an instant.
    fn time(&mut self, text: &str) -> String {
        let (mut local, mut zone) =
            text.strip_suffix('Z').map_or((text.to_owned(), ""), |local| (local.to_owned(), "Z"));
        let is_inside = !["0000", "9999"].contains(&&local[..4]);
        if zone == "Z" {
            let (hours, offset) =
                [(0, "Z"), (0, "z"), (0, "+00:00"), (1, "+01:00"), (-5, "-05"), (2, "+0200")][self.choose(6)];
            if hours == 0 || is_inside {
                let shifted = local.parse::<DateTime>().unwrap() + hours.hours();
                local = shifted.to_string();
                zone = offset;
            }
        }
        if is_inside
            && local.contains("T00:00:00") | local.ends_with("T00:00")
            && !local.contains('.')
            && self.choose(2) == 1
        {
            let day_before = local.parse::<DateTime>().unwrap() - SignedDuration::from_hours(24);
            local = format!("{}T24:00", day_before.date());
        }
        if local.len() == 16 && self.choose(2) == 1 {
            local += ":00";
        }
        if local.len() > 16 {
            if local.len() == 19 && self.choose(2) == 1 {
                local += [".0", ",0"][self.choose(2)];
            }
            if local.len() > 19 {
                local += &"0".repeat(self.choose(12));
                local = local.replace('.', [".", ","][self.choose(2)]);
            }
        }
        local = local.replace('T', ["T", "t"][self.choose(2)]);
        format!("{local}{zone}")
    }
}

/// 007 as 7: JSON has no leading zeros.
fn without_leading_zeros(number: &str) -> String {
    let end = number.find(['.', 'e', 'E']).unwrap_or(number.len());
    let (whole, rest) = number.split_at(end);
    match whole.trim_start_matches('0') {
        "" => format!("0{rest}"),
        whole => format!("{whole}{rest}"),
    }
}
