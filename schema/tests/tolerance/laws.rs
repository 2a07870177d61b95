//! Laws of reading, tried on the golden messages of each topic in random spellings.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;

use super::spelling::Speller;
use super::{golden_lines, read, value_of, written};

type Choices = Vec<u32>;

fn choices() -> impl Strategy<Value = Choices> {
    prop::collection::vec(any::<u32>(), 0..150)
}

/// A golden message.
fn record_at<T: Topic>(record: Index) -> String {
    let line = record.index(golden_lines::<T>().count());
    value_of(golden_lines::<T>().nth(line).unwrap())
}

fn document<T: Topic>(record: Index) -> Value {
    serde_json::from_str(&record_at::<T>(record)).unwrap()
}

/// The JSON pointers of every value below this one that is chosen.
fn pointers(document: &Value, at: &str, chosen: fn(&Value) -> bool, all: &mut Vec<String>) {
    if chosen(document) {
        all.push(at.to_owned());
    }
    match document {
        Value::Object(properties) => {
            for (name, value) in properties {
                pointers(value, &format!("{at}/{name}"), chosen, all);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), chosen, all);
            }
        }
        _ => {}
    }
}

fn one_of(document: &Value, chosen: fn(&Value) -> bool, which: Index) -> String {
    let mut all = Vec::new();
    pointers(document, "", chosen, &mut all);
    which.get(&all).clone()
}

fn a_record_means_the_same_in_any_spelling<T: Topic>(
    record: Index,
    choices: &Choices,
) -> Result<(), TestCaseError> {
    let document = document::<T>(record);
    let spelt = Speller::new(choices).spell(&document);
    let expected = read::<T>(&record_at::<T>(record));
    prop_assert!(expected.is_ok());
    prop_assert_eq!(read::<T>(&spelt), expected, "{}", spelt);
    Ok(())
}

fn no_array_is_taken_for_an_object<T: Topic>(
    record: Index,
    which: Index,
    choices: &Choices,
) -> Result<(), TestCaseError> {
    let mut document = document::<T>(record);
    let pointer = one_of(&document, Value::is_object, which);
    let object = document.pointer_mut(&pointer).unwrap();
    *object = object.as_object().unwrap().values().cloned().collect();

    let spelt = Speller::new(choices).spell(&document);
    for error in [read::<T>(&spelt).unwrap_err(), written::<T>(&document.to_string()).unwrap_err()] {
        prop_assert_eq!(error.pointer(), &pointer, "{}", spelt);
        prop_assert!(error.expected().starts_with("an object"), "{}", error);
        prop_assert_eq!(error.found(), "an array");
    }
    Ok(())
}

fn what_is_refused_is_refused_alike_in_any_spelling<T: Topic>(
    record: Index,
    which: Index,
    choices: [&Choices; 2],
) -> Result<(), TestCaseError> {
    let mut document = document::<T>(record);
    let pointer = one_of(&document, |value| !value.is_array(), which);
    *document.pointer_mut(&pointer).unwrap() = json!([[[]]]);
    let [one, other] = choices.map(|choices| read::<T>(&Speller::new(choices).spell(&document)).unwrap_err());
    prop_assert_eq!(one.pointer(), &pointer);
    prop_assert_eq!(one, other);
    Ok(())
}

macro_rules! of_each_topic {
    ($law:ident($($argument:expr),*)) => {
        $law::<SisteTiltakstyperV3>($($argument),*)?;
        $law::<SisteTiltaksgjennomforingerV2>($($argument),*)?;
        $law::<ArenaMigreringTiltaksgjennomforingerV1>($($argument),*)?;
        $law::<DatavarehusTiltakTopicV1>($($argument),*)?;
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_record_is_read_as_the_same_value_in_any_spelling(record: Index, choices in choices()) {
        of_each_topic!(a_record_means_the_same_in_any_spelling(record, &choices));
    }

    #[test]
    fn an_array_of_an_objects_values_is_refused_where_it_stands(record: Index, which: Index, choices in choices()) {
        of_each_topic!(no_array_is_taken_for_an_object(record, which, &choices));
    }

    #[test]
    fn one_wrong_value_is_named_alike_in_any_spelling(
        record: Index,
        which: Index,
        one in choices(),
        other in choices(),
    ) {
        of_each_topic!(what_is_refused_is_refused_alike_in_any_spelling(record, which, [&one, &other]));
    }
}
