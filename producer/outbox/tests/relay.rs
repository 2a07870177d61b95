//! The relay on librdkafka's mock cluster: what a database that fails in between leads to.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::time::Duration;

use kafka_outbox::{Outbox, RecordRef, Relay, RelayConfig, TopicSettings, append};
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, Pool};
use tempfile::TempDir;

struct Setup {
    _folder: TempDir,
    _cluster: MockCluster<'static, DefaultProducerContext>,
    pool: Pool<Any>,
    outbox: Outbox,
    config: RelayConfig,
}

impl Setup {
    async fn new() -> Self {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("outbox.db").display());
        let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
        sqlx::query("PRAGMA journal_mode = WAL").execute(&pool).await.unwrap();
        let outbox = Outbox::new(pool.clone());
        outbox.create_tables().await.unwrap();
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("orders", 1, 1).unwrap();
        cluster.create_topic("checkpoint", 1, 1).unwrap();
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", cluster.bootstrap_servers());
        let orders = TopicSettings { name: "orders".to_owned(), partitions: Some(1) };
        let config = RelayConfig::new(client, [("orders".to_owned(), orders)], "checkpoint");
        Self { _folder: folder, _cluster: cluster, pool, outbox, config }
    }

    async fn change(&self, key: &str) {
        let mut tx = self.pool.begin().await.unwrap();
        append(&mut *tx, &[RecordRef { topic: "orders", key, value: Some("{}") }], &[]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn run(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(&self.pool).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_and_cannot_be_pruned_is_not_published_again() {
    let setup = Setup::new().await;
    let mut relay = Relay::connect(setup.outbox.clone(), setup.config.clone()).await.unwrap();
    setup.change("a").await;
    setup
        .run("CREATE TRIGGER fails BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'the test wants it'); END")
        .await;

    let mut published = 0;
    let error = relay.drain(|records| published = published.max(records)).await.unwrap_err();

    assert!(error.to_string().contains("the test wants it"), "{error}");
    assert_eq!(published, 1);
    assert_eq!(setup.outbox.record_count().await.unwrap(), 1, "it is still there");
    // Also with more behind it, which is sequenced together with the pruning.
    setup.change("a").await;
    relay.drain(|records| published = published.max(records)).await.unwrap_err();
    assert_eq!(published, 1);

    setup.run("DROP TRIGGER fails").await;
    assert_eq!(relay.drain(|_| {}).await.unwrap(), 1, "the second change alone");
    assert_eq!(setup.outbox.record_count().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_timeout_that_the_client_does_not_take_is_an_error_that_names_it() {
    let setup = Setup::new().await;
    let config = setup.config.clone().transaction_timeout(Duration::MAX);

    let error = Relay::connect(setup.outbox.clone(), config).await.err().unwrap();

    assert!(error.to_string().contains("timeout.ms"), "{error}");
}
