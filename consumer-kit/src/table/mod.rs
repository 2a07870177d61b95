//! A topic as a table: for each key its latest value.
//!
//! [`core`] decides and does no I/O; [`runtime`] does the I/O. A record goes from the source to the core, the runtime
//! carries out the core's effects one after the other, and then a reader's `get` sees the record.

mod builder;
mod changes;
pub(crate) mod core;
mod entry;
mod handle;
mod index;
mod metrics;
#[cfg(feature = "progress-bar")]
mod progress_bar;
mod runtime;
mod snapshot;
#[cfg(test)]
mod tests;

pub use self::builder::TableBuilder;
pub use self::changes::{Cause, Change, Changes};
pub use self::core::start::{Reason, Start};
pub use self::entry::{Entry, StaleValue};
pub use self::handle::{Table, TableHandle};
pub use self::index::Index;
pub use self::metrics::{Counters, Metrics, PartitionMetrics, Progress};
pub use self::snapshot::Snapshot;
