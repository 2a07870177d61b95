//! A consumer that its brokers do not serve, and what an open transaction hides.

use tiltak_consumer_kit::Health;
use tiltak_tests::kafka::{Broker, Way};

use super::*;

under_both_protocols! {
    a_consumer_without_brokers_is_stale_and_says_why_until_they_are_back
    what_an_open_transaction_hides_is_a_number_and_no_lag
}

async fn a_consumer_without_brokers_is_stale_and_says_why_until_they_are_back(protocol: Protocol) {
    let mut broker = tokio::task::spawn_blocking(|| Broker::start(Way::Local, None)).await.unwrap().unwrap();
    let prefix = format!("{}-", topic_name("cut-off"));
    let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
    broker.create_topic(&name, 1, &[("cleanup.policy", "compact")]).await.unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.bootstrap_servers());
    let topic = TestTopic { prefix, name, protocol, producer: config.create().unwrap() };
    topic.send(1, "en").await;
    let (to, mut events) = unbounded_channel();
    let consumer = topic
        .consumer_of(topic.connection_to(broker.bootstrap_servers()))
        .metadata_refresh_interval(Duration::from_secs(1))
        .shutdown_timeout(Duration::from_secs(4))
        .start(noting(to))
        .await
        .unwrap();
    assert_eq!(navn(&next(&mut events).await), Some("en"));
    until(&consumer, |it| it.confirmed_age < Duration::from_secs(1)).await;
    assert!(consumer.health().is_live() && consumer.is_live(LIMIT));

    broker.kill().unwrap();
    let start = Instant::now();
    let (since, reason) = loop {
        assert!(start.elapsed() < LIMIT, "{:?}", consumer.health());
        match consumer.health() {
            Health::Stale { since, reason } => break (since, reason),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert!(since.elapsed().unwrap() >= Duration::from_secs(3));
    assert!(reason.contains("127.0.0.1") && reason.to_lowercase().contains("connect"), "{reason}");
    assert!(consumer.metrics().confirmed_age >= Duration::from_secs(3));
    assert!(!consumer.is_live(Duration::from_millis(500)) && consumer.failure().is_none());

    let restart = move || {
        broker.start_again().unwrap();
        broker
    };
    let mut broker = tokio::task::spawn_blocking(restart).await.unwrap();
    topic.send(2, "to").await;
    // What was not committed when the broker died comes again.
    while navn(&next(&mut events).await) != Some("to") {}
    until(&consumer, |it| it.confirmed_age < Duration::from_millis(800)).await;
    assert!(consumer.health().is_live());

    // And with nobody to commit to, a shutdown takes its time and no longer.
    topic.send(3, "tre").await;
    while navn(&next(&mut events).await) != Some("tre") {}
    broker.kill().unwrap();
    let start = Instant::now();
    let error = consumer.shutdown().await.err().map(|error| error.to_string());
    assert!(start.elapsed() < Duration::from_secs(4 + 2), "{:?} {error:?}", start.elapsed());
    assert!(error.is_none_or(|error| error.contains("handled again")));
}

async fn what_an_open_transaction_hides_is_a_number_and_no_lag(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    let producer: BaseProducer = client().set("transactional.id", &topic.name).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    let (first, text) = (key(0), value(0, "åpen"));
    producer.send(BaseRecord::to(&topic.name).key(&first).payload(&text)).unwrap();
    producer.flush(LIMIT).unwrap();
    topic.send_named("skjult", 1_000);

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    until(&consumer, |it| it.unstable() == Some(1_001) && it.lag() == Some(0)).await;
    assert!(events.try_recv().is_err());

    producer.commit_transaction(LIMIT).unwrap();
    until(&consumer, |it| it.handled == 1_001 && it.unstable() == Some(0)).await;
    consumer.shutdown().await.unwrap();
}
