//! Rights of a reader that are taken away, and come back or do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tiltak_consumer_kit::{Event, EventBuilder, EventConsumer, Health, Table, TableBuilder};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;
use tiltak_tests::kafka::{Operation, Resource, topic_name};

use crate::{LIMIT, secured, tls_connection};

type Consumer = EventConsumer<SisteTiltakstyperV3>;

const REFRESH: Duration = Duration::from_millis(300);

/// A topic and a group that everybody may read, until somebody else is given a right to them.
struct Open {
    prefix: String,
    name: String,
    client: String,
    handled: Arc<AtomicU64>,
}

impl Open {
    async fn create() -> Self {
        let prefix = format!("{}-", topic_name("rights"));
        let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
        secured().broker.create_topic(&name, 1, &[("cleanup.policy", "compact")]).await.unwrap();
        let client = topic_name("client");
        Self { prefix, name, client, handled: Arc::default() }
    }

    fn consumer(&self, protocol: &str) -> EventBuilder<SisteTiltakstyperV3> {
        let connection = tls_connection(&secured().client(&self.client)).topic_prefix(&self.prefix);
        EventConsumer::builder(connection.set("group.protocol", protocol), &self.prefix)
            .metadata_refresh_interval(REFRESH)
            .commit_interval(Duration::from_millis(100))
    }

    fn handler(
        &self,
    ) -> impl Fn(Event<SisteTiltakstyperV3>) -> std::future::Ready<Result<(), String>> + use<> {
        let handled = Arc::clone(&self.handled);
        move |_| {
            handled.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok(()))
        }
    }

    async fn send(&self) {
        let brokers = secured().broker.bootstrap_servers();
        let producer: FutureProducer =
            ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
        let key = "59a64a02-efdd-471d-9529-356ff5500001";
        producer.send(FutureRecord::<str, str>::to(&self.name).key(key), LIMIT).await.unwrap();
    }

    /// Waits until so many records more are handled; sends one now and then.
    async fn handles_more(&self, consumer: &Consumer) {
        let (start, before) = (Instant::now(), self.handled.load(Ordering::SeqCst));
        while self.handled.load(Ordering::SeqCst) == before {
            assert!(start.elapsed() < LIMIT, "{:?} {:?}", consumer.health(), consumer.metrics());
            self.send().await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Gives a right to somebody else, and so to nobody else.
    fn take_away(resource: Resource<'_>) {
        secured().broker.allow("somebody", Operation::Read, resource).unwrap();
    }

    fn give_back(&self, resource: Resource<'_>) {
        secured().broker.allow(&self.client, Operation::Read, resource).unwrap();
    }
}

async fn until(consumer: &Consumer, condition: impl Fn(&Health) -> bool) -> Health {
    let start = Instant::now();
    loop {
        let health = consumer.health();
        if condition(&health) {
            return health;
        }
        assert!(start.elapsed() < LIMIT, "{health:?} {:?}", consumer.metrics());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Takes a right away and gives it back; and takes one away for good.
async fn a_right_that_is_taken_away(protocol: &str, of: impl Fn(&Open) -> Resource<'_>) {
    let open = Open::create().await;
    let consumer = open.consumer(protocol).start(open.handler()).await.unwrap();
    open.handles_more(&consumer).await;

    Open::take_away(of(&open));
    // What is handled has to be committed, which tells of the right to the group.
    open.send().await;
    let Health::Stale { reason, .. } = until(&consumer, Health::is_stale).await else { unreachable!() };
    assert!(reason.contains("ACL") || reason.contains("uthorization"), "{reason}");
    assert!(consumer.failure().is_none());
    open.give_back(of(&open));
    open.handles_more(&consumer).await;
    until(&consumer, Health::is_live).await;
    consumer.shutdown().await.unwrap();

    let open = Open::create().await;
    let consumer =
        open.consumer(protocol).authorization_grace(2 * REFRESH).start(open.handler()).await.unwrap();
    open.handles_more(&consumer).await;
    Open::take_away(of(&open));
    open.send().await;
    let error = tokio::time::timeout(LIMIT, consumer.failed()).await.unwrap();
    assert!(error.is_forbidden() && error.to_string().contains("(its ACL)"), "{error}");
    assert!(consumer.health().is_failed());
}

#[tokio::test]
async fn a_right_to_the_topic_that_is_taken_away_is_asked_for_again_and_then_final() {
    a_right_that_is_taken_away("classic", |open| Resource::Topic(&open.name)).await;
}

#[tokio::test]
async fn a_right_to_the_group_that_is_taken_away_is_asked_for_again_and_then_final() {
    a_right_that_is_taken_away("classic", |open| Resource::Group(&open.prefix)).await;
}

#[tokio::test]
async fn a_right_to_the_topic_that_is_taken_away_is_asked_for_again_under_the_new_protocol_too() {
    a_right_that_is_taken_away("consumer", |open| Resource::Topic(&open.name)).await;
}

#[tokio::test]
async fn a_right_to_the_group_that_is_taken_away_is_asked_for_again_under_the_new_protocol_too() {
    a_right_that_is_taken_away("consumer", |open| Resource::Group(&open.prefix)).await;
}

#[tokio::test]
async fn with_the_right_to_describe_alone_an_event_consumer_says_which_it_needs() {
    let open = Open::create().await;
    Open::take_away(Resource::Topic(&open.name));
    secured().broker.allow(&open.client, Operation::Describe, Resource::Topic(&open.name)).unwrap();
    open.send().await;
    let error = match open.consumer("classic").start(open.handler()).await {
        Ok(consumer) => tokio::time::timeout(LIMIT, consumer.failed()).await.unwrap(),
        Err(error) => error,
    };
    assert!(error.is_forbidden(), "{error}");
}

fn table(open: &Open) -> TableBuilder<SisteTiltakstyperV3> {
    let connection = tls_connection(&secured().client(&open.client)).topic_prefix(&open.prefix);
    Table::builder(connection).metadata_refresh_interval(REFRESH)
}

#[tokio::test]
async fn a_table_whose_right_is_taken_away_asks_again_and_then_fails_and_shows_what_it_had() {
    let open = Open::create().await;
    open.send().await;
    let (patient, strict) = (table(&open), table(&open).authorization_grace(2 * REFRESH));
    let (patient, strict) = (patient.start().await.unwrap(), strict.start().await.unwrap());
    patient.ready(LIMIT).await.unwrap();
    strict.ready(LIMIT).await.unwrap();

    Open::take_away(Resource::Topic(&open.name));
    let error = tokio::time::timeout(LIMIT, strict.failed()).await.unwrap();
    assert!(error.is_forbidden() && error.to_string().contains("(its ACL)"), "{error}");
    assert!(strict.health().is_failed() && strict.is_empty());

    let until = async |condition: fn(&Health) -> bool| {
        let start = Instant::now();
        while !condition(&patient.health()) {
            assert!(start.elapsed() < LIMIT, "{:?}", patient.health());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        patient.health()
    };
    let Health::Stale { reason, .. } = until(Health::is_stale).await else { unreachable!() };
    assert!(reason.contains("ACL") || reason.contains("uthorization"), "{reason}");
    assert!(patient.failure().is_none());

    open.give_back(Resource::Topic(&open.name));
    open.send().await;
    patient.barrier(LIMIT).await.unwrap();
    until(Health::is_live).await;
    assert_eq!(patient.counters().tombstones, 2);
}
