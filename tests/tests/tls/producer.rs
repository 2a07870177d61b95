//! The producer.

use std::path::Path;
use std::time::{Duration, Instant};

use tiltak_consumer_kit::log;
use tiltak_producer::domain::Moment;
use tiltak_producer::kafka::{Cluster, ClusterError, Tls, TlsProblem};
use tiltak_producer::relay::{Relay, RelayError};
use tiltak_producer::{CommandService, Store, seed};
use tiltak_tests::kafka::{Authority, PemFiles, topic_name};

use crate::{LIMIT, secured, tls_connection};

/// That of an answer, and of looking why there was none, with room for a machine that is busy.
const REFUSAL_LIMIT: Duration = Duration::from_secs(25);

pub(super) fn tls(files: &PemFiles) -> Tls {
    Tls::new(&files.ca, &files.certificate, &files.private_key).unwrap()
}

async fn seeded(folder: &Path) -> Store {
    let store = Store::open(&folder.join("tiltak.db")).await.unwrap();
    let now = Moment::at("2026-03-16T08:00:00Z".parse().unwrap()).unwrap();
    let options = seed::Options { scale: 20, ..seed::Options::default() };
    seed::load(&store, &options, now, |_| {}).await.unwrap();
    store
}

/// What is said of a cluster that cannot be connected to, by both commands that connect.
async fn refusal(cluster: Cluster) -> (TlsProblem, String) {
    let start = Instant::now();
    let error = cluster.create_topics().await.unwrap_err();
    let ClusterError::Tls { problem, .. } = &error else { panic!("{error}") };
    assert!(start.elapsed() < REFUSAL_LIMIT, "only after {:?}", start.elapsed());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("empty.db")).await.unwrap();
    let relayed = Relay::connect(store, cluster).await.map(drop).unwrap_err();
    let RelayError::Cluster(ClusterError::Tls { problem: again, .. }) = relayed else { panic!("{relayed}") };
    assert_eq!(again, *problem);
    (*problem, error.to_string())
}

#[tokio::test]
async fn what_the_relay_publishes_over_tls_is_read_back_over_tls() {
    let files = secured().client("producer");
    let prefix = format!("{}-", topic_name("tls"));
    let cluster = Cluster::new(secured().servers()).with_prefix(&prefix).with_tls(tls(&files));
    assert_eq!(cluster.create_topics().await.unwrap().len(), 5);
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path()).await;
    CommandService::new(store.clone()).relast_tiltakstyper().await.unwrap();
    let written = store.outbox().record_count().await.unwrap();
    let published = Relay::connect(store, cluster).await.unwrap().drain(|_| {}).await.unwrap();
    assert_eq!(published, written);

    let connection = tls_connection(&files).topic_prefix(&prefix);
    let read = move || -> usize {
        let topics = tiltak_schema::topics().into_iter();
        topics.map(|topic| log::read(&connection, topic.name, LIMIT).unwrap().len()).sum()
    };
    assert_eq!(tokio::task::spawn_blocking(read).await.unwrap(), written);
}

#[tokio::test]
async fn without_tls_a_broker_that_wants_it_says_which_files_to_name() {
    let (problem, text) = refusal(Cluster::new(secured().servers())).await;
    assert_eq!(problem, TlsProblem::TlsExpected);
    assert!(text.contains("--ca, --certificate and --private-key (KAFKA_CA_PATH, "), "{text}");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_and_the_certificate_is_named() {
    let other = Authority::new("another authority").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = other.client(folder.path(), "stranger").unwrap();
    let files = PemFiles { ca: secured().client("trusting").ca, ..files };
    let (problem, text) = refusal(Cluster::new(secured().servers()).with_tls(tls(&files))).await;
    assert_eq!(problem, TlsProblem::Refused, "{text}");
    assert!(text.contains("look at --certificate (KAFKA_CERTIFICATE_PATH)"), "{text}");
}

#[tokio::test]
async fn a_broker_that_the_ca_has_not_signed_is_not_spoken_to_and_the_ca_is_named() {
    let other = Authority::new("another authority").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = other.client(folder.path(), "other").unwrap().ca;
    let files = PemFiles { ca, ..secured().client("distrustful") };
    let (problem, text) = refusal(Cluster::new(secured().servers()).with_tls(tls(&files))).await;
    assert_eq!(problem, TlsProblem::WrongCa, "{text}");
    assert!(text.contains("look at --ca (KAFKA_CA_PATH)"), "{text}");
}

#[tokio::test]
async fn a_broker_under_another_name_than_its_certificate_has_is_not_spoken_to() {
    let servers = secured().servers().replace("localhost", "127.0.0.1");
    let (problem, text) = refusal(Cluster::new(servers).with_tls(tls(&secured().client("exact")))).await;
    assert_eq!(problem, TlsProblem::WrongName, "{text}");
}

#[tokio::test]
async fn tls_to_a_listener_without_it_says_so() {
    let servers = secured().broker.bootstrap_servers();
    let (problem, text) = refusal(Cluster::new(servers).with_tls(tls(&secured().client("eager")))).await;
    assert_eq!(problem, TlsProblem::NoTlsExpected, "{text}");
}

#[tokio::test]
async fn a_private_key_of_another_certificate_is_refused_at_once() {
    let files =
        PemFiles { private_key: secured().client("another").private_key, ..secured().client("mismatched") };
    let error = Cluster::new(secured().servers()).with_tls(tls(&files)).create_topics().await.unwrap_err();
    assert!(error.to_string().contains("key"), "{error}");
}
