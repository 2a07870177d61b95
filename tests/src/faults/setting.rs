//! The parts of a run, which decide the faults that it can cause, and the order of these faults.

use std::collections::BTreeMap;

use clap::ValueEnum;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::bug::Bug;
use super::fault::{ALL, Fault, Kind, Needs};
use crate::kafka::Nodes;

/// The database of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// A PostgreSQL server of its own
    Postgres,
    /// A file
    Sqlite,
}

/// The system under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The relay of the producer.
    Relay,
    /// The small relay, with a bug or without.
    Small(Option<Bug>),
}

/// The parts that a run has, which decide the faults that it can cause.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) store: StoreKind,
    pub(super) subject: Subject,
    pub(super) nodes: Nodes,
    /// The kinds to cause; all kinds if it is empty.
    pub(super) only: Vec<Fault>,
    /// Whether the network can be cut, or the reason why not.
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
}
