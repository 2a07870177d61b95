//! What may be wrong with a relay or a reader, and the finding that has to catch it.

use clap::ValueEnum;
use serde::Serialize;

/// What a relay may do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// Reads the rows after the last id that it has seen. Needs PostgreSQL, whose writers commit in another order.
    NaiveCursor,
    /// Sends without a Kafka transaction.
    NoTransaction,
    /// Gives keys to partitions by CRC32, as librdkafka does unless told otherwise.
    Crc32Partitioner,
    /// Reads its checkpoint before it has fenced the relay before it.
    EarlyCheckpoint,
    /// Does not look at what librdkafka says of a record, neither when it takes it nor in the delivery report.
    UncheckedReport,
    /// Sends the changes of a batch in the order of their keys, so that of two writers the later may come first.
    Regrouped,
    /// Ends a transaction after the first record of a batch.
    SplitTransaction,
    /// Sends a tombstone before each new value, as in "delete and insert".
    DeleteAndInsert,
    /// Writes to an entity without the outbox.
    SilentWrite,
    /// Refuses records that have nothing wrong in them.
    StrictValidator,
    /// Leaves out what fan-outs publish, which the next edit overwrites.
    NoFanOut,
    /// Of a reader: its table keeps what was deleted.
    DeletedKept,
}

impl Bug {
    /// The finding that it is to be caught by.
    pub fn finding(self) -> &'static str {
        match self {
            Self::NaiveCursor | Self::UncheckedReport => "lost",
            Self::NoTransaction | Self::SplitTransaction => "torn",
            Self::Crc32Partitioner => "misplaced",
            Self::EarlyCheckpoint => "duplicated",
            Self::Regrouped => "reordered",
            Self::DeleteAndInsert => "phantom",
            Self::SilentWrite => "table-not-database",
            Self::StrictValidator => "parked-wrongly",
            Self::NoFanOut => "fan-out-lost",
            Self::DeletedKept => "reader-differs",
        }
    }

    /// As it stands on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::faults::report::Findings;

    #[test]
    fn each_kind_of_finding_has_a_bug_that_it_is_to_catch() {
        let caught: BTreeSet<_> = Bug::value_variants().iter().map(|bug| bug.finding()).collect();
        let kinds: BTreeSet<_> = Findings::default().each().iter().map(|(name, _)| *name).collect();
        assert_eq!(caught, kinds);
    }
}
