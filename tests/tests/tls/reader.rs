//! The readers of the consumer kit.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tiltak_consumer_kit::{Connection, Error, Event, EventConsumer, OnPoison, Table};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;
use tiltak_tests::kafka::{Authority, Operation, PemFiles, Resource, topic_name};

use crate::{LIMIT, secured, tls_connection};

const GOLDEN: &str =
    include_str!("../../../contracts/topics/siste-tiltakstyper-v3/examples/valid/golden.ndjson");
/// That of a start, with room for a machine that is busy.
const REFUSAL_LIMIT: Duration = Duration::from_secs(15);

/// The topic `siste-tiltakstyper-v3` under a prefix, with one record, which nobody may do anything with but those who
/// are given a right.
struct Guarded {
    prefix: String,
    name: String,
}

impl Guarded {
    async fn create() -> Self {
        let broker = &secured().broker;
        let prefix = format!("{}-", topic_name("guarded"));
        let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
        broker.create_topic(&name, 1, &[("cleanup.policy", "compact")]).await.unwrap();
        let line: serde_json::Value = serde_json::from_str(GOLDEN.lines().next().unwrap()).unwrap();
        let [key, value] = ["key", "value"].map(|it| line[it].as_str().unwrap());
        send(&name, key, value).await;
        broker.allow("somebody", Operation::Read, Resource::Topic(&name)).unwrap();
        Self { prefix, name }
    }

    /// A client with a certificate, and the rights to the topic that it is given.
    fn client(&self, name: &str, rights: &[Operation]) -> Connection {
        for right in rights {
            secured().broker.allow(name, *right, Resource::Topic(&self.name)).unwrap();
        }
        tls_connection(&secured().client(name)).topic_prefix(&self.prefix)
    }

    /// Checks that the error is about a right to the topic, and says what to do.
    fn check(&self, error: &Error) {
        assert!(error.is_forbidden(), "{error}");
        let text = error.to_string();
        assert!(
            text.starts_with(&self.name) && text.contains("needs read access to the topic (its ACL)"),
            "{text}"
        );
    }
}

async fn send(topic: &str, key: &str, value: &str) {
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", secured().broker.bootstrap_servers()).create().unwrap();
    producer.send(FutureRecord::to(topic).key(key).payload(value), LIMIT).await.unwrap();
}

async fn start(connection: Connection) -> Result<Table<SisteTiltakstyperV3>, Error> {
    let start = Instant::now();
    let started = Table::builder(connection).start().await;
    assert!(start.elapsed() < REFUSAL_LIMIT, "only after {:?}", start.elapsed());
    started
}

/// The error of a table, at its start or on the way to being ready.
async fn refusal(connection: Connection) -> Error {
    match start(connection).await {
        Ok(table) => table.ready(REFUSAL_LIMIT).await.unwrap_err(),
        Err(error) => error,
    }
}

/// The error of an event consumer, at its start or soon afterwards.
async fn events_refusal(connection: Connection, group: &str, poison: OnPoison) -> Error {
    let handler = |_: Event<SisteTiltakstyperV3>| std::future::ready(Ok::<_, String>(()));
    match EventConsumer::builder(connection, group).on_poison(poison).start(handler).await {
        Ok(consumer) => tokio::time::timeout(REFUSAL_LIMIT, consumer.failed()).await.unwrap(),
        Err(error) => error,
    }
}

#[tokio::test]
async fn the_right_to_read_is_all_that_a_table_needs() {
    let connection = Guarded::create().await.client("reader", &[Operation::Read]);
    let start = Instant::now();
    // A right is there a moment after it was given.
    let table = loop {
        match self::start(connection.clone()).await {
            Ok(table) => break table,
            Err(error) => assert!(error.is_forbidden() && start.elapsed() < LIMIT, "{error}"),
        }
    };

    table.ready(LIMIT).await.unwrap();

    assert_eq!(table.len(), 1);
}

#[tokio::test]
async fn without_any_right_to_the_topic_a_table_and_an_event_consumer_say_which_they_need() {
    let topic = Guarded::create().await;
    let connection = topic.client("stranger", &[]);

    topic.check(&refusal(connection.clone()).await);
    topic.check(&events_refusal(connection, "a-group", OnPoison::Stop).await);
}

#[tokio::test]
async fn with_the_right_to_describe_alone_a_table_and_an_event_consumer_say_which_they_need() {
    let topic = Guarded::create().await;
    let connection = topic.client("onlooker", &[Operation::Describe]);

    topic.check(&refusal(connection.clone()).await);
    topic.check(&events_refusal(connection, "a-group", OnPoison::Stop).await);
}

#[tokio::test]
async fn an_event_consumer_that_may_not_join_its_group_says_which_right_it_needs() {
    let topic = Guarded::create().await;
    let group = topic_name("group");
    secured().broker.allow("somebody", Operation::Read, Resource::Group(&group)).unwrap();

    let connection = topic.client("outsider", &[Operation::Read]);
    let error = events_refusal(connection, &group, OnPoison::Stop).await;

    assert!(error.is_forbidden(), "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&format!("the group {group} may not be joined")) && text.contains("(its ACL)"),
        "{text}"
    );
}

#[tokio::test]
async fn dead_letters_that_may_not_be_written_stop_the_reader_and_are_named() {
    let (topic, letters) = (Guarded::create().await, Guarded::create().await);
    let connection = topic.client("careful", &[Operation::Read]);
    let (key, bad) = ("59a64a02-efdd-471d-9529-356ff5500001", r#"{"id": "Kari Nordmann"}"#);
    send(&topic.name, key, bad).await;

    let poison = OnPoison::DeadLetter(connection.clone(), letters.name.clone());
    let error = events_refusal(connection, &topic_name("group"), poison).await;

    assert!(error.is_quarantine(), "{error}");
    assert!(error.to_string().starts_with(&letters.name), "{error}");
    assert!(!error.to_string().contains("Kari"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_either_side_refuses_and_a_connection_without_tls_are_told_as_such() {
    let other = Authority::new("another authority").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let stranger = other.client(folder.path(), "stranger").unwrap();
    let known = secured().client("known");
    let not_signed_for_the_broker = PemFiles { ca: known.ca.clone(), ..stranger.clone() };
    let distrustful = PemFiles { ca: stranger.ca, ..known };

    // At once, since each tries until its limit.
    let (refused, distrusted, plain) = tokio::join!(
        refusal(tls_connection(&not_signed_for_the_broker)),
        refusal(tls_connection(&distrustful)),
        refusal(Connection::new(secured().servers())),
    );

    for error in [refused, distrusted] {
        assert!(error.is_untrusted(), "{error}");
        assert!(error.to_string().contains("check the certificates and the key"), "{error}");
    }
    assert!(plain.is_unreachable(), "{plain}");
    assert!(plain.to_string().contains("it may want TLS"), "{plain}");
}
