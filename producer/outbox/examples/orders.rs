//! An orders table on SQLite whose changes are published to Kafka: exactly once, in order, with the order itself.
//!
//! ```sh
//! cargo run -p kafka-outbox --example orders
//! ```
//!
//! Runs against librdkafka's mock cluster, which it starts in its own process; with `KAFKA_BROKERS=host:port`, against a real
//! one, on which the topics `orders` (any number of partitions) and `outbox-checkpoint` (one, compacted) have to be there.

use anyhow::{Context as _, Result, ensure};
use kafka_outbox::{Outbox, RecordRef, Relay, RelayConfig, TopicSettings, append};
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, Pool};

#[tokio::main]
async fn main() -> Result<()> {
    sqlx::any::install_default_drivers();
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("orders.db").display());
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await?;
    sqlx::raw_sql(
        "PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT NOT NULL)",
    )
    .execute(&pool)
    .await?;
    let outbox = Outbox::new(pool.clone());
    outbox.create_tables().await?;

    for id in 1..=3 {
        save(&pool, &outbox, id, "placed").await?;
    }
    save(&pool, &outbox, 2, "shipped").await?;
    // An order that is not saved is not published either.
    ensure!(save(&pool, &outbox, 3, "").await.is_err(), "an order without a status");
    println!("{} records wait in the outbox", outbox.record_count().await?);

    let mock = MockCluster::new(1)?;
    let brokers = std::env::var("KAFKA_BROKERS").unwrap_or_else(|_| mock.bootstrap_servers());
    for (topic, partitions) in [("orders", 3), ("outbox-checkpoint", 1)] {
        mock.create_topic(topic, partitions, 1)?;
    }
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", brokers);
    let orders = TopicSettings { name: "orders".to_owned(), partitions: None };
    let config = RelayConfig::new(client, [("orders".to_owned(), orders)], "outbox-checkpoint");
    let mut relay = Relay::connect(outbox.clone(), config).await?;

    println!("{} records are published", relay.drain(|_| {}).await?);
    // A service calls `relay.run(stop, …)` instead, and another process that begins stands by: see `Outbox::lease`.
    relay.close().await?;
    println!("{} records wait", outbox.record_count().await?);
    Ok(())
}

/// Saves an order and appends its record, both or neither.
async fn save(pool: &Pool<Any>, outbox: &Outbox, id: i64, status: &str) -> Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query("INSERT INTO orders VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET status = excluded.status")
        .bind(id)
        .bind(status)
        .execute(&mut *tx)
        .await?;
    let (key, value) = (id.to_string(), format!(r#"{{"id":{id},"status":"{status}"}}"#));
    append(&mut *tx, &[RecordRef { topic: "orders", key: &key, value: Some(&value) }], &[]).await?;
    ensure!(!status.is_empty(), "order {id} has no status");
    tx.commit().await.context("the order is not saved")?;
    outbox.wake();
    Ok(())
}
