//! Members of a group that come, go, and are fenced.

use super::*;

under_both_protocols! {
    two_members_with_a_rebalance_in_the_middle_lose_nothing_and_keep_the_order_of_each_key
    a_handler_that_does_not_end_is_dropped_when_its_partition_goes
    a_member_that_another_one_replaces_fails_with_the_fatal_error
    members_that_come_and_go_all_the_time_lose_nothing
}

async fn two_members_with_a_rebalance_in_the_middle_lose_nothing_and_keep_the_order_of_each_key(
    protocol: Protocol,
) {
    let topic = TestTopic::create(protocol, 4).await;
    topic.send_many(40, 10);
    let (to, mut events) = unbounded_channel::<(u8, Tiltakstype)>();
    // Each takes a moment, so that the second member comes while the first is at work.
    let save = |member: u8| {
        let to = to.clone();
        move |event: Tiltakstype| {
            let to = to.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                let _ = to.send((member, event));
                Ok::<_, String>(())
            }
        }
    };
    let first = topic.consumer().concurrency(2).start(save(1)).await.unwrap();
    let mut seen = vec![tokio::time::timeout(LIMIT, events.recv()).await.unwrap().unwrap()];

    let second = topic.consumer().concurrency(2).start(save(2)).await.unwrap();
    until(&second, |it| it.partitions.len() == 2).await;
    // After the rebalance too there is something for both.
    topic.send_many(40, 10);
    let handled = |seen: &[(u8, Tiltakstype)]| {
        seen.iter().map(|(_, event)| (event.partition(), event.offset())).collect::<BTreeSet<_>>().len()
    };
    while handled(&seen) < 800 {
        seen.push(tokio::time::timeout(LIMIT, events.recv()).await.unwrap().unwrap());
    }
    first.shutdown().await.unwrap();
    second.shutdown().await.unwrap();

    assert!(seen.iter().any(|(member, _)| *member == 2));
    let mut keys = BTreeMap::<_, Vec<i64>>::new();
    for (_, event) in &seen {
        keys.entry(event.key()).or_default().push(event.offset());
    }
    for (key, offsets) in keys {
        let first_time: Vec<i64> = {
            let mut met = BTreeSet::new();
            offsets.iter().copied().filter(|offset| met.insert(*offset)).collect()
        };
        assert!(first_time.is_sorted(), "{key}: {offsets:?}");
        // A partition is left when what is under way is committed, so nothing comes twice either.
        assert_eq!(first_time.len(), offsets.len(), "{key}: {offsets:?}");
    }
}

async fn a_handler_that_does_not_end_is_dropped_when_its_partition_goes(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 2).await;
    topic.send_many(20, 1);
    let stuck = |_: Tiltakstype| async {
        pending::<()>().await;
        Ok::<_, String>(())
    };
    let first = topic
        .consumer()
        .concurrency(20)
        .shutdown_timeout(Duration::from_millis(50))
        .start(stuck)
        .await
        .unwrap();
    until(&first, |it| it.partitions.len() == 2 && it.waiting() == 20).await;

    let (to, mut events) = unbounded_channel();
    let second = topic.consumer().start(noting(to)).await.unwrap();
    let event = next(&mut events).await;

    assert_eq!(event.offset(), 0, "nothing was committed");
    until(&first, |it| it.partitions.len() == 1 && it.abandoned > 0).await;
    first.shutdown().await.unwrap();
    until(&second, |it| it.handled == 20).await;
    second.shutdown().await.unwrap();
}

async fn a_member_that_another_one_replaces_fails_with_the_fatal_error(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 1).await;
    topic.send_many(5, 1);
    let builder = || topic.consumer_of(topic.connection().set("group.instance.id", "the-only-one"));
    let (to, mut events) = unbounded_channel();
    let first = builder().start(noting(to)).await.unwrap();
    next(&mut events).await;
    let (to, _events) = unbounded_channel();
    let second = builder().start(noting(to)).await.unwrap();

    // The classic coordinator lets the newcomer replace the other, the new one refuses it.
    let (replaced, code) = match protocol {
        Protocol::Classic | Protocol::Eager => (&first, "FencedInstanceId"),
        Protocol::Consumer => (&second, "UnreleasedInstanceId"),
    };
    let error = tokio::time::timeout(LIMIT, replaced.failed()).await.unwrap();
    assert!(format!("{error:?}").contains(code), "{error:?}");
    assert!(error.to_string().contains("Fatal"), "{error}");
    assert!(replaced.health().is_failed() && replaced.failure().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_with_an_eager_strategy_that_come_and_go_all_the_time_lose_nothing() {
    members_that_come_and_go_all_the_time_lose_nothing(Protocol::Eager).await;
}

async fn members_that_come_and_go_all_the_time_lose_nothing(protocol: Protocol) {
    let topic = TestTopic::create(protocol, 4).await;
    topic.send_many(200, 2);
    let (to, mut events) = unbounded_channel();
    let first = topic.consumer().start(noting(to.clone())).await.unwrap();
    for _ in 0..4 {
        let other = topic.consumer().start(noting(to.clone())).await.unwrap();
        topic.send_many(200, 1);
        until(&other, |it| !it.partitions.is_empty()).await;
        other.shutdown().await.unwrap();
    }
    let mut handled = BTreeSet::new();
    while handled.len() < 1_200 {
        let event = next(&mut events).await;
        handled.insert((event.partition(), event.offset()));
    }
    until(&first, |it| it.partitions.len() == 4 && it.lag() == Some(0)).await;
    assert_eq!(first.metrics().resets, 0);
    first.shutdown().await.unwrap();
}
