//! A log that is another one than it was: the topic was made anew, the log truncated, records deleted.

use std::collections::HashSet;

use rdkafka::admin::{AdminClient, AdminOptions};

use super::*;

under_both_protocols! {
    a_topic_made_anew_at_once_with_few_records_is_handled_from_its_start
    a_topic_made_anew_at_once_with_many_records_is_handled_from_its_start
    a_topic_made_anew_after_a_while_with_few_records_is_handled_from_its_start
    a_topic_made_anew_after_a_while_with_many_records_is_handled_from_its_start
    an_offset_that_was_committed_of_the_earlier_topic_is_not_taken_for_one_of_this
    an_offset_that_was_committed_without_a_topic_is_trusted
    an_offset_beyond_the_end_of_the_log_is_a_truncated_log
    records_that_were_deleted_before_they_were_read_are_counted
}

/// Where in which log: the navn tells the logs apart.
fn of_log(events: &[Tiltakstype], log: &str) -> HashSet<i64> {
    events.iter().filter(|event| navn(event) == Some(log)).map(Event::offset).collect()
}

async fn a_topic_made_anew(protocol: Protocol, after: Duration, records: u32) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send_named("gammel", 1_000);
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    until(&consumer, |it| it.handled == 1_000).await;
    while events.try_recv().is_ok() {}

    shared().delete_topic(&topic.name).await.unwrap();
    tokio::time::sleep(after).await;
    topic.make(1, &[("cleanup.policy", "compact")]).await;
    topic.send_named("ny", records);

    let all: HashSet<i64> = (0..i64::from(records)).collect();
    let mut handled = Vec::new();
    while of_log(&handled, "ny") != all {
        handled.push(next(&mut events).await);
    }
    until(&consumer, |it| {
        let position = it.partitions.first().and_then(|it| it.committable_offset);
        position == Some(i64::from(records)) && it.lag() == Some(0) && it.resets >= 1
    })
    .await;
    consumer.shutdown().await.unwrap();
    let (committed, metadata) = topic.committed_with_metadata(0);
    assert_eq!(committed, Offset::Offset(i64::from(records)), "also when it is lower than before");
    assert!(metadata.starts_with("tiltak.topic-id="), "{metadata}");
}

async fn a_topic_made_anew_at_once_with_few_records_is_handled_from_its_start(protocol: Protocol) {
    a_topic_made_anew(protocol, Duration::from_millis(300), 10).await;
}

async fn a_topic_made_anew_at_once_with_many_records_is_handled_from_its_start(protocol: Protocol) {
    a_topic_made_anew(protocol, Duration::from_millis(300), 2_000).await;
}

async fn a_topic_made_anew_after_a_while_with_few_records_is_handled_from_its_start(protocol: Protocol) {
    a_topic_made_anew(protocol, Duration::from_secs(3), 10).await;
}

async fn a_topic_made_anew_after_a_while_with_many_records_is_handled_from_its_start(protocol: Protocol) {
    a_topic_made_anew(protocol, Duration::from_secs(3), 2_000).await;
}

async fn an_offset_that_was_committed_of_the_earlier_topic_is_not_taken_for_one_of_this(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send_named("gammel", 100);
    let (to, _events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    until(&consumer, |it| it.handled == 100).await;
    consumer.shutdown().await.unwrap();
    let (offset, metadata) = topic.committed_with_metadata(0);
    assert_eq!(offset, Offset::Offset(100));

    shared().delete_topic(&topic.name).await.unwrap();
    topic.make(1, &[("cleanup.policy", "compact")]).await;
    topic.send_named("ny", 300);
    // The deletion has deleted what was committed; a member that was away may commit it once more.
    topic.commit(0, 100, Some(&metadata));
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();

    assert_eq!(next(&mut events).await.offset(), 0);
    until(&consumer, |it| it.handled == 300 && it.resets == 1).await;
    consumer.shutdown().await.unwrap();
    assert_eq!(topic.committed(0), Offset::Offset(300));
}

async fn an_offset_that_was_committed_without_a_topic_is_trusted(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send_named("en", 50);
    topic.commit(0, 20, None);
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();

    assert_eq!(next(&mut events).await.offset(), 20);
    until(&consumer, |it| it.handled == 30 && it.resets == 0).await;
    consumer.shutdown().await.unwrap();
}

async fn an_offset_beyond_the_end_of_the_log_is_a_truncated_log(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send_named("en", 50);
    // As an unclean leader election leaves it.
    topic.commit(0, 70, None);
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();

    assert_eq!(next(&mut events).await.offset(), 0);
    until(&consumer, |it| it.handled == 50 && it.resets == 1).await;
    consumer.shutdown().await.unwrap();
    assert_eq!(topic.committed(0), Offset::Offset(50));
}

async fn records_that_were_deleted_before_they_were_read_are_counted(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    shared().delete_topic(&topic.name).await.unwrap();
    topic.make(1, &[("cleanup.policy", "delete")]).await;
    topic.send_named("en", 50);
    topic.commit(0, 10, None);
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&topic.name, 0, Offset::Offset(30)).unwrap();
    let admin: AdminClient<_> = client().create().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(LIMIT));
    admin.delete_records(&before, &options).await.unwrap();
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();

    assert_eq!(next(&mut events).await.offset(), 30);
    until(&consumer, |it| it.handled == 20 && it.resets == 1).await;
    consumer.shutdown().await.unwrap();
}
