//! The broker settings that are the same for every broker the tests start.

/// Settings of one node that is quick to start, and quick to clean its logs.
pub(super) const SETTINGS: &[(&str, &str)] = &[
    ("auto.create.topics.enable", "false"),
    // Members of groups of the new protocol (KIP-848) are told of a rebalance, and missed, within seconds.
    ("group.consumer.heartbeat.interval.ms", "500"),
    ("group.consumer.min.heartbeat.interval.ms", "500"),
    ("group.consumer.min.session.timeout.ms", "6000"),
    ("group.consumer.session.timeout.ms", "6000"),
    ("group.initial.rebalance.delay.ms", "0"),
    // Compaction within a second or two: look often, clean at little dirt, hold few keys in memory (16 MiB
    // instead of 128).
    ("log.cleaner.backoff.ms", "100"),
    ("log.cleaner.dedupe.buffer.size", "16777216"),
    ("log.cleaner.min.cleanable.ratio", "0.01"),
    ("num.partitions", "2"),
    ("offsets.topic.num.partitions", "5"),
    ("offsets.topic.replication.factor", "1"),
    // Ended within a second or two of its timeout, instead of ten.
    ("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
    ("transaction.max.timeout.ms", "900000"),
    ("transaction.state.log.min.isr", "1"),
    ("transaction.state.log.num.partitions", "5"),
    ("transaction.state.log.replication.factor", "1"),
];

/// The largest heap of the broker's Java.
pub(super) const HEAP: &str = "-Xmx512m";
