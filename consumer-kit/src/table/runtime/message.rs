//! Messages to the thread that feeds the core.

use tokio::sync::oneshot;

use crate::error::Error;
use crate::source::{Batch, Settings, TopicDescription};

/// Where the answer to a barrier goes.
pub(crate) type Answer = oneshot::Sender<Result<(), Error>>;

/// A message to the thread that feeds the core.
pub(crate) enum Message {
    Delivered {
        epoch: u64,
        batch: Batch,
    },
    Described(Result<TopicDescription, Error>),
    Settings(Settings),
    /// The source has failed.
    Failed(Error),
    Barrier(Answer),
    /// The table is closed.
    Stop,
}
