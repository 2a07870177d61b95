//! Tables over a log in memory.

use std::time::Duration;

use tiltak_schema::scalar::TiltakstypeId;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

use super::Table;
use crate::error::Error;
use crate::source::MemoryLog;

const LIMIT: Duration = Duration::from_secs(10);

type Tiltakstyper = Table<SisteTiltakstyperV3>;

fn log(partitions: usize) -> MemoryLog {
    MemoryLog::new("siste-tiltakstyper-v3", partitions)
}

async fn started(log: &MemoryLog) -> Tiltakstyper {
    Table::over(log.source()).start().await.unwrap()
}

async fn ready(log: &MemoryLog) -> Tiltakstyper {
    let table = started(log).await;
    table.ready(LIMIT).await.unwrap();
    table
}

/// The key with this number.
fn key(number: u8) -> String {
    format!("59a64a02-efdd-471d-9529-356ff55{number:05}")
}

fn id(number: u8) -> TiltakstypeId {
    key(number).parse().unwrap()
}

fn value(number: u8, navn: &str) -> Vec<u8> {
    serde_json::json!({
        "id": key(number), "navn": navn, "tiltakskode": "OPPFOLGING", "innsatsgrupper": [], "arenaKode": null,
        "deltakerRegistreringInnhold": null,
        "opprettetTidspunkt": "2026-01-31T09:00", "oppdatertTidspunkt": "2026-01-31T09:00",
    })
    .to_string()
    .into_bytes()
}

fn put(log: &MemoryLog, partition: i32, number: u8, navn: &str) -> i64 {
    log.append(partition, key(number).as_bytes(), Some(&value(number, navn)))
}

fn remove(log: &MemoryLog, partition: i32, number: u8) -> i64 {
    log.append(partition, key(number).as_bytes(), None)
}

fn navn(table: &Tiltakstyper, number: u8) -> Option<String> {
    table.get(&id(number)).map(|entry| entry.navn.clone())
}

#[tokio::test]
async fn an_empty_topic_is_an_empty_table_at_once() {
    let log = log(3);
    log.skip(1, 5);
    log.delete_records(1, 3);

    let table = ready(&log).await;

    assert!(table.is_empty());
    assert_eq!(table.counters().records, 0);
}

#[tokio::test]
async fn the_last_record_of_a_key_stands_and_a_tombstone_removes_it() {
    let log = log(2);
    put(&log, 0, 1, "første");
    put(&log, 1, 2, "annen");
    put(&log, 0, 1, "ny");
    remove(&log, 1, 2);
    remove(&log, 1, 3);

    let table = ready(&log).await;

    assert_eq!(navn(&table, 1).as_deref(), Some("ny"));
    assert_eq!(table.get(&id(2)), None);
    assert_eq!(table.len(), 1);
    assert_eq!(table.get(&id(1)).unwrap().offset(), 1);
}

#[tokio::test]
async fn a_log_that_ends_without_a_record_is_read_to_its_end() {
    let log = log(1);
    let transaction = log.begin();
    transaction.append(0, key(1).as_bytes(), Some(&value(1, "en")));
    transaction.commit();
    let aborted = log.begin();
    aborted.append(0, key(2).as_bytes(), Some(&value(2, "to")));
    aborted.abort();
    log.skip(0, 3);

    let table = ready(&log).await;
    assert_eq!(table.len(), 1);
    table.barrier(LIMIT).await.unwrap();

    let error: Option<Error> = table.failure();
    assert!(error.is_none());
}

#[tokio::test]
async fn a_table_follows_what_is_published_after_it_has_caught_up() {
    let log = log(2);
    let table = ready(&log).await;
    for number in 1..20 {
        put(&log, i32::from(number % 2), number, "en");
        table.barrier(LIMIT).await.unwrap();
        assert_eq!(table.len(), usize::from(number));
    }
}
