//! Tables over a log in memory.

#[cfg(feature = "state")]
mod bugs;
#[cfg(feature = "state")]
mod disk;
mod histories;
mod panics;
mod poison;
#[cfg(feature = "state")]
mod state;
#[cfg(feature = "state")]
mod state_machine;
mod stores;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tiltak_schema::scalar::TiltakstypeId;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

use super::changes::Queue;
use super::{Cause, Change, Entry, Table};
use crate::error::{Error, Lagging};
use crate::source::memory_log::Compaction;
use crate::source::{Batch, MemoryLog, Settings, Source, TopicDescription};

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
    log.append(partition, key(number).as_bytes(), Some(&value(number, navn))).unwrap()
}

fn remove(log: &MemoryLog, partition: i32, number: u8) -> i64 {
    log.append(partition, key(number).as_bytes(), None).unwrap()
}

fn navn(table: &Tiltakstyper, number: u8) -> Option<String> {
    table.get(&id(number)).map(|entry| entry.navn.clone())
}

#[tokio::test]
async fn an_empty_topic_is_an_empty_table_at_once() {
    let log = log(3);
    log.skip(1, 5).unwrap();
    log.delete_records(1, 3).unwrap();

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
async fn many_rows_are_the_same_whether_someone_watches_or_not() {
    let log = log(2);
    let append = |partition: i32, number: i32, navn: Option<&str>| {
        let own = format!("59a64a02-efdd-471d-9529-356ff55{number:05}");
        let value = navn.map(|navn| String::from_utf8(value(0, navn)).unwrap().replace(&key(0), &own));
        log.append(partition, own.as_bytes(), value.as_ref().map(String::as_bytes)).unwrap();
    };
    for number in 0..6_000 {
        append(number % 2, number, Some("navn"));
    }
    for number in (0..6_000).step_by(7) {
        append(number % 2, number, None);
    }
    // As after a partition was added.
    for number in (0..6_000).step_by(11) {
        append((number + 1) % 2, number, Some("flyttet"));
    }

    let unwatched = ready(&log).await;
    log.pause();
    let watched = started(&log).await;
    let mut changes = watched.changes();
    log.resume();
    watched.ready(LIMIT).await.unwrap();

    let rows = unwatched.snapshot().to_map();
    assert_eq!(rows, watched.snapshot().to_map());
    let gone = (0..6_000).filter(|number| number % 7 == 0 && number % 11 != 0).count();
    assert_eq!((rows.len(), unwatched.len(), watched.len()), (6_000 - gone, 6_000 - gone, 6_000 - gone));
    let bytes: usize = rows.values().map(Entry::size).sum();
    assert_eq!((unwatched.metrics().bytes, watched.metrics().bytes), (bytes as u64, bytes as u64));
    assert!(std::iter::from_fn(|| changes.try_next()).count() >= rows.len());
}

#[tokio::test]
async fn a_log_that_ends_without_a_record_is_read_to_its_end() {
    let log = log(1);
    let transaction = log.begin();
    transaction.append(0, key(1).as_bytes(), Some(&value(1, "en"))).unwrap();
    transaction.commit();
    let aborted = log.begin();
    aborted.append(0, key(2).as_bytes(), Some(&value(2, "to"))).unwrap();
    aborted.abort();
    log.skip(0, 3).unwrap();

    let table = ready(&log).await;
    assert_eq!(table.len(), 1);
    table.barrier(LIMIT).await.unwrap();

    assert!(table.failure().is_none());
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

#[tokio::test]
async fn the_deadline_names_every_partition_that_is_behind() {
    let log = log(3);
    put(&log, 0, 1, "en");
    put(&log, 2, 2, "to");
    put(&log, 2, 3, "tre");
    log.pause();
    let table = started(&log).await;

    let error = table.ready(Duration::from_millis(100)).await.unwrap_err();

    assert!(error.is_deadline());
    let lagging = |partition, target| Lagging { partition, position: 0, target, unstable: 0 };
    assert_eq!(error.lagging(), [lagging(0, 1), lagging(2, 2)]);
    assert!(error.to_string().contains("partition 2 is at 0, expected to reach 2"), "{error}");
    log.resume();
    table.ready(LIMIT).await.unwrap();
    assert_eq!(table.len(), 3);
}

#[tokio::test]
async fn a_barrier_waits_for_a_transaction_that_holds_back_what_was_committed_after_it() {
    let log = log(1);
    let table = ready(&log).await;
    let open = log.begin();
    open.append(0, key(1).as_bytes(), Some(&value(1, "en"))).unwrap();
    put(&log, 0, 2, "to");

    let error = table.barrier(Duration::from_millis(100)).await.unwrap_err();
    assert!(error.is_deadline(), "{error}");
    open.abort();
    table.barrier(LIMIT).await.unwrap();

    assert_eq!(table.len(), 1);
}

#[tokio::test]
async fn a_snapshot_is_one_moment_with_its_offsets() {
    let log = log(2);
    put(&log, 0, 1, "en");
    put(&log, 1, 2, "to");
    let table = ready(&log).await;

    let snapshot = table.snapshot();
    put(&log, 0, 1, "ny");
    remove(&log, 1, 2);
    table.barrier(LIMIT).await.unwrap();

    assert_eq!(snapshot.offsets(), &[(0, 1), (1, 1)].into());
    assert_eq!(snapshot.get(&id(1)).unwrap().navn, "en");
    assert_eq!(snapshot.len(), 2);
    assert_eq!(table.snapshot().offsets(), &[(0, 2), (1, 2)].into());
    assert_eq!(
        table.iter().map(|(key, entry)| (key, entry.navn.clone())).collect::<Vec<_>>(),
        [(id(1), "ny".into())]
    );
}

#[tokio::test]
async fn an_index_follows_its_table() {
    let log = log(1);
    put(&log, 0, 1, "a");
    put(&log, 0, 2, "b");
    let table = ready(&log).await;
    let by_navn = table.index(|it| Some(it.navn.clone()));
    let letters = table.index(|it| it.navn.chars().collect::<Vec<_>>());
    let keys = |name: &str| by_navn.get(name).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys("a"), [id(1)]);

    put(&log, 0, 1, "b");
    put(&log, 0, 3, "ca");
    table.barrier(LIMIT).await.unwrap();
    assert_eq!(keys("a"), []);
    assert_eq!(keys("b"), [id(1), id(2)]);
    assert_eq!(letters.get(&'a').len(), 1);
    assert_eq!(by_navn.len(), 2);

    remove(&log, 0, 1);
    remove(&log, 0, 2);
    table.barrier(LIMIT).await.unwrap();
    assert_eq!(keys("b"), []);
    assert_eq!(by_navn.len(), 1);
}

#[tokio::test]
async fn the_changes_tell_what_was_and_what_is() {
    let log = log(1);
    put(&log, 0, 1, "en");
    let table = ready(&log).await;
    let (snapshot, mut changes) = table.snapshot_and_changes();
    assert_eq!(snapshot.len(), 1);

    put(&log, 0, 1, "ny");
    remove(&log, 0, 1);
    remove(&log, 0, 2);
    put(&log, 0, 3, "tre");
    table.barrier(LIMIT).await.unwrap();

    let navn =
        |entry: &Option<Entry<_>>| entry.as_ref().map(|it: &Entry<SisteTiltakstyperV3>| it.navn.clone());
    let mut told = Vec::new();
    for _ in 0..3 {
        let change = changes.next().await.unwrap();
        told.push((change.offset, change.cause, navn(&change.old), navn(&change.new)));
    }
    let text = |it: &str| Some(it.to_owned());
    assert_eq!(
        told,
        [
            (1, Cause::Upsert, text("en"), text("ny")),
            (2, Cause::Tombstone, text("ny"), None),
            (4, Cause::Upsert, None, text("tre")),
        ]
    );
    assert_eq!(changes.try_next(), None, "a tombstone of a key that is not there changes nothing");
    table.close().await;
    assert_eq!(changes.next().await, None);
}

#[test]
fn changes_that_wait_too_long_are_merged_by_key() {
    let queue = Arc::new(Queue::<SisteTiltakstyperV3>::new(2));
    let entry = |offset| {
        let value = tiltak_schema::decode::value::<SisteTiltakstyperV3, _>(&value(1, "en")).unwrap();
        Some(Entry::new(value, (0, offset, 0), 1))
    };
    let change = |number, offset, old| Change {
        key: id(number),
        old,
        new: entry(offset),
        partition: 0,
        offset,
        cause: Cause::Upsert,
    };
    queue.push(change(1, 1, None));
    queue.push(change(2, 2, None));
    queue.push(change(1, 3, entry(1)));
    queue.push(change(3, 4, None));
    queue.push(change(1, 5, entry(3)));

    let mut changes = super::Changes::new(queue);
    let taken: Vec<_> =
        std::iter::from_fn(|| changes.try_next()).map(|it| (it.key, it.offset, it.old)).collect();
    assert_eq!(taken, [(id(1), 5, None), (id(2), 2, None), (id(3), 4, None)]);
}

#[tokio::test]
async fn progress_is_told_until_the_table_is_ready() {
    let log = log(2);
    for number in 0..50 {
        put(&log, i32::from(number % 2), number, "en");
    }
    log.poll_at_most(5);
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let table = Table::<SisteTiltakstyperV3>::over(log.source())
        .on_progress(move |progress| teller.lock().unwrap().push(progress))
        .start()
        .await
        .unwrap();
    table.ready(LIMIT).await.unwrap();
    put(&log, 0, 51, "en");
    table.barrier(LIMIT).await.unwrap();

    let told = told.lock().unwrap();
    assert!(told.is_sorted_by_key(|it| it.done));
    let last = told.last().unwrap();
    assert_eq!((last.done, last.target, last.records, last.ready), (50, 50, 50, true));
    assert_eq!(told.iter().filter(|it| it.ready).count(), 1);
}

#[tokio::test]
async fn the_metrics_show_keys_bytes_and_lag() {
    let log = log(1);
    put(&log, 0, 1, "en");
    put(&log, 0, 1, "ny");
    let table = Table::<SisteTiltakstyperV3>::over(log.source());
    let table = table.metadata_refresh_interval(Duration::from_millis(1)).start().await.unwrap();
    table.ready(LIMIT).await.unwrap();

    let metrics = table.metrics();
    assert_eq!((metrics.keys, metrics.bytes), (1, value(1, "ny").len() as u64));
    assert_eq!((metrics.counters.records, metrics.lag()), (2, 0));
    let open = log.begin();
    open.append(0, key(2).as_bytes(), None).unwrap();
    assert_eq!(table.metrics().lag(), 0, "what cannot be read yet is no lag");
}

#[tokio::test]
async fn what_was_read_stays_when_the_source_fails() {
    let log = log(1);
    put(&log, 0, 1, "en");
    let table = ready(&log).await;
    let mut changes = table.changes();
    log.fail_at_poll(1, "the disk is gone");

    assert_eq!(changes.next().await, None);
    let error = table.barrier(LIMIT).await.unwrap_err();

    assert_eq!(error.to_string(), "siste-tiltakstyper-v3: the disk is gone");
    assert_eq!(table.len(), 1);
    assert_eq!(table.ready(LIMIT).await.unwrap_err().to_string(), error.to_string());
}

#[tokio::test]
async fn a_topic_that_is_not_compacted_is_refused_unless_it_is_wanted() {
    let log = log(1);
    log.set_cleanup_policy("delete");

    let error = Tiltakstyper::over(log.source()).start().await.err().unwrap();
    assert!(error.is_not_compacted());
    assert!(error.to_string().contains("any_cleanup_policy"), "{error}");
    let table = Tiltakstyper::over(log.source()).any_cleanup_policy().start().await.unwrap();
    table.ready(LIMIT).await.unwrap();
}

#[tokio::test]
async fn the_longest_durations_mean_for_ever_and_the_shortest_at_once() {
    for duration in [Duration::MAX, Duration::ZERO] {
        let log = log(1);
        put(&log, 0, 1, "en");
        let table = Table::<SisteTiltakstyperV3>::over(log.source())
            .metadata_refresh_interval(duration)
            .authorization_grace(duration)
            .tombstone_retention(Duration::MAX)
            .start()
            .await
            .unwrap();
        table.ready(Duration::MAX).await.unwrap();
        put(&log, 0, 2, "to");
        table.barrier(Duration::MAX).await.unwrap();
        assert_eq!((table.len(), table.failure().map(|it| it.to_string())), (2, None));
        assert!(table.is_live(Duration::MAX));
        // It may be answered before anybody looks at the time.
        assert!(table.barrier(Duration::ZERO).await.err().is_none_or(|error| error.is_deadline()));
        table.close().await;
    }
}

#[tokio::test]
async fn a_partition_that_is_added_is_picked_up() {
    let log = log(1);
    put(&log, 0, 1, "en");
    let table = ready(&log).await;

    let added = log.add_partition();
    put(&log, added, 2, "to");
    table.barrier(LIMIT).await.unwrap();

    assert_eq!(table.len(), 2);
    assert_eq!(table.get(&id(2)).unwrap().partition(), 1);
}

#[tokio::test]
async fn a_key_on_two_partitions_has_its_newest_record_whatever_is_read_first() {
    let log = log(1);
    put(&log, 0, 1, "gammel");
    put(&log, 0, 2, "gammel");
    log.add_partition();
    put(&log, 1, 1, "ny");
    remove(&log, 1, 2);

    let table = ready(&log).await;

    assert_eq!(navn(&table, 1).as_deref(), Some("ny"));
    assert_eq!(navn(&table, 2), None);
}

#[tokio::test]
async fn a_topic_that_is_made_anew_is_read_anew_and_the_old_keys_are_swept() {
    let log = log(2);
    put(&log, 0, 1, "gammel");
    put(&log, 1, 2, "gammel");
    let table = ready(&log).await;
    let mut changes = table.changes();

    log.pause();
    log.recreate(1);
    put(&log, 0, 1, "ny");
    put(&log, 0, 3, "ny");
    log.resume();
    let mut causes = Vec::new();
    for _ in 0..3 {
        let change = changes.next().await.unwrap();
        causes.push((change.key, change.cause));
    }
    causes.sort_by_key(|(key, _)| *key);

    assert_eq!(causes, [(id(1), Cause::Upsert), (id(2), Cause::Swept), (id(3), Cause::Upsert)]);
    table.barrier(LIMIT).await.unwrap();
    assert_eq!((navn(&table, 1).as_deref(), table.len()), (Some("ny"), 2));
}

#[tokio::test]
async fn a_partition_whose_position_was_deleted_is_read_anew_and_ghosts_die() {
    let log = log(2);
    put(&log, 0, 1, "spøkelse");
    put(&log, 0, 2, "blir");
    put(&log, 1, 3, "blir");
    let table = ready(&log).await;
    let mut changes = table.changes();

    log.pause();
    remove(&log, 0, 1); // its tombstone is gone before the table gets there
    put(&log, 0, 2, "ny");
    put(&log, 0, 4, "ny");
    log.delete_records(0, 3).unwrap();
    log.resume();
    let mut causes = Vec::new();
    while !causes.contains(&(id(1), Cause::Swept)) {
        let change = changes.next().await.unwrap();
        causes.push((change.key, change.cause));
    }
    table.barrier(LIMIT).await.unwrap();

    let keys: Vec<_> = table.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [id(2), id(3), id(4)]);
    assert!(causes.iter().all(|(key, _)| *key != id(3)), "the other partition was left alone: {causes:?}");
    assert_eq!(table.counters().rebuilds, 1);
}

#[tokio::test]
async fn compaction_under_a_reader_changes_nothing() {
    let log = log(1);
    for round in 0..10 {
        put(&log, 0, round % 3, &format!("{round}"));
    }
    remove(&log, 0, 0);
    log.compact(0, Compaction::whole()).unwrap();
    let table = ready(&log).await;
    log.compact(0, Compaction::whole().without_tombstones()).unwrap();

    assert_eq!(table.len(), 2);
    assert_eq!(ready(&log).await.len(), 2);
    assert_eq!(log.records().len(), 2);
    assert_eq!(log.watermarks()[&0].high_watermark, 11);
}

/// A source whose broker can be away.
struct Cut {
    source: crate::source::memory_log::MemorySource,
    is_away: Arc<std::sync::atomic::AtomicBool>,
}

impl Source for Cut {
    fn topic(&self) -> &str {
        self.source.topic()
    }

    fn describe(&mut self) -> Result<TopicDescription, Error> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(Error::source_failed(self.source.topic(), "no broker answers"));
        }
        self.source.describe()
    }

    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error> {
        self.source.assign(positions)
    }

    fn poll(&mut self, limit: Duration, batch: &mut Batch) -> Result<(), Error> {
        self.source.poll(limit, batch)
    }

    fn settings(&mut self) -> Settings {
        self.source.settings()
    }
}

#[tokio::test]
async fn a_running_table_whose_broker_was_away_for_too_long_reads_anew_and_ghosts_die() {
    let log = log(1);
    put(&log, 0, 1, "spøkelse");
    put(&log, 0, 2, "blir");
    let is_away = Arc::default();
    let source = Cut { source: log.source(), is_away: Arc::clone(&is_away) };
    let longest = Duration::from_millis(500);
    let table: Tiltakstyper = Table::over(source)
        .tombstone_retention(longest)
        .metadata_refresh_interval(Duration::from_millis(50))
        .start()
        .await
        .unwrap();
    table.ready(LIMIT).await.unwrap();
    let mut changes = table.changes();

    log.pause();
    is_away.store(true, Ordering::Relaxed);
    remove(&log, 0, 1);
    log.compact(0, Compaction::whole().without_tombstones()).unwrap();
    // Time itself is what matters here.
    tokio::time::sleep(2 * longest).await;
    log.resume();
    is_away.store(false, Ordering::Relaxed);

    let change = tokio::time::timeout(LIMIT, changes.next()).await.unwrap().unwrap();
    assert_eq!((change.key, change.cause), (id(1), Cause::Swept));
    assert_eq!((table.len(), table.counters().rebuilds), (1, 1));
}
