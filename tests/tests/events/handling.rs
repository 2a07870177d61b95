//! What a handler gets, and in which order.

use std::ptr;

use rdkafka::bindings::rd_kafka_header_add;

use super::*;

under_both_protocols! {
    a_new_group_gets_every_record_with_its_place_and_its_headers
    a_header_whose_name_is_no_utf_8_does_not_keep_its_record_away
    a_key_that_fails_holds_up_its_own_later_records_and_no_others
    a_partition_where_too_many_wait_is_paused_and_goes_on
    a_log_that_ends_in_a_marker_is_committed_to_its_end_and_aborted_records_do_not_come
    a_topic_that_is_not_there_is_told_at_the_start
    whatever_of_the_callers_code_panics_each_event_is_handled_in_the_end
}

async fn a_new_group_gets_every_record_with_its_place_and_its_headers(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = OwnedHeaders::new()
        .insert(Header { key: "traceparent", value: Some(trace) })
        .insert(Header { key: "empty", value: Option::<&str>::None });
    let (key, value) = (key(1), value(1, "en"));
    let record =
        FutureRecord::to(&topic.name).key(&key).payload(&value).headers(headers).timestamp(1_700_000_000_000);
    topic.producer.send(record, LIMIT).await.unwrap();
    let tombstone = FutureRecord::<str, str>::to(&topic.name).key(&key);
    topic.producer.send(tombstone, LIMIT).await.unwrap();

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    let first = next(&mut events).await;
    let second = next(&mut events).await;

    assert_eq!((first.partition(), first.offset(), first.attempt()), (0, 0, 1));
    assert_eq!((navn(&first), first.timestamp()), (Some("en"), 1_700_000_000_000));
    assert_eq!(first.traceparent(), Some(trace));
    assert_eq!(
        first.headers().collect::<Vec<_>>(),
        [("traceparent", Some(trace.as_bytes())), ("empty", None)]
    );
    assert_eq!((second.offset(), navn(&second)), (1, None), "a tombstone");
    until(&consumer, |it| it.handled == 2 && it.lag() == Some(0) && it.waiting() == 0).await;
    consumer.shutdown().await.unwrap();
}

#[expect(unsafe_code, reason = "other clients send any bytes as a name, and this one only texts")]
async fn a_header_whose_name_is_no_utf_8_does_not_keep_its_record_away(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    let headers = OwnedHeaders::new().insert(Header { key: "next", value: Some("2") });
    let (name, borrowed) = (b"s\xf8ker", ptr::from_ref(headers.as_borrowed()));
    // SAFETY: what is borrowed from the headers is those of the library, and lives. It copies the name.
    unsafe {
        rd_kafka_header_add(borrowed.cast_mut().cast(), name.as_ptr().cast(), 5, ptr::null(), 0);
    }
    let (key, value) = (key(1), value(1, "en"));
    let record = FutureRecord::to(&topic.name).key(&key).payload(&value).headers(headers);
    topic.producer.send(record, LIMIT).await.unwrap();

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    let event = next(&mut events).await;

    assert_eq!(event.headers().collect::<Vec<_>>(), [("next", Some(&b"2"[..])), ("s\u{fffd}ker", None)]);
    consumer.shutdown().await.unwrap();
}

async fn a_key_that_fails_holds_up_its_own_later_records_and_no_others(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send_many(20, 3);
    let failing = Arc::new(AtomicBool::new(true));
    let (to, mut events) = unbounded_channel();
    let (bad, still) = (key(0), Arc::clone(&failing));
    let failures = Arc::new(Mutex::new(Vec::<HandlerFailure>::new()));
    let noted = Arc::clone(&failures);
    let save = move |event: Tiltakstype| {
        let fails = event.key().to_string() == bad && still.load(Ordering::SeqCst);
        assert!(!fails || event.attempt().is_multiple_of(2), "a panic is a failure too");
        if !fails {
            let _ = to.send(event);
        }
        std::future::ready(if fails { Err("the database is away") } else { Ok(()) })
    };
    let consumer = topic
        .consumer()
        .concurrency(2)
        .commit_interval(Duration::from_millis(20))
        .on_failure(move |failure| noted.lock().unwrap().push(failure.clone()))
        .start(save)
        .await
        .unwrap();

    for _ in 0..57 {
        assert_ne!(next(&mut events).await.key().to_string(), key(0));
    }
    until(&consumer, |it| it.retried > 4).await;
    let metrics = consumer.metrics();
    assert_eq!((metrics.handled, metrics.waiting()), (57, 3));
    assert_eq!(metrics.partitions[0].committable_offset, Some(0), "nothing is committed past it");
    assert_eq!(topic.committed(0), Offset::Offset(0));
    failing.store(false, Ordering::SeqCst);
    for time in ["0", "1", "2"] {
        let event = next(&mut events).await;
        assert_eq!((event.key().to_string(), navn(&event)), (key(0), Some(time)));
    }
    until(&consumer, |it| it.partitions[0].committable_offset == Some(60)).await;
    consumer.shutdown().await.unwrap();
    assert_eq!(topic.committed(0), Offset::Offset(60));
    let failures = failures.lock().unwrap();
    let text = failures[1].to_string();
    let place = format!("{}, partition 0, offset 0, key {}", topic.name, key(0));
    assert!(text.starts_with(&place) && text.contains("the database is away"), "{text}");
    assert_eq!(failures[0].cause, "a panic");
}

async fn a_partition_where_too_many_wait_is_paused_and_goes_on(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send_many(100, 5);
    let (open, is_open) = tokio::sync::watch::channel(false);
    let save = move |_: Tiltakstype| {
        let mut is_open = is_open.clone();
        async move { is_open.wait_for(|open| *open).await.map(|_| ()).map_err(|error| error.to_string()) }
    };
    let consumer = topic.consumer().max_in_flight(20, 1_000_000).start(save).await.unwrap();

    until(&consumer, |it| it.partitions.first().is_some_and(|it| it.paused)).await;
    assert!(consumer.metrics().waiting() <= 21, "{:?}", consumer.metrics());
    open.send(true).unwrap();
    until(&consumer, |it| it.handled == 500 && it.waiting() == 0).await;

    consumer.shutdown().await.unwrap();
    assert_eq!(topic.committed(0), Offset::Offset(500));
}

async fn a_log_that_ends_in_a_marker_is_committed_to_its_end_and_aborted_records_do_not_come(
    protocol: Protocol,
) {
    let topic = TestTopic::create(protocol, 1).await;
    let producer: BaseProducer = client().set("transactional.id", &topic.name).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    let send = |number: u32| {
        producer.begin_transaction().unwrap();
        let (key, value) = (key(number), value(number, "en"));
        producer.send(BaseRecord::to(&topic.name).key(&key).payload(&value)).unwrap();
        producer.flush(LIMIT).unwrap();
    };
    send(1);
    producer.commit_transaction(LIMIT).unwrap();
    send(2);
    producer.abort_transaction(LIMIT).unwrap();

    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    assert_eq!(next(&mut events).await.key().to_string(), key(1));
    until(&consumer, |it| {
        it.lag() == Some(0) && it.partitions.iter().any(|it| it.committable_offset == Some(4))
    })
    .await;

    consumer.shutdown().await.unwrap();
    assert_eq!(topic.committed(0), Offset::Offset(4));
    assert!(events.try_recv().is_err());
}

async fn a_topic_that_is_not_there_is_told_at_the_start(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    let started = topic.consumer_of(topic.connection().topic_prefix("no-such-"));

    let error = started.start(|_| std::future::ready(Ok::<_, String>(()))).await.err().unwrap();

    assert!(error.is_missing_topic(), "{error}");
}

/// An error that cannot be shown.
struct Mean;

impl std::fmt::Display for Mean {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("in Display")
    }
}

async fn whatever_of_the_callers_code_panics_each_event_is_handled_in_the_end(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 2).await;
    topic.send_many(60, 2);
    let handler = |event: Tiltakstype| {
        assert!(event.attempt() != 1 || event.offset() % 2 != 0, "at once");
        async move {
            tokio::task::yield_now().await;
            assert!(event.attempt() != 1 || event.offset() % 3 != 0, "later");
            if event.attempt() == 1 { Err(Mean) } else { Ok(()) }
        }
    };
    let builder = topic.consumer().concurrency(3).on_failure(|_| panic!("in on_failure"));
    let consumer = builder.start(handler).await.unwrap();

    until(&consumer, |it| it.handled == 120 && it.waiting() == 0).await;
    assert!(consumer.metrics().retried >= 120 && consumer.failure().is_none());
    consumer.shutdown().await.unwrap();
}
