//! What was put in the outbox, by transactions that were committed: a table beside it, which a trigger fills.

use anyhow::Result;
use sqlx::{AnyConnection, Connection as _, Row as _};

use super::StoreKind;

const TABLE: &str = "CREATE TABLE fault_journal (id BIGINT PRIMARY KEY, change_id BIGINT NOT NULL, \
    topic TEXT NOT NULL, record_key TEXT NOT NULL, record_value TEXT)";
const SQLITE: &[&str] =
    &["CREATE TRIGGER fault_journal AFTER INSERT ON outbox BEGIN INSERT INTO fault_journal \
    SELECT NEW.change_id * 1000000 + key, NEW.change_id, value ->> 0, value ->> 1, value ->> 2 \
    FROM json_each(NEW.records); END"];
const POSTGRES: &[&str] = &[
    "CREATE FUNCTION fault_journal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO fault_journal \
     SELECT NEW.change_id * 1000000 + place, NEW.change_id, record ->> 0, record ->> 1, record ->> 2 \
     FROM json_array_elements(NEW.records::JSON) WITH ORDINALITY AS records (record, place); RETURN NULL; END $$",
    "CREATE TRIGGER fault_journal AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION fault_journal()",
    // Some commits are slow, as on a busy disk: changes with higher ids are to be seen before theirs.
    "CREATE FUNCTION fault_slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF NEW.change_id % 5 = 0 THEN PERFORM pg_sleep(0.05); END IF; RETURN NULL; END $$",
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
    let rows =
        sqlx::query("SELECT id, change_id, topic, record_key, record_value FROM fault_journal ORDER BY id")
            .fetch_all(&mut connection)
            .await?;
    connection.close().await?;
    let entry = |row: &sqlx::any::AnyRow| -> Result<Entry, sqlx::Error> {
        Ok(Entry {
            id: row.try_get(0)?,
            change: row.try_get(1)?,
            topic: row.try_get(2)?,
            key: row.try_get(3)?,
            value: row.try_get(4)?,
        })
    };
    Ok(rows.iter().map(entry).collect::<Result<_, _>>()?)
}
