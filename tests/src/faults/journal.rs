//! What was put in the outbox, by transactions that were committed: a table beside it, which a trigger fills.

use anyhow::Result;
use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::kafka_outbox::OutboxRecord;

use super::StoreKind;

const TABLE: &str = "CREATE TABLE fault_journal (change_id BIGINT PRIMARY KEY, records TEXT NOT NULL)";
const SQLITE: &[&str] =
    &["CREATE TRIGGER fault_journal AFTER INSERT ON outbox BEGIN INSERT INTO fault_journal \
    VALUES (NEW.id, NEW.records); END"];
const POSTGRES: &[&str] = &[
    "CREATE FUNCTION fault_journal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO fault_journal \
     VALUES (NEW.id, NEW.records); RETURN NULL; END $$",
    "CREATE TRIGGER fault_journal AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION fault_journal()",
    // Some commits are slow, as on a busy disk: changes with higher ids are to be seen before theirs.
    "CREATE FUNCTION fault_slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF NEW.id % 5 = 0 THEN PERFORM pg_sleep(0.05); END IF; RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER fault_slow_commit AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED \
     FOR EACH ROW EXECUTE FUNCTION fault_slow_commit()",
];

/// A record that was put in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The change, and the place in it: of one key, in the order of the commits.
    pub(super) id: i64,
    pub(super) change: i64,
    pub(super) topic: String,
    pub(super) key: String,
    pub(super) value: Option<String>,
}

/// Makes the table and its triggers, in a database that is migrated.
pub(super) async fn install(url: &str, store: StoreKind) -> Result<()> {
    let mut connection = AnyConnection::connect(url).await?;
    let triggers = match store {
        StoreKind::Sqlite => SQLITE,
        StoreKind::Postgres => POSTGRES,
    };
    for statement in [TABLE].iter().chain(triggers) {
        sqlx::raw_sql(*statement).execute(&mut connection).await?;
    }
    Ok(connection.close().await?)
}

/// Everything that was put in the outbox so far.
pub(super) async fn read(url: &str) -> Result<Vec<Entry>> {
    let mut connection = AnyConnection::connect(url).await?;
    let changes: Vec<(i64, String)> =
        sqlx::query_as("SELECT change_id, records FROM fault_journal ORDER BY change_id")
            .fetch_all(&mut connection)
            .await?;
    connection.close().await?;
    let mut entries = Vec::new();
    for (change, records) in changes {
        let rows = OutboxRecord::decode_all(&records, change).map_err(anyhow::Error::msg)?;
        for (id, row) in (change * 1_000_000..).zip(rows) {
            entries.push(Entry { id, change, topic: row.topic, key: row.key, value: row.value });
        }
    }
    Ok(entries)
}
