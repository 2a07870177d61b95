//! Fault runs, and a checker of the result that shares no code with the product.
//!
//! Writers change entities while a run causes faults. It kills or stops the relay (at any moment, and at each of its fail points), the
//! broker or nodes of a cluster of three, the database server, or the writers; or it cuts the network. Writers, relays and readers are
//! processes of their own: the program starts itself again with a hidden subcommand, see [`child`].
//!
//! The sources of the checker:
//!
//! | fact | source |
//! |---|---|
//! | which changes were acknowledged and which refused; the order of an entity's changes, by the versions that the writers got | the writers, who report it as it happens |
//! | which records are on the topics | Apache Kafka's client on the JVM, `LogReader.java`, as a reader of committed records |
//! | which records may be on the topics, and how often | a trigger in the database, which copies each record that is put in the outbox, in the same transaction. The order of its ids is not used |
//! | which values the topics should have at the end | the rows of the database, by rules that are written once more, in `expected.rs` |
//! | what a reader saw *during* the faults | the watch, which looks for torn changes whenever it sees a record |
//!
//! The checker judges:
//!
//! - the relay;
//! - the kit's own reader of logs: it has to read what the Java client reads;
//! - a table that only follows, a table that is killed and resumes from its state folder, and a consumer group of three whose members
//!   die and join. They are compared with the Java client at each quiet moment (no relay runs, no transaction is open);
//! - the kit's tables of all topics, which are compared with the Java client at the end.
//!
//! The checker is pure, with a test for each kind of finding. To show that it also works in a run, a small relay has one sown bug at a
//! time, and each bug names the finding that has to catch it: see [`Bug`].
//!
//! A run can write its history in a format that public checkers read, and a journal of what everybody knew at each moment: see
//! [`Options`].

mod arguments;
mod bug;
mod checker;
pub mod child;
mod cluster;
mod database;
mod event;
mod expected;
mod fault;
mod history;
mod independent;
mod journal;
mod options;
mod processes;
mod protocol;
mod reader;
mod readers;
mod record;
mod relay;
mod report;
mod run;
mod servers;
mod setting;
mod small_producer;
mod small_relay;
mod tables;
mod timeline;
mod watch;
mod writers;

pub use bug::Bug;
pub use fault::Fault;
pub use options::{Options, Stop};
pub use report::{Findings, Readings, Report};
pub use run::{Unfinished, run};
pub use setting::{StoreKind, Subject};
