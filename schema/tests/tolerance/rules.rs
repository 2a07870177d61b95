//! The rules of reading one by one, each for a payload that is a union and for one that is not.

use serde_json::{Value, json};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::{DatavarehusTiltakTopicV1, DatavarehusTiltakV1};
use tiltak_schema::tiltaksgjennomforing_v2::{SisteTiltaksgjennomforingerV2, TiltaksgjennomforingV2};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;
use tiltak_schema::view::{Read, UnknownVariant};

use super::{golden, read, written};

const LATER: &str = "TiltaksgjennomforingV2.Kurs";

/// A group measure as the producer writes it.
fn gruppe() -> String {
    golden::<SisteTiltaksgjennomforingerV2>().into_iter().find(|it| it.contains("V2.Gruppe")).unwrap()
}

fn tiltakstype() -> String {
    golden::<SisteTiltakstyperV3>().remove(0)
}

/// The record with another property at its end.
fn and(record: &str, property: &str) -> String {
    format!("{},{property}}}", record.strip_suffix('}').unwrap())
}

/// The record with another property before all others.
fn with_first(record: &str, property: &str) -> String {
    format!("{{{property},{}", record.strip_prefix('{').unwrap())
}

/// The record with the property `type` at its end.
fn with_type_last(record: &str) -> String {
    let (discriminator, rest) = record.strip_prefix('{').unwrap().split_once(',').unwrap();
    assert!(discriminator.starts_with(r#""type":"#));
    and(&format!("{{{rest}"), discriminator)
}

#[test]
fn of_a_known_property_that_stands_twice_a_reader_takes_the_last_and_the_writer_none() {
    fn check<T: Topic>(record: &str, name: &str, once: impl Fn(T::Value<Read>) -> String) {
        let twice = and(record, &format!(r#""{name}":"the last""#));
        assert_eq!(once(read::<T>(&twice).unwrap()), "the last");
        // What the first one is makes no difference.
        let odd = with_first(record, &format!(r#""{name}":[1e400,"\ud800"]"#));
        assert_eq!(read::<T>(&odd), read::<T>(record));
        let error = written::<T>(&twice).unwrap_err();
        assert_eq!(error.pointer(), format!("/{name}"));
        assert_eq!(error.expected(), "each property once in an object");
        assert_eq!(error.found(), "one that stands twice");
        assert_eq!(written::<T>(&odd).unwrap_err().pointer(), format!("/{name}"));
    }
    check::<SisteTiltakstyperV3>(&tiltakstype(), "navn", |it| it.navn);
    let navn = |it| match it {
        TiltaksgjennomforingV2::Gruppe(it) => it.navn,
        _ => unreachable!("it is a group measure"),
    };
    check::<SisteTiltaksgjennomforingerV2>(&gruppe(), "navn", navn);
    check::<SisteTiltaksgjennomforingerV2>(&with_type_last(&gruppe()), "navn", navn);
}

#[test]
fn the_last_one_is_taken_however_often_a_property_stands_there_and_however_many_there_are() {
    for unknown in [0, 100] {
        let mut record = tiltakstype();
        for number in 0..unknown {
            record = and(&record, &format!(r#""ny{}":{number}"#, number / 2));
        }
        for navn in ["null", r#""one""#, r#""two""#, "[]", r#""the last""#] {
            record = and(&record, &format!(r#""navn":{navn}"#));
        }
        assert_eq!(read::<SisteTiltakstyperV3>(&record).unwrap().navn, "the last");
    }
}

#[test]
fn of_a_discriminator_that_stands_twice_a_reader_takes_the_last_and_the_writer_none() {
    let enkeltplass = r#""type":"TiltaksgjennomforingV2.Enkeltplass""#;
    for record in [and(&gruppe(), enkeltplass), and(&with_type_last(&gruppe()), enkeltplass)] {
        let value = read::<SisteTiltaksgjennomforingerV2>(&record).unwrap();
        assert!(matches!(value, TiltaksgjennomforingV2::Enkeltplass(_)), "the first was taken");
        let error = written::<SisteTiltaksgjennomforingerV2>(&record).unwrap_err();
        assert_eq!((error.pointer(), error.found()), ("/type", "one that stands twice"));
    }
    let record = with_first(&gruppe(), enkeltplass);
    assert_eq!(
        read::<SisteTiltaksgjennomforingerV2>(&record),
        read::<SisteTiltaksgjennomforingerV2>(&gruppe())
    );
    // Where the last one is an unknown variant, and where the first one is.
    let later = format!(r#""type":"{LATER}""#);
    let value = read::<SisteTiltaksgjennomforingerV2>(&and(&gruppe(), &later)).unwrap();
    assert!(matches!(value, TiltaksgjennomforingV2::Unknown(it) if it.discriminator() == LATER));
    let value = read::<SisteTiltaksgjennomforingerV2>(&with_first(&gruppe(), &later)).unwrap();
    assert!(matches!(value, TiltaksgjennomforingV2::Gruppe(_)));
}

#[test]
fn within_an_object_of_a_record_the_same_rule_holds_wherever_the_discriminator_stands() {
    let twice = gruppe().replacen(r#""arrangor":{"#, r#""arrangor":{"organisasjonsnummer":"000000000","#, 1);
    for record in [&twice, &with_type_last(&twice)] {
        let value = read::<SisteTiltaksgjennomforingerV2>(record);
        assert_eq!(value, read::<SisteTiltaksgjennomforingerV2>(&gruppe()));
        let error = written::<SisteTiltaksgjennomforingerV2>(record).unwrap_err();
        assert_eq!(error.pointer(), "/arrangor/organisasjonsnummer");
    }
}

#[test]
fn an_integer_is_read_exactly_in_any_spelling_and_refused_outside_of_its_range() {
    let text = |konsept_id: &str| {
        let record = golden::<DatavarehusTiltakTopicV1>()
            .into_iter()
            .find(|it| it.contains("V1AmoDto") && it.contains(r#""amoKategorisering":{"#))
            .unwrap();
        let mut record: Value = serde_json::from_str(&record).unwrap();
        record["amoKategorisering"] = json!({"sertifiseringer": [{"konseptId": "HERE", "label": ""}]});
        record.to_string().replace(r#""HERE""#, konsept_id)
    };
    let konsept_id = |spelling: &str| {
        let DatavarehusTiltakV1::Amo(amo) = read::<DatavarehusTiltakTopicV1>(&text(spelling)).unwrap() else {
            unreachable!("it is one")
        };
        amo.amo_kategorisering.unwrap().sertifiseringer.unwrap()[0].konsept_id
    };
    // 2^53 + 1 is no double.
    for spelling in ["9007199254740993", "9007199254740993.0", "9.007199254740993e15", "90071992547409930E-1"]
    {
        assert_eq!(konsept_id(spelling), 9_007_199_254_740_993);
    }
    assert_eq!(konsept_id("9223372036854775807.0"), i64::MAX);
    assert_eq!(konsept_id("-9.223372036854775808e+18"), i64::MIN);
    assert_eq!(konsept_id("-0"), 0);
    assert_eq!(konsept_id("0e400"), 0);
    for spelling in ["9223372036854775808", "9223372036854775808.0", "-9.223372036854775809e18", "1e400"] {
        let error = read::<DatavarehusTiltakTopicV1>(&text(spelling)).unwrap_err();
        assert_eq!(error.pointer(), "/amoKategorisering/sertifiseringer/0/konseptId");
        assert_eq!(error.found(), "a number outside of that range", "{spelling}");
    }
    for spelling in [r#""1""#, "1.5", "1e-400", "true", "null", "[1]"] {
        assert!(read::<DatavarehusTiltakTopicV1>(&text(spelling)).is_err(), "{spelling}");
    }
}

#[test]
fn a_double_is_read_in_any_spelling_and_one_beyond_the_doubles_is_refused() {
    let record = golden::<ArenaMigreringTiltaksgjennomforingerV1>().remove(0);
    let (before, _) = record.split_once(r#""deltidsprosent":"#).unwrap();
    let with = |number: &str| format!(r#"{before}"deltidsprosent":{number}}}"#);
    for (spelling, double) in [("50", 50.0), ("5E1", 50.0), ("333e-1", 33.3), ("-0", -0.0), ("1e-400", 0.0)] {
        // Once directly, and once by the reader that takes any spelling.
        for record in [with(spelling), and(&with(spelling), r#""arenaId":1.0"#)] {
            let value = read::<ArenaMigreringTiltaksgjennomforingerV1>(&record).unwrap();
            assert_eq!(value.deltidsprosent.to_bits(), f64::to_bits(double), "{spelling}");
        }
    }
    let error = read::<ArenaMigreringTiltaksgjennomforingerV1>(&with("1e400")).unwrap_err();
    assert_eq!((error.pointer(), error.found()), ("/deltidsprosent", "a number beyond the doubles"));
}

#[test]
fn times_are_read_in_any_spelling_of_iso_8601_and_the_writer_names_the_other_spelling() {
    let spelt = |record: &str, name: &str, time: &str| {
        let (before, after) = record.split_once(&format!(r#""{name}":""#)).unwrap();
        let (_, after) = after.split_once('"').unwrap();
        format!(r#"{before}"{name}":"{time}"{after}"#)
    };
    let v2 = |time: &str| spelt(&gruppe(), "oppdatertTidspunkt", time);
    let v3 = |time: &str| spelt(&tiltakstype(), "oppdatertTidspunkt", time);
    for time in ["2026-01-31T09:00:07.014000Z", "2026-01-31t10:00:07.0140+01:00"] {
        let expected = read::<SisteTiltaksgjennomforingerV2>(&v2("2026-01-31T09:00:07.014Z"));
        assert!(expected.is_ok());
        assert_eq!(read::<SisteTiltaksgjennomforingerV2>(&v2(time)), expected);
        assert_eq!(read::<SisteTiltaksgjennomforingerV2>(&with_type_last(&v2(time))), expected);
        let error = written::<SisteTiltaksgjennomforingerV2>(&v2(time)).unwrap_err();
        assert_eq!(error.pointer(), "/oppdatertTidspunkt");
        assert_eq!(error.found(), "one that is spelled differently");
    }
    let expected = read::<SisteTiltakstyperV3>(&v3("2026-01-31T09:00"));
    assert!(expected.is_ok());
    assert_eq!(read::<SisteTiltakstyperV3>(&v3("2026-01-31T09:00:00.0000")), expected);
    assert!(read::<SisteTiltakstyperV3>(&v3("2026-01-31T09:00:00Z")).is_err(), "it has a zone");
}

#[test]
fn half_of_a_surrogate_pair_in_a_known_string_is_replaced_for_a_reader_and_refused_by_the_writer() {
    let record = and(&tiltakstype(), r#""arenaKode":"A\ud83dB""#);
    assert_eq!(read::<SisteTiltakstyperV3>(&record).unwrap().arena_kode.as_deref(), Some("A\u{fffd}B"));
    let record = tiltakstype().replacen(r#""navn":""#, r#""navn":"\udc00"#, 1);
    let error = written::<SisteTiltakstyperV3>(&record).unwrap_err();
    assert_eq!((error.pointer(), error.found()), ("/navn", "a string with half of a surrogate pair"));
}

#[test]
fn an_odd_name_is_an_unknown_property_and_an_escaped_one_is_the_known() {
    let record = with_first(&gruppe(), r#""\ud800":1"#);
    assert_eq!(
        read::<SisteTiltaksgjennomforingerV2>(&record),
        read::<SisteTiltaksgjennomforingerV2>(&gruppe())
    );
    let record = gruppe().replacen(r#""type""#, r#""\u0074ype""#, 1);
    assert_eq!(
        read::<SisteTiltaksgjennomforingerV2>(&record),
        read::<SisteTiltaksgjennomforingerV2>(&gruppe())
    );
    assert_eq!(
        written::<SisteTiltaksgjennomforingerV2>(&with_type_last(&record.replace("\\u0074", "t"))),
        written::<SisteTiltaksgjennomforingerV2>(&gruppe())
    );
}

/// What is kept of a variant that came later, with a property of this content.
fn unknown(content: &str) -> UnknownVariant {
    let first = format!(r#"{{"type":"{LATER}","ny":{content},"id":1}}"#);
    let last = format!(r#"{{"ny":{content},"id":1,"type":"{LATER}"}}"#);
    let read = |text: &str| match read::<SisteTiltaksgjennomforingerV2>(text).unwrap() {
        TiltaksgjennomforingV2::Unknown(unknown) => unknown,
        _ => unreachable!("the variant is not known"),
    };
    assert_eq!(read(&first), read(&last), "{content}");
    read(&first)
}

#[test]
fn an_unknown_variant_keeps_its_content_as_it_is_spelt() {
    for content in
        [r#"{"a":[1,2.0,1E2,"x",null,true,18446744073709551615]}"#, "12.0", "\"2026-01-31T09:00:00.0Z\""]
    {
        assert_eq!(unknown(content).properties()["ny"], serde_json::from_str::<Value>(content).unwrap());
    }
}

#[test]
fn for_what_a_json_value_cannot_hold_an_unknown_variant_has_a_substitute() {
    assert_eq!(unknown("[1e400,-1e400]").properties()["ny"], json!([f64::MAX, f64::MIN]));
    assert_eq!(unknown(r#"{"\ud800":"\udc00x"}"#).properties()["ny"], json!({"\u{fffd}": "\u{fffd}x"}));
    assert_eq!(unknown(r#"{"a":1,"a":2}"#).properties()["ny"], json!({"a": 2}));
    assert_eq!(unknown(r#"1,"ny":2"#).properties()["ny"], 2);

    let deep = unknown(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    let mut content = &deep.properties()["ny"];
    let mut levels = 0;
    while let Some(inner) = content.get(0) {
        content = inner;
        levels += 1;
    }
    assert_eq!((content, levels), (&Value::Null, 127));
    assert!(serde_json::to_string(&deep).is_ok());
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_wherever_they_stand() {
    let invalid = |record: String| record.replace("HERE", "\u{1}").into_bytes();
    for record in [and(&gruppe(), r#""ny":"HERE""#), and(&with_type_last(&gruppe()), r#""ny":"HERE""#)] {
        let bytes: Vec<u8> =
            invalid(record).into_iter().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
        let error = tiltak_schema::decode::value::<SisteTiltaksgjennomforingerV2, Read>(&bytes).unwrap_err();
        assert!(error.found().starts_with("a byte that is not UTF-8"), "{error}");
    }
}

#[test]
fn what_is_no_json_is_refused_with_its_position_also_in_an_unknown_property() {
    for content in ["01", "1.", "+1", "NaN", "'a'", "[1,]", "{\"a\"}", "\"\\x\"", "\"\u{1}\"", "tru", ""] {
        let property = format!(r#""ny":{content}"#);
        for error in [
            read::<SisteTiltaksgjennomforingerV2>(&and(&gruppe(), &property)).unwrap_err(),
            read::<SisteTiltaksgjennomforingerV2>(&and(&with_type_last(&gruppe()), &property)).unwrap_err(),
            read::<SisteTiltakstyperV3>(&with_first(&tiltakstype(), &property)).unwrap_err(),
        ] {
            assert_eq!((error.pointer(), error.expected()), ("", "JSON"), "{content}");
        }
    }
    let error = read::<SisteTiltakstyperV3>(&format!("{} 1", tiltakstype())).unwrap_err();
    assert!(error.found().starts_with("trailing characters"), "{error}");
}
