//! The cluster of three nodes that the tests start, and what the producer makes of it.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use tiltak_producer::kafka::Cluster;
use tiltak_tests::kafka::{Broker, Nodes, Partition, Way, topic_name};

const LIMIT: Duration = Duration::from_mins(1);

/// One test at a time: some of them kill nodes.
fn cluster() -> MutexGuard<'static, Broker> {
    static CLUSTER: LazyLock<Mutex<Broker>> =
        LazyLock::new(|| Mutex::new(Broker::start_nodes(Way::Local, Nodes::Three, None).unwrap()));
    let broker = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    broker.wait_until_in_sync(LIMIT).unwrap();
    broker
}

/// The partitions of a topic, or of all whose names begin so.
fn partitions_of(broker: &Broker, topic: &str) -> Vec<Partition> {
    let all = broker.partitions().unwrap();
    let found: Vec<_> = all.into_iter().filter(|it| it.topic.starts_with(topic)).collect();
    assert!(!found.is_empty(), "{topic}");
    found
}

fn until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LIMIT, "waited in vain");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn create_topics(broker: &Broker) -> (tokio::runtime::Runtime, Cluster, String) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let prefix = format!("{}-", topic_name("cluster"));
    let cluster = Cluster::new(broker.bootstrap_servers()).with_prefix(&prefix);
    assert_eq!(runtime.block_on(cluster.create_topics()).unwrap().len(), 5);
    (runtime, cluster, prefix)
}

fn transaction(broker: &Broker, topic: &str) -> BaseProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.bootstrap_servers()).set("transactional.id", topic);
    let producer: BaseProducer = config.create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(topic).key("key").payload("value")).unwrap();
    producer
}

#[test]
fn topics_get_the_replicas_of_their_contracts_and_two_of_them_have_to_be_in_sync() {
    let broker = cluster();
    let (runtime, cluster, prefix) = create_topics(&broker);

    let found = partitions_of(&broker, &prefix);
    assert!(found.iter().all(|it| it.replicas.len() == 3 && it.in_sync.len() >= 2), "{found:?}");
    let topic = cluster.checkpoint_topic();
    let asked = [ResourceSpecifier::Topic(&topic)];
    let mut answers =
        runtime.block_on(broker.admin().describe_configs(&asked, &AdminOptions::new())).unwrap();
    let settings = answers.remove(0).unwrap();
    let value = settings.get("min.insync.replicas").and_then(|entry| entry.value.clone());
    assert_eq!(value.as_deref(), Some("2"));
}

#[test]
fn topics_get_all_their_replicas_while_a_node_is_away() {
    let mut broker = cluster();
    broker.node(3).unwrap().kill().unwrap();
    // Missed: the cluster says that it has two.
    until(|| broker.admin().inner().fetch_metadata(None, LIMIT).unwrap().brokers().len() == 2);

    let (_, _, prefix) = create_topics(&broker);
    let found = partitions_of(&broker, &prefix);
    broker.node(3).unwrap().start().unwrap();

    assert!(found.iter().all(|it| it.replicas.len() == 3), "{found:?}");
}

#[test]
fn transactions_and_the_positions_of_groups_are_on_three_nodes() {
    let broker = cluster();
    let topic = topic_name("internal");
    tokio::runtime::Runtime::new().unwrap().block_on(broker.create_topic(&topic, 1, &[])).unwrap();
    transaction(&broker, &topic).commit_transaction(LIMIT).unwrap();

    for name in ["__transaction_state", topic.as_str()] {
        let found = partitions_of(&broker, name);
        assert!(found.iter().all(|it| it.replicas.len() == 3), "{found:?}");
    }
}

#[test]
fn a_transaction_outlives_the_node_that_leads_its_partition_and_the_one_that_ends_it() {
    let mut broker = cluster();
    let topic = topic_name("killed");
    tokio::runtime::Runtime::new().unwrap().block_on(broker.create_topic(&topic, 1, &[])).unwrap();
    broker.wait_until_in_sync(LIMIT).unwrap();

    for role in ["leader", "coordinator", "controller"] {
        let producer = transaction(&broker, &topic);
        let node = match role {
            "leader" => partitions_of(&broker, &topic)[0].leader.unwrap(),
            "coordinator" => broker.coordinator(&topic).unwrap(),
            _ => broker.controller().unwrap(),
        };
        broker.node(node).unwrap().kill().unwrap();
        producer.commit_transaction(LIMIT).unwrap();

        let at_work = match role {
            "leader" => partitions_of(&broker, &topic)[0].leader.unwrap(),
            "coordinator" => broker.coordinator(&topic).unwrap(),
            _ => broker.controller().unwrap(),
        };
        assert_ne!(at_work, node, "another one is the {role}");
        broker.node(node).unwrap().start().unwrap();
        broker.wait_until_in_sync(LIMIT).unwrap();
    }
}

/// Whether a replica that lacks a record leads, when the only one that has it is away.
fn a_stale_replica_leads(allowed: &str) -> bool {
    let mut broker = cluster();
    let topic = topic_name("stale");
    // On two nodes; the third makes up the quorum of controllers.
    let (leader, follower) = (1, 2);
    let partitions: &[&[i32]] = &[&[1, 2]];
    let new = NewTopic::new(&topic, 1, TopicReplication::Variable(partitions))
        .set("min.insync.replicas", "1")
        .set("unclean.leader.election.enable", allowed);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(broker.admin().create_topics(&[new], &AdminOptions::new())).unwrap().remove(0).unwrap();
    let state = |broker: &Broker| partitions_of(broker, &topic).remove(0);
    until(|| broker.partitions().is_ok_and(|all| all.iter().any(|it| it.topic == topic)));
    until(|| state(&broker).in_sync.len() == 2);
    broker.node(follower).unwrap().kill().unwrap();
    until(|| state(&broker).in_sync == [leader]);
    transaction(&broker, &topic).commit_transaction(LIMIT).unwrap();

    broker.node(leader).unwrap().kill().unwrap();
    broker.node(follower).unwrap().start().unwrap();
    let start = Instant::now();
    // The controllers know after the session, of 3 s, that the leader is gone.
    let leads = |broker: &Broker| {
        broker
            .partitions()
            .is_ok_and(|all| all.iter().any(|it| it.topic == topic && it.leader == Some(follower)))
    };
    while !leads(&broker) && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let stale_leads = leads(&broker);
    broker.node(leader).unwrap().start().unwrap();
    broker.wait_until_in_sync(LIMIT).unwrap();
    stale_leads
}

#[test]
fn a_replica_that_lacks_a_record_is_not_elected() {
    assert!(!a_stale_replica_leads("false"));
}

#[test]
fn a_replica_that_lacks_a_record_is_elected_where_the_topic_allows_it() {
    assert!(a_stale_replica_leads("true"));
}
