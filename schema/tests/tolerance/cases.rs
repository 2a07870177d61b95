//! Inputs that were once answered wrongly, or not alike everywhere.

use tiltak_schema::tiltaksgjennomforing_v2::{SisteTiltaksgjennomforingerV2, TiltaksgjennomforingV2};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

use super::{read, value_of, written};

#[test]
fn an_array_is_not_taken_for_an_object_by_a_reader_or_a_writer() {
    let lines = include_str!("../cases/arrays-for-objects.ndjson");
    let values: Vec<String> = lines.lines().map(value_of).collect();
    assert!(read::<SisteTiltakstyperV3>(&values[0]).is_ok());
    assert!(written::<SisteTiltakstyperV3>(&values[0]).is_ok());
    for (value, pointer) in [(&values[1], ""), (&values[2], "/deltakerRegistreringInnhold")] {
        for error in [
            read::<SisteTiltakstyperV3>(value).unwrap_err(),
            written::<SisteTiltakstyperV3>(value).unwrap_err(),
        ] {
            assert_eq!(
                (error.pointer(), error.expected(), error.found()),
                (pointer, "an object", "an array")
            );
        }
    }
}

#[test]
fn whatever_an_unknown_property_holds_a_record_is_read_in_any_order_of_its_properties() {
    let lines = include_str!("../cases/spelling-and-order.ndjson");
    let values: Vec<String> = lines.lines().map(value_of).collect();
    assert_eq!(values.len(), 12);
    let expected = read::<SisteTiltaksgjennomforingerV2>(&values[0]).unwrap();
    let by_writer = written::<SisteTiltaksgjennomforingerV2>(&values[0]).unwrap();
    for (number, value) in (1..).zip(&values) {
        assert_eq!(read::<SisteTiltaksgjennomforingerV2>(value).as_ref(), Ok(&expected), "line {number}");
        assert_eq!(written::<SisteTiltaksgjennomforingerV2>(value).as_ref(), Ok(&by_writer), "line {number}");
    }
}

#[test]
fn a_number_that_is_an_integer_is_read_as_one_and_written_as_digits() {
    let lines = include_str!("../cases/integers.ndjson");
    let values: Vec<String> = lines.lines().map(value_of).collect();
    let [plain, spelt @ .., fraction] = values.as_slice() else { unreachable!("there are five") };
    let expected = read::<SisteTiltaksgjennomforingerV2>(plain).unwrap();
    let TiltaksgjennomforingV2::Gruppe(gruppe) = &expected else { unreachable!("it is one") };
    assert_eq!(gruppe.antall_plasser, 223);
    assert!(serde_json::to_string(&expected).unwrap().contains(r#""antallPlasser":223,"#));

    for value in spelt {
        assert_eq!(read::<SisteTiltaksgjennomforingerV2>(value).as_ref(), Ok(&expected));
        let error = written::<SisteTiltaksgjennomforingerV2>(value).unwrap_err();
        assert_eq!((error.pointer(), error.found()), ("/antallPlasser", "one that is spelled differently"));
    }
    for error in [
        read::<SisteTiltaksgjennomforingerV2>(fraction).unwrap_err(),
        written::<SisteTiltaksgjennomforingerV2>(fraction).unwrap_err(),
    ] {
        assert_eq!(error.pointer(), "/antallPlasser");
        assert_eq!(error.expected(), "an integer from -2147483648 to 2147483647");
        assert_eq!(error.found(), "a number with a fraction or an exponent");
    }
}
