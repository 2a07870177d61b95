//! A transactional outbox: records that a database transaction appends are published to Kafka exactly once and in order.
//!
//! ```text
//! append (in your transaction) → validate → sequence → send (one Kafka transaction, the checkpoint last) → prune
//! ```
//!
//! It works on SQLite and PostgreSQL through sqlx, and on Kafka through rdkafka (librdkafka).
//!
//! # Where to begin
//! - To append records in a transaction of your own: [`append`], as in the example below.
//! - To publish them: [`RelayConfig`], then [`Relay::connect`] and [`Relay::run`]. `examples/orders.rs` is the whole of it.
//! - To refuse records before they are sent: [`RecordValidator`]. To treat those that were refused: [`ParkedChange`].
//! - To let a second process stand by: [`LeaseWatch`].
//! - To know what is promised and what it costs: the crate's README.
//!
//! # Example: appending
//! ```
//! use kafka_outbox::{Outbox, RecordRef, append};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! sqlx::any::install_default_drivers();
//! let pool = sqlx::any::AnyPoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
//! let outbox = Outbox::new(pool.clone());
//! outbox.create_tables().await?;
//!
//! let mut tx = pool.begin().await?;
//! // … what the application saves …
//! let record = RecordRef { topic: "orders", key: "17", value: Some(r#"{"total": 250}"#) };
//! append(&mut *tx, &[record], &[]).await?;
//! tx.commit().await?;
//! outbox.wake();
//!
//! assert_eq!(outbox.record_count().await?, 1);
//! # Ok(())
//! # }
//! ```

mod backlog;
mod batch;
mod condition;
mod dialect;
mod error;
mod lease;
mod ledger;
mod outbox;
mod parked;
mod record;
mod relay;
mod relay_row;
mod scan_floor;
mod validation;
mod wait;

pub use backlog::Backlog;
pub use batch::{Batch, BatchLimits};
pub use condition::Condition;
pub use error::OutboxError;
pub use lease::{Lease, LeaseStatus, LeaseWatch, Published};
pub use ledger::Reconciliation;
pub use outbox::{AppendConnection, Outbox, append, begin};
pub use parked::ParkedChange;
pub use record::{Headers, OutboxRecord, RecordRef};
pub use relay::{
    Failpoint, Partitioner, PublishedBatch, Relay, RelayConfig, RelayError, RelayObserver, RestartReason,
    Restarts, TopicSettings,
};
pub use validation::RecordValidator;

/// The statements that create the tables on SQLite.
pub const SQLITE_TABLES: &str = include_str!("../sql/sqlite.sql");
/// The statements that create the tables on PostgreSQL.
pub const POSTGRES_TABLES: &str = include_str!("../sql/postgres.sql");
