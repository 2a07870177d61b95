//! Events on a real broker: what is handled, in which order, and what comes again.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod killed;

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, FutureRecord, Producer};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use tiltak_consumer_kit::{
    Connection, Event, EventBuilder, EventConsumer, EventMetrics, HandlerFailure, OnPoison,
};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::{Record, Topic};
use tiltak_tests::kafka::{shared, topic_name};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const LIMIT: Duration = Duration::from_secs(30);

type Tiltakstype = Event<SisteTiltakstyperV3>;
type Consumer3 = EventConsumer<SisteTiltakstyperV3>;

/// The topic `siste-tiltakstyper-v3` and a group that no other test uses.
struct TestTopic {
    prefix: String,
    name: String,
    producer: FutureProducer,
}

impl TestTopic {
    async fn create(partitions: i32) -> Self {
        let prefix = format!("{}-", topic_name("events"));
        let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
        shared().create_topic(&name, partitions, &[("cleanup.policy", "compact")]).await.unwrap();
        Self { prefix, name, producer: client().create().unwrap() }
    }

    fn connection(&self) -> Connection {
        Connection::new(shared().bootstrap_servers()).topic_prefix(&self.prefix)
    }

    fn consumer(&self) -> EventBuilder<SisteTiltakstyperV3> {
        EventConsumer::from(self.connection(), &self.prefix)
            .back_off(Duration::from_millis(20), Duration::from_millis(100))
    }

    async fn send(&self, number: u32, navn: &str) -> (i32, i64) {
        let (key, value) = (key(number), value(number, navn));
        let record = FutureRecord::to(&self.name).key(&key).payload(&value);
        let delivery = self.producer.send(record, LIMIT).await.unwrap();
        (delivery.partition, delivery.offset)
    }

    /// Sends one record of each of `keys` keys, and that so many times over.
    fn send_many(&self, keys: u32, times: u32) {
        let producer: BaseProducer = client().create().unwrap();
        for time in 0..times {
            for number in 0..keys {
                let (key, value) = (key(number), value(number, &time.to_string()));
                producer.send(BaseRecord::to(&self.name).key(&key).payload(&value)).unwrap();
            }
        }
        producer.flush(LIMIT).unwrap();
    }

    fn committed(&self, partition: i32) -> Offset {
        let consumer: BaseConsumer = client().set("group.id", &self.prefix).create().unwrap();
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition(&self.name, partition);
        let committed = consumer.committed_offsets(partitions, LIMIT).unwrap();
        committed.find_partition(&self.name, partition).unwrap().offset()
    }
}

fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", shared().bootstrap_servers()).set("partitioner", "murmur2_random");
    config
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

fn navn(event: &Tiltakstype) -> Option<&str> {
    match event.record() {
        Record::Upsert { value, .. } => Some(&value.navn),
        Record::Tombstone { .. } => None,
    }
}

/// A handler that notes each event.
fn noting(
    to: UnboundedSender<Tiltakstype>,
) -> impl Fn(Tiltakstype) -> std::future::Ready<Result<(), String>> + Send + Sync + 'static {
    move |event| {
        let _ = to.send(event);
        std::future::ready(Ok(()))
    }
}

async fn next(events: &mut UnboundedReceiver<Tiltakstype>) -> Tiltakstype {
    tokio::time::timeout(LIMIT, events.recv()).await.unwrap().unwrap()
}

async fn until(consumer: &Consumer3, condition: impl Fn(&EventMetrics) -> bool) {
    let start = Instant::now();
    while !condition(&consumer.metrics()) {
        assert!(start.elapsed() < LIMIT, "{:?}", consumer.metrics());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_new_group_gets_every_record_with_its_place_and_its_headers() {
    let topic = TestTopic::create(1).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = OwnedHeaders::new()
        .insert(Header { key: "traceparent", value: Some(trace) })
        .insert(Header { key: "empty", value: Option::<&str>::None });
    let (key, value) = (key(1), value(1, "en"));
    let record =
        FutureRecord::to(&topic.name).key(&key).payload(&value).headers(headers).timestamp(1_700_000_000_000);
    topic.producer.send(record, LIMIT).await.unwrap();
    let tombstone = FutureRecord::<str, str>::to(&topic.name).key(&key);
    topic.producer.send(tombstone, LIMIT).await.unwrap();

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    let first = next(&mut events).await;
    let second = next(&mut events).await;

    assert_eq!((first.partition(), first.offset(), first.attempt()), (0, 0, 1));
    assert_eq!((navn(&first), first.timestamp()), (Some("en"), 1_700_000_000_000));
    assert_eq!(first.traceparent(), Some(trace));
    assert_eq!(
        first.headers().collect::<Vec<_>>(),
        [("traceparent", Some(trace.as_bytes())), ("empty", None)]
    );
    assert_eq!((second.offset(), navn(&second)), (1, None), "a tombstone");
    until(&consumer, |it| it.handled == 2 && it.lag() == 0 && it.waiting() == 0).await;
    consumer.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_under_way_and_commits_it() {
    let topic = TestTopic::create(1).await;
    for number in 0..3 {
        topic.send(number, "en").await;
    }
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let save = {
        let (begun, may_end) = (Arc::clone(&begun), Arc::clone(&may_end));
        move |event: Tiltakstype| {
            let (begun, may_end) = (Arc::clone(&begun), Arc::clone(&may_end));
            async move {
                if event.offset() == 2 {
                    begun.notify_one();
                    may_end.notified().await;
                }
                Ok::<_, String>(())
            }
        }
    };
    let consumer = topic.consumer().commit_every(LIMIT * 100).start(save).await.unwrap();
    begun.notified().await;

    let shutdown = tokio::spawn(consumer.shutdown());
    may_end.notify_one();
    shutdown.await.unwrap().unwrap();

    assert_eq!(topic.committed(0), Offset::Offset(3));
    topic.send(9, "ny").await;
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    assert_eq!(next(&mut events).await.offset(), 3, "nothing comes twice after a shutdown");
    consumer.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_was_not_committed_before_an_abrupt_stop_comes_again_and_nothing_is_lost() {
    let topic = TestTopic::create(2).await;
    topic.send_many(50, 2);
    let (to, mut events) = unbounded_channel();
    let stuck = key(7);
    let save = {
        let stuck = stuck.clone();
        move |event: Tiltakstype| {
            let (to, is_stuck) = (to.clone(), event.key().to_string() == stuck);
            async move {
                if is_stuck {
                    pending::<()>().await;
                }
                let _ = to.send(event);
                Ok::<_, String>(())
            }
        }
    };
    // Whoever stops abruptly may not get to leave the group, which then waits for as long as this.
    let connection = topic.connection().set("session.timeout.ms", "6000");
    let builder = || EventConsumer::from(connection.clone(), &topic.prefix);
    let consumer = builder().commit_every(Duration::from_millis(20)).start(save).await.unwrap();
    let mut handled = BTreeSet::new();
    while handled.len() < 60 {
        let event = next(&mut events).await;
        handled.insert((event.partition(), event.offset()));
    }

    drop(consumer);
    // What else it had handled and may have committed: that does not come again.
    while let Some(event) = tokio::time::timeout(LIMIT, events.recv()).await.unwrap() {
        handled.insert((event.partition(), event.offset()));
    }
    let (to, mut events) = unbounded_channel();
    let consumer = builder().start(noting(to)).await.unwrap();
    let mut again = BTreeMap::<_, Vec<i64>>::new();
    while handled.len() < 100 || !again.contains_key(&stuck) {
        let event = next(&mut events).await;
        handled.insert((event.partition(), event.offset()));
        again.entry(event.key().to_string()).or_default().push(event.offset());
    }

    assert!(again[&stuck].is_sorted(), "{again:?}");
    until(&consumer, |it| it.waiting() == 0).await;
    consumer.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_key_that_fails_holds_up_its_own_later_records_and_no_others() {
    let topic = TestTopic::create(1).await;
    topic.send_many(20, 3);
    let failing = Arc::new(AtomicBool::new(true));
    let (to, mut events) = unbounded_channel();
    let (bad, still) = (key(0), Arc::clone(&failing));
    let failures = Arc::new(Mutex::new(Vec::<HandlerFailure>::new()));
    let noted = Arc::clone(&failures);
    let save = move |event: Tiltakstype| {
        let fails = event.key().to_string() == bad && still.load(Ordering::SeqCst);
        assert!(!fails || event.attempt().is_multiple_of(2), "a panic is a failure too");
        if !fails {
            let _ = to.send(event);
        }
        std::future::ready(if fails { Err("the database is away") } else { Ok(()) })
    };
    let consumer = topic
        .consumer()
        .concurrency(2)
        .commit_every(Duration::from_millis(20))
        .on_failure(move |failure| noted.lock().unwrap().push(failure.clone()))
        .start(save)
        .await
        .unwrap();

    for _ in 0..57 {
        assert_ne!(next(&mut events).await.key().to_string(), key(0));
    }
    until(&consumer, |it| it.retried > 4).await;
    let metrics = consumer.metrics();
    assert_eq!((metrics.handled, metrics.waiting()), (57, 3));
    assert_eq!(metrics.partitions[0].handled_before, 0, "nothing is committed past it");
    assert_eq!(topic.committed(0), Offset::Offset(0));
    failing.store(false, Ordering::SeqCst);
    for time in ["0", "1", "2"] {
        let event = next(&mut events).await;
        assert_eq!((event.key().to_string(), navn(&event)), (key(0), Some(time)));
    }
    until(&consumer, |it| it.partitions[0].handled_before == 60).await;
    consumer.shutdown().await.unwrap();
    assert_eq!(topic.committed(0), Offset::Offset(60));
    let failures = failures.lock().unwrap();
    let text = failures[1].to_string();
    let place = format!("{}, partition 0, offset 0, key {}", topic.name, key(0));
    assert!(text.starts_with(&place) && text.contains("the database is away"), "{text}");
    assert_eq!(failures[0].cause, "a panic");
}

#[tokio::test]
async fn two_members_with_a_rebalance_in_the_middle_lose_nothing_and_keep_the_order_of_each_key() {
    let topic = TestTopic::create(4).await;
    topic.send_many(40, 10);
    let (to, mut events) = unbounded_channel::<(u8, Tiltakstype)>();
    // Each takes a moment, so that the second member comes while the first is at work.
    let save = |member: u8| {
        let to = to.clone();
        move |event: Tiltakstype| {
            let to = to.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                let _ = to.send((member, event));
                Ok::<_, String>(())
            }
        }
    };
    let first = topic.consumer().concurrency(2).start(save(1)).await.unwrap();
    let mut seen = vec![tokio::time::timeout(LIMIT, events.recv()).await.unwrap().unwrap()];

    let second = topic.consumer().concurrency(2).start(save(2)).await.unwrap();
    until(&second, |it| it.partitions.len() == 2).await;
    // After the rebalance too there is something for both.
    topic.send_many(40, 10);
    let handled = |seen: &[(u8, Tiltakstype)]| {
        seen.iter().map(|(_, event)| (event.partition(), event.offset())).collect::<BTreeSet<_>>().len()
    };
    while handled(&seen) < 800 {
        seen.push(tokio::time::timeout(LIMIT, events.recv()).await.unwrap().unwrap());
    }
    first.shutdown().await.unwrap();
    second.shutdown().await.unwrap();

    assert!(seen.iter().any(|(member, _)| *member == 2));
    let mut keys = BTreeMap::<_, Vec<i64>>::new();
    for (_, event) in &seen {
        keys.entry(event.key()).or_default().push(event.offset());
    }
    for (key, offsets) in keys {
        // A partition is left when what is under way is committed, so nothing comes twice either.
        assert!(offsets.is_sorted_by(|a, b| a < b), "{key}: {offsets:?}");
    }
    assert_eq!(seen.len(), 800);
}

#[tokio::test]
async fn a_handler_that_does_not_end_is_dropped_when_its_partition_goes() {
    let topic = TestTopic::create(2).await;
    topic.send_many(20, 1);
    let stuck = |_: Tiltakstype| async {
        pending::<()>().await;
        Ok::<_, String>(())
    };
    let first =
        topic.consumer().concurrency(20).drain_limit(Duration::from_millis(50)).start(stuck).await.unwrap();
    until(&first, |it| it.partitions.len() == 2 && it.waiting() == 20).await;

    let (to, mut events) = unbounded_channel();
    let second = topic.consumer().start(noting(to)).await.unwrap();
    let event = next(&mut events).await;

    assert_eq!(event.offset(), 0, "nothing was committed");
    until(&first, |it| it.partitions.len() == 1 && it.abandoned > 0).await;
    first.shutdown().await.unwrap();
    until(&second, |it| it.handled == 20).await;
    second.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_partition_where_too_many_wait_is_paused_and_goes_on() {
    let topic = TestTopic::create(1).await;
    topic.send_many(100, 5);
    let (open, is_open) = tokio::sync::watch::channel(false);
    let save = move |_: Tiltakstype| {
        let mut is_open = is_open.clone();
        async move { is_open.wait_for(|open| *open).await.map(|_| ()).map_err(|error| error.to_string()) }
    };
    let consumer = topic.consumer().most_waiting(20, 1_000_000).start(save).await.unwrap();

    until(&consumer, |it| it.partitions.first().is_some_and(|it| it.paused)).await;
    assert!(consumer.metrics().waiting() <= 21, "{:?}", consumer.metrics());
    open.send(true).unwrap();
    until(&consumer, |it| it.handled == 500 && it.waiting() == 0).await;

    consumer.shutdown().await.unwrap();
    assert_eq!(topic.committed(0), Offset::Offset(500));
}

#[tokio::test]
async fn a_record_that_cannot_be_decoded_stops_the_consumer_after_what_came_before_it() {
    let topic = TestTopic::create(1).await;
    topic.send_many(30, 1);
    let bad_key = key(3);
    let bad = FutureRecord::to(&topic.name).key(&bad_key).payload(r#"{"id": "Kari Nordmann"}"#);
    topic.producer.send(bad, LIMIT).await.unwrap();
    topic.send(4, "etter").await;

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().concurrency(1).start(noting(to)).await.unwrap();
    let error = tokio::time::timeout(LIMIT, consumer.failed()).await.unwrap();

    let place = format!("{}, partition 0, offset 30, key {}: ", topic.name, key(3));
    assert!(error.is_undecodable() && error.to_string().starts_with(&place), "{error}");
    assert!(!error.to_string().contains("Kari"), "{error}");
    assert_eq!(topic.committed(0), Offset::Offset(30));
    assert_eq!(consumer.metrics().handled, 30);
    drop(consumer);

    while events.recv().await.is_some() {}
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().on_poison(OnPoison::Skip).start(noting(to)).await.unwrap();
    assert_eq!(next(&mut events).await.offset(), 31);
    until(&consumer, |it| it.undecodable == 1 && it.partitions[0].handled_before == 32).await;
    consumer.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_record_that_cannot_be_decoded_goes_to_the_dead_letters_with_headers_that_say_why() {
    let topic = TestTopic::create(1).await;
    let letters = format!("{}letters", topic.prefix);
    shared().create_topic(&letters, 1, &[]).await.unwrap();
    topic.send(1, "en").await;
    let (key, bad) = (key(2), b"\xff\xfe".to_vec());
    topic.producer.send(FutureRecord::to(&topic.name).key(&key).payload(&bad), LIMIT).await.unwrap();
    topic.send(2, "to").await;

    let (to, mut events) = unbounded_channel();
    let consumer = topic
        .consumer()
        .on_poison(OnPoison::DeadLetter(topic.connection(), letters.clone()))
        .start(noting(to))
        .await
        .unwrap();
    let handled = [next(&mut events).await, next(&mut events).await];
    let names: BTreeSet<_> = handled.iter().map(navn).collect();
    assert_eq!(names, [Some("en"), Some("to")].into(), "the key's later records go on");
    until(&consumer, |it| it.undecodable == 1 && it.partitions[0].handled_before == 3).await;
    consumer.shutdown().await.unwrap();

    let reader: BaseConsumer = client().set("group.id", "none").create().unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(&letters, 0, Offset::Beginning).unwrap();
    reader.assign(&from).unwrap();
    let letter = reader.poll(LIMIT).unwrap().unwrap();
    assert_eq!((letter.key(), letter.payload()), (Some(key.as_bytes()), Some(&*bad)));
    let headers: BTreeMap<_, _> = letter
        .headers()
        .unwrap()
        .iter()
        .map(|it| (it.key, String::from_utf8_lossy(it.value.unwrap()).into_owned()))
        .collect();
    assert_eq!(headers["tiltak.topic"], topic.name);
    assert_eq!((&*headers["tiltak.partition"], &*headers["tiltak.offset"]), ("0", "1"));
    assert!(headers["tiltak.found"].contains("UTF-8"), "{headers:?}");
}

#[tokio::test]
async fn a_log_that_ends_in_a_marker_is_committed_to_its_end_and_aborted_records_do_not_come() {
    let topic = TestTopic::create(1).await;
    let producer: BaseProducer = client().set("transactional.id", &topic.name).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    let send = |number: u32| {
        producer.begin_transaction().unwrap();
        let (key, value) = (key(number), value(number, "en"));
        producer.send(BaseRecord::to(&topic.name).key(&key).payload(&value)).unwrap();
        producer.flush(LIMIT).unwrap();
    };
    send(1);
    producer.commit_transaction(LIMIT).unwrap();
    send(2);
    producer.abort_transaction(LIMIT).unwrap();

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    assert_eq!(next(&mut events).await.key().to_string(), key(1));
    until(&consumer, |it| it.lag() == 0 && it.partitions.iter().any(|it| it.handled_before == 4)).await;

    consumer.shutdown().await.unwrap();
    assert_eq!(topic.committed(0), Offset::Offset(4));
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_told_at_the_start() {
    let connection = Connection::new(shared().bootstrap_servers()).topic_prefix("no-such-");
    let started = EventConsumer::<SisteTiltakstyperV3>::from(connection, "no-such-group");

    let error = started.start(|_| std::future::ready(Ok::<_, String>(()))).await.err().unwrap();

    assert!(error.is_missing_topic(), "{error}");
}
