//! The relay on a real broker: once, in order, all topics of a change together, whatever happens in between.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{BaseProducer, Producer as _};
use tempfile::TempDir;
use tiltak_consumer_kit::{Connection, log};
use tiltak_producer::commands::{EditAvtale, EditGjennomforing};
use tiltak_producer::domain::kodeverk::GjennomforingStatus;
use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::kafka_outbox::{self, BatchLimits, Failpoint, OutboxRecord, RestartReason};
use tiltak_producer::publish::OutgoingRecord;
use tiltak_producer::relay::{Relay, RelayError};
use tiltak_producer::{AvtaleDetails, CommandService, GjennomforingDetails, Relast, Selection, Store, seed};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId};
use tiltak_tests::kafka::{shared, topic_name};

const LIMIT: Duration = Duration::from_mins(1);
const V2: &str = "siste-tiltaksgjennomforinger-v2";
const DATAVAREHUS: &str = "datavarehus-tiltak-v1";

/// The values of a key of a topic, in order.
type Sequences = BTreeMap<(String, String), Vec<Option<String>>>;

/// A seeded database, and a cluster whose topics no other test uses.
struct Setup {
    folder: TempDir,
    store: Store,
    cluster: Cluster,
    prefix: String,
    now: Moment,
}

impl Setup {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
        let now = Moment::at("2026-03-16T08:00:00Z".parse().unwrap()).unwrap();
        let options = seed::Options { scale: 60, ..seed::Options::default() };
        seed::load(&store, &options, now, |_| {}).await.unwrap();
        let prefix = format!("{}-", topic_name("relay"));
        let cluster = Cluster::new(shared().bootstrap_servers()).with_prefix(&prefix);
        cluster.create_topics().await.unwrap();
        Self { folder, store, cluster, prefix, now }
    }

    fn producer(&self) -> CommandService {
        CommandService::new(self.store.clone())
    }

    async fn relay(&self) -> Relay {
        Relay::connect(self.store.clone(), self.cluster.clone()).await.unwrap()
    }

    async fn editable(&self) -> Vec<Gjennomforing> {
        let mut tx = self.store.begin().await.unwrap();
        let all = tx.gjennomforinger(Selection::All, None, u32::MAX).await.unwrap();
        all.into_iter()
            .map(|joined| joined.gjennomforing)
            .filter(|it| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores)
            .collect()
    }

    async fn edit(&self, gjennomforing: &Gjennomforing, antall_plasser: i32) {
        let details = GjennomforingDetails::of(gjennomforing).unwrap();
        let details = GjennomforingDetails { antall_plasser, ..details };
        self.producer().execute(EditGjennomforing { id: gjennomforing.id, details }, self.now).await.unwrap();
    }

    async fn rename_avtale(&self, id: AvtaleId, navn: String) {
        let details = {
            let mut tx = self.store.begin().await.unwrap();
            AvtaleDetails::of(&tx.avtale(id).await.unwrap().unwrap())
        };
        self.producer()
            .execute(EditAvtale { id, details: AvtaleDetails { navn, ..details } }, self.now)
            .await
            .unwrap();
    }

    /// A change with records as they stand.
    async fn enqueue(&self, records: &[(&'static str, &str, Option<&str>)]) {
        let records: Vec<OutgoingRecord> = records
            .iter()
            .map(|(topic, key, value)| OutgoingRecord {
                topic,
                key: (*key).to_owned(),
                value: value.map(str::to_owned),
            })
            .collect();
        let mut tx = self.store.begin().await.unwrap();
        tx.enqueue(records);
        tx.commit().await.unwrap();
    }

    /// Sets how large a batch of a topic may be.
    async fn max_message_bytes(&self, topic: &str, bytes: u32) {
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", shared().bootstrap_servers()).create().unwrap();
        let (name, bytes) = (self.cluster.topic(topic), bytes.to_string());
        let settings = AlterConfig::new(ResourceSpecifier::Topic(&name))
            .set("cleanup.policy", "compact")
            .set("max.message.bytes", &bytes);
        let options = AdminOptions::new().request_timeout(Some(LIMIT));
        admin.alter_configs(&[settings], &options).await.unwrap()[0].as_ref().unwrap();
    }

    /// What a reader of committed records finds on the four topics.
    async fn log(&self) -> Sequences {
        self.read("read_committed").await
    }

    async fn read(&self, isolation: &'static str) -> Sequences {
        let connection = Connection::new(shared().bootstrap_servers())
            .topic_prefix(&self.prefix)
            .set("isolation.level", isolation);
        let read = move || {
            let mut sequences = Sequences::new();
            for topic in tiltak_schema::topics() {
                for record in log::read(&connection, topic.name, LIMIT).unwrap() {
                    let key = (topic.name.to_owned(), String::from_utf8(record.key.unwrap()).unwrap());
                    let value = record.value.map(|value| String::from_utf8(value).unwrap());
                    sequences.entry(key).or_default().push(value);
                }
            }
            sequences
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }
}

fn sequences<'a>(rows: impl IntoIterator<Item = &'a OutboxRecord>) -> Sequences {
    let mut sequences = Sequences::new();
    for row in rows {
        sequences.entry((row.topic.clone(), row.key.clone())).or_default().push(row.value.clone());
    }
    sequences
}

/// Not `assert_eq!`: a difference would print thousands of lines.
fn assert_same(found: &Sequences, expected: &Sequences) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, values) in expected {
        assert_eq!(found[key].len(), values.len(), "{key:?}: lost or twice");
        assert!(found[key] == *values, "{key:?}: in another order");
    }
}

#[tokio::test]
async fn a_change_is_on_all_its_topics_or_on_none() {
    let setup = Setup::new().await;
    setup.producer().relast_gjennomforinger(&Relast::All, |_| {}).await.unwrap();
    let expected = sequences(&setup.store.outbox().records(u32::MAX).await.unwrap());
    let mut relay = setup.relay().await;

    relay.interrupt_at(Failpoint::Sent);
    let error = relay.drain(|_| {}).await.unwrap_err();

    assert!(
        matches!(error, RelayError::Outbox(kafka_outbox::RelayError::Interrupted(Failpoint::Sent))),
        "{error}"
    );
    assert_same(&setup.read("read_uncommitted").await, &expected);
    assert!(setup.log().await.is_empty(), "all has arrived, and nothing of it is to be seen");

    drop(relay);
    setup.relay().await.drain(|_| {}).await.unwrap();
    assert_same(&setup.log().await, &expected);
    assert_eq!(setup.store.outbox().record_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_relay_that_dies_anywhere_leaves_nothing_lost_twice_or_in_another_order() {
    let setup = Setup::new().await;
    let editable = setup.editable().await;
    let mut history: BTreeMap<i64, Vec<OutboxRecord>> = BTreeMap::new();
    let mut random = 7_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % below
    };
    let mut version = 0;
    for round in 0..12 {
        for _ in 0..25 {
            version += 1;
            let gjennomforing = &editable[next(editable.len())];
            if next(8) == 0 {
                setup.rename_avtale(gjennomforing.avtale.unwrap(), format!("Avtale {version}")).await;
            } else {
                setup.edit(gjennomforing, version).await;
            }
        }
        let waiting = setup.store.outbox().records(u32::MAX).await.unwrap();
        history.extend(
            waiting
                .chunk_by(|one, other| one.change == other.change)
                .map(|rows| (rows[0].change, rows.to_vec())),
        );
        // Several batches, so that there is one before and one after the fault.
        let mut relay =
            setup.relay().await.with_limits(BatchLimits { records: 40, ..BatchLimits::default() });
        let point = [Failpoint::Sequenced, Failpoint::Sent, Failpoint::Committed][round % 3];
        relay.interrupt_at(point);
        let error = relay.drain(|_| {}).await.unwrap_err();
        assert!(
            matches!(error, RelayError::Outbox(kafka_outbox::RelayError::Interrupted(at)) if at == point),
            "{error}"
        );
    }
    setup.relay().await.drain(|_| {}).await.unwrap();

    assert_same(&setup.log().await, &sequences(history.values().flatten()));
    assert_eq!(setup.store.outbox().record_count().await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_changed_while_the_relay_runs_is_published_once_and_in_order() {
    let setup = Setup::new().await;
    let editable = setup.editable().await;
    let gjennomforinger = &editable[..5];
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut relay = setup.relay().await.with_limits(BatchLimits { records: 10, ..BatchLimits::default() });
    let restarts = relay.restarts();
    let running = async {
        let stopped = async { drop(stopped.await) };
        relay.run(stopped, |error| unreachable!("{error}")).await.unwrap();
    };
    let writing = async {
        for version in 1..=60 {
            for gjennomforing in gjennomforinger {
                setup.edit(gjennomforing, version).await;
            }
        }
        stop.send(()).unwrap();
    };
    tokio::join!(running, writing);
    drop(relay);
    setup.relay().await.drain(|_| {}).await.unwrap();

    assert!(restarts.by_reason().is_empty());
    let log = setup.log().await;
    for gjennomforing in gjennomforinger {
        assert_eq!(places(&log, gjennomforing.id), (1..=60).collect::<Vec<_>>());
        let warehouse = &log[&(DATAVAREHUS.to_owned(), gjennomforing.id.to_string())];
        assert_eq!(warehouse.len(), 60);
    }
}

/// What the topic says of `antallPlasser`, in order.
fn places(log: &Sequences, id: GjennomforingId) -> Vec<i64> {
    log[&(V2.to_owned(), id.to_string())]
        .iter()
        .map(|value| {
            let value: serde_json::Value = serde_json::from_str(value.as_ref().unwrap()).unwrap();
            value["antallPlasser"].as_i64().unwrap()
        })
        .collect()
}

#[tokio::test]
async fn a_second_relay_takes_over_and_the_first_one_stops() {
    let setup = Setup::new().await;
    let gjennomforing = setup.editable().await.remove(0);
    let mut first = setup.relay().await;
    setup.edit(&gjennomforing, 1).await;
    first.drain(|_| {}).await.unwrap();

    let mut second = setup.relay().await;
    setup.edit(&gjennomforing, 2).await;
    let error = first.drain(|_| {}).await.unwrap_err();

    assert!(error.is_taken_over(), "{error}");
    assert!(error.is_final());
    assert_eq!(first.restarts().by_reason(), BTreeMap::from([(RestartReason::Fenced, 1)]));
    assert_eq!(second.drain(|_| {}).await.unwrap(), setup_records(&setup.log().await, gjennomforing.id));
    setup.edit(&gjennomforing, 3).await;
    second.drain(|_| {}).await.unwrap();
    assert_eq!(places(&setup.log().await, gjennomforing.id), [1, 2, 3]);
    assert!(second.restarts().by_reason().is_empty(), "the first one has not stopped it in turn");
}

/// Topics that a gjennomføring is on.
fn setup_records(log: &Sequences, id: GjennomforingId) -> usize {
    log.keys().filter(|(_, key)| *key == id.to_string()).count()
}

#[tokio::test]
async fn a_relay_that_is_fenced_and_has_no_successor_goes_on() {
    let setup = Setup::new().await;
    let gjennomforing = setup.editable().await.remove(0);
    let mut relay = setup.relay().await;
    setup.edit(&gjennomforing, 1).await;
    relay.drain(|_| {}).await.unwrap();

    // The broker does the same to a transaction that is open for too long.
    let identity = setup.store.outbox().identity().await.unwrap();
    let id = setup.cluster.topic(&format!("tiltak-producer-{identity}"));
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", shared().bootstrap_servers()).set("transactional.id", id);
    let other: BaseProducer = config.create().unwrap();
    other.init_transactions(LIMIT).unwrap();

    setup.edit(&gjennomforing, 2).await;
    relay.drain(|_| {}).await.unwrap();

    assert_eq!(relay.restarts().by_reason(), BTreeMap::from([(RestartReason::Fenced, 1)]));
    assert_eq!(places(&setup.log().await, gjennomforing.id), [1, 2]);
}

#[tokio::test]
async fn the_checkpoint_is_found_behind_an_open_transaction_of_another_database() {
    let one = Setup::new().await;
    let other = Setup { cluster: one.cluster.clone(), prefix: one.prefix.clone(), ..Setup::new().await };
    let key = "59a64a02-efdd-471d-9529-356ff5553a5d";
    let mut relay = one.relay().await;
    let mut hanging = other.relay().await;
    hanging.interrupt_at(Failpoint::Sent);
    other.enqueue(&[(DATAVAREHUS, key, None)]).await;
    hanging.drain(|_| {}).await.unwrap_err();

    one.enqueue(&[(V2, key, None)]).await;
    relay.interrupt_at(Failpoint::Committed);
    relay.drain(|_| {}).await.unwrap_err();
    // A reader of committed records sees neither until the open transaction has ended, which a new relay brings about.
    let end_it = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        other.relay().await
    };
    let (mut relay, mut ended) = tokio::join!(one.relay(), end_it);
    relay.drain(|_| {}).await.unwrap();
    ended.drain(|_| {}).await.unwrap();

    let tombstone = |topic: &str| ((topic.to_owned(), key.to_owned()), vec![None]);
    assert_eq!(one.log().await, Sequences::from([tombstone(V2), tombstone(DATAVAREHUS)]));
}

#[tokio::test]
async fn a_database_that_is_older_than_what_is_published_halts_the_relay() {
    let setup = Setup::new().await;
    let gjennomforing = setup.editable().await.remove(0);
    setup.edit(&gjennomforing, 1).await;
    setup.relay().await.drain(|_| {}).await.unwrap();
    setup.store.close().await;
    let database = |name: &str| -> PathBuf { setup.folder.path().join(name) };
    std::fs::copy(database("tiltak.db"), database("copy.db")).unwrap();
    let store = Store::open(&database("tiltak.db")).await.unwrap();
    let setup = Setup { store, ..setup };
    setup.edit(&gjennomforing, 2).await;
    setup.relay().await.drain(|_| {}).await.unwrap();

    let restored = Store::open(&setup.folder.path().join("copy.db")).await.unwrap();
    let setup = Setup { store: restored, ..setup };
    setup.edit(&gjennomforing, 3).await;
    let error = Relay::connect(setup.store.clone(), setup.cluster.clone()).await.err().unwrap();

    assert!(
        matches!(
            error,
            RelayError::Checkpoint(kafka_outbox::RelayError::CheckpointAhead {
                checkpoint: 2,
                sequence: 1,
                ..
            })
        ),
        "{error}"
    );
    assert!(error.is_final());
    assert!(error.to_string().contains("restored from a copy"), "{error}");
    assert_eq!(places(&setup.log().await, gjennomforing.id), [1, 2]);
    assert!(setup.store.outbox().record_count().await.unwrap() > 0, "nothing is skipped");
}

#[tokio::test]
async fn topics_other_than_those_that_a_database_has_published_to_halt_the_relay_until_the_checkpoint_is_reset()
 {
    let setup = Setup::new().await;
    let gjennomforing = setup.editable().await.remove(0);
    setup.edit(&gjennomforing, 1).await;
    setup.relay().await.drain(|_| {}).await.unwrap();
    setup.edit(&gjennomforing, 2).await;
    let prefix = format!("{}-", topic_name("relay"));
    let cluster = Cluster::new(shared().bootstrap_servers()).with_prefix(&prefix);
    cluster.create_topics().await.unwrap();
    let setup = Setup { cluster, prefix, ..setup };

    let error = Relay::connect(setup.store.clone(), setup.cluster.clone()).await.err().unwrap();
    assert!(
        matches!(
            error,
            RelayError::Checkpoint(kafka_outbox::RelayError::CheckpointBehind {
                checkpoint: 0,
                published: 1,
                ..
            })
        ),
        "{error}"
    );
    assert!(error.is_final());
    assert!(error.to_string().contains("relast everything"), "{error}");
    assert_eq!(setup.log().await, Sequences::new(), "the second edit would have come without the first");
    assert!(setup.store.outbox().record_count().await.unwrap() > 0, "nothing is skipped");

    // What the message says.
    setup.store.outbox().reset_checkpoint().await.unwrap();
    let ids: Vec<_> = setup.editable().await.iter().map(|it| it.id).collect();
    setup.producer().relast_everything(|_| {}).await.unwrap();
    setup.relay().await.drain(|_| {}).await.unwrap();

    let log = setup.log().await;
    assert!(ids.iter().all(|id| log.contains_key(&(V2.to_owned(), id.to_string()))));
    assert_eq!(places(&log, gjennomforing.id).last(), Some(&2));
}

#[tokio::test]
async fn a_record_that_breaks_its_contract_is_parked_its_key_waits_and_others_go_on() {
    const A: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";
    const B: &str = "6fb921d6-0a87-4b8a-82a4-067477c1e113";
    let setup = Setup::new().await;
    setup.enqueue(&[(V2, A, None)]).await;
    setup.enqueue(&[(V2, A, None), (DATAVAREHUS, A, Some(r#"{"navn": "Kari"}"#))]).await;
    setup.enqueue(&[(V2, B, None)]).await;
    setup.enqueue(&[(V2, A, None)]).await;
    let mut relay = setup.relay().await;

    assert_eq!(relay.drain(|_| {}).await.unwrap(), 2);
    let one = |key: &str| ((V2.to_owned(), key.to_owned()), vec![None]);
    assert_eq!(setup.log().await, Sequences::from([one(A), one(B)]));

    let parked = setup.store.outbox().parked().await.unwrap();
    assert_eq!(
        parked.iter().map(|it| (it.change, it.waits_for)).collect::<Vec<_>>(),
        [(2, None), (4, Some(2))]
    );
    assert!(parked[0].reason.starts_with("datavarehus-tiltak-v1: value"), "{}", parked[0].reason);
    assert!(!parked[0].reason.contains("Kari"), "{}", parked[0].reason);

    setup.store.outbox().retry_parked(2).await.unwrap();
    assert_eq!(relay.drain(|_| {}).await.unwrap(), 0, "it is as bad as before");
    assert_eq!(setup.store.outbox().parked().await.unwrap().len(), 2);

    setup.store.outbox().discard_parked(2).await.unwrap();
    assert_eq!(relay.drain(|_| {}).await.unwrap(), 1);
    assert_eq!(setup.log().await[&(V2.to_owned(), A.to_owned())], [None, None]);
    assert_eq!(setup.store.outbox().record_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_bad_record_among_batches_that_are_under_way_holds_back_its_key_alone() {
    const KEYS: [&str; 2] = ["59a64a02-efdd-471d-9529-356ff5553a5d", "6fb921d6-0a87-4b8a-82a4-067477c1e113"];
    let setup = Setup::new().await;
    for number in 0..20 {
        let bad = (number == 8).then_some(r#"{"navn": "Kari"}"#);
        setup.enqueue(&[(V2, KEYS[number % 2], bad)]).await;
    }
    let mut relay = setup.relay().await.with_limits(BatchLimits { records: 1, ..BatchLimits::default() });

    assert_eq!(relay.drain(|_| {}).await.unwrap(), 4 + 10);
    assert_eq!(setup.store.outbox().parked_len().await.unwrap(), 6);

    setup.store.outbox().discard_parked(9).await.unwrap();
    assert_eq!(relay.drain(|_| {}).await.unwrap(), 5);
    let log = setup.log().await;
    assert_eq!(KEYS.map(|key| log[&(V2.to_owned(), key.to_owned())].len()), [9, 10]);
}

#[tokio::test]
async fn a_record_that_the_broker_refuses_is_parked_its_key_waits_and_others_go_on() {
    const A: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";
    let setup = Setup::new().await;
    let [first, second, ..] = &setup.editable().await[..] else { panic!("two to edit") };
    setup.max_message_bytes(V2, 2_000).await;
    let details = |it: &Gjennomforing| GjennomforingDetails::of(it).unwrap();
    // What does not get smaller by being compressed.
    let mut random = 7_u64;
    let letters = std::iter::repeat_with(|| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from_digit(u32::try_from(random >> 59).unwrap(), 36).unwrap()
    });
    let navn: String = letters.take(6_000).collect();
    setup.edit(second, 1).await;
    let large = GjennomforingDetails { navn, ..details(first) };
    let change = EditGjennomforing { id: first.id, details: large };
    setup.producer().execute(change, setup.now).await.unwrap();
    setup.edit(second, 2).await;
    setup.edit(first, 3).await;
    setup.enqueue(&[(V2, A, None)]).await;
    let mut relay = setup.relay().await;

    relay.drain(|_| {}).await.unwrap();

    let log = setup.log().await;
    assert_eq!(places(&log, second.id), [1, 2]);
    assert_eq!(log[&(V2.to_owned(), A.to_owned())], [None]);
    assert!(!log.contains_key(&(V2.to_owned(), first.id.to_string())));
    let parked = setup.store.parked().await.unwrap();
    assert_eq!(parked.iter().map(|it| it.waits_for.is_some()).collect::<Vec<_>>(), [false, true]);
    assert!(parked[0].reason.contains(&format!("{V2}, key {}", first.id)), "{}", parked[0].reason);
    assert!(parked[0].reason.contains("MessageSizeTooLarge"), "{}", parked[0].reason);

    // The topic takes more now.
    setup.max_message_bytes(V2, 1_048_588).await;
    setup.store.outbox().retry_parked(parked[0].change).await.unwrap();
    relay.drain(|_| {}).await.unwrap();
    assert_eq!(setup.store.outbox().record_count().await.unwrap(), 0);
    assert_eq!(places(&setup.log().await, first.id).len(), 2);
}
