//! An event consumer over a log in memory.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Record;

use super::*;
use crate::poison::OnPoison;
use crate::source::{Batch, MemoryLog, Settings, TopicDescription};

type T = SisteTiltakstyperV3;

const LIMIT: Duration = Duration::from_secs(20);

fn log(partitions: usize) -> MemoryLog {
    MemoryLog::new("siste-tiltakstyper-v3", partitions)
}

fn key(number: u32) -> String {
    format!("59a64a02-efdd-471d-9529-356ff55{number:05}")
}

fn value(number: u32, navn: &str) -> String {
    serde_json::json!({
        "id": key(number), "navn": navn, "tiltakskode": "OPPFOLGING", "innsatsgrupper": [], "arenaKode": null,
        "deltakerRegistreringInnhold": null,
        "opprettetTidspunkt": "2026-01-31T09:00", "oppdatertTidspunkt": "2026-01-31T09:00",
    })
    .to_string()
}

fn append(log: &MemoryLog, number: u32, navn: &str) -> i64 {
    log.append(0, key(number).as_bytes(), Some(value(number, navn).as_bytes())).unwrap()
}

fn consumer(log: &MemoryLog) -> EventBuilder<T> {
    EventConsumer::over(log.source())
        .metadata_refresh_interval(Duration::from_millis(30))
        .back_off(Duration::from_millis(1), Duration::from_millis(5))
}

/// What was handled: partition, offset, navn.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Handled>>>);

type Handled = (i32, i64, Option<String>);

impl Seen {
    fn handler(&self) -> impl Fn(Event<T>) -> std::future::Ready<Result<(), String>> + Send + Sync + 'static {
        let seen = self.clone();
        move |event| {
            seen.note(&event);
            std::future::ready(Ok(()))
        }
    }

    fn note(&self, event: &Event<T>) {
        let navn = match event.record() {
            Record::Upsert { value, .. } => Some(value.navn.clone()),
            Record::Tombstone { .. } => None,
        };
        self.0.lock().unwrap().push((event.partition(), event.offset(), navn));
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().filter_map(|(.., navn)| navn.clone()).collect()
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_consumer_over_a_source_handles_all_partitions_and_keeps_its_positions() {
    let log = log(2);
    append(&log, 1, "en");
    append(&log, 1, "to");
    log.append(1, key(2).as_bytes(), None).unwrap();
    let seen = Seen::default();
    let consumer = consumer(&log).start(seen.handler()).await.unwrap();

    until("all of it", || consumer.metrics().handled == 3).await;
    let mut handled = seen.0.lock().unwrap().clone();
    handled.sort();
    assert_eq!(handled, [(0, 0, Some("en".to_owned())), (0, 1, Some("to".to_owned())), (1, 0, None)]);
    let metrics = consumer.metrics();
    let committable: Vec<_> = metrics.partitions.iter().map(|it| it.committable_offset).collect();
    assert_eq!((committable, metrics.lag(), metrics.resets), (vec![Some(2), Some(1)], Some(0), 0));
    assert!(consumer.health().is_live() && consumer.is_live(LIMIT));
    let handle = consumer.handle();
    consumer.shutdown().await.unwrap();
    assert!(!handle.is_live(LIMIT) && handle.failure().is_none());
}

#[tokio::test]
async fn a_consumer_over_a_source_begins_at_the_positions_it_is_given_and_reads_partitions_that_are_added() {
    let log = log(1);
    (0..5).for_each(|number| {
        append(&log, number, &number.to_string());
    });
    let seen = Seen::default();
    let consumer = consumer(&log).positions([(0, 3)]).start(seen.handler()).await.unwrap();
    until("two", || consumer.metrics().handled == 2).await;
    let added = log.add_partition();
    log.append(added, key(9).as_bytes(), Some(value(9, "ny").as_bytes())).unwrap();

    until("the added one", || consumer.metrics().handled == 3).await;
    let names: BTreeSet<String> = seen.names().into_iter().collect();
    assert_eq!(names, ["3", "4", "ny"].map(str::to_owned).into());
    assert_eq!(consumer.metrics().resets, 0);
}

#[tokio::test]
async fn a_topic_that_was_made_anew_is_handled_from_its_start_with_fewer_records_and_with_more() {
    for records in [10, 100] {
        let log = log(1);
        (0..50).for_each(|number| {
            append(&log, number, "gammel");
        });
        let seen = Seen::default();
        let consumer = consumer(&log).start(seen.handler()).await.unwrap();
        until("the old ones", || consumer.metrics().handled == 50).await;
        log.recreate(1);
        (0..records).for_each(|number| {
            append(&log, number, "ny");
        });

        let all: BTreeSet<i64> = (0..i64::from(records)).collect();
        let new = || -> BTreeSet<i64> {
            let seen = seen.0.lock().unwrap();
            seen.iter()
                .filter(|(.., navn)| navn.as_deref() == Some("ny"))
                .map(|(_, offset, _)| *offset)
                .collect()
        };
        until("all of the new ones", || new() == all).await;
        until("the position", || {
            consumer.metrics().partitions[0].committable_offset == Some(i64::from(records))
        })
        .await;
        assert!(consumer.metrics().resets >= 1);
        consumer.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn records_that_are_deleted_before_they_are_read_are_counted_and_the_rest_is_handled() {
    let log = log(1);
    (0..20).for_each(|number| {
        append(&log, number, &number.to_string());
    });
    log.delete_records(0, 15).unwrap();
    let seen = Seen::default();
    let consumer = consumer(&log).positions([(0, 5)]).start(seen.handler()).await.unwrap();

    until("the rest", || consumer.metrics().handled == 5).await;
    assert_eq!(seen.names(), ["15", "16", "17", "18", "19"]);
    assert_eq!(consumer.metrics().resets, 1);
}

#[tokio::test]
async fn an_open_transaction_is_a_number_of_its_own() {
    let log = log(1);
    append(&log, 1, "en");
    let transaction = log.begin();
    for number in 2..7 {
        transaction.append(0, key(number).as_bytes(), Some(value(number, "skjult").as_bytes())).unwrap();
    }
    let seen = Seen::default();
    let consumer = consumer(&log).start(seen.handler()).await.unwrap();
    until("the number", || consumer.metrics().unstable() == Some(5)).await;
    until("no lag", || consumer.metrics().lag() == Some(0)).await;
    transaction.commit();
    until("the rest", || consumer.metrics().handled == 6 && consumer.metrics().unstable() == Some(0)).await;
}

#[tokio::test]
async fn a_partition_where_too_many_wait_takes_no_more_and_goes_on() {
    let log = log(1);
    (0..200).for_each(|number| {
        append(&log, number % 100, "n");
    });
    let (open, is_open) = tokio::sync::watch::channel(false);
    let handler = move |_: Event<T>| {
        let mut is_open = is_open.clone();
        async move { is_open.wait_for(|it| *it).await.map(|_| ()).map_err(|error| error.to_string()) }
    };
    let consumer = consumer(&log).max_in_flight(20, 1_000_000).start(handler).await.unwrap();
    until("full", || consumer.metrics().partitions.first().is_some_and(|it| it.paused)).await;
    assert_eq!(consumer.metrics().waiting(), 20);
    open.send(true).unwrap();
    until("all of it", || consumer.metrics().handled == 200).await;
}

// Panics.

struct Mean;

impl fmt::Display for Mean {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in Display")
    }
}

#[tokio::test]
async fn whatever_of_the_callers_code_panics_the_event_is_handled_again_and_no_worker_dies() {
    let log = log(1);
    (0..60).for_each(|number| {
        append(&log, number, "n");
    });
    let failures = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&failures);
    let handler = |event: Event<T>| {
        assert!(event.attempt() != 1 || event.offset() % 3 != 0, "at once");
        async move {
            tokio::task::yield_now().await;
            assert!(event.attempt() != 1 || event.offset() % 3 != 1, "later");
            if event.attempt() == 1 { Err(Mean) } else { Ok(()) }
        }
    };
    let consumer = consumer(&log)
        .concurrency(2)
        .on_failure(move |failure| {
            counted.fetch_add(1, Ordering::Relaxed);
            assert_eq!(failure.cause, "a panic");
            panic!("in on_failure");
        })
        .start(handler)
        .await
        .unwrap();

    until("all of it", || consumer.metrics().handled == 60).await;
    assert_eq!((failures.load(Ordering::Relaxed), consumer.metrics().retried), (60, 60));
    assert!(consumer.failure().is_none());
    consumer.shutdown().await.unwrap();
}

/// A source that panics when it is told to.
struct Panicking(crate::source::memory_log::MemorySource, Arc<AtomicBool>);

impl Source for Panicking {
    fn topic(&self) -> &str {
        self.0.topic()
    }
    fn describe(&mut self) -> Result<TopicDescription, Error> {
        self.0.describe()
    }
    fn assign(&mut self, positions: &std::collections::BTreeMap<i32, i64>) -> Result<(), Error> {
        self.0.assign(positions)
    }
    fn poll(&mut self, timeout: Duration, batch: &mut Batch) -> Result<(), Error> {
        assert!(!self.1.load(Ordering::Relaxed), "the source is told to panic");
        self.0.poll(timeout, batch)
    }
    fn settings(&mut self) -> Settings {
        self.0.settings()
    }
}

#[tokio::test]
async fn a_panic_in_the_thread_that_reads_fails_the_consumer() {
    let log = log(1);
    let panics = Arc::new(AtomicBool::new(false));
    let source = Panicking(log.source(), Arc::clone(&panics));
    let consumer = EventConsumer::<T>::over(source).start(Seen::default().handler()).await.unwrap();
    panics.store(true, Ordering::Relaxed);

    let error = tokio::time::timeout(LIMIT, consumer.failed()).await.unwrap();
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(consumer.health().is_failed() && consumer.failure().is_some());
    assert!(consumer.shutdown().await.is_err());
}

#[tokio::test]
async fn a_source_that_fails_fails_the_consumer_after_what_had_come() {
    let log = log(1);
    append(&log, 1, "en");
    let seen = Seen::default();
    let consumer = consumer(&log).start(seen.handler()).await.unwrap();
    until("the first", || consumer.metrics().handled == 1).await;
    log.fail_at_poll(1, "the client is broken");
    append(&log, 2, "to");

    let error = tokio::time::timeout(LIMIT, consumer.failed()).await.unwrap();
    assert!(error.to_string().contains("the client is broken"), "{error}");
}

// Records that cannot be decoded.

#[tokio::test]
async fn a_record_that_cannot_be_decoded_stops_the_consumer_and_a_tombstone_of_an_unreadable_key_does_not() {
    let log = log(1);
    log.append(0, b"not a key", None).unwrap();
    append(&log, 1, "en");
    log.append(0, key(2).as_bytes(), Some(br#"{"id": "Kari Nordmann"}"#)).unwrap();
    append(&log, 3, "etter");
    let seen = Seen::default();
    let consumer = consumer(&log).start(seen.handler()).await.unwrap();

    let error = tokio::time::timeout(LIMIT, consumer.failed()).await.unwrap();
    assert_eq!(error.undecodable().map(|it| it.offset), Some(2), "{error}");
    assert!(!error.to_string().contains("Kari"), "{error}");
    assert_eq!(seen.names(), ["en"]);
    let metrics = consumer.metrics();
    assert_eq!((metrics.undecodable, metrics.unreadable_tombstones), (1, 1));
}

#[tokio::test]
async fn a_record_whose_key_cannot_be_read_is_handled_by_the_policy_if_it_has_a_value() {
    let log = log(1);
    log.append(0, b"not a key", Some(value(1, "en").as_bytes())).unwrap();
    append(&log, 1, "to");
    let folder = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let policy = OnPoison::Quarantine(folder.path().to_owned());
    let consumer = consumer(&log).on_poison(policy).start(seen.handler()).await.unwrap();

    until("the good one", || {
        consumer.metrics().partitions.first().is_some_and(|it| it.committable_offset == Some(2))
    })
    .await;
    assert_eq!(seen.names(), ["to"]);
    assert_eq!((consumer.metrics().undecodable, consumer.metrics().unreadable_tombstones), (1, 0));
    assert!(folder.path().join("siste-tiltakstyper-v3.0.0.value").exists());
}

// The end.

#[tokio::test]
async fn a_shutdown_takes_its_timeout_once_when_a_handler_does_not_end() {
    let log = log(1);
    append(&log, 1, "en");
    let begun = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&begun);
    let handler = move |_: Event<T>| {
        noted.store(true, Ordering::Relaxed);
        std::future::pending::<Result<(), String>>()
    };
    let timeout = Duration::from_secs(1);
    let consumer = consumer(&log).shutdown_timeout(timeout).start(handler).await.unwrap();
    until("begun", || begun.load(Ordering::Relaxed)).await;

    let start = Instant::now();
    let handle = consumer.handle();
    consumer.shutdown().await.unwrap();
    assert!(start.elapsed() < timeout + Duration::from_millis(300), "{:?}", start.elapsed());
    assert!(start.elapsed() >= timeout / 2, "{:?}", start.elapsed());
    assert_eq!(handle.metrics().abandoned, 1);
}

#[tokio::test]
async fn the_longest_durations_mean_for_ever_and_the_shortest_at_once() {
    for duration in [Duration::MAX, Duration::ZERO] {
        let log = log(1);
        append(&log, 1, "en");
        append(&log, 2, "to");
        let seen = Seen::default();
        let failing = seen.clone();
        // The first record always fails: it waits for ever, or is there again at once. The second one goes on.
        let handler = move |event: Event<T>| {
            failing.note(&event);
            std::future::ready(if event.offset() == 0 { Err("not now") } else { Ok(()) })
        };
        let consumer = EventConsumer::over(log.source())
            .metadata_refresh_interval(duration)
            .back_off(duration, duration)
            .commit_interval(duration)
            .authorization_grace(duration)
            .shutdown_timeout(duration)
            .start(handler)
            .await
            .unwrap();

        let names = || seen.names().into_iter().collect::<BTreeSet<_>>();
        until("both", || names() == ["en".to_owned(), "to".to_owned()].into()).await;
        until("the second is handled", || consumer.metrics().handled == 1).await;
        assert_eq!(consumer.failure().map(|it| it.to_string()), None);
        consumer.is_live(duration);
        if duration == Duration::ZERO {
            consumer.shutdown().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_consumer_that_is_dropped_ends_what_it_handles_and_commits_nothing() {
    let log = log(1);
    append(&log, 1, "en");
    let token = Arc::new(());
    let held = Arc::clone(&token);
    let handler = move |_: Event<T>| {
        let held = Arc::clone(&held);
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok::<_, String>(())
        }
    };
    let consumer = consumer(&log).start(handler).await.unwrap();
    until("begun", || Arc::strong_count(&token) == 3).await;
    let handle = consumer.handle();
    drop(consumer);

    until("ended", || Arc::strong_count(&token) == 1).await;
    assert_eq!(handle.metrics().handled, 0);
}
