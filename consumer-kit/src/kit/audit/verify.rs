//! The check of a value against the types of its contract.

use serde_json::Value;
use tiltak_schema::decode::{self, DecodeError};
use tiltak_schema::topic::{ReadValue, Topic, TopicVisitor};
use tiltak_schema::view::{Read, Written};
use tiltak_schema::with_topic;

/// What is wrong with a value under a key: rule and message.
pub(super) type Problem = (&'static str, String);
pub(super) type Verify = fn(&[u8], &[u8]) -> Option<Problem>;

/// The check for the topic with this name.
pub(super) fn of_topic(name: &str) -> Option<Verify> {
    struct Of;
    impl TopicVisitor for Of {
        type Output = Verify;
        fn visit<T: Topic>(&mut self) -> Verify {
            verify::<T>
        }
    }
    with_topic(name, &mut Of)
}

fn verify<T: Topic>(key: &[u8], bytes: &[u8]) -> Option<Problem> {
    let (value, other_spelling) = match decode::value::<T, Written>(bytes) {
        Ok(value) => (value, None),
        Err(error) => match decode::value::<T, Read>(bytes) {
            Ok(read) => match respelled::<T>(&read)? {
                Ok(value) => (value, Some(problem("spelled-differently", &error))),
                Err(newer) => return Some(problem("newer-than-contract", &newer)),
            },
            Err(error) => return Some(problem("undecodable", &error)),
        },
    };
    // A key that is no id at all is the business of the keys' check.
    if decode::key::<T>(key).is_ok_and(|key| key != T::key(&value)) {
        return Some(("key-of-another", "the key is not the id that stands in the value".to_owned()));
    }
    if other_spelling.is_some() {
        return other_spelling;
    }
    let document = decode::document(bytes).ok()?;
    let again = serde_json::to_value(&value).ok()?;
    let mut pointer = String::new();
    let what = difference(&document, &again, &mut pointer)?;
    Some((what.rule(), format!("value{}: {}", at(&pointer), what.message())))
}

/// What a tolerant reader has read, as the writer would write it; an error names what the writer does not know.
fn respelled<T: Topic>(read: &ReadValue<T>) -> Option<Result<T::Value<Written>, DecodeError>> {
    let text = serde_json::to_string(read).ok()?;
    Some(decode::value::<T, Written>(text.as_bytes()))
}

fn problem(rule: &'static str, error: &DecodeError) -> Problem {
    let at = at(error.pointer());
    (rule, format!("value{at}: expected {}, found {}", error.expected(), error.found()))
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" at {pointer}") }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    /// The document has a property that the contract does not have.
    Unknown,
    /// Written again it stands differently.
    Other,
}

impl Difference {
    fn rule(self) -> &'static str {
        match self {
            Self::Unknown => "newer-than-contract",
            Self::Other => "spelled-differently",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Unknown => "a property that the contract does not have",
            Self::Other => "decoded and encoded again it is not the same JSON",
        }
    }
}

/// The first place where the JSON of the topic differs from what the types write. Numbers are compared by value.
fn difference(there: &Value, again: &Value, pointer: &mut String) -> Option<Difference> {
    match (there, again) {
        (Value::Object(there), Value::Object(again)) => {
            for (name, value) in there {
                let found = match again.get(name) {
                    Some(other) => within(pointer, name, |pointer| difference(value, other, pointer)),
                    None => within(pointer, name, |_| Some(Difference::Unknown)),
                };
                if found.is_some() {
                    return found;
                }
            }
            let missing = again.keys().find(|name| !there.contains_key(*name))?;
            within(pointer, missing, |_| Some(Difference::Other))
        }
        (Value::Array(there), Value::Array(again)) if there.len() == again.len() => {
            there.iter().zip(again).enumerate().find_map(|(index, (there, again))| {
                within(pointer, &index.to_string(), |pointer| difference(there, again, pointer))
            })
        }
        (Value::Number(there), Value::Number(again)) => {
            let same = there == again || there.as_f64() == again.as_f64();
            (!same).then_some(Difference::Other)
        }
        _ => (there != again).then_some(Difference::Other),
    }
}

/// Goes one step down the pointer (RFC 6901), and stays there if something is found.
fn within(
    pointer: &mut String,
    step: &str,
    look: impl FnOnce(&mut String) -> Option<Difference>,
) -> Option<Difference> {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
    let found = look(pointer);
    if found.is_none() {
        pointer.truncate(length);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
    use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
    use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

    use super::*;
    use crate::fixtures::{Flaw, flawed, later, ndjson_records};

    /// The rule of each line of a file, without its message.
    fn rules<T: Topic>(lines: &str) -> Vec<Option<&'static str>> {
        let rule = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            let [key, value] = ["key", "value"].map(|member| line[member].as_str().unwrap());
            verify::<T>(key.as_bytes(), value.as_bytes()).map(|(rule, _)| rule)
        };
        lines.lines().map(rule).collect()
    }

    #[test]
    fn an_array_in_place_of_an_object_is_undecodable() {
        let lines = include_str!("../../../../schema/tests/cases/arrays-for-objects.ndjson");
        assert_eq!(rules::<SisteTiltakstyperV3>(lines), [None, Some("undecodable"), Some("undecodable")]);
    }

    #[test]
    fn an_integer_in_another_spelling_is_spelled_differently_and_one_with_a_fraction_is_undecodable() {
        let lines = include_str!("../../../../schema/tests/cases/integers.ndjson");
        let differently = Some("spelled-differently");
        assert_eq!(
            rules::<SisteTiltaksgjennomforingerV2>(lines),
            [None, differently, differently, differently, Some("undecodable")]
        );
    }

    #[test]
    fn an_unknown_property_is_newer_than_the_contract_whatever_it_holds_and_wherever_it_stands() {
        let lines = include_str!("../../../../schema/tests/cases/spelling-and-order.ndjson");
        assert_eq!(rules::<SisteTiltaksgjennomforingerV2>(lines), [Some("newer-than-contract"); 12]);
    }

    #[test]
    fn a_known_property_that_stands_twice_is_spelled_differently_and_names_its_place() {
        let lines = include_str!("../../../../schema/tests/cases/integers.ndjson");
        let line: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        let value = line["value"].as_str().unwrap().replacen('{', r#"{"navn":1e400,"#, 1);
        let key = line["key"].as_str().unwrap();
        let problem = verify::<SisteTiltaksgjennomforingerV2>(key.as_bytes(), value.as_bytes());
        let (rule, message) = problem.unwrap();
        assert_eq!(rule, "spelled-differently");
        assert!(message.starts_with("value at /navn: "), "{message}");
    }

    proptest! {
        #[test]
        fn what_is_valid_has_no_problem(line in ndjson_records::<DatavarehusTiltakTopicV1>()) {
            let value = line.value.unwrap_or_default();
            prop_assume!(!value.is_empty());
            prop_assert_eq!(verify::<DatavarehusTiltakTopicV1>(line.key.as_bytes(), value.as_bytes()), None);
        }

        #[test]
        fn what_is_flawed_has_one_and_its_words_do_not_quote_it(flawed in flawed::<SisteTiltakstyperV3>()) {
            // The spelling of keys is looked at elsewhere.
            prop_assume!(![Flaw::KeyInQuotes, Flaw::KeyInUpperCase].contains(&flawed.flaw));
            let value = flawed.record.value.clone().unwrap_or_default();
            let problem = verify::<SisteTiltakstyperV3>(flawed.record.key.as_bytes(), value.as_bytes());
            let Some((rule, message)) = problem else { return Err(TestCaseError::fail("no problem")) };
            prop_assert_eq!(rule == "undecodable", !flawed.is_read(), "{}", message);
            prop_assert!(!message.contains("IKKE_EN_VERDI"));
        }

        #[test]
        fn what_a_tolerant_reader_reads_and_the_writer_writes_otherwise_is_spelled_differently(
            line in ndjson_records::<DatavarehusTiltakTopicV1>(),
            zeros in 1..12_usize,
        ) {
            let value = line.value.unwrap_or_default();
            prop_assume!(!value.is_empty());
            let mut document: Value = serde_json::from_str(&value).unwrap();
            let time = &mut document["gjennomforing"]["opprettetTidspunkt"];
            let text = time.as_str().unwrap();
            let seconds = if text.len() == "2026-01-31T09:00".len() { ":00" } else { "" };
            let point = if text.contains('.') { "" } else { "." };
            *time = json!(format!("{text}{seconds}{point}{}", "0".repeat(zeros)));
            let problem = verify::<DatavarehusTiltakTopicV1>(line.key.as_bytes(), document.to_string().as_bytes());
            let Some((rule, message)) = problem else { return Err(TestCaseError::fail("no problem")) };
            prop_assert_eq!(rule, "spelled-differently", "{}", message);
            prop_assert!(message.starts_with("value at /gjennomforing/opprettetTidspunkt: expected a local"));
            prop_assert!(message.ends_with("found one that is spelled differently"), "{}", message);
        }

        #[test]
        fn what_is_of_a_later_version_is_said_to_be_so(later in later::<DatavarehusTiltakTopicV1>()) {
            let value = later.record.value.clone().unwrap_or_default();
            let problem = verify::<DatavarehusTiltakTopicV1>(later.record.key.as_bytes(), value.as_bytes());
            let Some((rule, message)) = problem else { return Err(TestCaseError::fail("no problem")) };
            prop_assert_eq!(rule, "newer-than-contract");
            prop_assert!(message.contains(&later.pointer), "{}", message);
        }
    }
}
