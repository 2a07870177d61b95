//! The thread that commits offsets.
//!
//! The client reports the outcome of a commit only to a caller that waits for it. That may take as long as a session
//! when the coordinator is away, and must not hold up the reading of records.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Thread;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::feed::CommitFailure;
use crate::error::Error;

/// Commits offsets when it is asked to.
pub(super) struct Committer<C: ConsumerContext + 'static> {
    ask: Sender<(Arc<BaseConsumer<C>>, TopicPartitionList)>,
    answers: Receiver<(Vec<i32>, Result<(), CommitFailure>)>,
}

impl<C: ConsumerContext + 'static> Committer<C> {
    /// Starts the thread, which ends with this. It wakes the reader when there is an answer.
    pub(super) fn start(topic: &str, reader: Thread) -> Result<Self, Error> {
        let (ask, asked) = channel::<(Arc<BaseConsumer<C>>, TopicPartitionList)>();
        let (tell, answers) = channel();
        let commit = move || {
            while let Ok((consumer, offsets)) = asked.recv() {
                let outcome = consumer.commit(&offsets, CommitMode::Sync).map_err(|cause| failure(&cause));
                // If the feed is gone already, this closes the consumer.
                drop(consumer);
                let partitions = offsets
                    .elements()
                    .iter()
                    .map(rdkafka::topic_partition_list::TopicPartitionListElem::partition)
                    .collect();
                if tell.send((partitions, outcome)).is_err() {
                    return;
                }
                reader.unpark();
            }
        };
        std::thread::Builder::new()
            .name(format!("commit {topic}"))
            .spawn(commit)
            .map_err(|cause| Error::source_failed(topic, format!("no thread can be started: {cause}")))?;
        Ok(Self { ask, answers })
    }

    /// Asks for a commit.
    pub(super) fn ask(&self, consumer: &Arc<BaseConsumer<C>>, offsets: TopicPartitionList) {
        // If the thread is gone, there is no answer, and the offsets are committed again.
        let _ = self.ask.send((Arc::clone(consumer), offsets));
    }

    /// The next answer, if there is one: of which partitions, and what came of it.
    pub(super) fn answer(&self) -> Option<(Vec<i32>, Result<(), CommitFailure>)> {
        self.answers.try_recv().ok()
    }
}

fn failure(cause: &KafkaError) -> CommitFailure {
    CommitFailure {
        reason: format!("the offsets could not be committed: {cause}"),
        is_unauthorized: matches!(
            cause.rdkafka_error_code(),
            Some(Code::GroupAuthorizationFailed | Code::TopicAuthorizationFailed)
        ),
    }
}
