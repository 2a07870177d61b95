//! What users of other clients report of consumers and of consumer groups, tried on this one.

use rdkafka::admin::{AdminOptions, NewPartitions};
use tiltak_tests::kafka::{Broker, Way};
use tiltak_tests::signal::signal;

use super::killed::{child, handled};
use super::*;

under_both_protocols! {
    a_handler_that_takes_longer_than_the_poll_interval_keeps_its_partition
    nothing_is_passed_over_when_a_member_starts_again
    brokers_that_hang_for_longer_than_a_session_do_not_end_the_reading
    the_first_records_of_a_partition_that_is_added_are_handled
    a_group_whose_offsets_have_expired_gets_the_whole_topic
    a_member_that_was_suspended_takes_no_commit_back_and_joins_again
}

/// The member leaves the group and stays away: librdkafka 2971, rust-rdkafka 433, confluent-kafka-python 629.
async fn a_handler_that_takes_longer_than_the_poll_interval_keeps_its_partition(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send(1, "lenge").await;
    topic.send(2, "kort").await;
    let (to, mut events) = unbounded_channel();
    let handler = move |event: Tiltakstype| {
        if event.offset() == 0 {
            // Not even a handler that blocks its thread may hold the reader up.
            std::thread::sleep(Duration::from_secs(9));
        }
        let _ = to.send(event);
        std::future::ready(Ok::<_, String>(()))
    };
    let connection = topic.connection().set("max.poll.interval.ms", "6000");
    let consumer = topic.consumer_of(connection).concurrency(1).start(handler).await.unwrap();

    until(&consumer, |it| it.handled == 2).await;
    consumer.shutdown().await.unwrap();

    let both = [next(&mut events).await, next(&mut events).await];
    assert_eq!(both.each_ref().map(|it| (it.offset(), it.attempt())), [(0, 1), (1, 1)]);
    assert!(events.recv().await.is_none(), "nothing comes twice");
    assert_eq!(topic.committed(0), Offset::Offset(2));
}

/// With queues of partitions, what was fetched before the queue was there went to nobody: librdkafka 1720.
async fn nothing_is_passed_over_when_a_member_starts_again(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 4).await;
    topic.send_many(500, 8);
    let mut all = 0;
    while all < 4_000 {
        let before = topic.committed_offsets(&[0, 1, 2, 3]);
        let (to, mut events) = unbounded_channel();
        let consumer = topic.consumer().max_in_flight(50, 1_000_000).start(noting(to)).await.unwrap();
        until(&consumer, |it| it.handled > 300 || it.partitions.len() == 4 && it.lag() == Some(0)).await;
        consumer.shutdown().await.unwrap();

        let mut offsets = BTreeMap::<i32, BTreeSet<i64>>::new();
        while let Some(event) = events.recv().await {
            offsets.entry(event.partition()).or_default().insert(event.offset());
        }
        let after = topic.committed_offsets(&[0, 1, 2, 3]);
        for (partition, offsets) in offsets {
            let index = usize::try_from(partition).unwrap();
            let (start, end) = (before[index], after[index]);
            assert!(offsets.iter().copied().eq(start..end), "partition {partition}: {start} to {end}");
            all += offsets.len();
        }
    }
}

/// The consumer stops for good after trouble with the connection: vectordotdev/vector 22006, rust-rdkafka 638.
async fn brokers_that_hang_for_longer_than_a_session_do_not_end_the_reading(protocol: Protocol) {
    let mut broker = tokio::task::spawn_blocking(|| Broker::start(Way::Local, None)).await.unwrap().unwrap();
    let prefix = format!("{}-", topic_name("hang"));
    let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
    broker.create_topic(&name, 2, &[("cleanup.policy", "compact")]).await.unwrap();
    let brokers = broker.bootstrap_servers().to_owned();
    let producer = || {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &brokers).set("message.timeout.ms", "5000").create().unwrap()
    };
    let mut topic = TestTopic { prefix, name, protocol, producer: producer() };
    let (to, mut events) = unbounded_channel();
    let consumer =
        topic.consumer_of(topic.connection_to(broker.bootstrap_servers())).start(noting(to)).await.unwrap();
    topic.send(0, "før").await;
    next(&mut events).await;
    until(&consumer, |it| it.partitions.len() == 2).await;

    for round in 1..=2 {
        broker.suspend().unwrap();
        tokio::time::sleep(Duration::from_secs(9)).await;
        assert!(consumer.health().is_stale(), "{:?}", consumer.health());
        broker.resume().unwrap();
        let (resumed, mut missing) = (Instant::now(), (0..20).map(key).collect::<BTreeSet<_>>());
        for number in 0..20 {
            // A client that was told that there are no brokers delivers nothing any more (librdkafka 5301).
            while let Err(error) = topic.try_to_send(number, &round.to_string()).await {
                assert!(resumed.elapsed() < Duration::from_mins(2), "{error}");
                topic.producer = producer();
            }
        }
        while !missing.is_empty() {
            let event = next(&mut events).await;
            if navn(&event) == Some(&round.to_string()) {
                missing.remove(&event.key().to_string());
            }
        }
    }
    until(&consumer, |it| it.partitions.len() == 2 && it.lag() == Some(0)).await;
    assert_eq!(consumer.metrics().resets, 0);
    // The membership is confirmed a moment after the records are there.
    let start = Instant::now();
    while !consumer.health().is_live() {
        assert!(start.elapsed() < LIMIT, "{:?}", consumer.health());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    consumer.shutdown().await.unwrap();
}

/// Records that come before the group knows the partition are lost: IBM/sarama 1739, KAFKA-20539.
async fn the_first_records_of_a_partition_that_is_added_are_handled(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send(1, "før").await;
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    next(&mut events).await;

    let added = [NewPartitions::new(&topic.name, 3)];
    shared().admin().create_partitions(&added, &AdminOptions::new()).await.unwrap();
    let producer: FutureProducer = client().create().unwrap();
    let mut sent = BTreeSet::new();
    while sent.len() < 20 {
        let number = u32::try_from(sent.len()).unwrap();
        let (key, value) = (key(number), value(number, "etter"));
        let record = FutureRecord::to(&topic.name).key(&key).payload(&value);
        let record = record.partition(1 + i32::try_from(number % 2).unwrap());
        // A producer that does not know of the partition yet refuses the record.
        if let Ok(delivery) = producer.send(record, LIMIT).await {
            sent.insert((delivery.partition, delivery.offset));
        }
    }

    while !sent.is_empty() {
        let event = next(&mut events).await;
        sent.remove(&(event.partition(), event.offset()));
    }
    consumer.shutdown().await.unwrap();
}

/// The reader skips what came meanwhile, or fails: librdkafka 1442. A compacted topic has the state of every key, so
/// the right start is the first offset.
async fn a_group_whose_offsets_have_expired_gets_the_whole_topic(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 2).await;
    topic.send_many(20, 1);
    let (to, _events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    until(&consumer, |it| it.handled == 20).await;
    consumer.shutdown().await.unwrap();

    // What the coordinator does after `offsets.retention.minutes` without a member.
    let deleted = shared().admin().delete_groups(&[&topic.prefix], &AdminOptions::new()).await.unwrap();
    assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    topic.send(20, "etter").await;

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    until(&consumer, |it| it.handled == 21).await;
    consumer.shutdown().await.unwrap();
    let mut keys = BTreeSet::new();
    while let Some(event) = events.recv().await {
        keys.insert(event.key().to_string());
    }
    assert_eq!(keys, (0..21).map(key).collect());
}

/// It commits what it held of partitions that others have now, or never comes back: confluent-kafka-python 700,
/// kafka-python 1435.
async fn a_member_that_was_suspended_takes_no_commit_back_and_joins_again(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 2).await;
    topic.send_many(100, 100);
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("handled");
    let mut child = child(&topic, &database);
    let start = Instant::now();
    while handled(&database).len() < 300 {
        assert!(start.elapsed() < LIMIT);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    signal("STOP", &[child.id()]).unwrap();
    let (to, mut events) = unbounded_channel();
    let consumer =
        topic.consumer().commit_interval(Duration::from_millis(50)).start(noting(to)).await.unwrap();
    until(&consumer, |it| it.partitions.len() == 2 && it.lag() == Some(0) && it.waiting() == 0).await;
    let committed = || topic.committed_offsets(&[0, 1]).iter().sum::<i64>();
    while committed() < 10_000 {
        assert!(start.elapsed() < 2 * LIMIT, "{}", committed());
    }

    signal("CONT", &[child.id()]).unwrap();
    for _ in 0..30 {
        assert_eq!(committed(), 10_000, "a commit was taken back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    consumer.shutdown().await.unwrap();
    while events.try_recv().is_ok() {}
    let before = handled(&database).len();
    topic.send_many(10, 1);
    while handled(&database).len() < before + 10 {
        assert!(start.elapsed() < 4 * LIMIT, "it does not come back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
