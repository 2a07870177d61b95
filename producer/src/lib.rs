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

mod commands;
pub mod http;
pub mod import;
pub mod jobs;
pub mod relay;
pub mod seed;
pub mod service;
pub mod topics;

pub use commands::{
    AvtaleDetails, Basis, CommandError, EnkeltplassDetails, FANOUT_DELAY, GjennomforingDetails, NewAvtale,
    NewEnkeltplass, Precondition, Producer, Relast, TiltakstypeDetails, Versions,
};
pub use kafka_outbox;
pub use store::{
    ConnectionLimits, Joined, Location, MayConflict, Parked, ParkedRecord, Reader, Selection, Store,
    StoreError, Transaction, retrying,
};
pub use traceparent::TraceParent;
