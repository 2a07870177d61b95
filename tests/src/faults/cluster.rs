//! The broker or the cluster of a run, and the faults of its nodes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rand::RngExt as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::fault::{Fault, moment};
use super::options::Stop;
use super::timeline::Timeline;
use crate::kafka::{self, Broker, Nodes, Way};
use crate::network::{Host, Network};

/// The time that a cluster gets until every partition is in sync again.
const WELL: Duration = Duration::from_mins(3);
/// The time that a node with a full disk gets to end by itself.
const FULL: Duration = Duration::from_secs(20);
/// The time without a heartbeat after which the cluster counts a node as lost: the setting `broker.session.timeout.ms`.
const SESSION: Duration = Duration::from_secs(3);
const IDS: [usize; 3] = [1, 2, 3];
/// The node whose disk can be filled.
const WITH_DISK: usize = 3;
/// The percentage of packets that are lost.
const LOSS: u8 = 20;

/// The broker of a run.
pub(super) struct Kafka {
    broker: Running,
    /// A host for each node, and one for the relays.
    network: Result<Network, String>,
    relay_host: Host,
}

enum Running {
    /// A broker of the run's own, which may be killed.
    Own(Box<Broker>),
    /// A broker that others use too, which is never killed.
    Shared(&'static Broker),
}

/// The parts of a run that decide where a fault strikes.
pub(super) struct Aim<'a> {
    pub(super) random: &'a mut ChaCha8Rng,
    pub(super) stop: &'a Stop,
    /// The prefix of the topics' names.
    pub(super) prefix: &'a str,
    pub(super) transactional_id: &'a str,
    pub(super) timeline: &'a mut Timeline,
}

impl Kafka {
    /// Starts one node, or three. Three nodes get hosts of their own, if the process has the right to make them.
    pub(super) fn start(nodes: Nodes) -> Result<Self> {
        let none = || Err("one node has no network of its own".to_owned());
        let network = match nodes {
            Nodes::One => none(),
            Nodes::Three => Network::create(IDS.len() + 1).map_err(|error| format!("{error:#}")),
        };
        let hosts = network.as_ref().map_or(&[][..], Network::hosts);
        let relay_host = hosts.get(IDS.len()).cloned().unwrap_or_default();
        let broker = match nodes {
            Nodes::One => Broker::start(Way::Local, None)?,
            Nodes::Three => Broker::start_cluster(hosts.get(..IDS.len()).unwrap_or_default())?,
        };
        Ok(Self { broker: Running::Own(Box::new(broker)), network, relay_host })
    }

    /// The one of this process.
    pub(super) fn shared() -> Self {
        let network = Err("others use the broker".to_owned());
        Self { broker: Running::Shared(kafka::shared()), network, relay_host: Host::default() }
    }

    pub(super) fn broker(&self) -> &Broker {
        match &self.broker {
            Running::Own(broker) => broker,
            Running::Shared(broker) => broker,
        }
    }

    pub(super) fn own(&mut self) -> Result<&mut Broker> {
        match &mut self.broker {
            Running::Own(broker) => Ok(broker),
            Running::Shared(_) => bail!("others use the broker"),
        }
    }

    /// The host on which the relays run.
    pub(super) fn relay_host(&self) -> &Host {
        &self.relay_host
    }

    /// The reason why the network cannot be cut; none if it can.
    pub(super) fn network(&self) -> Result<(), String> {
        self.network.as_ref().map(drop).map_err(Clone::clone)
    }

    /// The reason why no disk can be filled; none if one can.
    pub(super) fn disk(&mut self) -> Result<(), String> {
        let node = self.own().and_then(|broker| broker.node(WITH_DISK)).map_err(|error| error.to_string())?;
        if node.has_disk() { Ok(()) } else { Err("no file system can be mounted".to_owned()) }
    }

    /// Waits until the cluster can lose any one node.
    pub(super) fn wait_until_well(&self, nodes: Nodes) -> Result<()> {
        match nodes {
            Nodes::One => Ok(()),
            Nodes::Three => self.broker().wait_until_in_sync(WELL),
        }
    }

    /// Causes a fault of a cluster of three nodes, and then undoes it.
    pub(super) fn bring_about(&mut self, fault: Fault, aim: &mut Aim<'_>) -> Result<()> {
        match fault {
            Fault::LeaderKilled => {
                let node = self.leader(aim)?;
                self.killed(node, aim)?;
            }
            Fault::CoordinatorKilled => {
                let node = self.broker().coordinator(aim.transactional_id)?;
                self.killed(node, aim)?;
            }
            Fault::ControllerKilled => {
                let node = self.broker().controller()?;
                self.killed(node, aim)?;
            }
            Fault::TwoInTurn => {
                let [first, second, _] = shuffled(aim);
                self.killed(first, aim)?;
                aim.pause(0..3_000)?;
                self.killed(second, aim)?;
            }
            Fault::NodeStopped => {
                let [node, _] = self.busy_and_other(aim)?;
                self.own()?.node(node)?.signal("STOP")?;
                aim.stop.sleep(SESSION)?;
                aim.pause(500..4_000)?;
                self.own()?.node(node)?.signal("CONT")?;
            }
            Fault::RollingRestart => {
                for node in shuffled(aim) {
                    let broker = self.own()?;
                    broker.node(node)?.terminate()?;
                    broker.node(node)?.start()?;
                    aim.stop.check()?;
                    broker.wait_until_in_sync(WELL)?;
                }
            }
            Fault::StaleReplica => self.stale_replica(aim)?,
            Fault::DiskFull => {
                let node = self.own()?.node(WITH_DISK)?;
                node.fill_disk()?;
                node.wait(FULL)?;
                node.free_disk()?;
                node.start()?;
            }
            Fault::CutFromNode | Fault::NodesCut | Fault::CutOneWay | Fault::PacketsLost => {
                self.lose_packets(fault, aim)?;
                aim.pause(1_000..8_000)?;
                self.network.as_ref().map_err(|reason| anyhow::anyhow!("{reason}"))?.heal()?;
                aim.timeline.note("network", json!("is whole again"));
            }
            other => bail!("{} is no fault of a cluster", other.name()),
        }
        self.broker().wait_until_in_sync(WELL)
    }

    /// Ends two nodes, and starts them again after `meanwhile`.
    pub(super) fn two_down(
        &mut self,
        aim: &mut Aim<'_>,
        meanwhile: impl FnOnce(&Stop) -> Result<()>,
    ) -> Result<()> {
        let [first, second, _] = shuffled(aim);
        for node in [first, second] {
            self.own()?.node(node)?.kill()?;
            aim.timeline.note("node", json!({ "is killed": node }));
        }
        meanwhile(aim.stop)?;
        for node in [first, second] {
            self.own()?.node(node)?.start()?;
        }
        self.broker().wait_until_in_sync(WELL)
    }

    fn killed(&mut self, node: usize, aim: &mut Aim<'_>) -> Result<()> {
        let broker = self.own()?;
        broker.node(node)?.kill()?;
        aim.timeline.note("node", json!({ "is killed": node }));
        // For less than its session, or for longer.
        aim.pause(100..7_000)?;
        aim.timeline.note("node", json!({ "starts": node }));
        broker.node(node)?.start()
    }

    /// The node that leads one of the run's partitions.
    fn leader(&self, aim: &mut Aim<'_>) -> Result<usize> {
        let partitions = self.broker().partitions()?;
        let leaders: Vec<usize> = partitions
            .iter()
            .filter(|it| it.topic.starts_with(aim.prefix))
            .filter_map(|it| it.leader)
            .collect();
        leaders.choose(aim.random).copied().context("no partition has a leader")
    }

    /// A node that the relay needs now, since it leads a partition or coordinates the transactions; and one of the others. The nodes
    /// that came back last may lead nothing, and nobody would miss them.
    fn busy_and_other(&self, aim: &mut Aim<'_>) -> Result<[usize; 2]> {
        let busy = if aim.random.random_bool(0.5) {
            self.leader(aim)?
        } else {
            self.broker().coordinator(aim.transactional_id)?
        };
        let other = shuffled(aim).into_iter().find(|node| *node != busy);
        Ok([busy, other.context("a cluster of three")?])
    }

    /// Takes a follower down while records are written. Then takes down the leader, or both nodes that have the records, and
    /// starts the follower first. The follower must not lead before it has caught up.
    fn stale_replica(&mut self, aim: &mut Aim<'_>) -> Result<()> {
        let leader = self.leader(aim)?;
        let mut others: Vec<usize> = IDS.into_iter().filter(|id| *id != leader).collect();
        others.shuffle(aim.random);
        let [stale, other] = others[..] else { bail!("a cluster of three") };
        let both = aim.random.random_bool(0.5);
        let broker = self.own()?;
        broker.node(stale)?.kill()?;
        let start = Instant::now();
        // From then on records are acknowledged without it.
        while broker.partitions()?.iter().any(|it| it.in_sync.contains(&stale)) {
            ensure!(start.elapsed() < WELL, "node {stale} is away and in sync");
            aim.pause(100..200)?;
        }
        aim.pause(1_000..3_000)?;
        broker.node(leader)?.kill()?;
        if both {
            broker.node(other)?.kill()?;
        }
        broker.node(stale)?.start()?;
        aim.pause(2_000..6_000)?;
        if both {
            broker.node(other)?.start()?;
            aim.pause(500..3_000)?;
        }
        broker.node(leader)?.start()
    }

    fn lose_packets(&self, fault: Fault, aim: &mut Aim<'_>) -> Result<()> {
        let network = self.network.as_ref().map_err(|reason| anyhow::anyhow!("{reason}"))?;
        let relay = &self.relay_host;
        let [first, second] = self.busy_and_other(aim)?;
        let mut note = |percent: u8, from: String, to: String| {
            aim.timeline.note("network", json!({ "loses %": percent, "from": from, "to": to }));
        };
        let name = |node: usize| format!("node {node}");
        match fault {
            Fault::CutFromNode => note(100, "the relay, and back".to_owned(), name(first)),
            Fault::NodesCut => note(100, format!("{}, and back", name(first)), name(second)),
            Fault::PacketsLost => note(LOSS, "the relay, and back".to_owned(), "each node".to_owned()),
            _ => {}
        }
        let numbers = [first, second];
        let (first, second) = (network.host(first - 1)?, network.host(second - 1)?);
        let both_ways = |percent, one, other| -> Result<()> {
            network.lose(percent, one, other)?;
            network.lose(percent, other, one)
        };
        match fault {
            Fault::CutFromNode => both_ways(100, relay, first),
            Fault::NodesCut => both_ways(100, first, second),
            Fault::PacketsLost => {
                network.hosts().iter().take(IDS.len()).try_for_each(|node| both_ways(LOSS, relay, node))
            }
            _ => {
                let [one, other] = numbers.map(name);
                let relays = || "the relay".to_owned();
                let ways = [
                    (relay, first, (relays(), one.clone())),
                    (first, relay, (one.clone(), relays())),
                    (first, second, (one, other)),
                ];
                let (from, to, names) = ways.choose(aim.random).context("a way")?;
                aim.timeline.note("network", json!({ "loses %": 100, "from": names.0, "to": names.1 }));
                network.lose(100, from, to)
            }
        }
    }
}

impl Aim<'_> {
    pub(super) fn pause(&mut self, range: std::ops::Range<u64>) -> Result<()> {
        let time = moment(self.random, range);
        self.stop.sleep(time)
    }
}

/// The nodes in any order.
fn shuffled(aim: &mut Aim<'_>) -> [usize; 3] {
    let mut ids = IDS;
    ids.shuffle(aim.random);
    ids
}
