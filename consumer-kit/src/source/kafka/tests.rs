//! The source over librdkafka's mock cluster, which knows neither compaction nor settings, and over no broker at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::RDKafkaRespErr;

use super::KafkaSource;
use crate::connection::Connection;
use crate::source::{Batch, PollEvent, Settings, Source as _, Watermarks};

const TOPIC: &str = "my-topic";

fn mock() -> MockCluster<'static, DefaultProducerContext> {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 2, 1).unwrap();
    cluster
}

fn open(cluster: &MockCluster<'static, DefaultProducerContext>) -> KafkaSource {
    KafkaSource::open(&Connection::new(cluster.bootstrap_servers()), TOPIC).unwrap()
}

#[test]
fn a_fatal_error_of_the_client_stops_each_poll_with_its_own_code() {
    let cluster = mock();
    let mut source = open(&cluster);
    source.assign(&[(0, 0)].into()).unwrap();
    source.poll(Duration::from_millis(10), &mut Batch::default()).unwrap();

    source.client.fail(RDKafkaRespErr::RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);

    for _ in 0..2 {
        let error = source.poll(Duration::from_secs(5), &mut Batch::default()).unwrap_err();
        assert!(error.is_fatal(), "{error}");
        let text = error.to_string();
        assert!(text.contains("FencedInstanceId") && text.contains("made by a test"), "{text}");
    }
    // The library knows no fatal error of a client that is no static member, and would wait for ever to destroy it.
    std::mem::forget(source);
}

#[test]
fn brokers_that_never_answer_about_settings_are_waited_for_neither_then_nor_at_the_end() {
    let cluster = mock();
    let mut source = open(&cluster);

    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(50) {
        assert_ne!(
            source.settings(),
            Settings::Known { cleanup_policy: String::new(), delete_retention: Duration::ZERO }
        );
    }
    let start = Instant::now();
    source.settings();
    drop(source);

    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn a_topic_is_described_with_its_id_and_all_partitions_in_little_time() {
    let cluster = mock();
    let mut source = open(&cluster);

    let start = Instant::now();
    let topic = source.describe().unwrap();

    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    assert_eq!(topic.watermarks, [(0, Watermarks::default()), (1, Watermarks::default())].into());
    assert_eq!(source.describe().unwrap().identity, topic.identity);
}

#[test]
fn an_empty_partition_is_at_its_end() {
    let cluster = mock();
    let mut source = open(&cluster);
    source.assign(&[(1, 0)].into()).unwrap();
    let (start, mut batch) = (Instant::now(), Batch::default());
    while batch.is_empty() && start.elapsed() < Duration::from_secs(10) {
        source.poll(Duration::from_millis(100), &mut batch).unwrap();
    }
    let events: Vec<_> = batch.events().collect();
    let expected =
        [PollEvent::PositionAdvanced { partition: 1, offset: 0 }, PollEvent::PartitionEof { partition: 1 }];
    assert_eq!(events, expected);
}

#[test]
fn partitions_that_are_assigned_again_at_once_are_read_and_given_up_again() {
    const PARTITIONS: i32 = 32;
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, PARTITIONS, 1).unwrap();
    let all: BTreeMap<i32, i64> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
    for _ in 0..20 {
        let mut source = open(&cluster);
        source.assign(&all).unwrap();
        let (start, mut batch, mut ended) = (Instant::now(), Batch::default(), BTreeSet::new());
        while ended.len() < all.len() {
            assert!(start.elapsed() < Duration::from_secs(30), "{ended:?}");
            source.poll(Duration::from_millis(100), &mut batch).unwrap();
            ended.extend(batch.events().filter_map(|event| match event {
                PollEvent::PartitionEof { partition } => Some(partition),
                _ => None,
            }));
            batch.clear();
        }
        for _ in 0..10 {
            source.assign(&all).unwrap();
        }
    }
}

#[test]
fn an_end_before_that_of_the_log_is_told_only_when_the_brokers_confirm_it() {
    let cluster = mock();
    let mut source = open(&cluster);
    source.log_ends = [(1, 3)].into();
    source.assign(&[(1, 0)].into()).unwrap();
    let (start, mut batch) = (Instant::now(), Batch::default());
    while batch.is_empty() && start.elapsed() < Duration::from_secs(10) {
        source.poll(Duration::from_millis(100), &mut batch).unwrap();
    }
    let advanced = PollEvent::PositionAdvanced { partition: 1, offset: 0 };
    assert_eq!(batch.events().collect::<Vec<_>>(), [advanced]);

    source.describe().unwrap();
    source.poll(Duration::from_millis(10), &mut batch).unwrap();

    assert_eq!(batch.events().collect::<Vec<_>>(), [advanced, PollEvent::PartitionEof { partition: 1 }]);
}

#[test]
#[cfg(feature = "tls")]
fn a_broker_with_a_certificate_of_another_authority_is_not_trusted_and_told_so_within_the_limit() {
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    for name in ["broker", "other"] {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            .args(["-keyout", &file(&format!("{name}.key")), "-out", &file(&format!("{name}.pem"))])
            .output()
            .unwrap();
        assert!(made.status.success());
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mut server = Command::new("openssl")
        .args(["s_server", "-quiet", "-accept", &address, "-cert", &file("broker.pem")])
        .args(["-key", &file("broker.key")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let variable = |name: &str| {
        Some(match name {
            "KAFKA_BROKERS" => address.clone(),
            "KAFKA_CA_PATH" | "KAFKA_CERTIFICATE_PATH" => file("other.pem"),
            _ => file("other.key"),
        })
    };
    let start = Instant::now();
    let opened = KafkaSource::open(&Connection::from_variables(variable).unwrap(), "my-topic");
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    let error = opened.err().unwrap();
    assert!(error.is_untrusted(), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}
