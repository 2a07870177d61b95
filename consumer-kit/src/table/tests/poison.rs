//! Records that cannot be decoded, under each policy.

use super::*;
use crate::{Earlier, OnPoison};

const BAD: &[u8] = br#"{"id": "Kari Nordmann"}"#;

fn spoil(log: &MemoryLog, number: u8) -> i64 {
    log.append(0, key(number).as_bytes(), Some(BAD))
}

async fn tolerant(log: &MemoryLog, policy: OnPoison, earlier: Earlier) -> Tiltakstyper {
    let table = Table::over(log.source()).on_poison(policy).earlier(earlier).start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
    table
}

#[tokio::test]
async fn a_table_stops_at_the_last_record_of_a_key_that_cannot_be_decoded_and_names_it_without_its_value() {
    let log = log(1);
    put(&log, 0, 1, "en");
    let offset = spoil(&log, 2);
    let table = started(&log).await;

    let error = table.ready(LIMIT).await.unwrap_err();

    let record = error.undecodable().unwrap();
    assert_eq!((record.partition, record.offset, record.key.clone()), (0, offset, Some(key(2))));
    assert_eq!(record.cause.pointer(), "/id");
    assert!(!error.to_string().contains("Kari"));
    assert_eq!(table.len(), 1, "what was read before stands");
    assert!(table.failure().unwrap().is_undecodable());
    assert!(table.barrier(LIMIT).await.unwrap_err().is_undecodable());
}

#[tokio::test]
async fn a_value_that_is_not_utf_8_is_told_as_such_and_holds_up_no_other_key() {
    let log = log(1);
    let bytes: &[u8] = b"{\"navn\": \"Kari \xff\"}";
    log.append(0, key(1).as_bytes(), Some(bytes));
    put(&log, 0, 2, "to");

    let error = started(&log).await.ready(LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("UTF-8"), "{error}");
    assert!(!error.to_string().contains("Kari"), "{error}");

    let table = tolerant(&log, OnPoison::Skip, Earlier::Drop).await;
    assert_eq!((table.len(), table.unreadable()[&id(1)].offset), (1, 0));
    log.append(0, key(2).as_bytes(), Some(bytes));
    put(&log, 0, 3, "tre");
    table.barrier(LIMIT).await.unwrap();
    assert_eq!((navn(&table, 2), navn(&table, 3).as_deref()), (None, Some("tre")));
}

#[tokio::test]
async fn what_was_replaced_before_the_table_was_ready_does_not_stop_it() {
    let log = log(1);
    spoil(&log, 1);
    put(&log, 0, 1, "en");
    spoil(&log, 2);
    remove(&log, 0, 2);

    let table = ready(&log).await;

    assert_eq!(table.len(), 1);
}

#[tokio::test]
async fn a_table_that_follows_stops_at_the_first_record_that_it_cannot_decode() {
    let log = log(1);
    let table = ready(&log).await;
    put(&log, 0, 1, "en");
    spoil(&log, 2);
    put(&log, 0, 2, "to");

    let error = table.barrier(LIMIT).await.unwrap_err();

    assert_eq!(error.undecodable().unwrap().offset, 1);
    assert_eq!(table.len(), 1);
    assert_eq!(ready(&log).await.len(), 2, "a later record has replaced it");
}

#[tokio::test]
async fn a_key_that_was_skipped_has_no_value_until_one_can_be_decoded() {
    let log = log(1);
    put(&log, 0, 1, "en");
    let table = tolerant(&log, OnPoison::Skip, Earlier::Drop).await;
    let mut changes = table.changes();
    spoil(&log, 1);
    put(&log, 0, 2, "to");
    table.barrier(LIMIT).await.unwrap();

    assert_eq!(table.get(&id(1)), None);
    assert_eq!(table.unreadable()[&id(1)].offset, 1);
    assert_eq!(changes.next().await.unwrap().cause, Cause::Undecodable);
    assert_eq!(navn(&table, 2).as_deref(), Some("to"), "no other key is held up");
    assert_eq!((table.metrics().unreadable, table.counters().undecodable), (1, 1));
    let fresh = tolerant(&log, OnPoison::Skip, Earlier::Drop).await;
    assert_eq!(fresh.snapshot().to_map(), table.snapshot().to_map());
    assert_eq!(fresh.unreadable(), table.unreadable());

    put(&log, 0, 1, "ny");
    table.barrier(LIMIT).await.unwrap();
    assert_eq!(navn(&table, 1).as_deref(), Some("ny"));
    assert!(table.unreadable().is_empty());
}

#[tokio::test]
async fn an_earlier_value_that_is_kept_is_marked_as_stale_and_a_new_table_does_not_have_it() {
    let log = log(1);
    put(&log, 0, 1, "en");
    let table = tolerant(&log, OnPoison::Skip, Earlier::Keep).await;
    let offset = spoil(&log, 1);
    table.barrier(LIMIT).await.unwrap();

    let entry = table.get(&id(1)).unwrap();
    assert_eq!((entry.navn.as_str(), entry.stale().unwrap().offset), ("en", offset));
    assert_eq!(table.metrics().stale, 1);
    assert_eq!(tolerant(&log, OnPoison::Skip, Earlier::Keep).await.get(&id(1)), None);

    remove(&log, 0, 1);
    table.barrier(LIMIT).await.unwrap();
    assert_eq!(table.get(&id(1)), None);
    assert_eq!(table.metrics().stale, 0);
}

#[tokio::test]
async fn a_record_is_put_into_the_quarantine_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(1);
    spoil(&log, 1);
    let table = tolerant(&log, OnPoison::Quarantine(folder.path().into()), Earlier::Drop).await;
    log.append(0, key(2).as_bytes(), Some(&[0xff, 0xfe]));
    table.barrier(LIMIT).await.unwrap();

    let file =
        |name: &str| std::fs::read(folder.path().join(format!("siste-tiltakstyper-v3.0.{name}"))).unwrap();
    assert_eq!(file("0.value"), BAD);
    assert_eq!(file("1.value"), [0xff, 0xfe]);
    let reason: serde_json::Value = serde_json::from_slice(&file("0.json")).unwrap();
    assert_eq!((&reason["key"], &reason["pointer"]), (&key(1).into(), &"/id".into()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[tokio::test]
async fn a_quarantine_that_is_not_there_is_told_at_the_start_and_one_that_goes_away_stops_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(1);
    put(&log, 0, 1, "en");
    let policy = || OnPoison::Quarantine(folder.path().join("a"));
    let error = Tiltakstyper::over(log.source()).on_poison(policy()).start().await.err().unwrap();
    assert!(error.is_quarantine());
    std::fs::create_dir(folder.path().join("a")).unwrap();
    let table = tolerant(&log, policy(), Earlier::Drop).await;

    std::fs::remove_dir(folder.path().join("a")).unwrap();
    spoil(&log, 2);
    let error = table.barrier(LIMIT).await.unwrap_err();

    assert!(error.is_quarantine());
    assert_eq!(table.len(), 1);
}

#[tokio::test]
async fn a_key_that_is_no_uuid_follows_the_policy_and_its_tombstone_is_passed_over() {
    let log = log(1);
    let upper = key(1).to_uppercase();
    log.append(0, b"no uuid", None);
    log.append(0, upper.as_bytes(), Some(&value(1, "en")));
    put(&log, 0, 2, "to");

    let error = started(&log).await.ready(LIMIT).await.unwrap_err();
    assert_eq!(error.undecodable().unwrap().key, Some(upper.clone()));
    let table = tolerant(&log, OnPoison::Skip, Earlier::Drop).await;
    assert_eq!((table.len(), table.counters().undecodable), (1, 1));

    log.append(0, upper.as_bytes(), None);
    log.append(0, b"", Some(b""));
    table.barrier(LIMIT).await.unwrap();
    assert_eq!((table.len(), table.counters().undecodable), (1, 2));
    log.append(0, b"", None);
    assert_eq!(ready(&log).await.len(), 1, "nothing is left of them");
}

#[tokio::test]
async fn a_value_of_100_megabytes_is_met_like_any_other() {
    let log = log(1);
    let large = "x".repeat(100_000_000);
    put(&log, 0, 1, &large);
    log.append(0, key(2).as_bytes(), Some(large.as_bytes()));
    put(&log, 0, 3, "tre");

    let table = tolerant(&log, OnPoison::Skip, Earlier::Drop).await;

    assert_eq!(table.get(&id(1)).unwrap().navn.len(), large.len());
    assert_eq!(table.unreadable().len(), 1);
    assert_eq!(table.len(), 2);
}
