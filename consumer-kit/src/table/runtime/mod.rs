//! The runtime around the [core](super::core): threads, clocks, source, store, callbacks, and the state that readers
//! share.
//!
//! It has two threads. The [`Poller`](poller::Poller) drives the source. The [`Driver`](driver::Driver) feeds the
//! core and carries out its effects in order.

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
