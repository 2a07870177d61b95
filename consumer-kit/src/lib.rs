//! Readers of Tiltaksadministrasjon's four compacted topics: tables, events, test data.
//!
//! # Where to begin
//! - To hold the latest value of each key in memory: [`Table`], as in the example below. It needs no consumer group and commits
//!   nothing. It reads the topic from the beginning each time, or resumes from a state folder
//!   ([`TableBuilder::state_folder`]).
//! - To handle each record once or more, with a database of your own: [`EventConsumer`], a member of a consumer group.
//! - To read gjennomføringer with their tiltakstype: [`Join`].
//! - To bind only the fields that you need: `projection`. To choose what happens to undecodable records: [`OnPoison`].
//! - To test a reader against everything that compaction may do: `fixtures::check_projection`, without a broker.
//! - To read without Rust: the command `tiltak-kit`, and the packages in `consumer-kit/jvm`, `typescript` and `python`.
//!
//! Examples that run without a broker are in `consumer-kit/examples`. What is on the topics: `schema/WIRE.md`.
//!
//! # Example: all tiltakstyper
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
//! # Features
//!
//! | feature | what | cost |
//! |---|---|---|
//! | `state` (default) | a state folder, from which a table resumes | redb, LZ4 and postcard, all Rust |
//! | `tls` (default) | TLS, as at nais | the machine's OpenSSL (`libssl-dev`, `pkg-config`) |
//! | `static-tls` | TLS with an OpenSSL that is linked in, for a program that runs on other machines | builds OpenSSL from source: Perl, some minutes |
//! | `projection` | only the fields that you bind, and their declaration | schemars |
//! | `fixtures` | payloads, histories and legal logs for tests, `check_projection` | proptest: for `[dev-dependencies]` |
//! | `progress-bar` | a bar in the terminal until a table is ready | indicatif |
//! | `cli` | the command `tiltak-kit` | clap and all of the above but `tls`, `static-tls` and `state` |

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
