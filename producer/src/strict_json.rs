//! Strict parsing of JSON, so that nothing in a document is lost.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_ignored::Path;
use tiltak_schema::decode::{Diagnosis, diagnose, objects_only};

use crate::text;

/// Parses a document. Refuses unknown properties, which may be misspelt and would be lost; an array in place of an
/// object, whose items serde would take for the fields; and `{"UKE": null}` in place of `"UKE"`.
///
/// An integer may be spelt `12.0` or `1.2e1`: JSON Schema has integers by their value.
///
/// No `T` may have `#[serde(tag)]`, `#[serde(untagged)]` or `#[serde(flatten)]` in it: what serde reads through a buffer of
/// its own is hidden from both.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Diagnosis> {
    read_as_spelt(text).or_else(|refusal| match plain_integers(text) {
        Some(plain) => read_as_spelt(&plain),
        None => Err(refusal),
    })
}

fn read_as_spelt<T: DeserializeOwned>(text: &[u8]) -> Result<T, Diagnosis> {
    let mut unknown = None;
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = serde_ignored::deserialize(objects_only(&mut json), |path| {
        unknown.get_or_insert_with(|| pointer(&path));
    })
    .and_then(|read| json.end().map(|()| read));
    match (read, unknown) {
        (Ok(read), None) => Ok(read),
        (Ok(_), Some(pointer)) => {
            let [expected, found] = ["no such property", "one"].map(str::to_owned);
            Err(Diagnosis { pointer, expected, found })
        }
        (Err(error), _) => Err(diagnose::<T>(text, &error)),
    }
}

/// The document with each integer that has a fraction or an exponent spelt in digits; `None` if there is none, or the
/// document is no JSON.
fn plain_integers(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok()?;
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut plain = String::with_capacity(text.len());
    let (mut rest, mut is_in_string) = (text, false);
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '"' => {
                is_in_string = !is_in_string;
                1
            }
            '\\' => 2,
            '-' | '0'..='9' if !is_in_string => {
                let is_number = |it: char| it.is_ascii_digit() || matches!(it, '-' | '+' | '.' | 'e' | 'E');
                let (number, after) = rest.split_at(rest.find(|it| !is_number(it)).unwrap_or(rest.len()));
                match plain_integer(number) {
                    Some(integer) => plain.push_str(&integer.to_string()),
                    None => plain.push_str(number),
                }
                rest = after;
                continue;
            }
            other => other.len_utf8(),
        };
        let (taken, after) = rest.split_at_checked(length)?;
        plain.push_str(taken);
        rest = after;
    }
    (plain != text).then(|| plain.into_bytes())
}

/// The integer that a number is which is not spelt as one: exactly, without a double in between. `None` if it has a
/// fraction, is spelt in digits, or is beyond 64 bits.
fn plain_integer(number: &str) -> Option<i64> {
    if !number.contains(['.', 'e', 'E']) && number != "-0" {
        return None;
    }
    let (decimal, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let power = exponent.parse::<i32>().ok()?.checked_sub(fraction.len().try_into().ok()?)?;
    let scale = 10_i128.checked_pow(power.unsigned_abs())?;
    let integer = match power {
        0.. => digits.checked_mul(scale)?,
        _ if digits % scale == 0 => digits / scale,
        _ => return None,
    };
    integer.try_into().ok()
}

/// Checks every text of a document: see [`text`].
pub(crate) fn check_texts(text: &[u8]) -> Result<(), Diagnosis> {
    // What was read is JSON.
    serde_json::from_slice(text).map_or(Ok(()), |document| text::check(&document))
}

/// The place as a JSON pointer (RFC 6901).
fn pointer(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}/{index}", pointer(parent)),
        Path::Map { parent, key } => {
            format!("{}/{}", pointer(parent), key.replace('~', "~0").replace('/', "~1"))
        }
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            pointer(parent)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::domain::VentetidEnhet;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only whether it is read")]
        one: Option<Inner>,
        #[serde(default)]
        #[expect(dead_code, reason = "only whether it is read")]
        many: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only whether it is read")]
        navn: String,
    }

    /// What is said of a document, as "pointer: expected, found".
    fn said(text: &str) -> String {
        let Diagnosis { pointer, expected, found } = read::<Outer>(text.as_bytes()).unwrap_err();
        format!("{pointer}: {expected}, {found}")
    }

    #[test]
    fn an_integer_may_have_a_fraction_of_zeros_and_an_exponent_and_nothing_else_is_spelt_anew() {
        let integers = |text: &str| read::<Vec<i64>>(text.as_bytes());
        assert_eq!(integers("[12.0, 1.2e1, -0, 120e-1, 0.0, -3.000]"), Ok(vec![12, 12, 0, 12, 0, -3]));
        assert_eq!(integers("[9223372036854775807, 1.0]"), Ok(vec![i64::MAX, 1]));
        let beyond_doubles = "[9007199254740993.0, 9.007199254740993e15, 92233720368547758.07e2, 1E18]";
        let read_exactly =
            vec![9_007_199_254_740_993, 9_007_199_254_740_993, i64::MAX, 1_000_000_000_000_000_000];
        assert_eq!(integers(beyond_doubles), Ok(read_exactly));
        for refused in ["[12.5]", "[12e-1]", "[9223372036854775808.0]", "[1e400]", "[12.0.0]", "[1e]"] {
            assert!(integers(refused).is_err(), "{refused}");
        }
        let text = r#"[2.50, "12.0 \"1e1\\ æ", 7.0]"#;
        assert_eq!(read::<(f64, String, i32)>(text.as_bytes()), Ok((2.5, "12.0 \"1e1\\ æ".to_owned(), 7)));
        let refusal = read::<Vec<i64>>(b"[1.0, 1.5]").unwrap_err();
        assert_eq!(
            (refusal.pointer.as_str(), refusal.found.as_str()),
            ("/1", "a number with a fraction or an exponent")
        );
    }

    #[test]
    fn an_array_is_taken_for_no_object_wherever_it_stands() {
        assert!(read::<Outer>(br#"{"one":{"navn":""},"many":[{"navn":""}]}"#).is_ok());
        assert_eq!(said(r#"[{"navn":""},[]]"#), ": an object, an array");
        assert_eq!(said(r#"{"one":["Kari"]}"#), "/one: an object, an array");
        assert_eq!(said(r#"{"one":null,"many":[{"navn":""},["Kari"]]}"#), "/many/1: an object, an array");
    }

    #[test]
    fn an_object_is_taken_for_no_string_wherever_it_stands() {
        let units = |text: &str| read::<Vec<VentetidEnhet>>(text.as_bytes());
        assert_eq!(units(r#"["UKE","MANED"]"#), Ok(vec![VentetidEnhet::Uke, VentetidEnhet::Maned]));
        for object in [r#"{"UKE":null}"#, r#"{"UKE":{}}"#] {
            let Diagnosis { pointer, expected, found } = units(&format!(r#"["UKE",{object}]"#)).unwrap_err();
            assert_eq!((&*pointer, &*expected, &*found), ("/1", "a string", "an object"));
        }
    }

    #[test]
    fn an_unknown_property_is_refused_wherever_it_stands() {
        assert_eq!(said(r#"{"one":{"navn":"","nvan":""}}"#), "/one/nvan: no such property, one");
        assert_eq!(
            said(r#"{"one":null,"many":[{"navn":"","~/":""}]}"#),
            "/many/0/~0~1: no such property, one"
        );
    }
}
