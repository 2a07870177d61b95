//! The producer of Tiltaksadministrasjon's four topics: entities and rules in a database, published through an outbox.
//!
//! The program is `tiltak-producer` (`src/main.rs`); this library is what it is made of, for the tests and for the example `demo`,
//! which plays one day on a broker. A command changes an entity and appends its records to the outbox in one transaction; the relay
//! publishes them.
//!
//! # Where to begin
//! - To see it work: the command `demo` (`producer/demo`), in the order of `day.rs`.
//! - To change an entity: [`commands`] and [`CommandService`]. The rules that a command is checked with: [`domain::rules`].
//! - To see what is published of an entity: [`publish`], one file for each topic.
//! - To see when something is published by itself: [`jobs`].
//! - To send the outbox to Kafka: [`relay`], over the crate [`kafka_outbox`].
//! - To run all of it in one process: [`service`], with the interface in [`http`].
//! - To operate it: `producer/ops/README.md`. The facts that the rules come from: `schema/WIRE.md`.

pub mod domain;
pub mod publish;

mod log;
#[cfg(test)]
mod sample;
mod store;
mod strict_json;
mod text;
mod traceparent;

mod app;
pub mod commands;
pub mod http;
pub mod import;
pub mod jobs;
pub mod kafka;
pub mod relay;
pub mod seed;
pub mod service;

pub use commands::{
    AvtaleDetails, CommandError, CommandService, EnkeltplassDetails, FANOUT_DELAY, GjennomforingDetails,
    Precondition, Relast, TiltakstypeDetails, Versions,
};
pub use domain::GjennomforingAggregate;
pub use kafka_outbox;
pub use store::{
    ConnectionLimits, Location, MayConflict, Parked, ParkedRecord, Reader, Selection, Store, StoreError,
    Transaction, retrying,
};
pub use traceparent::TraceParent;
