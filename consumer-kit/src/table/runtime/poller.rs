//! The thread that polls the source and passes on the events.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::Duration;

use super::message::Message;
use crate::error::Error;
use crate::source::{Batch, Settings, Source};

/// How long to wait for a record before looking for a command.
const STEP: Duration = Duration::from_millis(20);

/// What the source is to do.
pub(super) enum Command {
    Assign { epoch: u64, positions: BTreeMap<i32, i64> },
    Describe,
}

pub(super) struct Poller {
    pub(super) source: Box<dyn Source>,
    pub(super) commands: Receiver<Command>,
    /// Batches that were applied, to be filled again.
    pub(super) empty: Receiver<Batch>,
    pub(super) out: Sender<Message>,
    pub(super) epoch: u64,
    pub(super) settings_known: bool,
}

/// The other thread has ended.
struct Gone;

impl Poller {
    pub(super) fn run(mut self) {
        let out = self.out.clone();
        let topic = self.source.topic().to_owned();
        let failed = match catch_unwind(AssertUnwindSafe(|| self.poll())) {
            Ok(result) => result.err(),
            Err(panic) => Some(Error::panicked(&*topic, "the source", panic)),
        };
        if let Some(error) = failed {
            // Nobody may be there to hear it.
            let _ = out.send(Message::Failed(error));
        }
    }

    fn poll(&mut self) -> Result<(), Error> {
        let mut batch = None;
        loop {
            if self.obey()?.is_err() {
                return Ok(());
            }
            if !self.settings_known {
                let settings = self.source.settings();
                self.settings_known = settings != Settings::Pending;
                if self.settings_known && self.out.send(Message::Settings(settings)).is_err() {
                    return Ok(());
                }
            }
            let Some(mut filled) = batch.take().or_else(|| self.empty.recv_timeout(STEP).ok()) else {
                continue;
            };
            filled.clear();
            self.source.poll(STEP, &mut filled)?;
            if filled.is_empty() {
                batch = Some(filled);
            } else if self.out.send(Message::Delivered { epoch: self.epoch, batch: filled }).is_err() {
                return Ok(());
            }
        }
    }

    fn obey(&mut self) -> Result<Result<(), Gone>, Error> {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Assign { epoch, positions }) => {
                    self.source.assign(&positions)?;
                    self.epoch = epoch;
                }
                Ok(Command::Describe) => {
                    let description = self.source.describe();
                    if self.out.send(Message::Described(description)).is_err() {
                        return Ok(Err(Gone));
                    }
                }
                Err(TryRecvError::Empty) => return Ok(Ok(())),
                Err(TryRecvError::Disconnected) => return Ok(Err(Gone)),
            }
        }
    }
}
