//! The two databases have the same tables.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::{Location, Store};

use crate::TestDatabase;

/// The columns of each table, each with whether it may be null.
type Tables = BTreeMap<String, BTreeMap<String, bool>>;

async fn tables(url: &str, query: &'static str) -> Tables {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let rows: Vec<(String, String, i64)> = sqlx::query_as(query).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let mut tables = Tables::new();
    for (table, column, nullable) in rows {
        tables.entry(table).or_default().insert(column, nullable == 1);
    }
    tables
}

#[tokio::test]
async fn the_tables_of_both_databases_have_the_same_columns() {
    let database = TestDatabase::create().await;
    Store::connect(&database.location()).await.unwrap().close().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tiltak.db");
    Store::connect(&Location::from(&*file)).await.unwrap().close().await;

    let postgres = tables(
        &database.url(),
        "SELECT table_name::text, column_name::text, \
         CASE is_nullable WHEN 'YES' THEN 1::bigint ELSE 0::bigint END FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%'",
    )
    .await;
    let sqlite = tables(
        &format!("sqlite://{}", file.display()),
        "SELECT t.name, c.name, NOT (c.\"notnull\" OR c.pk) FROM sqlite_schema t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'",
    )
    .await;

    assert!(postgres.contains_key("gjennomforing"));
    assert_eq!(postgres, sqlite);
}
