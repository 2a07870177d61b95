//! Faults that users of other outboxes, pools and servers have reported.

use sqlx::{AnyConnection, Connection as _};

use super::*;

const LISTENERS: &str =
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'";
const END_LISTENER: &str = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
    WHERE datname = current_database() AND query ILIKE 'LISTEN%'";

async fn count(connection: &mut AnyConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(connection).await.unwrap()
}

/// Oban issue 1499: after the connection for notifications broke, nobody subscribed again, and jobs waited until a restart.
/// Hatchet issue 3694: each new connection for notifications took a place in the pool and never gave it back. sqlx issue 1764:
/// a listener kept the pool from being closed.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_for_notifications_that_breaks_is_made_anew_takes_no_place_and_holds_up_no_end() {
    let setup = Setup::new().await;
    setup.cluster.create_topics().await.unwrap();
    let table = setup.table().await;
    let url = setup.database.url();
    let serving = setup.serve().await;
    serving.until_relay("publishing").await;
    // More often than the pool has connections.
    for _ in 0..12 {
        until(async || {
            let mut admin = AnyConnection::connect(&url).await.unwrap();
            (count(&mut admin, END_LISTENER).await == 1).then_some(())
        })
        .await;
    }
    until(async || {
        let mut admin = AnyConnection::connect(&url).await.unwrap();
        (count(&mut admin, LISTENERS).await == 1).then_some(())
    })
    .await;

    // The changes of another process wake the relay.
    let store = Store::connect(&Location::from(url.as_str())).await.unwrap();
    let other = CommandService::new(store.clone());
    let mut waits = Vec::new();
    for apent in [false, true, false, true, false] {
        let command = SetApentForPamelding { id: setup.gjennomforing.id, apent };
        other.execute(command, Moment::at(jiff::Timestamp::now()).unwrap()).await.unwrap();
        let start = Instant::now();
        setup.until_read(&table, apent).await;
        waits.push(start.elapsed());
    }
    waits.sort_unstable();
    assert!(waits[2] < LOOK / 2, "{waits:?}");
    store.close().await;

    let start = Instant::now();
    serving.stop().await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// Janus issue 4857, of axum: a handler ends where it is when its client goes.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_wait_for_the_answer_leave_whole_changes_and_no_transaction() {
    let setup = Setup::new().await;
    setup.cluster.create_topics().await.unwrap();
    let serving = setup.serve().await;
    serving.until_relay("publishing").await;
    let (address, path) = (serving.address, setup.path());
    spawn_blocking(move || {
        for number in 0..60_u64 {
            let body = json!({ "apent": number % 2 == 0 }).to_string();
            let mut connection = TcpStream::connect(address).unwrap();
            write!(
                connection,
                "PUT {path} HTTP/1.1\r\nhost: it\r\nauthorization: Bearer {TOKEN}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
            std::thread::sleep(Duration::from_millis(number * 3));
        }
    })
    .await
    .unwrap();

    let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND state LIKE 'idle in transaction%'";
    until(async || {
        let mut admin = AnyConnection::connect(&setup.database.url()).await.unwrap();
        (count(&mut admin, open).await == 0).then_some(())
    })
    .await;
    let (status, text) = serving.set_apent(&setup, false, "").await;
    assert_eq!(status, 200, "{text}");
    let version = serde_json::from_str::<Value>(&text).unwrap()["version"].as_i64().unwrap();
    serving.until_measured("tiltak_producer_outbox_pending_records 0").await;
    serving.stop().await;
    // Each version after the first is published once.
    let published = spawn_blocking(move || setup.traces()).await.unwrap().len();
    assert!(published > 1, "{published}");
    assert_eq!(version, 1 + i64::try_from(published).unwrap());
}
