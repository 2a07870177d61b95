//! Publishes the four topics from a database.

pub mod domain;
pub mod publish;
