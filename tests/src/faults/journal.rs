//! The journal of the outbox: a table that a trigger fills with every row that a committed transaction put in the outbox. It says which
//! records may be on the topics, and how often.

use anyhow::{Context as _, Result};
use sqlx::{AnyConnection, Connection as _};

use super::setting::StoreKind;

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

const SILENTLY: &str = "UPDATE gjennomforing SET document = REPLACE(document, 'Endring ', 'Taus ')";

/// A change that was put in the outbox. Its id says nothing about the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) change: i64,
    /// Topic, key and value.
    pub(super) records: Vec<(String, String, Option<String>)>,
}

/// Creates the table and its triggers, in a database that is already migrated.
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

/// Everything that was put in the outbox so far, and how many changes are parked.
pub(super) async fn read(url: &str) -> Result<(Vec<Row>, usize)> {
    let mut connection = AnyConnection::connect(url).await?;
    let changes: Vec<(i64, String)> =
        sqlx::query_as("SELECT change_id, records FROM fault_journal").fetch_all(&mut connection).await?;
    let parked: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE parking = 'parked'")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    let mut rows = Vec::new();
    for (change, records) in changes {
        rows.push(Row { change, records: decode(&records)? });
    }
    Ok((rows, usize::try_from(parked)?))
}

/// Decodes the column `records` as `producer/outbox/sql/sqlite.sql` describes it. What the writers make has no tabs in its fields.
fn decode(records: &str) -> Result<Vec<(String, String, Option<String>)>> {
    let record = |line: &str| {
        let mut fields = line.splitn(3, '\t').map(str::to_owned);
        Some((fields.next()?, fields.next()?, fields.next()))
    };
    records.lines().map(|line| record(line).context("a line of the outbox without a key")).collect()
}

/// Changes an entity behind the outbox's back.
pub(super) async fn write_silently(url: &str) -> Result<()> {
    let mut connection = AnyConnection::connect(url).await?;
    sqlx::raw_sql(SILENTLY).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
