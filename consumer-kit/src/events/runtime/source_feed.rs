//! A source as a feed: all partitions, without a group.

use std::collections::BTreeMap;
use std::time::Duration;

use super::feed::{Arrival, Feed, Sink};
use crate::error::Error;
use crate::events::core::{Commit, Committed, StartAt};
use crate::events::event::Headers;
use crate::health::Moment;
use crate::source::{Batch, PollEvent, Source, TopicDescription};

/// All partitions of a source. What is committed is kept in memory.
pub(crate) struct SourceFeed {
    source: Box<dyn Source>,
    /// Where to begin, for partitions that are not read yet.
    given: BTreeMap<i32, i64>,
    /// The next offset of each partition that is read.
    positions: BTreeMap<i32, i64>,
    /// The partitions that there are.
    known: Vec<i32>,
    log_starts: BTreeMap<i32, i64>,
    batch: Batch,
    /// Events of the batch that were handed over.
    taken: usize,
    described: Option<(Moment, Result<TopicDescription, Error>)>,
    committed: Vec<i32>,
    failed: Option<Error>,
}

impl SourceFeed {
    /// Looks whether the topic is there.
    pub(crate) fn open(mut source: Box<dyn Source>, given: BTreeMap<i32, i64>) -> Result<Self, Error> {
        source.describe()?;
        Ok(Self {
            source,
            given,
            positions: BTreeMap::new(),
            known: Vec::new(),
            log_starts: BTreeMap::new(),
            batch: Batch::default(),
            taken: 0,
            described: None,
            committed: Vec::new(),
            failed: None,
        })
    }

    /// Partitions that were added come, and those that a topic made anew has not, go.
    fn hand_over_description(&mut self, sink: &mut dyn Sink) {
        let Some((asked, outcome)) = self.described.take() else { return };
        if let Ok(description) = &outcome {
            let now: Vec<i32> = description.watermarks.keys().copied().collect();
            self.log_starts =
                description.watermarks.iter().map(|(partition, it)| (*partition, it.log_start)).collect();
            let without = |mine: &[i32], others: &[i32]| -> Vec<i32> {
                mine.iter().copied().filter(|it| !others.contains(it)).collect()
            };
            let (gone, new) = (without(&self.known, &now), without(&now, &self.known));
            if !gone.is_empty() {
                sink.take(Arrival::Revoked { partitions: gone, is_lost: true });
            }
            if !new.is_empty() {
                sink.take(Arrival::Assigned { partitions: new, at: Some(asked) });
            }
            self.known = now;
        }
        sink.take(Arrival::Described { asked, outcome });
    }

    /// Hands over events until one has no room. `true`: all of them.
    fn hand_over_events(&mut self, sink: &mut dyn Sink) -> bool {
        let Self { batch, taken, positions, .. } = self;
        for event in batch.events().skip(*taken) {
            match event {
                PollEvent::Record(record) => {
                    if !sink.has_room(record.partition) {
                        return false;
                    }
                    positions.insert(record.partition, record.offset + 1);
                    sink.take(Arrival::Record(record, Headers::new()));
                }
                PollEvent::PositionAdvanced { partition, offset } => {
                    positions.insert(partition, offset);
                    sink.take(Arrival::Passed { partition, offset });
                }
                PollEvent::PartitionEof { partition } => {
                    sink.take(Arrival::AtEnd { partition, position: None });
                }
                PollEvent::OffsetOutOfRange { partition } => sink.take(Arrival::OutOfRange { partition }),
                PollEvent::Unauthorized => sink.take(Arrival::Forbidden { partition: None }),
            }
            *taken += 1;
        }
        true
    }

    /// Reads from the positions on. What was fetched and not handed over is fetched again.
    fn assign(&mut self) -> Result<(), Error> {
        self.batch.clear();
        self.taken = 0;
        self.source.assign(&self.positions)
    }

    fn place(&mut self, places: &BTreeMap<i32, StartAt>) -> Result<(), Error> {
        for (&partition, &at) in places {
            let log_start = self.log_starts.get(&partition).copied().unwrap_or_default();
            let offset = match at {
                StartAt::Offset(offset) => offset,
                StartAt::LogStart | StartAt::LogEnd => log_start,
            };
            self.positions.insert(partition, offset);
        }
        self.assign()
    }
}

impl Feed for SourceFeed {
    fn poll(&mut self, timeout: Duration, sink: &mut dyn Sink) {
        if let Some(error) = self.failed.take() {
            sink.take(Arrival::Failed(error));
        }
        let committed = std::mem::take(&mut self.committed);
        if !committed.is_empty() {
            sink.take(Arrival::Committed { partitions: committed, outcome: Ok(()) });
        }
        self.hand_over_description(sink);
        if !self.hand_over_events(sink) || self.positions.is_empty() {
            std::thread::park_timeout(timeout);
            return;
        }
        self.batch.clear();
        self.taken = 0;
        match self.source.poll(timeout, &mut self.batch) {
            Ok(()) => {
                self.hand_over_events(sink);
            }
            Err(error) => sink.take(Arrival::Failed(error)),
        }
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<Committed>>, Error> {
        let given = |partition: i32| {
            self.given.get(&partition).map(|offset| Committed { offset: *offset, topic_id: None })
        };
        Ok(partitions.iter().map(|partition| (*partition, given(*partition))).collect())
    }

    fn start(&mut self, places: &BTreeMap<i32, StartAt>) -> Result<(), Error> {
        self.place(places)
    }

    fn seek(&mut self, places: &BTreeMap<i32, StartAt>) {
        if let Err(error) = self.place(places) {
            self.failed = Some(error);
        }
    }

    fn release(&mut self, partitions: &[i32]) {
        self.positions.retain(|partition, _| !partitions.contains(partition));
        self.given.retain(|partition, _| !partitions.contains(partition));
        if let Err(error) = self.assign() {
            self.failed = Some(error);
        }
    }

    fn commit(&mut self, commits: &[Commit]) -> Result<(), Error> {
        self.committed.extend(commits.iter().map(|it| it.partition));
        Ok(())
    }

    fn describe(&mut self, asked: Moment) {
        self.described = Some((asked, self.source.describe()));
    }

    fn rejoin(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
