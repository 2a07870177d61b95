//! A table that its brokers do not serve.

use tiltak_consumer_kit::Health;

use super::*;

/// A broker with one record and a table of it, which asks every second.
async fn served() -> (Broker, Table<SisteTiltakstyperV3>) {
    let broker = tokio::task::spawn_blocking(|| Broker::start(Way::Local, None)).await.unwrap().unwrap();
    broker.create_topic(SisteTiltakstyperV3::NAME, 1, &[("cleanup.policy", "compact")]).await.unwrap();
    send(broker.bootstrap_servers(), 0).await;
    let table = Table::<SisteTiltakstyperV3>::builder(broker.bootstrap_servers())
        .metadata_refresh_interval(Duration::from_secs(1))
        .start()
        .await
        .unwrap();
    table.ready(LIMIT).await.unwrap();
    assert!(table.health().is_live());
    (broker, table)
}

async fn send(brokers: &str, number: usize) {
    let (key, value) = golden(number + 1).pop().unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("message.timeout.ms", "5000");
    let start = Instant::now();
    loop {
        // A client that was told that there are no brokers delivers nothing any more (librdkafka 5301): always a new one.
        let producer: FutureProducer = config.create().unwrap();
        let record = FutureRecord::to(SisteTiltakstyperV3::NAME).key(&key).payload(&value);
        let Err((error, _)) = producer.send(record, LIMIT).await else { return };
        // A broker that was killed is let in again when its old session has run out.
        assert!(start.elapsed() < Duration::from_mins(2), "{error}");
    }
}

async fn until(table: &Table<SisteTiltakstyperV3>, condition: impl Fn(&Health) -> bool) -> Health {
    let start = Instant::now();
    loop {
        let health = table.health();
        if condition(&health) {
            return health;
        }
        assert!(start.elapsed() < LIMIT, "{health:?} {:?}", table.metrics());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What a table shows whose brokers are away, until it gives one of these reasons.
async fn is_stale(table: &Table<SisteTiltakstyperV3>, reasons: &[&str]) {
    until(table, Health::is_stale).await;
    let is_explained = |health: &Health| {
        let Health::Stale { since, reason } = health else { panic!("{health:?}") };
        assert!(since.elapsed().unwrap() >= Duration::from_secs(3));
        reasons.iter().any(|it| reason.to_lowercase().contains(it))
    };
    // The request that is under way when it becomes stale has not failed yet.
    until(table, is_explained).await;
    assert!(table.metrics().confirmed_age >= Duration::from_secs(3));
    assert!(!table.is_live(Duration::from_secs(2)) && table.failure().is_none());
    assert_eq!(table.len(), 1, "what was there stays");
    let error = table.barrier(Duration::from_millis(300)).await.unwrap_err();
    assert!(error.is_deadline() || error.is_unreachable(), "{error}");
}

async fn is_live_again(table: &Table<SisteTiltakstyperV3>) {
    table.barrier(Duration::from_mins(2)).await.unwrap();
    until(table, Health::is_live).await;
    assert!(table.is_live(Duration::from_secs(5)));
    assert_eq!((table.len(), table.counters().rebuilds), (2, 0), "its log was there all the time");
}

#[tokio::test]
async fn a_table_without_brokers_is_stale_and_says_why_until_they_are_back() {
    let (mut broker, table) = served().await;

    broker.kill().unwrap();
    is_stale(&table, &["connection refused"]).await;

    let restart = move || {
        broker.start_again().unwrap();
        broker
    };
    let broker = tokio::task::spawn_blocking(restart).await.unwrap();
    send(broker.bootstrap_servers(), 1).await;
    is_live_again(&table).await;
    drop((table, broker));
}

#[tokio::test]
async fn a_table_whose_brokers_hang_is_stale_and_says_so_until_they_answer() {
    let (mut broker, table) = served().await;

    broker.suspend().unwrap();
    is_stale(&table, &["timed out", "answer"]).await;

    broker.resume().unwrap();
    send(broker.bootstrap_servers(), 1).await;
    is_live_again(&table).await;
}
