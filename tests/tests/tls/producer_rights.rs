//! Rights that the producer lacks: the error names the right, the resource and the cause.

use std::time::{Duration, Instant};

use tempfile::TempDir;
use tiltak_producer::Store;
use tiltak_producer::kafka::Cluster;
use tiltak_producer::publish::OutgoingRecord;
use tiltak_producer::relay::Relay;
use tiltak_tests::kafka::{Operation, Resource, topic_name};

use crate::producer::tls;
use crate::secured;

const TILTAKSTYPER: &str = "siste-tiltakstyper-v3";
const DATAVAREHUS: &str = "datavarehus-tiltak-v1";
/// A right is taken away with the message that a broker is told of a moment later.
const SOON: Duration = Duration::from_secs(10);
/// A refusal is said three times by then, and nothing has timed out.
const AT_ONCE: Duration = Duration::from_secs(30);

/// Topics that are there, and a user that has all rights until one is taken.
struct Setup {
    _folder: TempDir,
    store: Store,
    cluster: Cluster,
    user: String,
}

impl Setup {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
        let user = topic_name("rights");
        let cluster = Cluster::new(secured().servers())
            .with_prefix(format!("{user}-"))
            .with_tls(tls(&secured().client(&user)));
        cluster.create_topics().await.unwrap();
        Self { _folder: folder, store, cluster, user }
    }

    /// With two records on each of two topics, as one change.
    async fn with_a_change() -> Self {
        let setup = Self::new().await;
        let mut tx = setup.store.begin().await.unwrap();
        for key in ["a", "b"] {
            let tombstone = |topic: &'static str| OutgoingRecord { topic, key: uuid(key), value: None };
            tx.enqueue([tombstone(TILTAKSTYPER), tombstone(DATAVAREHUS)]);
        }
        tx.commit().await.unwrap();
        setup
    }

    /// Leaves the user these rights, and no other. What somebody has a right to is nobody else's.
    fn leave(&self, operations: &[Operation], resource: Resource<'_>) {
        let broker = &secured().broker;
        broker.allow("somebody-else", Operation::Read, resource).unwrap();
        for operation in operations {
            broker.allow(&self.user, *operation, resource).unwrap();
        }
    }

    /// What a relay that connects and publishes ends with.
    async fn error(&self) -> String {
        let start = Instant::now();
        loop {
            let attempt = Instant::now();
            let published =
                async { Relay::connect(self.store.clone(), self.cluster.clone()).await?.drain(|_| {}).await };
            match published.await {
                Err(error) => {
                    let took = attempt.elapsed();
                    eprintln!("after {took:?}: {error}");
                    assert!(took < AT_ONCE, "only after {took:?}: {error}");
                    let error = error.to_string();
                    assert!(!error.contains("create-topics"), "{error}");
                    assert!(!error.contains("Purged"), "{error}");
                    return error;
                }
                Ok(_) => assert!(start.elapsed() < SOON, "it may still do everything"),
            }
        }
    }
}

fn uuid(digit: &str) -> String {
    format!("0000000{digit}-0000-4000-8000-000000000000")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_may_not_be_seen() {
    let setup = Setup::with_a_change().await;
    let topic = setup.cluster.topic(DATAVAREHUS);
    setup.leave(&[], Resource::Topic(&topic));
    let error = setup.error().await;
    assert!(error.starts_with(&format!("the right Describe on the topic {topic} is missing")), "{error}");
    assert!(error.contains("Topic authorization failed"), "{error}");

    let error = setup.cluster.create_topics().await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("the right Describe on the topic {topic} is missing")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_among_others_that_may_not_be_written_to() {
    let setup = Setup::with_a_change().await;
    let topic = setup.cluster.topic(DATAVAREHUS);
    setup.leave(&[Operation::Read], Resource::Topic(&topic));
    let error = setup.error().await;
    assert!(error.starts_with(&format!("the right Write on the topic {topic} is missing")), "{error}");
    assert_eq!(setup.store.outbox().record_count().await.unwrap(), 4, "nothing is lost");
    assert_eq!(setup.store.outbox().parked_len().await.unwrap(), 0, "the records are not to blame");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_taken_away_while_the_relay_publishes() {
    let setup = Setup::with_a_change().await;
    let mut relay = Relay::connect(setup.store.clone(), setup.cluster.clone()).await.unwrap();
    relay.drain(|_| {}).await.unwrap();
    let topic = setup.cluster.topic(TILTAKSTYPER);
    setup.leave(&[Operation::Read], Resource::Topic(&topic));
    let start = Instant::now();
    let error = loop {
        let mut tx = setup.store.begin().await.unwrap();
        tx.enqueue([
            OutgoingRecord { topic: DATAVAREHUS, key: uuid("a"), value: None },
            OutgoingRecord { topic: TILTAKSTYPER, key: uuid("a"), value: None },
        ]);
        tx.commit().await.unwrap();
        match relay.drain(|_| {}).await {
            Ok(_) => assert!(start.elapsed() < SOON, "it may still do everything"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.starts_with(&format!("the right Write on the topic {topic} is missing")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_topic_that_may_not_be_written_to_or_read() {
    let setup = Setup::with_a_change().await;
    let topic = setup.cluster.checkpoint_topic();
    setup.leave(&[Operation::Read], Resource::Topic(&topic));
    let error = setup.error().await;
    assert!(error.starts_with(&format!("the right Write on the topic {topic} is missing")), "{error}");

    let setup = Setup::with_a_change().await;
    let topic = setup.cluster.checkpoint_topic();
    // With something on it to be read.
    Relay::connect(setup.store.clone(), setup.cluster.clone()).await.unwrap().drain(|_| {}).await.unwrap();
    setup.leave(&[Operation::Write], Resource::Topic(&topic));
    let error = setup.error().await;
    assert!(error.starts_with(&format!("the right Read on the topic {topic} is missing")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transactional_id_that_may_not_be_used() {
    let setup = Setup::with_a_change().await;
    let identity = setup.store.outbox().identity().await.unwrap();
    let id = format!("{}{identity}", setup.cluster.topic("tiltak-producer-"));
    for left in [&[][..], &[Operation::Describe]] {
        setup.leave(left, Resource::TransactionalId(&id));
        let error = setup.error().await;
        assert!(
            error.starts_with(&format!("the right Write on the transactional id {id} is missing")),
            "{error}"
        );
    }
}

/// The relay is no member of a group, and asks for no settings of topics that it cannot do without.
#[tokio::test(flavor = "multi_thread")]
async fn no_right_is_needed_to_a_group_or_to_the_settings_of_topics() {
    let setup = Setup::with_a_change().await;
    setup.leave(&[], Resource::Group("kafka-outbox"));
    for topic in tiltak_schema::topics() {
        setup.leave(&[Operation::Write], Resource::Topic(&setup.cluster.topic(topic.name)));
    }
    setup.leave(&[Operation::Read, Operation::Write], Resource::Topic(&setup.cluster.checkpoint_topic()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..2 {
        // The second one reads a checkpoint.
        Relay::connect(setup.store.clone(), setup.cluster.clone())
            .await
            .unwrap()
            .drain(|_| {})
            .await
            .unwrap();
    }
    assert_eq!(setup.store.outbox().record_count().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_may_not_be_created() {
    let setup = Setup::new().await;
    let broker = &secured().broker;
    broker.deny(&setup.user, Operation::Create, Resource::Cluster).unwrap();
    let start = Instant::now();
    let (topic, error) = loop {
        let cluster = setup.cluster.clone().with_prefix(format!("{}-", topic_name("more")));
        let topic = cluster.topic(TILTAKSTYPER);
        setup.leave(&[Operation::Describe], Resource::Topic(&topic));
        match cluster.create_topics().await {
            Ok(_) => assert!(start.elapsed() < SOON, "it may still create them"),
            Err(error) => break (topic, error.to_string()),
        }
    };
    assert!(error.starts_with(&format!("the right Create on the topic {topic} is missing")), "{error}");
    // Those that are there need not be created.
    assert_eq!(setup.cluster.create_topics().await.unwrap(), Vec::<String>::new());
    // Nobody is left with a right to the cluster, so everybody has it again.
    broker.no_longer_deny(&setup.user, Operation::Create, Resource::Cluster).unwrap();
}
