//! The service as a process: without a database, without a broker, and at its end.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::StatusCode;
use tiltak_producer::http;
use tiltak_producer::service::{App, Service};
use tokio::sync::oneshot;

use super::{Setup, TOKEN, ask, config};

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn without_a_database_the_service_is_alive_and_not_ready_and_refuses_changes() {
    let router = http::router(App::new(config("unused".into()).token));
    let alive = ask(&router, "GET", "/internal/isalive", &[], Body::empty()).await;
    assert_eq!(alive.status, StatusCode::OK);
    let ready = ask(&router, "GET", "/internal/isready", &[], Body::empty()).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.problem()["detail"], "the database: it has not answered yet");
    let token = [("authorization", "Bearer a-token-for-the-tests"), ("content-type", "application/json")];
    let refused = ask(&router, "PUT", "/arrangorer/974760673", &token, r#"{"navn":"A"}"#).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers.contains_key("retry-after"));
    refused.problem();
}

#[tokio::test]
async fn a_database_that_goes_away_makes_the_service_not_ready_and_its_changes_are_refused() {
    let setup = Setup::new().await;
    let path = format!("/gjennomforinger/{}/apent-for-pamelding", setup.editable().await.id);
    setup.store.close().await;
    let refused = setup.send("PUT", &path, r#"{"apent":false}"#).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert_eq!(refused.problem()["type"], "urn:tiltak:problem:unavailable");
    let ready = ask(&setup.router, "GET", "/internal/isready", &[], Body::empty()).await;
    assert!(ready.problem()["detail"].as_str().unwrap().starts_with("the database: "), "{}", ready.text);
    assert_eq!(ask(&setup.router, "GET", "/metrics", &[], Body::empty()).await.status, StatusCode::OK);
}

/// Without a broker: what is under way when the service is to stop is finished, and no more is taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_broker_takes_changes_and_finishes_them_when_it_is_to_stop() {
    let setup = Setup::new().await;
    let gjennomforing = setup.editable().await;
    let service =
        Service::bind(config(setup.folder.path().join("tiltak.db").as_path().into())).await.unwrap();
    let address = service.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(service.run(async move { drop(stopped.await) }));

    // Ready: what it takes in waits. That nothing is published is told elsewhere.
    let status = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        loop {
            let answer =
                exchange(address, "GET /internal/status HTTP/1.1\r\nhost: it\r\nconnection: close\r\n\r\n");
            if answer.contains("no Kafka broker answers at 127.0.0.1:1") {
                return answer;
            }
            assert!(start.elapsed() < LIMIT, "{answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let status = status.await.unwrap();
    assert!(status.contains("\"ready\":true") && status.contains("\"state\":\"trying-again\""), "{status}");

    let head = |length: usize| {
        format!(
            "PUT /gjennomforinger/{}/apent-for-pamelding HTTP/1.1\r\nhost: it\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            gjennomforing.id
        )
    };
    // Not one of the hundred megabytes is sent, and the answer is there.
    let too_large = head(100 << 20);
    let answer = tokio::task::spawn_blocking(move || exchange(address, &too_large)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let before = setup.outbox().await.len();
    let begun = format!("{}{{\"apent\":", head(15));
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(LIMIT)).unwrap();
    connection.write_all(begun.as_bytes()).unwrap();
    // The connection is taken: one that came after it was answered.
    tokio::task::spawn_blocking(move || {
        exchange(address, "GET /internal/isalive HTTP/1.1\r\nhost: it\r\nconnection: close\r\n\r\n")
    })
    .await
    .unwrap();
    stop.send(()).unwrap();
    let closed = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        while TcpStream::connect(address).is_ok() {
            assert!(start.elapsed() < LIMIT);
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    closed.await.unwrap();
    let answer = tokio::task::spawn_blocking(move || {
        connection.write_all(b"false}").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.await.unwrap().starts_with("HTTP/1.1 200 "));
    tokio::time::timeout(LIMIT, running).await.unwrap().unwrap().unwrap();
    assert!(setup.outbox().await.len() > before);
}

/// Sends a text and reads until the server closes, or has sent a whole problem.
fn exchange(address: SocketAddr, request: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(LIMIT)).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = connection.read(&mut piece).unwrap();
        answer.extend_from_slice(&piece[..read]);
        if read == 0 || answer.ends_with(b"}") {
            return String::from_utf8(answer).unwrap();
        }
    }
}
