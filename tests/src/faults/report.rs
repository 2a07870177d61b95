//! What a run found.

use std::collections::BTreeMap;

use serde::Serialize;

/// Violations by kind. All are zero when everything is as it should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Records of committed changes that are not on their topic, and acknowledged changes that are not in the database.
    pub lost: usize,
    /// Records that are on their topic once too often.
    pub duplicated: usize,
    /// Records that come after one of the same key that was committed later.
    pub reordered: usize,
    /// Changes of which a reader of committed records saw a part.
    pub torn: usize,
    /// Records on another partition than murmur2 gives their key.
    pub misplaced: usize,
    /// Records that no committed change has made, and refused changes that have left something.
    pub phantom: usize,
    /// Keys whose value in the table of a topic is not what would be published from the database.
    pub table_not_database: usize,
    /// Changes that are parked, and have nothing wrong in them.
    pub parked: usize,
    /// Gjennomføringer that no fan-out has published after their avtale was renamed, whatever has overwritten them since.
    pub fan_out_lost: usize,
    /// Readers of the product that have seen something else than the independent one.
    pub reader: usize,
}

impl Findings {
    /// The kinds with their names and numbers.
    pub fn each(&self) -> [(&'static str, usize); 10] {
        [
            ("lost", self.lost),
            ("duplicated", self.duplicated),
            ("reordered", self.reordered),
            ("torn", self.torn),
            ("misplaced", self.misplaced),
            ("phantom", self.phantom),
            ("table-not-database", self.table_not_database),
            ("parked-wrongly", self.parked),
            ("fan-out-lost", self.fan_out_lost),
            ("reader-differs", self.reader),
        ]
    }

    /// Whether there are none.
    pub fn is_clean(&self) -> bool {
        self.each().iter().all(|(_, number)| *number == 0)
    }

    /// The names of the checks that found something.
    pub fn checks(&self) -> Vec<&'static str> {
        self.each().into_iter().filter(|(_, number)| *number > 0).map(|(name, _)| name).collect()
    }

    /// The larger one of each.
    pub(super) fn at_least(&mut self, other: &Self) {
        self.lost = self.lost.max(other.lost);
        self.duplicated = self.duplicated.max(other.duplicated);
        self.reordered = self.reordered.max(other.reordered);
        self.torn = self.torn.max(other.torn);
        self.misplaced = self.misplaced.max(other.misplaced);
        self.phantom = self.phantom.max(other.phantom);
        self.table_not_database = self.table_not_database.max(other.table_not_database);
        self.parked = self.parked.max(other.parked);
        self.fan_out_lost = self.fan_out_lost.max(other.fan_out_lost);
        self.reader = self.reader.max(other.reader);
    }
}

/// What the readers of a run have seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Readings {
    /// States of tables, and records of a group, that were compared with the independent reader.
    pub compared: usize,
    /// Readers that were killed, and began again.
    pub restarts: usize,
    /// Records that the group has handled.
    pub handled: usize,
    /// Of them those that it has handled again.
    pub again: usize,
    /// Records of which it was seen, at the moment when they were, that the rest of their change was there too.
    pub whole: usize,
    /// Records of which it was not.
    pub torn: usize,
}

impl Readings {
    pub(super) fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.restarts += other.restarts;
        self.handled += other.handled;
        self.again += other.again;
        self.whole += other.whole;
        self.torn += other.torn;
    }
}

/// What happened in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The database: `postgres` or `sqlite`.
    pub store: &'static str,
    /// The nodes of the cluster.
    pub nodes: usize,
    /// The seed.
    pub seed: u64,
    /// Changes that were acknowledged.
    pub acknowledged: usize,
    /// Changes that were refused.
    pub refused: usize,
    /// Changes of which nobody was told what became of them: their writer was killed, or the database.
    pub unknown: usize,
    /// Records that were put in the outbox.
    pub records: usize,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, usize>,
    /// Faults that the machine does not allow, which were left out, and why.
    pub left_out: BTreeMap<&'static str, String>,
    /// How often the topics were compared with the database.
    pub checkpoints: usize,
    /// Relays that were replaced and ended by themselves.
    pub replaced: usize,
    /// Relays that ended by themselves for another reason, and were started again.
    pub started_again: usize,
    /// How often Kafka itself left a transaction open for ever when its node was killed, so that the run went on with another
    /// broker and database. What happened since the comparison before is not counted, and its faults come again.
    pub begun_anew: usize,
    /// Seconds.
    pub seconds: u64,
    /// What the readers saw during the faults.
    pub readers: Readings,
    /// What is wrong.
    #[serde(flatten)]
    pub findings: Findings,
    /// The first things that are wrong: what, topic, key, offset.
    pub examples: Vec<String>,
}

impl Report {
    /// The same run, gone on with another broker and database.
    pub(super) fn add(&mut self, part: Self) {
        let Self { acknowledged, refused, unknown, records, checkpoints, replaced, started_again, .. } = part;
        (self.store, self.nodes, self.seed) = (part.store, part.nodes, part.seed);
        self.left_out = part.left_out;
        self.acknowledged += acknowledged;
        self.refused += refused;
        self.unknown += unknown;
        self.records += records;
        self.checkpoints += checkpoints;
        self.replaced += replaced;
        self.started_again += started_again;
        for (fault, number) in part.faults {
            *self.faults.entry(fault).or_default() += number;
        }
        self.readers.add(part.readers);
        self.findings.at_least(&part.findings);
        self.examples.extend(part.examples);
    }
}
