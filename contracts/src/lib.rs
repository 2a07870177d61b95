//! Versioned contracts of Kafka topics, and the gate that a new version has to pass. For this repository's topics and any team's.
//!
//! A contract is a folder `topics/<topic>/`: `topic.toml`, the JSON Schemas of each version, and examples. A
//! [`source::ContractSource`] gives the current schemas: generated from the types of [`tiltak_schema`], or written by hand.
//!
//! # Where to begin
//! - To use it: `cargo contracts --help`. Each command is a file in [`command`]; [`report`] prints what it returns.
//! - To check records: [`Contract`], as in the example below.
//! - To see how a change is judged: [`assessment`] (what is compared), `change` (what differs), [`rule`] (what a difference means).
//! - To see whom a change breaks: [`reader`].
//! - To generate types in other languages: [`codegen`].
//!
//! # Example: what a contract says of a record
//! [`Contract::check`] holds a record against the committed schemas *and* decodes it with the types.
//!
//! ```
//! use tiltak_contracts::Contract;
//! use tiltak_schema::topic::Topic;
//! use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
//!
//! let contract = Contract::of_topic(SisteTiltakstyperV3::NAME)?;
//! let findings = contract.check("59a64a02-efdd-471d-9529-356ff5553a5d", Some(r#"{"id": 1}"#));
//! assert_eq!(findings[0].pointer, "/id");
//! // A tombstone needs a valid key and nothing else.
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
