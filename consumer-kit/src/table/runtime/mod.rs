//! The thin rest around the [core](super::core): threads, clocks, the source, the store, callbacks, and what readers
//! share.
//!
//! Two threads: the [`Poller`](poller::Poller) drives the source and does what it is told, and the
//! [`Driver`](driver::Driver) feeds the core and carries out its effects in their order.

mod decode;
pub(crate) mod driver;
mod message;
mod persistence;
mod poller;
mod program;
mod restored;
mod shared;

pub(crate) use self::message::Message;
pub(crate) use self::persistence::StateStore;
pub(crate) use self::shared::Shared;
