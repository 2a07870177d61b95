//! A real Kafka broker and a real PostgreSQL server for the tests of this workspace.
//!
//! The tests never run against a double of Kafka: transactions, fencing and log compaction are what they are
//! about. [`kafka::shared`] gives a test binary its broker, found or started in this order:
//!
//! 1. the broker that `TEST_KAFKA_BROKERS=host:port` names;
//! 2. a container, when a Docker daemon answers (`TEST_KAFKA_IMAGE=name:tag` chooses the image);
//! 3. Apache Kafka on this machine, fetched once with Maven and run with the machine's Java.
//!
//! `TEST_KAFKA=docker` or `TEST_KAFKA=local` forces one of the last two. `TEST_KAFKA_NODES=3` starts a cluster of three on
//! this machine.
//!
//! [`postgres::shared`] gives it its PostgreSQL server, where each test has a database of its own:
//!
//! 1. the server that `TEST_DATABASE_URL=postgres://…` names;
//! 2. the PostgreSQL that is installed on this machine;
//! 3. a container, when a Docker daemon answers (`TEST_POSTGRES_IMAGE=name:tag` chooses the image).
//!
//! Whatever is started is stopped again, however the process ends.

pub mod bench;
mod docker;
pub mod faults;
pub mod jvm;
pub mod kafka;
pub mod network;
mod output;
pub mod postgres;
mod runtime;
pub mod signal;
mod watchdog;

/// The Rust of the README is compiled as a test of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
