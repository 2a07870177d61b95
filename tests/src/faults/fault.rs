//! The kinds of faults, and the order in which a run causes them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rand::RngExt as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use tiltak_producer::kafka_outbox::Failpoint;

use super::run::{StoreKind, Subject};
use crate::kafka::Nodes;

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
enum Needs {
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
static ALL: LazyLock<Vec<Kind>> = LazyLock::new(|| {
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
struct Kind {
    fault: Fault,
    name: String,
    weight: u32,
    needs: Needs,
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

/// The parts that a run has, which decide the faults that it can cause.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) store: StoreKind,
    pub(super) subject: Subject,
    pub(super) nodes: Nodes,
    /// The kinds to cause; all kinds if it is empty.
    pub(super) only: Vec<Fault>,
    /// Why there is none, if there is none.
    pub(super) network: Result<(), String>,
    pub(super) disk: Result<(), String>,
}

impl Setting {
    fn wanted(&self) -> impl Iterator<Item = &'static Kind> {
        let all = self.only.is_empty();
        ALL.iter().filter(move |kind| self.wants(kind.needs) && (all || self.only.contains(&kind.fault)))
    }

    /// Whether a fault belongs to a run like this one.
    fn wants(&self, needs: Needs) -> bool {
        let real = self.subject == Subject::Relay;
        match needs {
            Needs::Relay => real,
            Needs::EitherRelay => true,
            Needs::OneNode => real && self.nodes == Nodes::One,
            Needs::ThreeNodes | Needs::Disk | Needs::Network => real && self.nodes == Nodes::Three,
            Needs::Server => real && self.store == StoreKind::Postgres,
        }
    }

    /// The reason why the machine does not allow a fault; none if it does.
    fn missing(&self, needs: Needs) -> Option<&String> {
        match needs {
            Needs::Disk => self.disk.as_ref().err(),
            Needs::Network => self.network.as_ref().err(),
            _ => None,
        }
    }

    fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.wanted().filter(|kind| self.missing(kind.needs).is_none())
    }

    /// The faults that the machine does not allow, and why.
    pub(super) fn left_out(&self) -> BTreeMap<&'static str, String> {
        let missing = |kind: &'static Kind| Some((kind.name.as_str(), self.missing(kind.needs)?.clone()));
        self.wanted().filter_map(missing).collect()
    }

    /// The faults of a run: each kind once in any order, then at random.
    pub(super) fn plan(&self, count: usize, random: &mut ChaCha8Rng) -> Vec<Fault> {
        let all: Vec<_> = self.kinds().collect();
        let mut plan: Vec<Fault> = all.iter().map(|kind| kind.fault).collect();
        plan.shuffle(random);
        while plan.len() < count && !all.is_empty() {
            plan.extend(all.choose_weighted(random, |kind| kind.weight).ok().map(|kind| kind.fault));
        }
        plan.truncate(count);
        plan
    }
}

/// A number of milliseconds in a range.
pub(super) fn moment(random: &mut ChaCha8Rng, range: std::ops::Range<u64>) -> std::time::Duration {
    std::time::Duration::from_millis(random.random_range(range))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn setting(network: Result<(), String>) -> Setting {
        let (store, subject, nodes) = (StoreKind::Postgres, Subject::Relay, Nodes::Three);
        Setting { store, subject, nodes, only: Vec::new(), network, disk: Ok(()) }
    }

    #[test]
    fn a_plan_has_each_kind_and_is_the_same_for_the_same_seed() {
        let plan = |seed| setting(Ok(())).plan(40, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
        for Kind { fault, needs, .. } in &*ALL {
            let wanted = !matches!(needs, Needs::OneNode);
            assert_eq!(plan(1).contains(fault), wanted, "{fault:?}");
        }
        assert!(setting(Ok(())).left_out().is_empty());
    }

    #[test]
    fn what_the_machine_does_not_allow_is_left_out_and_said_to_be() {
        let setting = setting(Err("no right".to_owned()));
        let left_out: Vec<_> = setting.left_out().into_keys().collect();
        assert_eq!(left_out, ["cut-one-way", "nodes-cut", "packets-lost", "relay-cut-from-node"]);
        let plan = setting.plan(100, &mut ChaCha8Rng::seed_from_u64(1));
        assert!(plan.iter().all(|fault| !left_out.contains(&fault.name())));
    }

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|kind| kind.fault.name()).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
