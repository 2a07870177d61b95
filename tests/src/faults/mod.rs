//! Runs with faults, and an oracle of what they left on the topics, which shares nothing with what it judges.
//!
//! Writers change entities while processes are killed or stopped: the relay at any moment and at each of its fail
//! points, the broker or nodes of a cluster of three, the database server or the writers; or while the network is cut. Writers,
//! relays and readers are processes of their own: the program that runs this starts itself again with a hidden subcommand, see
//! [`child`].
//!
//! What is known, and from whom:
//!
//! | what | from whom |
//! |---|---|
//! | which changes were acknowledged, which refused, and the order of those of an entity: that of the versions that were told | the writers, who say it as it happens |
//! | what is on the topics | Apache Kafka's client on the JVM, `LogReader.java`, as a reader of committed records |
//! | what may be on the topics, and how often | a trigger in the database, which copies each record that is put in the outbox, in the same transaction. Its ids order nothing |
//! | what a reader saw *during* the faults | a watch, which looks for torn changes whenever it sees a record |
//!
//! What is judged: the relay; the kit's own reader of logs, which has to give what the Java client gives; a table that only
//! follows, one that is killed and goes on from its state folder, and a group of three whose members die and join, which are
//! compared with the same at each quiet moment; and, at the end, the tables of all topics against the database.
//!
//! The judgement is pure, with a test for each kind of finding. That it bites in a run as well is shown with a small relay that is right in everything but
//! one bug at a time, and with the finding that each bug has to be caught by, see [`Bug`].
//!
//! A run can keep its history in a form that public checkers read, and a journal of what everybody knew at each moment: see
//! [`Options`].

mod arguments;
mod bug;
mod checker;
pub mod child;
mod cluster;
mod database;
mod event;
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
pub use run::run;
pub use setting::{StoreKind, Subject};
