//! The report of a run.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counts of violations, by kind. All are zero if the product is correct.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Records of committed changes that are not on their topic, and acknowledged changes that are not in the database.
    pub lost: usize,
    /// Records that are on their topic more often than they were put in the outbox.
    pub duplicated: usize,
    /// Records that come after one of the same key that was committed later.
    pub reordered: usize,
    /// Changes of which a reader of committed records saw only a part.
    pub torn: usize,
    /// Records on another partition than murmur2 gives their key.
    pub misplaced: usize,
    /// Records that no committed change made, and refused changes that left records.
    pub phantom: usize,
    /// Keys whose value in the table of a topic is not what would be published from the database.
    pub table_not_database: usize,
    /// Changes that are parked although they are valid.
    pub parked: usize,
    /// Gjennomføringer that no fan-out published after their avtale was renamed, even if a later change overwrote them.
    pub fan_out_lost: usize,
    /// Readers of the product that saw something else than the independent reader.
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

    /// Whether there are no violations.
    pub fn is_clean(&self) -> bool {
        self.each().iter().all(|(_, number)| *number == 0)
    }

    /// The names of the checks that found something.
    pub fn checks(&self) -> Vec<&'static str> {
        self.each().into_iter().filter(|(_, number)| *number > 0).map(|(name, _)| name).collect()
    }

    /// Raises each count to that of the other report, where that is larger.
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

/// Counts of what the readers of a run have seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Readings {
    /// Comparisons with the independent reader: of the state of a table, or of the records of the group.
    pub compared: usize,
    /// Readers that were killed and started again.
    pub restarts: usize,
    /// Records that the group handled.
    pub handled: usize,
    /// Records that the group handled more than once.
    pub again: usize,
    /// Records whose change the watch found complete at the moment when it saw the record.
    pub whole: usize,
    /// Records whose change the watch did not find complete.
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

/// The result of a run.
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
    /// Changes with an unknown outcome: their writer or the database was killed.
    pub unknown: usize,
    /// Records that were put in the outbox.
    pub records: usize,
    /// Changes that waited in the outbox after the last fault, and were published without one.
    pub waited: usize,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, usize>,
    /// Faults that were left out because the machine does not allow them, and why.
    pub left_out: BTreeMap<&'static str, String>,
    /// How often the topics were compared with the database.
    pub checkpoints: usize,
    /// Relays that were replaced and ended by themselves.
    pub replaced: usize,
    /// Relays that ended by themselves for another reason, and were started again.
    pub started_again: usize,
    /// How often Kafka itself left a transaction open for ever after its node was killed. The run then goes on with another broker and
    /// database. It does not count what happened since the last comparison, and repeats those faults.
    pub begun_anew: usize,
    /// The duration, in seconds.
    pub seconds: u64,
    /// What the readers saw during the faults.
    pub readers: Readings,
    /// The findings, by kind.
    #[serde(flatten)]
    pub findings: Findings,
    /// The first violations: kind, topic, key, offset.
    pub examples: Vec<String>,
}

impl Report {
    /// Adds the report of the same run after it went on with another broker and database.
    pub(super) fn add(&mut self, part: Self) {
        let Self {
            acknowledged,
            refused,
            unknown,
            records,
            waited,
            checkpoints,
            replaced,
            started_again,
            ..
        } = part;
        (self.store, self.nodes, self.seed) = (part.store, part.nodes, part.seed);
        self.left_out = part.left_out;
        self.acknowledged += acknowledged;
        self.refused += refused;
        self.unknown += unknown;
        self.records += records;
        self.waited += waited;
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
