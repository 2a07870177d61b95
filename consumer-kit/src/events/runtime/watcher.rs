//! The thread that describes the topic. It is a thread of its own, so that a silent broker does not hold up the
//! reading of records.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::Thread;

use crate::error::Error;
use crate::health::Moment;
use crate::source::{Source, TopicDescription};

/// Describes a topic when it is asked to.
pub(super) struct Watcher {
    ask: Sender<Moment>,
    answers: Receiver<Answer>,
}

/// A description, and when it was asked for.
pub(super) struct Answer {
    pub(super) asked: Moment,
    pub(super) outcome: Result<TopicDescription, Error>,
}

impl Watcher {
    /// Starts the thread, which ends with this. It wakes the reader when there is an answer.
    pub(super) fn start(mut source: impl Source + 'static, reader: Thread) -> Result<Self, Error> {
        let topic = source.topic().to_owned();
        let (ask, asked) = channel();
        let (tell, answers) = channel();
        let describe = move || {
            while let Ok(asked) = asked.recv() {
                let outcome = source.describe();
                if tell.send(Answer { asked, outcome }).is_err() {
                    return;
                }
                reader.unpark();
            }
        };
        std::thread::Builder::new()
            .name(format!("describe {topic}"))
            .spawn(describe)
            .map_err(|cause| Error::source_failed(topic, format!("no thread can be started: {cause}")))?;
        Ok(Self { ask, answers })
    }

    /// Asks for a description.
    pub(super) fn ask(&self, now: Moment) {
        // If the thread is gone, the next look at the answers says so.
        let _ = self.ask.send(now);
    }

    /// The next answer, if there is one. `Err`: the thread is gone, since it panicked.
    pub(super) fn answer(&self) -> Result<Option<Answer>, ()> {
        match self.answers.try_recv() {
            Ok(answer) => Ok(Some(answer)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(()),
        }
    }
}
