//! Compaction-aware readers of the four topics.
//!
//! ```no_run
//! use std::time::Duration;
//! use tiltak_consumer_kit::Table;
//! use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
//!
//! # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
//! let table = Table::<SisteTiltakstyperV3>::builder("localhost:9092").start().await?;
//! table.ready(Duration::from_secs(30)).await?;
//! for (id, tiltakstype) in table.snapshot() {
//!     println!("{id} {}", tiltakstype.navn);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Table`] needs no consumer group and commits nothing: it reads the topic from the beginning each time, or
//! goes on from a state folder of its own ([`TableBuilder::state_folder`]). An [`EventConsumer`] is a member of a group and
//! hands each record to a handler. Examples that run without a broker are in `consumer-kit/examples`.
//!
//! # Features
//!
//! | feature | what | cost |
//! |---|---|---|
//! | `state` (default) | a folder that a table goes on from | redb, LZ4 and postcard, all Rust |
//! | `tls` (default) | TLS, as at nais | the machine's OpenSSL (`libssl-dev`, `pkg-config`) |
//! | `projection` | only the fields that you bind, and their declaration | schemars |
//! | `fixtures` | payloads, histories and legal logs for tests, `check_projection` | proptest: for `[dev-dependencies]` |
//! | `progress-bar` | a bar in the terminal until a table is ready | indicatif |
//! | `cli` | the command `tiltak-kit` | clap and all of the above but `tls` and `state` |

mod connection;
mod error;
mod events;
#[cfg(feature = "fixtures")]
pub mod fixtures;
mod health;
mod join;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod kit;
pub mod log;
mod poison;
mod progress;
#[cfg(feature = "projection")]
pub mod projection;
pub mod source;
pub mod store;
mod table;

pub use connection::{Connection, Isolation};
pub use error::{Error, Lagging, Undecodable};
pub use events::{
    Event, EventBuilder, EventConsumer, EventHandle, EventMetrics, EventPartition, HandlerFailure,
};
pub use health::Health;
pub use join::{GjennomforingerMedTiltakstype, Join, JoinChange, JoinChanges, JoinSnapshot, JoinedEntry};
pub use poison::{OnPoison, PreviousValue};
pub use source::MemoryLog;
pub use table::{
    Cause, Change, Changes, Counters, Entry, Index, Metrics, PartitionMetrics, Progress, Reason, Snapshot,
    StaleValue, Start, Table, TableBuilder, TableHandle,
};
