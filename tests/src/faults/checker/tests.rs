//! Tests of the checker: each kind of violation gives its own finding, and no other one.

use super::partition::partition_of;
use super::*;
use crate::faults::event::{Then, What};
use crate::faults::journal::Row;
use crate::faults::record::{DATAVAREHUS as DVH, GJENNOMFORINGER as V2};

const KEY: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";
const OTHER: &str = "0d9f1b0e-8f2e-4f3e-9a44-0d2d0a7b8f11";
const AVTALE: &str = "avtale";

/// A value of a gjennomføring at a change, under an avtale at a change of it.
fn value(number: u64, rename: Option<u64>) -> String {
    let time = |number| format!("2026-03-16T09:00:00.{number:06}");
    serde_json::json!({
        "gjennomforing": { "oppdatertTidspunkt": time(number) },
        "avtale": { "id": AVTALE, "oppdatertTidspunkt": time(rename.unwrap_or(0)) },
    })
    .to_string()
}

fn row(change: i64, number: u64) -> Row {
    renamed_row(change, number, None)
}

fn renamed_row(change: i64, number: u64, rename: Option<u64>) -> Row {
    let value = value(number, rename);
    let records = [V2, DVH].map(|topic| (topic.to_owned(), KEY.to_owned(), Some(value.clone())));
    Row { change, records: records.into() }
}

/// Changes that are made one after the other, each of them acknowledged with the version.
fn changes(changes: &[(u64, What, &str, Option<i64>)]) -> Vec<Event> {
    let event = |(number, what, key, _): &(u64, What, &str, _), then| Event {
        at: 0,
        number: *number,
        writer: 0,
        what: *what,
        key: (*key).to_owned(),
        then,
    };
    changes.iter().flat_map(|it| [event(it, Then::Begun), event(it, Then::Acknowledged(it.3))]).collect()
}

fn edits(numbers: &[u64]) -> Vec<Event> {
    let all: Vec<_> =
        (1..).zip(numbers).map(|(version, number)| (*number, What::Edit, KEY, Some(version))).collect();
    changes(&all)
}

/// On each topic, the values in their order.
fn log(v2: &[String], dvh: &[String]) -> Vec<OnTopic> {
    let one = |topic: &'static str, values: &[String]| -> Vec<OnTopic> {
        let partition = partition_of(KEY.as_bytes());
        let record = |(offset, value): (i64, &String)| {
            OnTopic::new(topic, (partition, offset), KEY.into(), Some(value.clone().into_bytes()))
        };
        (0..).zip(values).map(record).collect()
    };
    [one(V2, v2), one(DVH, dvh)].concat()
}

fn both(numbers: &[u64]) -> Vec<OnTopic> {
    let values: Vec<String> = numbers.iter().map(|number| value(*number, None)).collect();
    log(&values, &values)
}

fn checks(records: &[OnTopic], events: &[Event], rows: &[Row], at_end: bool) -> Vec<&'static str> {
    let heard = events.len();
    check(&Evidence { records, events, heard, rows, parked: 0, at_end }).findings.checks()
}

/// Against two changes, 7 and then 8.
fn of_two(records: &[OnTopic], at_end: bool) -> Vec<&'static str> {
    checks(records, &edits(&[7, 8]), &[row(1, 7), row(2, 8)], at_end)
}

fn none() -> [&'static str; 0] {
    []
}

#[test]
fn what_is_complete_and_in_order_is_clean() {
    assert_eq!(of_two(&both(&[7, 8]), true), none());
    assert_eq!(of_two(&both(&[7]), false), none(), "the rest may still come");
}

#[test]
fn the_ids_of_the_rows_say_nothing_of_the_order() {
    let rows = [row(2, 7), row(1, 8)];
    assert_eq!(checks(&both(&[7, 8]), &edits(&[7, 8]), &rows, true), none());
    assert_eq!(checks(&both(&[8, 7]), &edits(&[7, 8]), &rows, true), ["reordered"]);
}

#[test]
fn what_is_missing_at_the_end_is_lost() {
    assert_eq!(of_two(&both(&[7]), true), ["lost"]);
    assert_eq!(checks(&[], &edits(&[7]), &[], true), ["lost"], "nor is it known to the outbox");
}

#[test]
fn what_is_there_once_too_often_is_duplicated() {
    assert_eq!(of_two(&both(&[7, 8, 7, 8]), true), ["duplicated"]);
    let again = [row(1, 7), row(2, 7)];
    assert_eq!(checks(&both(&[7, 7]), &edits(&[7]), &again, true), none(), "published anew");
}

#[test]
fn an_order_that_the_writers_were_not_told_is_reordered() {
    assert_eq!(of_two(&both(&[8, 7]), true), ["reordered"]);
}

#[test]
fn a_change_that_nobody_was_told_of_does_not_come_back_either() {
    let mut events = edits(&[7, 8, 9]);
    events[3].then = Then::Unknown;
    let rows = [row(1, 7), row(2, 8), row(3, 8), row(4, 9)];
    assert_eq!(checks(&both(&[7, 8, 8, 9]), &events, &rows, true), none());
    assert_eq!(checks(&both(&[7, 8, 9, 8]), &events, &rows, true), ["reordered"]);
}

#[test]
fn versions_that_contradict_the_order_of_acknowledgements_are_reordered() {
    let all = [(7, What::Edit, KEY, Some(2)), (8, What::Edit, KEY, Some(1))];
    assert_eq!(checks(&both(&[8, 7]), &changes(&all), &[row(1, 7), row(2, 8)], true), ["reordered"]);
}

#[test]
fn a_part_of_a_change_is_torn() {
    let values = [7, 8].map(|number| value(number, None));
    assert_eq!(of_two(&log(&values, &values[..1]), false), ["torn"]);
}

#[test]
fn a_part_of_a_change_is_torn_also_when_its_values_are_there_already() {
    let same = || value(7, None);
    let rows = [row(1, 7), row(2, 7)];
    let torn = log(&[same(), same()], &[same()]);
    assert_eq!(checks(&torn, &edits(&[7]), &rows, false), ["torn"]);
}

#[test]
fn a_change_of_several_keys_is_torn_between_them() {
    let value = || Some(value(7, None));
    let record = |topic: &str, key: &str| (topic.to_owned(), key.to_owned(), value());
    let records = vec![record(V2, KEY), record(DVH, KEY), record(V2, OTHER), record(DVH, OTHER)];
    let rows = [Row { change: 1, records }];
    let events = changes(&[(7, What::Edit, KEY, Some(1)), (7, What::Edit, OTHER, Some(1))]);
    assert_eq!(checks(&both(&[7]), &events, &rows, false), ["torn"]);
}

#[test]
fn rows_that_share_a_record_are_not_taken_for_torn() {
    let same = Some(value(7, None));
    let record = |topic: &str, key: &str| (topic.to_owned(), key.to_owned(), same.clone());
    let both_keys = vec![record(V2, KEY), record(DVH, KEY), record(V2, OTHER), record(DVH, OTHER)];
    // The one of both keys has the lower id and is still to come.
    let rows = [Row { change: 1, records: both_keys }, row(2, 7)];
    let events = changes(&[(7, What::Edit, KEY, Some(1)), (7, What::Edit, OTHER, Some(1))]);
    assert_eq!(checks(&both(&[7]), &events, &rows, false), none());
}

#[test]
fn rows_that_share_all_of_their_records_are_not_taken_for_torn() {
    let (one, two, three) = (OTHER, KEY, "ab9c5a60-7d5f-4b0f-8a38-6f0d2f6d8b11");
    let same = value(7, None);
    let row = |change: i64, keys: [&str; 2]| {
        let of = |key: &str| [V2, DVH].map(|topic| (topic.to_owned(), key.to_owned(), Some(same.clone())));
        Row { change, records: keys.into_iter().flat_map(of).collect() }
    };
    // The last one is still to come.
    let rows = [row(1, [one, two]), row(2, [one, three]), row(3, [two, three])];
    let mut records = Vec::new();
    for topic in [V2, DVH] {
        for (offset, key) in (0..).zip([one, one, two, three]) {
            let partition = partition_of(key.as_bytes());
            records.push(OnTopic::new(topic, (partition, offset), key.into(), Some(same.clone().into())));
        }
    }
    let events = changes(&[one, two, three].map(|key| (7, What::Edit, key, Some(1))));
    assert_eq!(checks(&records, &events, &rows, false), none());
}

#[test]
fn a_record_that_nobody_has_made_is_phantom() {
    assert_eq!(of_two(&both(&[7, 8, 9]), true), ["phantom"]);
}

#[test]
fn headers_that_nobody_has_given_are_phantom() {
    let mut records = both(&[7, 8]);
    records[1].headers = 1;
    assert_eq!(of_two(&records, true), ["phantom"]);
}

#[test]
fn a_refused_change_that_has_left_something_is_phantom() {
    let mut events = edits(&[7, 8]);
    events[3].then = Then::Refused;
    assert_eq!(checks(&both(&[7, 8]), &events, &[row(1, 7), row(2, 8)], true), ["phantom"]);
}

#[test]
fn another_partition_is_misplaced() {
    let mut records = both(&[7, 8]);
    for record in &mut records {
        record.partition += 1;
    }
    assert_eq!(of_two(&records, true), ["misplaced"]);
}

#[test]
fn a_parked_change_is_parked_wrongly() {
    let evidence = Evidence { records: &[], events: &[], heard: 0, rows: &[], parked: 1, at_end: false };
    assert_eq!(check(&evidence).findings.checks(), ["parked-wrongly"]);
}

/// 7; the avtale is renamed by 8, and a fan-out acknowledged; then 9, which carries the new name too.
fn renamed() -> Vec<Event> {
    changes(&[
        (7, What::Edit, KEY, Some(1)),
        (8, What::Rename, AVTALE, Some(2)),
        (9, What::FanOut, "", None),
        (10, What::Edit, KEY, Some(2)),
    ])
}

#[test]
fn a_fan_out_that_is_overwritten_later_is_lost_all_the_same() {
    let values = [value(7, None), value(10, Some(8))];
    // The outbox does not know of it.
    let rows = [row(1, 7), renamed_row(3, 10, Some(8))];
    assert_eq!(checks(&log(&values, &values), &renamed(), &rows, true), ["fan-out-lost"]);
}

#[test]
fn a_fan_out_that_is_there_is_clean() {
    let values = [value(7, None), value(7, Some(8)), value(10, Some(8))];
    let rows = [row(1, 7), renamed_row(2, 7, Some(8)), renamed_row(3, 10, Some(8))];
    assert_eq!(checks(&log(&values, &values), &renamed(), &rows, true), none());
}

#[test]
fn a_name_of_the_avtale_that_comes_back_is_reordered() {
    let mut events = renamed()[..6].to_vec();
    events.extend(changes(&[(11, What::Rename, AVTALE, Some(3))]));
    let values = [value(7, None), value(7, Some(11)), value(7, Some(8))];
    let rows = [row(1, 7), renamed_row(2, 7, Some(8)), renamed_row(3, 7, Some(11))];
    assert_eq!(checks(&log(&values, &values), &events, &rows, false), ["reordered"]);
}
