//! The sown bugs of a relay or a reader, each with the finding that has to catch it.

use clap::ValueEnum;
use serde::Serialize;

/// A sown bug: a deliberate mistake of a relay or a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// Reads the rows after the last id that it has seen. Needs PostgreSQL, whose writers commit in another order.
    NaiveCursor,
    /// Sends without a Kafka transaction.
    NoTransaction,
    /// Partitions keys by CRC32, the default of librdkafka.
    Crc32Partitioner,
    /// Reads the checkpoint before it has fenced the previous relay.
    EarlyCheckpoint,
    /// Does not check whether librdkafka accepts a record, nor its delivery report.
    UncheckedReport,
    /// Sends the changes of a batch in the order of their keys, so the later one of two changes may come first.
    Regrouped,
    /// Ends a transaction after the first record of a batch.
    SplitTransaction,
    /// Sends a tombstone before each new value, as in "delete and insert".
    DeleteAndInsert,
    /// Changes an entity without writing to the outbox.
    SilentWrite,
    /// Refuses valid records.
    StrictValidator,
    /// Does not publish the changes of fan-outs. The next edit hides this.
    NoFanOut,
    /// A bug of a reader: its table keeps deleted keys.
    DeletedKept,
}

impl Bug {
    /// The finding that has to catch the bug.
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

    /// The name of the bug on the command line.
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
