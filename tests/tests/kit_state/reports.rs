//! What users of Kafka Streams report of tables that are restored from disk, tried on this one.

use rdkafka::TopicPartitionList;
use rdkafka::admin::AdminOptions;
use tiltak_tests::kafka::shared;

use super::*;

/// The state is marked as usable at a clean end only, and all is read again after any other: KAFKA-18168, KAFKA-5241.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_as_soon_as_it_is_ready_goes_on_from_there() {
    let topic = TestTopic::create(2, &[("cleanup.policy", "compact")]).await;
    for number in 0..50 {
        let (key, value) = numbered(number, "en");
        topic.send(&key, Some(&value)).await;
    }
    let mut child = child(&topic, topic.folder.path());
    let killed = tokio::task::spawn_blocking(move || {
        let start = await_ready(&mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        start
    });
    assert_eq!(killed.await.unwrap(), "Fresh");

    let table = ready(topic.builder()).await;

    assert_eq!((table.started(), table.counters().records), (&Start::Resumed, 0));
    assert_eq!(table.len(), 50);
}

/// A position that is no longer in the log is asked for again and again: KAFKA-10306, KAFKA-6121.
#[tokio::test]
async fn a_position_that_was_deleted_meanwhile_is_left_and_the_partition_read_anew() {
    // A broker deletes records on demand only where the policy is to delete.
    let topic = TestTopic::create(1, &[("cleanup.policy", "compact,delete")]).await;
    let builder = || topic.builder().any_cleanup_policy();
    for number in 0..20 {
        let (key, value) = numbered(number, "før");
        topic.send(&key, Some(&value)).await;
    }
    ready(builder()).await.close().await;
    for number in 10..30 {
        let (key, value) = numbered(number, "etter");
        topic.send(&key, Some(&value)).await;
    }
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&topic.name, 0, rdkafka::Offset::Offset(30)).unwrap();
    let deleted = shared().admin().delete_records(&before, &AdminOptions::new()).await.unwrap();
    assert!(deleted.elements().iter().all(|it| it.error().is_ok()), "{deleted:?}");

    let table = ready(builder()).await;

    assert!(matches!(table.started(), Start::Rebuilt(Reason::Deleted { .. })), "{:?}", table.started());
    let fresh = ready(Table::builder(topic.connection()).any_cleanup_policy()).await;
    assert!(table.snapshot().to_map() == fresh.snapshot().to_map());
    assert_eq!(
        table.snapshot().to_map().into_keys().collect::<Vec<_>>(),
        (20..30).map(id).collect::<Vec<_>>()
    );
}

/// A checkpoint that names partitions which are not there ends in a null pointer: KAFKA-8671.
#[tokio::test]
async fn a_topic_that_was_made_anew_with_fewer_partitions_is_read_anew() {
    let topic = TestTopic::create(4, &[("cleanup.policy", "compact")]).await;
    for number in 0..40 {
        let (key, value) = numbered(number, "før");
        topic.send(&key, Some(&value)).await;
    }
    ready(topic.builder()).await.close().await;
    shared().delete_topic(&topic.name).await.unwrap();
    let start = Instant::now();
    while let Err(error) = shared().create_topic(&topic.name, 1, &[("cleanup.policy", "compact")]).await {
        assert!(start.elapsed() < LIMIT, "{error:#}");
    }
    // A producer of its own: the other one knows the old partitions.
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", shared().bootstrap_servers()).create().unwrap();
    let (key, value) = numbered(7, "etter");
    producer.send(FutureRecord::to(&topic.name).key(&key).payload(&value), LIMIT).await.unwrap();

    let table = ready(topic.builder()).await;

    assert_eq!(table.started(), &Start::Rebuilt(Reason::Recreated));
    assert_eq!((table.len(), table.get(&id(7)).unwrap().navn.as_str()), (1, "etter"));
    table.close().await;
    assert_eq!(ready(topic.builder()).await.started(), &Start::Resumed);
}
