//! What is said of a database that cannot be opened. None of it holds the password.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection as _};
use tiltak_producer::{ConnectionLimits, Location, Store, StoreError};
use tiltak_tests::postgres::{Server, ServerKind, shared};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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

/// An address that leads to a server whose answers come through up to a number of bytes. Then nothing comes, and the
/// connections stay open.
async fn silent_after(server: &Server, bytes: usize) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = server.socket().unwrap();
    let left = Arc::new(AtomicUsize::new(bytes));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (socket, left) = (socket.clone(), left.clone());
            tokio::spawn(async move {
                let server = tokio::net::UnixStream::connect(socket).await.unwrap();
                let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                    (client.into_split(), server.into_split());
                let requests = tokio::io::copy(&mut from_client, &mut to_server);
                let answers = async {
                    let mut buffer = [0; 256];
                    while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
                        if left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(read)).is_err() {
                            std::future::pending::<()>().await;
                        }
                        to_client.write_all(&buffer[..read]).await.unwrap();
                    }
                };
                tokio::select! { _ = requests => {}, () = answers => {} }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_silent_at_any_moment() {
    let server = tokio::task::spawn_blocking(Server::start_killable).await.unwrap().unwrap();
    let short = Duration::from_millis(500);
    let limits =
        ConnectionLimits { connect: short, acquire: short, lock: short, ..ConnectionLimits::default() };
    Store::connect(&Location::from(server.url().as_str())).await.unwrap().close().await;
    let (mut opened, mut bytes) = (false, 500);
    while !opened {
        let url = server.url_through(silent_after(&server, bytes).await).unwrap();
        let location = Location::from(url.as_str());
        let opening = Store::connect_with(&location, &limits);
        match tokio::time::timeout(20 * short, opening).await.expect("it waits for ever") {
            Ok(_) => opened = true,
            Err(error) => assert!(error.is_passing(), "after {bytes} bytes: {error}"),
        }
        bytes += 250;
    }
    assert!(bytes > 2_000, "it went silent at several moments: {bytes}");
}
