//! A source on its own: rights that are missing, taken away and given back, and a certificate that expires while it reads.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tiltak_consumer_kit::source::{Batch, KafkaSource, PollEvent, Settings, Source as _};
use tiltak_consumer_kit::{Connection, Error};
use tiltak_tests::kafka::{Authority, Broker, Operation, Resource, topic_name};

use crate::{LIMIT, connection_to, secured, tls_connection};

const STEP: Duration = Duration::from_millis(50);

/// A topic of one partition that only those may use who are given a right to it.
async fn guarded() -> String {
    let broker = &secured().broker;
    let name = topic_name("guarded");
    let settings = [("cleanup.policy", "compact"), ("delete.retention.ms", "1234000")];
    broker.create_topic(&name, 1, &settings).await.unwrap();
    broker.allow("somebody", Operation::Read, Resource::Topic(&name)).unwrap();
    name
}

fn client(name: &str, topic: &str, rights: &[Operation]) -> Connection {
    for right in rights {
        secured().broker.allow(name, *right, Resource::Topic(topic)).unwrap();
    }
    tls_connection(&secured().client(name))
}

async fn send(topic: &str, value: &str) {
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", secured().broker.bootstrap_servers()).create().unwrap();
    producer.send(FutureRecord::to(topic).key("key").payload(value), LIMIT).await.unwrap();
}

/// Opens, as soon as the rights that were given are there.
fn open(connection: &Connection, topic: &str) -> KafkaSource {
    let start = Instant::now();
    loop {
        match KafkaSource::open(connection, topic) {
            Ok(source) => return source,
            Err(error) => assert!(error.is_forbidden() && start.elapsed() < LIMIT, "{error}"),
        }
    }
}

/// The settings, when they have come.
fn settings(source: &mut KafkaSource) -> Settings {
    let start = Instant::now();
    loop {
        match source.settings() {
            Settings::Pending => assert!(start.elapsed() < LIMIT, "they have not come"),
            settings => return settings,
        }
        std::thread::sleep(STEP);
    }
}

/// Polls until there is such an event.
fn poll_until(source: &mut KafkaSource, mut is_it: impl FnMut(PollEvent<'_>) -> bool) {
    let start = Instant::now();
    loop {
        let mut batch = Batch::default();
        source.poll(STEP, &mut batch).unwrap();
        if batch.events().any(&mut is_it) {
            return;
        }
        assert!(start.elapsed() < LIMIT, "it has not come");
    }
}

fn describe_until(source: &mut KafkaSource, is_it: impl Fn(&Result<(), Error>) -> bool) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        let described = source.describe().map(drop);
        if is_it(&described) {
            return described;
        }
        assert!(start.elapsed() < LIMIT, "{described:?}");
        std::thread::sleep(STEP);
    }
}

#[tokio::test]
async fn settings_that_may_not_be_read_name_the_right_that_is_missing() {
    let topic = guarded().await;
    let connection = client("curious", &topic, &[Operation::Read]);

    let Settings::Unavailable { reason } = settings(&mut open(&connection, &topic)) else { panic!() };

    assert!(reason.contains(&format!("the right DescribeConfigs on the topic {topic}")), "{reason}");
}

#[tokio::test]
async fn settings_are_read_with_the_right_to_describe_them() {
    let topic = guarded().await;
    let connection = client("informed", &topic, &[Operation::Read, Operation::DescribeConfigs]);
    let start = Instant::now();
    let mut found = settings(&mut open(&connection, &topic));
    // A right is there a moment after it was given.
    while matches!(found, Settings::Unavailable { .. }) && start.elapsed() < LIMIT {
        found = settings(&mut open(&connection, &topic));
    }

    let delete_retention = Duration::from_secs(1_234);
    assert_eq!(found, Settings::Known { cleanup_policy: "compact".to_owned(), delete_retention });
}

#[tokio::test]
async fn who_may_describe_a_topic_and_not_read_it_is_told_so_at_once() {
    let topic = guarded().await;
    let connection = client("onlooking", &topic, &[Operation::Describe]);

    // Also once the right is there.
    for _ in 0..10 {
        let error = KafkaSource::open(&connection, &topic).err().unwrap();
        assert!(error.is_forbidden(), "{error}");
        std::thread::sleep(STEP);
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_while_reading_is_an_event_and_reading_goes_on_when_it_is_back() {
    let topic = guarded().await;
    let (name, resource) = ("dismissed", Resource::Topic(&topic));
    send(&topic, "before").await;
    let mut source = open(&client(name, &topic, &[Operation::Read]), &topic);
    source.assign(&[(0, 0)].into()).unwrap();
    let is_record = |at: i64| move |it: PollEvent<'_>| matches!(it, PollEvent::Record(it) if it.offset == at);
    poll_until(&mut source, is_record(0));

    secured().broker.deny(name, Operation::Read, resource).unwrap();
    poll_until(&mut source, |event| event == PollEvent::Unauthorized);
    let refused = describe_until(&mut source, Result::is_err).unwrap_err();
    assert!(refused.is_forbidden(), "{refused}");
    assert!(refused.to_string().contains("needs read access to the topic (its ACL)"), "{refused}");

    send(&topic, "after").await;
    secured().broker.no_longer_deny(name, Operation::Read, resource).unwrap();
    describe_until(&mut source, Result::is_ok).unwrap();
    poll_until(&mut source, is_record(1));
}

#[tokio::test]
async fn a_certificate_that_expires_while_reading_is_the_reason_when_the_connection_is_lost() {
    let authority = Authority::new("an authority of its own").unwrap();
    let mut broker = Broker::start_with_tls(&authority).unwrap();
    let topic = topic_name("expiring");
    broker.create_topic(&topic, 1, &[]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let lifetime = Duration::from_secs(5);
    let born = Instant::now();
    let files = authority.client_for(folder.path(), "mayfly", lifetime).unwrap();
    let servers = broker.tls_servers().unwrap();
    let mut source = KafkaSource::open(&connection_to(&servers, &files), &topic).unwrap();
    source.assign(&[(0, 0)].into()).unwrap();
    source.describe().unwrap();

    broker.kill().unwrap();
    let gone = describe_until(&mut source, |it| it.as_ref().is_err_and(Error::is_unreachable)).unwrap_err();
    assert!(gone.to_string().contains("Connection refused"), "{gone}");

    std::thread::sleep(lifetime.saturating_sub(born.elapsed()));
    broker.start_again().unwrap();
    let refused = describe_until(&mut source, |it| it.as_ref().is_err_and(Error::is_untrusted)).unwrap_err();
    // In OpenSSL's words. A broker on Java says "certificate unknown" (46) for any certificate that it refuses.
    assert!(refused.to_string().contains("SSL alert number"), "{refused}");
    assert!(refused.to_string().contains("whether a certificate has expired"), "{refused}");
    drop((source, broker));
}
