//! The service on a real broker and PostgreSQL: what is changed by HTTP is read by readers, in every way it may end.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod failover;
mod killed;
mod reports;
mod too_large;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use tiltak_consumer_kit::{Connection, Table};
use tiltak_producer::commands::SetApentForPamelding;
use tiltak_producer::domain::kodeverk::GjennomforingStatus;
use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::service::{Config, Service, Token};
use tiltak_producer::{CommandService, Location, Selection, Store, seed};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::topic::Topic as _;
use tiltak_tests::kafka::{shared, topic_name};
use tiltak_tests::postgres::{self, Database};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

const LIMIT: Duration = Duration::from_mins(1);
const STEP: Duration = Duration::from_millis(50);
const TOKEN: &str = "a-token-for-the-tests";
/// How often an idle relay looks by itself.
const LOOK: Duration = Duration::from_secs(3);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A seeded database, and a cluster whose topics no other test uses.
struct Setup {
    database: Database,
    cluster: Cluster,
    prefix: String,
    /// One that may be edited.
    gjennomforing: Gjennomforing,
}

/// Fills a database, and gives a gjennomføring that may be edited.
async fn seeded(location: &Location) -> Gjennomforing {
    let store = Store::connect(location).await.unwrap();
    let now = Moment::at(jiff::Timestamp::now()).unwrap();
    seed::load(&store, &seed::Options { scale: 60, ..seed::Options::default() }, now, |_| {}).await.unwrap();
    let all = store.begin().await.unwrap().gjennomforinger(Selection::All, None, u32::MAX).await.unwrap();
    let mut all = all.into_iter().map(|joined| joined.gjennomforing);
    let editable =
        |it: &Gjennomforing| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores;
    let gjennomforing = all.find(editable).unwrap();
    store.close().await;
    gjennomforing
}

impl Setup {
    async fn new() -> Self {
        let database = postgres::shared().create_database().await.unwrap();
        let gjennomforing = seeded(&Location::from(database.url().as_str())).await;
        let prefix = format!("{}-", topic_name("service"));
        let cluster = Cluster::new(shared().bootstrap_servers()).with_prefix(&prefix);
        Self { database, cluster, prefix, gjennomforing }
    }

    async fn serve(&self) -> Serving {
        Serving::start(config(Location::from(self.database.url().as_str()), self.cluster.clone())).await
    }

    async fn table(&self) -> Table<SisteTiltaksgjennomforingerV2> {
        let connection = Connection::new(shared().bootstrap_servers()).topic_prefix(&self.prefix);
        let table = Table::builder(connection).start().await.unwrap();
        table.ready(LIMIT).await.unwrap();
        table
    }

    fn path(&self) -> String {
        format!("/gjennomforinger/{}/apent-for-pamelding", self.gjennomforing.id)
    }

    /// Waits until readers see it open or closed.
    async fn until_read(&self, table: &Table<SisteTiltaksgjennomforingerV2>, apent: bool) {
        until(async || {
            let read = table.get(&self.gjennomforing.id);
            let read = read.map(|read| serde_json::to_value(&*read).unwrap()["apentForPamelding"].clone());
            (read == Some(json!(apent))).then_some(())
        })
        .await;
    }

    /// The trace of each record of the gjennomføring, in order; it blocks.
    fn traces(&self) -> Vec<Option<String>> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", shared().bootstrap_servers())
            .set("group.id", "service")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true")
            .create()
            .unwrap();
        let topic = self.cluster.topic(SisteTiltaksgjennomforingerV2::NAME);
        let metadata = consumer.fetch_metadata(Some(&topic), LIMIT).unwrap();
        let mut traces = Vec::new();
        for partition in metadata.topics()[0].partitions() {
            let mut assignment = TopicPartitionList::new();
            assignment.add_partition_offset(&topic, partition.id(), Offset::Beginning).unwrap();
            consumer.assign(&assignment).unwrap();
            // The end of the partition is an error.
            while let Ok(record) = consumer.poll(LIMIT).unwrap() {
                if record.key() == Some(self.gjennomforing.id.to_string().as_bytes()) {
                    let headers = record.headers().into_iter().flat_map(|headers| headers.iter());
                    let trace =
                        headers.filter(|header| header.key == "traceparent").find_map(|header| header.value);
                    traces.push(trace.map(|trace| String::from_utf8(trace.to_vec()).unwrap()));
                }
            }
        }
        traces
    }
}

fn config(database: Location, cluster: Cluster) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        token: Some(Token::new(TOKEN).unwrap()),
        takeover_after: Duration::from_secs(5),
        ..Config::new(database, cluster)
    }
}

/// A service of this process.
struct Serving {
    http: Http,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

/// The interface of a service, of this process or another.
#[derive(Clone, Copy)]
struct Http {
    address: SocketAddr,
}

impl std::ops::Deref for Serving {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.http
    }
}

impl Serving {
    async fn start(config: Config) -> Self {
        let service = Service::bind(config).await.unwrap();
        let http = Http { address: service.address() };
        let (stop, stopped) = oneshot::channel::<()>();
        let running =
            tokio::spawn(async move { service.run(async move { drop(stopped.await) }).await.unwrap() });
        Self { http, stop, running }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(LIMIT, self.running).await.unwrap().unwrap();
    }
}

impl Http {
    async fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let (status, _, body) = self.exchange(method, path, headers, body).await;
        (status, body)
    }

    /// Status, head and body of the answer.
    async fn exchange(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String, String) {
        let address = self.address;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: it\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        spawn_blocking(move || {
            let mut connection = TcpStream::connect(address).unwrap();
            connection.set_read_timeout(Some(LIMIT)).unwrap();
            connection.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_ascii_lowercase(), body.to_owned())
        })
        .await
        .unwrap()
    }

    async fn set_apent(&self, setup: &Setup, apent: bool, headers: &str) -> (u16, String) {
        let headers = format!("authorization: Bearer {TOKEN}\r\n{headers}");
        self.send("PUT", &setup.path(), &headers, &json!({ "apent": apent }).to_string()).await
    }

    async fn status(&self) -> Value {
        serde_json::from_str(&self.send("GET", "/internal/status", "", "").await.1).unwrap()
    }

    /// Waits until its relay does this.
    async fn until_relay(&self, state: &str) {
        until(async || (self.status().await["relay"]["state"] == state).then_some(())).await;
    }

    async fn is_ready(&self) -> bool {
        self.send("GET", "/internal/isready", "", "").await.0 == 200
    }

    async fn until_measured(&self, line: &str) {
        until(async || {
            let (_, metrics) = self.send("GET", "/metrics", "", "").await;
            metrics.lines().any(|it| it == line).then_some(())
        })
        .await;
    }
}

async fn until(mut done: impl AsyncFnMut() -> Option<()>) {
    let start = Instant::now();
    while done().await.is_none() {
        assert!(start.elapsed() < LIMIT, "not within {} s", LIMIT.as_secs());
        tokio::time::sleep(STEP).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_by_http_is_read_by_readers_with_the_trace_of_its_request() {
    let setup = Setup::new().await;
    let serving = setup.serve().await;
    // It begins before its topics are there, and goes on when they are. Changes can be taken in meanwhile.
    serving.until_relay("trying-again").await;
    let reason = serving.status().await["relay"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("does not exist on"), "{reason}");
    assert!(serving.is_ready().await);
    let (status, text) = serving.set_apent(&setup, false, "").await;
    assert_eq!(status, 200, "what is changed waits: {text}");
    setup.cluster.create_topics().await.unwrap();
    serving.until_relay("publishing").await;
    let table = setup.table().await;
    setup.until_read(&table, false).await;

    let caller = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n");
    let (status, text) = serving.set_apent(&setup, true, &caller).await;
    assert_eq!(status, 200, "{text}");
    let version = serde_json::from_str::<Value>(&text).unwrap()["version"].clone();
    setup.until_read(&table, true).await;

    let (status, _) = serving.set_apent(&setup, false, "if-match: \"1\"\r\n").await;
    assert_eq!(status, 412, "{version} is there");
    let wrong = "authorization: Bearer a-token-of-another\r\n";
    assert_eq!(serving.send("PUT", &setup.path(), wrong, r#"{"apent":false}"#).await.0, 401);
    serving.until_measured("tiltak_producer_outbox_pending_records 0").await;
    serving.until_measured("tiltak_producer_relay_publishing 1").await;
    serving.until_measured("tiltak_producer_checkpoint 2").await;
    serving.stop().await;

    let traces = spawn_blocking(move || setup.traces()).await.unwrap();
    assert_eq!(traces.len(), 2, "what was refused is not published: {traces:?}");
    assert!(traces[1].as_ref().unwrap().starts_with(&format!("00-{TRACE}-")), "{traces:?}");
    assert!(!traces[0].as_ref().unwrap().contains(TRACE), "{traces:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_stands_by_and_publishes_at_once_when_the_first_one_ends_in_good_order() {
    let setup = Setup::new().await;
    setup.cluster.create_topics().await.unwrap();
    let table = setup.table().await;
    let first = setup.serve().await;
    first.until_relay("publishing").await;
    let second = setup.serve().await;
    second.until_relay("standing-by").await;
    assert!(second.is_ready().await, "what it takes in is published by the other");
    let publisher = second.status().await["relay"]["publisher"].clone();
    assert!(publisher.as_str().unwrap().starts_with("process "), "{publisher}");

    let (status, _) = second.set_apent(&setup, false, "").await;
    assert_eq!(status, 200);
    setup.until_read(&table, false).await;
    first.until_measured("tiltak_producer_relay_publishing 1").await;
    second.until_measured("tiltak_producer_relay_publishing 0").await;
    first.stop().await;

    let start = Instant::now();
    second.until_relay("publishing").await;
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "not only when the lease has expired: {:?}",
        start.elapsed()
    );
    let (status, _) = second.set_apent(&setup, true, "").await;
    assert_eq!(status, 200);
    setup.until_read(&table, true).await;
    second.stop().await;
    let traces = spawn_blocking(move || setup.traces()).await.unwrap();
    assert_eq!(traces.len(), 2, "each once: {traces:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_replaced_by_force_says_so_although_it_has_nothing_to_publish() {
    let setup = Setup::new().await;
    setup.cluster.create_topics().await.unwrap();
    let serving = setup.serve().await;
    serving.until_relay("publishing").await;

    let store = Store::connect(&Location::from(setup.database.url().as_str())).await.unwrap();
    let lease = store.outbox().acquire("somebody else").await.unwrap();

    serving.until_relay("standing-by").await;
    serving.until_measured("tiltak_producer_relay_publishing 0").await;
    assert_eq!(serving.status().await["relay"]["publisher"], "somebody else");
    // Nothing more is heard of it.
    drop(lease);
    serving.until_relay("publishing").await;
    serving.stop().await;
    store.close().await;
}
