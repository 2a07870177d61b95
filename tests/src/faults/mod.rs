//! Runs with faults, and a checker of what they left on the topics.
//!
//! Writers change entities while processes are killed or stopped: the relay at any moment and at each of its fail
//! points, the broker or nodes of a cluster of three, the database server or the writers; or while the network is cut. Writers and relays are processes of their own: the program
//! that runs this starts itself again with a hidden subcommand, see [`child`].
//!
//! What must be on the topics is known from a journal: a trigger in the database copies each record that is put in the
//! outbox, in the same transaction, to a table that nobody empties. What must be in the journal is known from what the
//! writers say: which changes were acknowledged, and which were refused. The checker compares the three.
//!
//! That the checker bites is shown with a small relay that is right in everything but one bug at a time, see
//! [`small_relay`].

mod checker;
pub mod child;
mod cluster;
mod database;
mod fault;
mod journal;
mod processes;
mod relay;
mod report;
mod run;
mod servers;
pub mod small_relay;
mod tables;
mod writers;

pub use fault::Fault;
pub use report::{Findings, Report};
pub use run::{Options, Stop, StoreKind, Subject, run};
pub use small_relay::Bug;
