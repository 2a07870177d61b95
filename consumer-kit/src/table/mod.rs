//! A topic as a table: for each key its latest value.
//!
//! [`core`] decides and does no I/O; [`runtime`] is the thin rest. A record goes from the source through the core to its
//! effects, of which the runtime carries out one after the other, and so to a reader's `get`.

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
