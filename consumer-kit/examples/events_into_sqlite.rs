//! `arena-migrering-tiltaksgjennomforinger-v1` into an SQLite database: each record's write and its offset in one
//! transaction, so that a record that comes again changes nothing. That is exactly once on the reader's side, for as long as
//! the topic is not deleted and made anew: its offsets then begin again, `EventMetrics::resets` counts it, and the table
//! `applied` has to be emptied. Needs no broker.
//!
//! `cargo run -p tiltak-consumer-kit --features fixtures --example events_into_sqlite`

mod common;

use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;
use tiltak_consumer_kit::{Event, EventConsumer};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::topic::Record;

const TABLES: &str = "
    create table gjennomforing (id text primary key, navn text not null);
    create table applied (id text primary key, part integer not null, next_offset integer not null);
";

/// Applies a record, unless it was applied before. The offset is kept for each key: several keys are handled at once.
async fn save(
    pool: SqlitePool,
    event: Event<ArenaMigreringTiltaksgjennomforingerV1>,
) -> Result<(), sqlx::Error> {
    let id = event.record().key().to_string();
    let mut transaction = pool.begin().await?;
    let applied = sqlx::query(
        "insert into applied (id, part, next_offset) values ($1, $2, $3)
         on conflict (id) do update set part = $2, next_offset = $3
         where applied.part <> $2 or applied.next_offset < $3",
    )
    .bind(&id)
    .bind(event.partition())
    .bind(event.offset() + 1)
    .execute(&mut *transaction)
    .await?;
    if applied.rows_affected() == 0 {
        return Ok(()); // it comes again, after a restart
    }
    match event.record() {
        Record::Upsert { value, .. } => {
            let statement = "insert into gjennomforing (id, navn) values ($1, $2)
                             on conflict (id) do update set navn = $2";
            sqlx::query(statement).bind(&id).bind(&value.navn).execute(&mut *transaction).await?;
        }
        Record::Tombstone { .. } => {
            let statement = "delete from gjennomforing where id = $1";
            sqlx::query(statement).bind(&id).execute(&mut *transaction).await?;
        }
    }
    transaction.commit().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    let log = common::filled::<ArenaMigreringTiltaksgjennomforingerV1>(20, 200)?;

    // Twice, as after a restart before anything was committed. With a broker:
    // `EventConsumer::builder(Connection::from_env()?, "my-app")`.
    for _ in 0..2 {
        let writes = pool.clone();
        let consumer =
            EventConsumer::over(log.source()).start(move |event| save(writes.clone(), event)).await?;
        while consumer.metrics().handled < 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        consumer.shutdown().await?;
        let rows: i64 = sqlx::query_scalar("select count(*) from gjennomforing").fetch_one(&pool).await?;
        println!("{rows} gjennomføringer");
    }
    Ok(())
}
