//! The kinds of faults, with the needs and the relative frequency of each.

use std::sync::LazyLock;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use tiltak_producer::kafka_outbox::Failpoint;

/// A fault of a process, of a node of the cluster, or of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The relay is killed at a random moment.
    RelayKilled,
    /// The relay ends at one of its fail points.
    Ended(Failpoint),
    /// The only broker is killed and started again.
    BrokerKilled,
    /// The database server is killed with all its processes, and started again.
    DatabaseKilled,
    /// The process of the writers is killed.
    WritersKilled,
    /// A second relay begins while the first one is at work.
    TakenOver,
    /// The relay is stopped for longer than its transaction timeout. A second relay takes over, and then the first one goes on.
    StoppedAndTakenOver,
    /// The relay is stopped for longer than its transaction timeout, and goes on. No other relay runs.
    Stopped,
    /// The node that leads a partition is killed and started again.
    LeaderKilled,
    /// The coordinator of the relay's transactions is killed and started again.
    CoordinatorKilled,
    /// The active controller is killed and started again.
    ControllerKilled,
    /// Two nodes are killed and started again, the second one possibly before the first is in sync.
    TwoInTurn,
    /// Two nodes are down for longer than the transaction timeout. Nothing can be published meanwhile.
    TwoDown,
    /// A node is stopped for longer than its session timeout, and goes on.
    NodeStopped,
    /// A rolling restart: each node is asked to end and started again, one after the other.
    RollingRestart,
    /// A node that missed records while it was down comes back before the nodes that have these records.
    StaleReplica,
    /// The disk of a node is full until the node has ended.
    DiskFull,
    /// No packet comes through between the relay and a node.
    CutFromNode,
    /// No packet comes through between two nodes.
    NodesCut,
    /// No packet comes through in one direction: from the relay to a node, from a node to the relay, or between two nodes.
    CutOneWay,
    /// A fifth of the packets between the relay and the nodes is lost.
    PacketsLost,
    /// The database server is killed and its standby promoted. A new, read-only server then follows the promoted one.
    Promoted,
    /// The database server hangs, and its standby is promoted. The connections to the old server stay open, as if its machine were
    /// gone.
    HungAndPromoted,
}

/// The parts of a run that a fault needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing but the real relay.
    Relay,
    /// Either relay.
    EitherRelay,
    OneNode,
    ThreeNodes,
    /// Three nodes, and a disk that can be filled.
    Disk,
    /// Three nodes, and a network of their own.
    Network,
    /// PostgreSQL.
    Server,
}

/// How often the relay ends at each of its fail points.
const ENDED: u32 = 3;
/// The other kinds of faults: the name in the report, the relative frequency, and what the fault needs.
const KINDS: &[(Fault, &str, u32, Needs)] = &[
    (Fault::RelayKilled, "relay-killed", 5, Needs::EitherRelay),
    (Fault::BrokerKilled, "broker-killed", 2, Needs::OneNode),
    (Fault::DatabaseKilled, "database-killed", 3, Needs::Server),
    (Fault::WritersKilled, "writers-killed", 3, Needs::Relay),
    (Fault::TakenOver, "taken-over", 3, Needs::EitherRelay),
    (Fault::StoppedAndTakenOver, "stopped-and-taken-over", 2, Needs::Relay),
    (Fault::Stopped, "stopped", 1, Needs::Relay),
    (Fault::LeaderKilled, "leader-killed", 4, Needs::ThreeNodes),
    (Fault::CoordinatorKilled, "coordinator-killed", 4, Needs::ThreeNodes),
    (Fault::ControllerKilled, "controller-killed", 3, Needs::ThreeNodes),
    (Fault::TwoInTurn, "two-nodes-in-turn", 3, Needs::ThreeNodes),
    (Fault::TwoDown, "two-nodes-down", 2, Needs::ThreeNodes),
    (Fault::NodeStopped, "node-stopped", 3, Needs::ThreeNodes),
    (Fault::RollingRestart, "rolling-restart", 2, Needs::ThreeNodes),
    (Fault::StaleReplica, "stale-replica", 2, Needs::ThreeNodes),
    (Fault::DiskFull, "disk-full", 2, Needs::Disk),
    (Fault::CutFromNode, "relay-cut-from-node", 4, Needs::Network),
    (Fault::NodesCut, "nodes-cut", 4, Needs::Network),
    (Fault::CutOneWay, "cut-one-way", 4, Needs::Network),
    (Fault::PacketsLost, "packets-lost", 4, Needs::Network),
    (Fault::Promoted, "standby-promoted", 2, Needs::Server),
    (Fault::HungAndPromoted, "hung-and-promoted", 2, Needs::Server),
];

/// Every kind of fault, with one for each fail point of the relay. A new fail point is included automatically.
pub(super) static ALL: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let ended = Failpoint::ALL.iter().map(|point| {
        // The small relay knows two of them.
        let both = matches!(point, Failpoint::HalfSent | Failpoint::Sent);
        Kind {
            fault: Fault::Ended(*point),
            name: format!("relay-ended-{}", point.name()),
            weight: ENDED,
            needs: if both { Needs::EitherRelay } else { Needs::Relay },
        }
    });
    let others = KINDS.iter().map(|(fault, name, weight, needs)| Kind {
        fault: *fault,
        name: (*name).to_owned(),
        weight: *weight,
        needs: *needs,
    });
    ended.chain(others).collect()
});

/// A kind of fault.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) fault: Fault,
    pub(super) name: String,
    pub(super) weight: u32,
    pub(super) needs: Needs,
}

impl Fault {
    /// The name of the fault in the report.
    pub fn name(self) -> &'static str {
        ALL.iter().find(|kind| kind.fault == self).map_or("?", |kind| &kind.name)
    }

    /// The fault with a name in the report.
    ///
    /// # Errors
    ///
    /// If there is none: with the names that there are.
    pub fn named(name: &str) -> Result<Self, String> {
        ALL.iter().find(|kind| kind.name == name).map(|kind| kind.fault).ok_or_else(|| {
            let names: Vec<&str> = ALL.iter().map(|kind| kind.name.as_str()).collect();
            format!("there is no fault of this name, but: {}", names.join(", "))
        })
    }
}

/// A number of milliseconds in a range.
pub(super) fn moment(random: &mut ChaCha8Rng, range: std::ops::Range<u64>) -> std::time::Duration {
    std::time::Duration::from_millis(random.random_range(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|kind| kind.fault.name()).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
