//! JSON with exact numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde_json::{Number, Value};

use crate::decimal::Decimal;

/// A JSON value whose numbers are exact.
///
/// Two are equal when JSON Schema says so: `1` and `1.0` are, and the order of properties does not matter.
///
/// # Example: digits that a double does not hold
///
/// ```
/// use json_schema_containment::Json;
///
/// let json = Json::parse("[18446744073709551617, 1.0]")?;
/// assert_eq!(json.to_string(), "[18446744073709551617,1]");
/// # Ok::<(), json_schema_containment::NoJson>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Decimal),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
}

/// The properties of an object.
pub type Object = BTreeMap<String, Json>;

/// Nesting of a JSON value that is read.
pub(crate) const DEPTH: usize = 512;

impl Json {
    /// The property of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object().and_then(|object| object.get(name))
    }

    /// The properties, if the value is an object.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The items, if the value is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The text, if the value is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The value of `serde_json`, and whether its numbers are the same: it holds 64-bit integers and doubles.
    pub fn to_value(&self) -> (Value, bool) {
        match self {
            Self::Null => (Value::Null, true),
            Self::Bool(value) => (Value::Bool(*value), true),
            Self::Number(number) => {
                let (number, exact) = nearest(number);
                (Value::Number(number), exact)
            }
            Self::String(text) => (Value::String(text.clone()), true),
            Self::Array(items) => {
                let (items, exact): (Vec<_>, Vec<_>) = items.iter().map(Self::to_value).unzip();
                (Value::Array(items), exact.into_iter().all(|exact| exact))
            }
            Self::Object(object) => {
                let mut all_exact = true;
                let properties = object.iter().map(|(name, value)| {
                    let (value, exact) = value.to_value();
                    all_exact &= exact;
                    (name.clone(), value)
                });
                let properties = properties.collect();
                (Value::Object(properties), all_exact)
            }
        }
    }

    /// The value with the numbers that `serde_json` prints.
    ///
    /// # Errors
    /// A double from 2^53 on may have had more digits than it holds; nesting of more than 512 levels.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        Self::converted(value, 0)
    }

    fn converted(value: &Value, depth: usize) -> Result<Self, String> {
        if depth > DEPTH {
            return Err(format!("nested more than {DEPTH} levels deep"));
        }
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(exact(number)?),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => Self::Array(
                items.iter().map(|item| Self::converted(item, depth + 1)).collect::<Result<_, _>>()?,
            ),
            Value::Object(object) => Self::Object(
                object
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), Self::converted(value, depth + 1)?)))
                    .collect::<Result<_, String>>()?,
            ),
        })
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// `serde_json` keeps all digits of a number when its feature `arbitrary_precision` is on.
static ALL_DIGITS: LazyLock<bool> = LazyLock::new(|| {
    const TEXT: &str = "0.10000000000000000001";
    serde_json::from_str::<Number>(TEXT).is_ok_and(|number| number.to_string() == TEXT)
});

fn exact(number: &Number) -> Result<Decimal, String> {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    let text = number.to_string();
    let is_integer = number.is_i64() || number.is_u64();
    if !is_integer && !*ALL_DIGITS && number.as_f64().is_some_and(|double| double.abs() >= WHOLE) {
        return Err(format!("the number {text} is a double that may have lost digits: compare the texts"));
    }
    Decimal::parse(&text).map_err(|error| error.to_string())
}

/// The nearest number of `serde_json`, and whether that is the number itself.
fn nearest(number: &Decimal) -> (Number, bool) {
    let text = number.to_string();
    if let Ok(integer) = text.parse::<i64>() {
        return (integer.into(), true);
    }
    if let Ok(integer) = text.parse::<u64>() {
        return (integer.into(), true);
    }
    let double = text.parse::<f64>().unwrap_or(0.0);
    let double = match double {
        // A step stays above zero, and a bound stays finite.
        0.0 if number.is_positive() => f64::from_bits(1),
        infinite if infinite.is_infinite() => f64::MAX.copysign(infinite),
        double => double,
    };
    let nearest = Number::from_f64(double).unwrap_or_else(|| 0.into());
    let exact = Decimal::parse(&nearest.to_string()).as_ref() == Ok(number);
    (nearest, exact)
}

/// JSON on one line; each number reads back as itself.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write_string(f, text),
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(object) => {
                f.write_str("{")?;
                for (index, (name, value)) in object.iter().enumerate() {
                    f.write_str(if index > 0 { "," } else { "" })?;
                    write_string(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_double_that_may_have_lost_digits_is_named() {
        let value: Value = serde_json::from_str("{\"maximum\": 18446744073709551617}").unwrap();
        assert!(Json::from_value(&value).unwrap_err().contains("may have lost digits"));
        assert_eq!(
            Json::from_value(&json!([1.0, 0.1, u64::MAX])).unwrap().to_string(),
            "[1,0.1,18446744073709551615]"
        );
    }

    #[test]
    fn a_value_says_whether_it_has_the_same_numbers() {
        for (text, exact) in [
            ("1", true),
            ("-1.5", true),
            ("18446744073709551615", true),
            ("18446744073709551617", false),
            ("0.1", true),
            ("0.10000000000000000001", false),
            ("1e300", true),
            ("1e400", false),
            ("[1e-400]", false),
        ] {
            let (value, found) = Json::parse(text).unwrap().to_value();
            assert_eq!(found, exact, "{text} {value}");
        }
    }
}
