//! The runtime of an event consumer: the reading thread, the workers that call the handler, and the client. It
//! carries out what the core decides.

mod attempt;
mod committer;
mod driver;
mod feed;
mod group;
mod membership;
mod shared;
mod sink;
mod source_feed;
mod watcher;
mod worker;

pub(super) use driver::{Driver, Options};
pub(super) use feed::Feed;
pub(super) use group::GroupFeed;
pub(super) use shared::{OnFailure, Shared, Status};
pub(super) use source_feed::SourceFeed;
pub(super) use worker::work;
