//! Records that cannot be decoded.

use super::*;

under_both_protocols! {
    a_record_that_cannot_be_decoded_stops_the_consumer_after_what_came_before_it
    a_record_that_cannot_be_decoded_goes_to_the_dead_letters_with_headers_that_say_why
    a_key_that_is_missing_is_none_and_no_empty_one_up_to_the_dead_letter
}

async fn a_record_that_cannot_be_decoded_stops_the_consumer_after_what_came_before_it(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send_many(30, 1);
    let bad_key = key(3);
    let bad = FutureRecord::to(&topic.name).key(&bad_key).payload(r#"{"id": "Kari Nordmann"}"#);
    topic.producer.send(bad, LIMIT).await.unwrap();
    topic.send(4, "etter").await;

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().concurrency(1).start(noting(to)).await.unwrap();
    let error = tokio::time::timeout(LIMIT, consumer.failed()).await.unwrap();

    let place = format!("{}, partition 0, offset 30, key {}: ", topic.name, key(3));
    assert!(error.is_undecodable() && error.to_string().starts_with(&place), "{error}");
    assert!(!error.to_string().contains("Kari"), "{error}");
    assert_eq!(topic.committed(0), Offset::Offset(30));
    assert_eq!(consumer.metrics().handled, 30);
    drop(consumer);

    while events.recv().await.is_some() {}
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().on_poison(OnPoison::Skip).start(noting(to)).await.unwrap();
    assert_eq!(next(&mut events).await.offset(), 31);
    until(&consumer, |it| it.undecodable == 1 && it.partitions[0].committable_offset == Some(32)).await;
    consumer.shutdown().await.unwrap();
}

async fn a_record_that_cannot_be_decoded_goes_to_the_dead_letters_with_headers_that_say_why(
    protocol: Protocol,
) {
    let topic = TestTopic::create(protocol, 1).await;
    let letters = format!("{}letters", topic.prefix);
    shared().create_topic(&letters, 1, &[]).await.unwrap();
    topic.send(1, "en").await;
    let (key, bad) = (key(2), b"\xff\xfe".to_vec());
    topic.producer.send(FutureRecord::to(&topic.name).key(&key).payload(&bad), LIMIT).await.unwrap();
    topic.send(2, "to").await;

    let (to, mut events) = unbounded_channel();
    let consumer = topic
        .consumer()
        .on_poison(OnPoison::DeadLetter(topic.connection(), letters.clone()))
        .start(noting(to))
        .await
        .unwrap();
    let handled = [next(&mut events).await, next(&mut events).await];
    let names: BTreeSet<_> = handled.iter().map(navn).collect();
    assert_eq!(names, [Some("en"), Some("to")].into(), "the key's later records go on");
    until(&consumer, |it| it.undecodable == 1 && it.partitions[0].committable_offset == Some(3)).await;
    consumer.shutdown().await.unwrap();

    let reader: BaseConsumer = client().set("group.id", "none").create().unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(&letters, 0, Offset::Beginning).unwrap();
    reader.assign(&from).unwrap();
    let letter = reader.poll(LIMIT).unwrap().unwrap();
    assert_eq!((letter.key(), letter.payload()), (Some(key.as_bytes()), Some(&*bad)));
    let headers: BTreeMap<_, _> = letter
        .headers()
        .unwrap()
        .iter()
        .map(|it| (it.key, String::from_utf8_lossy(it.value.unwrap()).into_owned()))
        .collect();
    assert_eq!(headers["tiltak.topic"], topic.name);
    assert_eq!((&*headers["tiltak.partition"], &*headers["tiltak.offset"]), ("0", "1"));
    assert!(headers["tiltak.found"].contains("UTF-8"), "{headers:?}");
}

async fn a_key_that_is_missing_is_none_and_no_empty_one_up_to_the_dead_letter(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    shared().delete_topic(&topic.name).await.unwrap();
    // A compacted topic takes no record without a key.
    topic.make(1, &[("cleanup.policy", "delete")]).await;
    let letters = format!("{}letters", topic.prefix);
    shared().create_topic(&letters, 1, &[]).await.unwrap();
    let text = value(1, "en");
    let producer: BaseProducer = client().create().unwrap();
    producer.send(BaseRecord::<(), str>::to(&topic.name).payload(&text)).unwrap();
    producer.send(BaseRecord::<str, str>::to(&topic.name).key("").payload(&text)).unwrap();
    producer.send(BaseRecord::<(), str>::to(&topic.name)).unwrap();
    producer.send(BaseRecord::<str, str>::to(&topic.name).key("")).unwrap();
    producer.flush(LIMIT).unwrap();
    topic.send(2, "to").await;

    let (to, mut events) = unbounded_channel();
    let poison = OnPoison::DeadLetter(topic.connection(), letters.clone());
    let consumer = topic.consumer().on_poison(poison).start(noting(to)).await.unwrap();
    assert_eq!(next(&mut events).await.offset(), 4);
    until(&consumer, |it| it.partitions[0].committable_offset == Some(5)).await;
    let metrics = consumer.metrics();
    assert_eq!((metrics.undecodable, metrics.unreadable_tombstones), (4, 2));
    consumer.shutdown().await.unwrap();

    let reader: BaseConsumer = client().set("group.id", "none").create().unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(&letters, 0, Offset::Beginning).unwrap();
    reader.assign(&from).unwrap();
    let keys = [(); 2].map(|()| reader.poll(LIMIT).unwrap().unwrap().key().map(<[u8]>::to_vec));
    assert_eq!(keys, [None, Some(Vec::new())]);
}
