//! Pattern and parser of each scalar describe the same strings.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use jsonschema::Validator;
use proptest::prelude::*;
use proptest::string::string_regex;
use serde_json::json;
use tiltak_schema::scalar::{
    Enhetsnummer, Instant, LocalDate, LocalDateTime, Organisasjonsnummer, Scalar, Tiltaksnummer,
    TiltakstypeId,
};

/// What the schemas say of the scalar.
fn validator<S: Scalar>() -> Validator {
    let mut schema = json!({ "type": "string", "pattern": S::PATTERN });
    if let Some(format) = S::FORMAT {
        schema["format"] = json!(format);
    }
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// A string of the pattern, or one that is a character away from it.
fn near<S: Scalar>() -> impl Strategy<Value = String> {
    let inside = S::PATTERN.trim_start_matches('^').trim_end_matches('$');
    let edits = prop_oneof![
        3 => Just(None),
        1 => (any::<prop::sample::Index>(), "[0-9a-fA-F:.TZ/# \\n+-]?").prop_map(Some),
    ];
    (string_regex(inside).unwrap(), edits).prop_map(|(text, edit)| match edit {
        None => text,
        Some((index, put)) => {
            let characters: Vec<char> = text.chars().collect();
            let at = index.index(characters.len() + 1);
            let (before, after) = characters.split_at(at);
            before.iter().copied().chain(put.chars()).chain(after.iter().skip(1).copied()).collect()
        }
    })
}

fn agree<S: Scalar>(validator: &Validator, text: &str, calendar: bool) -> Result<(), TestCaseError> {
    let by_schema = validator.is_valid(&json!(text));
    match text.parse::<S>() {
        Ok(scalar) => {
            prop_assert!(by_schema, "{text:?} is read and its pattern refuses it");
            prop_assert_eq!(scalar.to_string(), text);
        }
        // A pattern cannot count days; where there is no format either, the parser is the stricter one.
        Err(_) => prop_assert!(!by_schema || calendar, "{text:?} is refused and its pattern allows it"),
    }
    Ok(())
}

macro_rules! agreement {
    ($($test:ident: $scalar:ty $(, $calendar:literal)?;)+) => {
        $(
            #[test]
            fn $test() {
                let validator = validator::<$scalar>();
                let calendar = false $(|| $calendar)?;
                proptest!(ProptestConfig::with_cases(2_000), |(text in near::<$scalar>())| {
                    agree::<$scalar>(&validator, &text, calendar)?;
                });
            }
        )+
    };
}

agreement! {
    pattern_and_parser_of_an_id_agree: TiltakstypeId;
    pattern_and_parser_of_an_organisasjonsnummer_agree: Organisasjonsnummer;
    pattern_and_parser_of_an_enhetsnummer_agree: Enhetsnummer;
    pattern_and_parser_of_a_tiltaksnummer_agree: Tiltaksnummer;
    pattern_format_and_parser_of_a_local_date_agree: LocalDate;
    pattern_and_parser_of_a_local_date_time_agree_but_for_the_days_of_a_month: LocalDateTime, true;
    pattern_format_and_parser_of_an_instant_agree: Instant;
}
