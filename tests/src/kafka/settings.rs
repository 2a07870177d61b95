//! The broker settings that are the same for every broker the tests start.

/// Settings of a node that starts quickly and cleans its logs quickly.
const SETTINGS: &[(&str, &str)] = &[
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
    // Ended within a second or two of its timeout, instead of ten.
    ("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
    ("transaction.max.timeout.ms", "900000"),
    ("transaction.state.log.num.partitions", "5"),
];
const ONE: &[(&str, &str)] = &[
    ("offsets.topic.replication.factor", "1"),
    ("transaction.state.log.min.isr", "1"),
    ("transaction.state.log.replication.factor", "1"),
];
const THREE: &[(&str, &str)] = &[
    // Missed within seconds, so that others lead its partitions.
    ("broker.heartbeat.interval.ms", "500"),
    ("broker.session.timeout.ms", "3000"),
    ("default.replication.factor", "3"),
    ("min.insync.replicas", "2"),
    ("offsets.topic.replication.factor", "3"),
    ("replica.lag.time.max.ms", "5000"),
    ("transaction.state.log.min.isr", "2"),
    ("transaction.state.log.replication.factor", "3"),
    ("unclean.leader.election.enable", "false"),
];

/// The maximum heap of a node that is alone.
pub(super) const HEAP: &str = "-Xmx512m";
const HEAP_OF_THREE: &str = "-Xmx400m";

/// The size of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Nodes {
    /// One node: nothing is replicated.
    #[default]
    One,
    /// Three nodes: a record is on two of them before it is acknowledged.
    Three,
}

impl Nodes {
    /// The number of nodes.
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Three => 3,
        }
    }

    pub(super) fn settings(self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        let own = match self {
            Self::One => ONE,
            Self::Three => THREE,
        };
        SETTINGS.iter().chain(own)
    }

    /// The JVM options of a node. Three nodes that start at once have little CPU for the compiler.
    pub(super) fn java_options(self) -> &'static [&'static str] {
        match self {
            Self::One => &[HEAP, "-XX:+UseSerialGC"],
            Self::Three => &[HEAP_OF_THREE, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
        }
    }
}

impl std::str::FromStr for Nodes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1" => Ok(Self::One),
            "3" => Ok(Self::Three),
            _ => Err(format!("{text:?} is not a number of nodes that is tried here, expected 1 or 3")),
        }
    }
}
