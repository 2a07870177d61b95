//! Publishes the four topics from a database.

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
