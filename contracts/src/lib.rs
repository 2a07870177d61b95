//! The versioned contracts of Kafka topics, and what verifies them: those of this project, and those of any team.
//!
//! A contract is a folder `topics/<topic>/`: `topic.toml`, the JSON Schemas of each version, and examples. What it is now, a
//! [`source::ContractSource`] says: the types of [`tiltak_schema`], from which the schemas are generated, or plain JSON Schemas.
//! [`command::check`] fails when source and files disagree.
//!
//! [`Contract`] checks records: against the committed schemas *and* by reading them with the types.
//!
//! ```
//! use tiltak_contracts::Contract;
//! use tiltak_schema::topic::Topic;
//! use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
//!
//! let contract = Contract::of_topic(SisteTiltakstyperV3::NAME)?;
//! let findings = contract.check("59a64a02-efdd-471d-9529-356ff5553a5d", Some(r#"{"id": 1}"#));
//! assert_eq!(findings[0].pointer, "/id");
//! // A tombstone needs a good key and nothing else.
//! assert!(contract.check("59a64a02-efdd-471d-9529-356ff5553a5d", None).is_empty());
//! # Ok::<(), tiltak_contracts::ContractError>(())
//! ```

pub mod line;
mod topic_file;
pub mod tree;

mod contract;
mod difference;
mod rewrites;
mod schema_finding;
mod schema_text;

pub mod contract_version;
pub mod field;
mod model;
pub mod release;
pub mod source;

mod change;
mod kafka_config;

mod containment;
pub mod counterexample;

pub mod reader;

pub mod rule;

pub mod assessment;

pub mod codegen;

pub mod problem;

pub mod command;
pub mod report;

mod place;
pub use contract::{Contract, ContractError, Finding, RefusedBy};
pub use place::{Part, Place};
pub use topic_file::{Compatibility, Dokumentasjon, IntendedBreak, KafkaConfig, Mode, TopicFile};
