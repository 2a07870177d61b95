//! The server of the database is lost, and its standby promoted, while changes are made.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tiltak_tests::postgres::Server;
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

use super::*;

/// In which a service is well again.
const SOON: Duration = Duration::from_secs(5);
/// What a machine that is busy may take on top of it.
const BUSY: Duration = Duration::from_secs(5);

/// An address that leads to one server, then to another: what a cluster's service name does.
struct Forwarder {
    port: u16,
    target: Arc<Mutex<PathBuf>>,
    frozen: watch::Sender<u32>,
}

impl Forwarder {
    async fn start(target: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = Arc::new(Mutex::new(target));
        let frozen = watch::Sender::new(0);
        let (leads_to, freezes) = (Arc::clone(&target), frozen.clone());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let path = leads_to.lock().unwrap().clone();
                let mut freezes = freezes.subscribe();
                tokio::spawn(async move {
                    let Ok(mut server) = UnixStream::connect(path).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        Ok(()) = freezes.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { port, target, frozen }
    }

    /// New connections lead to another server.
    fn lead_to(&self, server: &Server) {
        *self.target.lock().unwrap() = server.socket().unwrap();
    }

    /// The connections that are open stay so, and nothing comes through any more: a machine that is gone.
    fn freeze(&self) {
        self.frozen.send_modify(|count| *count += 1);
    }
}

/// Changes one gjennomføring after the other until it is stopped.
struct Writer {
    stop: Arc<AtomicBool>,
    running: JoinHandle<Written>,
}

#[derive(Default)]
struct Written {
    /// The last version that was acknowledged.
    version: i64,
    acknowledged: usize,
    /// Status and whether it says when to try again.
    refused: Vec<(u16, bool)>,
    longest: Duration,
}

impl Writer {
    fn start(http: Http, id: String) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let running = tokio::spawn(async move {
            let mut written = Written::default();
            let path = format!("/gjennomforinger/{id}/apent-for-pamelding");
            let headers = format!("authorization: Bearer {TOKEN}\r\n");
            let mut apent = true;
            while !stopped.load(Ordering::Relaxed) {
                apent = !apent;
                let start = Instant::now();
                let body = json!({ "apent": apent }).to_string();
                let (status, head, text) = http.exchange("PUT", &path, &headers, &body).await;
                written.longest = written.longest.max(start.elapsed());
                if status == 200 {
                    let answer: Value = serde_json::from_str(&text).unwrap();
                    written.version = answer["version"].as_i64().unwrap();
                    written.acknowledged += 1;
                } else {
                    written.refused.push((status, head.contains("retry-after:")));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            written
        });
        Self { stop, running }
    }

    async fn stop(self) -> Written {
        self.stop.store(true, Ordering::Relaxed);
        self.running.await.unwrap()
    }
}

/// How the primary is lost.
#[derive(PartialEq, Eq)]
enum Loss {
    /// Its connections are closed.
    Killed,
    /// Nothing is heard of it any more.
    Gone,
}

async fn a_standby_that_is_promoted(loss: Loss) {
    let mut primary = Server::start_killable().unwrap();
    let forwarder = Forwarder::start(primary.socket().unwrap()).await;
    let url = primary.url_through(forwarder.port).unwrap();
    let location = Location::from(url.as_str());
    seeded(&location).await;
    let store = Store::connect(&location).await.unwrap();
    let all = store.begin().await.unwrap().gjennomforinger(Selection::All, None, u32::MAX).await.unwrap();
    store.close().await;
    let ids: Vec<String> = all
        .into_iter()
        .map(|joined| joined.gjennomforing)
        .filter(|it| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores)
        .map(|it| it.id.to_string())
        .take(4)
        .collect();
    let standby = primary.synchronous_standby().unwrap();
    let cluster =
        Cluster::new(shared().bootstrap_servers()).with_prefix(format!("{}-", topic_name("failover")));
    cluster.create_topics().await.unwrap();
    let serving = Serving::start(config(location.clone(), cluster)).await;
    serving.until_relay("publishing").await;
    let writers: Vec<Writer> = ids.iter().map(|id| Writer::start(*serving, id.clone())).collect();
    tokio::time::sleep(Duration::from_secs(2)).await;

    if loss == Loss::Gone {
        forwarder.freeze();
    }
    primary.kill().unwrap();
    forwarder.lead_to(&standby);
    // It takes no writes for a while.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let headers = format!("authorization: Bearer {TOKEN}\r\n");
    let path = format!("/gjennomforinger/{}/apent-for-pamelding", ids[0]);
    let change = async || serving.exchange("PUT", &path, &headers, r#"{"apent":true}"#).await;
    let (status, head, text) = change().await;
    assert_eq!(status, 503, "{text}");
    assert!(head.contains("retry-after:"), "{head}");
    assert!(!serving.is_ready().await);

    standby.promote().unwrap();
    let start = Instant::now();
    until(async || (change().await.0 == 200).then_some(())).await;
    let well = start.elapsed();
    // Ten connections may be there, each to be found out.
    for _ in 0..20 {
        let (status, _, text) = change().await;
        assert_eq!(status, 200, "{text}");
    }
    let steady = start.elapsed();
    assert!(serving.is_ready().await);
    serving.until_relay("publishing").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut refused = Vec::new();
    for (id, writer) in ids.iter().zip(writers) {
        let written = writer.stop().await;
        assert!(written.acknowledged > 0);
        eprintln!(
            "acknowledged {}, refused {}, longest {:?}",
            written.acknowledged,
            written.refused.len(),
            written.longest
        );
        refused.extend(written.refused);
        let (_, text) = serving.send("GET", &format!("/gjennomforinger/{id}"), &headers, "").await;
        let stored = serde_json::from_str::<Value>(&text).unwrap()["version"].as_i64().unwrap();
        assert!(stored >= written.version, "version {} was acknowledged, {stored} is there", written.version);
    }
    eprintln!("well {well:?} after the promotion, the last of 20 at {steady:?}");
    assert!(well < SOON + BUSY && steady < SOON + BUSY, "{well:?}, {steady:?}");
    assert!(!refused.is_empty());
    assert!(refused.iter().all(|refused| *refused == (503, true)), "{refused:?}");
    serving.until_measured("tiltak_producer_outbox_pending_records 0").await;
    serving.until_measured("tiltak_producer_relay_publishing 1").await;

    // The changes of another process wake the relay: its connection for notifications leads to the new primary, too.
    let store = Store::connect(&location).await.unwrap();
    let other = CommandService::new(store.clone());
    until(async || {
        let mut waits = Vec::new();
        for apent in [false, true, false, true, false] {
            let command = SetApentForPamelding { id: ids[0].parse().unwrap(), apent };
            other.execute(command, Moment::at(jiff::Timestamp::now()).unwrap()).await.unwrap();
            let start = Instant::now();
            serving.until_measured("tiltak_producer_outbox_pending_records 0").await;
            waits.push(start.elapsed());
        }
        waits.sort_unstable();
        (waits[2] < LOOK / 4).then_some(())
    })
    .await;
    store.close().await;
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_promoted_after_the_primary_was_killed() {
    a_standby_that_is_promoted(Loss::Killed).await;
}

/// Of a machine that is gone, no connection is closed.
#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_promoted_after_nothing_more_was_heard_of_the_primary() {
    a_standby_that_is_promoted(Loss::Gone).await;
}
