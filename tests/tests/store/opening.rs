//! What is said of a database that cannot be opened. None of it holds the password.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::{ConnectionLimits, Location, Store, StoreError};
use tiltak_tests::postgres::{ServerKind, shared};

use crate::TestDatabase;

const PASSWORD: &str = "hemmelig-passord";

async fn refused(url: &str) -> StoreError {
    let start = Instant::now();
    let error = Store::connect(&Location::from(url)).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(!format!("{error} {error:?}").contains(PASSWORD), "{error:?}");
    error
}

/// The URL with another password than the right one.
fn with_wrong_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (login, address) = rest.split_once('@').unwrap();
    format!("{scheme}://{}:{PASSWORD}@{address}", login.split(':').next().unwrap())
}

#[tokio::test]
async fn a_server_that_is_away() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&format!("postgres://tiltak:{PASSWORD}@127.0.0.1:{port}/tiltak")).await;
    assert_eq!(
        error.to_string(),
        format!(
            "postgres://tiltak@127.0.0.1:{port}/tiltak: the PostgreSQL server cannot be reached: \
             Connection refused (os error 111); is it running, and are the address and, for TLS, the certificates \
             right?"
        )
    );
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let error = refused(&format!("postgres://tiltak:{PASSWORD}@127.0.0.1:{port}/tiltak")).await;
    assert!(error.to_string().ends_with("no PostgreSQL server answers within 8 s"), "{error}");
}

#[tokio::test]
async fn a_wrong_password() {
    if shared().kind() == ServerKind::Given {
        return; // It may let everybody in.
    }
    let database = TestDatabase::create().await;
    let error = refused(&with_wrong_password(&database.url())).await;
    assert!(matches!(error, StoreError::Login { .. }), "{error}");
    assert!(
        error.to_string().contains("the server does not let this user in (password authentication failed"),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_that_is_not_there() {
    let database = TestDatabase::create().await;
    let url = database.url();
    drop(database);
    let error = refused(&url).await;
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test]
async fn a_user_who_may_not_create_tables() {
    let database = TestDatabase::create().await;
    let mut owner = AnyConnection::connect(&database.url()).await.unwrap();
    sqlx::query("REVOKE CREATE ON SCHEMA public FROM PUBLIC").execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();

    // A role of every server, with few rights.
    let error = refused(&format!("{}&options[role]=pg_monitor", database.url())).await;

    assert!(matches!(error, StoreError::Forbidden { .. }), "{error}");
    assert!(error.to_string().contains("GRANT CREATE ON SCHEMA public TO"), "{error}");
}

#[tokio::test]
async fn a_url_that_cannot_be_read() {
    for (url, expected) in [
        ("mysql://tiltak:hemmelig-passord@localhost/tiltak", "expected postgres://, found mysql://"),
        ("postgres://tiltak:hemmelig-passord@localhost:port/tiltak", "invalid port number"),
        ("postgres://tiltak:hemmelig-passord/1@localhost/tiltak", "invalid port number"),
        ("postgres://tiltak:1/hemmelig-passord@localhost/tiltak", "have to be percent-encoded"),
    ] {
        let error = refused(url).await;
        assert!(matches!(error, StoreError::Url(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn programs_that_start_at_once_migrate_one_after_the_other() {
    let database = TestDatabase::create().await;
    let limits = ConnectionLimits { connections: 1, ..ConnectionLimits::default() };
    let location = database.location();
    let open = || Store::connect_with(&location, &limits);

    let opened = tokio::join!(open(), open(), open());

    for store in [opened.0, opened.1, opened.2] {
        let store = store.unwrap();
        assert_eq!(store.outbox().record_count().await.unwrap(), 0);
        store.close().await;
    }
}
