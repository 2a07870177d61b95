//! A topic on a broker.
//!
//! `source` is what a reader drives. `client` is the one client of librdkafka that it drives in turn, and the only
//! place with unsafe code. `position`, `severity` and `connection_log` interpret what the library reports.

mod client;
mod connection_log;
mod position;
mod severity;
mod source;

pub(crate) use self::client::{headers, restore_brokers};
pub use self::source::KafkaSource;

#[cfg(test)]
mod tests;
