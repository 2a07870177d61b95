//! How a consumer ends: shut down, dropped, or with its brokers gone.

use super::*;

under_both_protocols! {
    a_shutdown_finishes_what_is_under_way_and_commits_it
    what_was_not_committed_before_an_abrupt_stop_comes_again_and_nothing_is_lost
    a_shutdown_takes_its_timeout_once_when_handlers_do_not_end
}

async fn a_shutdown_finishes_what_is_under_way_and_commits_it(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    for number in 0..3 {
        topic.send(number, "en").await;
    }
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let save = {
        let (begun, may_end) = (Arc::clone(&begun), Arc::clone(&may_end));
        move |event: Tiltakstype| {
            let (begun, may_end) = (Arc::clone(&begun), Arc::clone(&may_end));
            async move {
                if event.offset() == 2 {
                    begun.notify_one();
                    may_end.notified().await;
                }
                Ok::<_, String>(())
            }
        }
    };
    let consumer = topic.consumer().commit_interval(LIMIT * 100).start(save).await.unwrap();
    begun.notified().await;

    let shutdown = tokio::spawn(consumer.shutdown());
    may_end.notify_one();
    shutdown.await.unwrap().unwrap();

    assert_eq!(topic.committed(0), Offset::Offset(3));
    topic.send(9, "ny").await;
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    assert_eq!(next(&mut events).await.offset(), 3, "nothing comes twice after a shutdown");
    consumer.shutdown().await.unwrap();
}

async fn what_was_not_committed_before_an_abrupt_stop_comes_again_and_nothing_is_lost(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 2).await;
    topic.send_many(50, 2);
    let (to, mut events) = unbounded_channel();
    let stuck = key(7);
    let save = {
        let stuck = stuck.clone();
        move |event: Tiltakstype| {
            let (to, is_stuck) = (to.clone(), event.key().to_string() == stuck);
            async move {
                if is_stuck {
                    pending::<()>().await;
                }
                let _ = to.send(event);
                Ok::<_, String>(())
            }
        }
    };
    let builder = || topic.consumer();
    let consumer = builder().commit_interval(Duration::from_millis(20)).start(save).await.unwrap();
    let mut handled = BTreeSet::new();
    while handled.len() < 60 {
        let event = next(&mut events).await;
        handled.insert((event.partition(), event.offset()));
    }

    drop(consumer);
    // What else it had handled and may have committed: that does not come again.
    while let Some(event) = tokio::time::timeout(LIMIT, events.recv()).await.unwrap() {
        handled.insert((event.partition(), event.offset()));
    }
    let (to, mut events) = unbounded_channel();
    let consumer = builder().start(noting(to)).await.unwrap();
    let mut again = BTreeMap::<_, Vec<i64>>::new();
    while handled.len() < 100 || !again.contains_key(&stuck) {
        let event = next(&mut events).await;
        handled.insert((event.partition(), event.offset()));
        again.entry(event.key().to_string()).or_default().push(event.offset());
    }

    assert!(again[&stuck].is_sorted(), "{again:?}");
    until(&consumer, |it| it.waiting() == 0).await;
    consumer.shutdown().await.unwrap();
}

async fn a_shutdown_takes_its_timeout_once_when_handlers_do_not_end(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 2).await;
    topic.send_many(20, 1);
    let (to, mut begun) = unbounded_channel();
    let stuck = move |event: Tiltakstype| {
        let _ = to.send(event);
        pending::<Result<(), String>>()
    };
    let timeout = Duration::from_secs(4);
    let consumer = topic.consumer().concurrency(8).shutdown_timeout(timeout).start(stuck).await.unwrap();
    until(&consumer, |it| it.partitions.len() == 2 && it.waiting() == 20).await;
    for _ in 0..8 {
        next(&mut begun).await;
    }

    let start = Instant::now();
    let handle = consumer.handle();
    consumer.shutdown().await.unwrap();
    assert!(start.elapsed() < timeout + Duration::from_secs(1), "{:?}", start.elapsed());
    let metrics = handle.metrics();
    assert_eq!((metrics.handled, metrics.abandoned), (0, 8), "as many as are handled at once");

    // It has left the group: the next one need not wait for it.
    let (to, mut events) = unbounded_channel();
    let consumer = topic.consumer().start(noting(to)).await.unwrap();
    let start = Instant::now();
    next(&mut events).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    until(&consumer, |it| it.handled == 20).await;
    consumer.shutdown().await.unwrap();
}
