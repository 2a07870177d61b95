//! A topic in memory, for tests without a broker.
//!
//! | type | what |
//! |---|---|
//! | [`MemoryLog`] | a topic that readers follow while a test writes to it |
//! | [`Transaction`] | records of a [`MemoryLog`] that readers get together, or not at all |
//! | [`MemorySource`] | the [`Source`](super::Source) of a [`MemoryLog`] |
//! | [`SimulatedLog`] | the same log as plain data: no lock, no thread, no clock |
//! | [`Compaction`] | one pass of the log cleaner, for both |

mod cleaner;
mod error;
mod log;
mod memory;
mod source;
mod transaction;

pub use self::cleaner::Compaction;
pub use self::error::LogError;
pub use self::log::{NewRecord, SimulatedLog, SimulatedPartition, TransactionId};
pub use self::memory::{MemoryLog, RecordMetadata};
pub use self::source::MemorySource;
pub use self::transaction::Transaction;

#[cfg(test)]
mod tests;
