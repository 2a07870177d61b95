//! The source of a log in memory.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::memory::{MemoryLog, State};
use crate::connection::Isolation;
use crate::error::Error;
use crate::source::{Batch, PollEvent, Settings, Source, TopicDescription, TopicIdentity};

/// The source of a [`MemoryLog`]: see [`MemoryLog::source`].
pub struct MemorySource {
    log: MemoryLog,
    isolation: Isolation,
    cursors: BTreeMap<i32, Cursor>,
}

/// Where a source is in a partition.
#[derive(Clone, Copy)]
struct Cursor {
    /// The next offset.
    position: i64,
    /// The end that was reported to the reader.
    end: Option<i64>,
    /// Whether it was reported that the position is outside of the log.
    out_of_range: bool,
}

impl MemorySource {
    pub(super) fn new(log: MemoryLog, isolation: Isolation) -> Self {
        Self { log, isolation, cursors: BTreeMap::new() }
    }

    /// Adds the events that there are, and says whether there was one.
    fn fill(&mut self, state: &State, batch: &mut Batch) -> bool {
        let mut room = state.poll_limit;
        let mut any = false;
        for (&number, cursor) in &mut self.cursors {
            let Ok(partition) = state.log.partition(number) else { continue };
            let watermarks = partition.watermarks();
            if cursor.position < watermarks.log_start || cursor.position > watermarks.high_watermark {
                if !cursor.out_of_range {
                    cursor.out_of_range = true;
                    batch.push(PollEvent::OffsetOutOfRange { partition: number });
                    any = true;
                }
                continue;
            }
            for event in partition.read(cursor.position, self.isolation) {
                if room == 0 || batch.is_full() {
                    return true;
                }
                match event {
                    PollEvent::Record(record) => {
                        cursor.position = record.offset + 1;
                        room -= 1;
                    }
                    PollEvent::PositionAdvanced { offset, .. } => cursor.position = offset,
                    _ => {}
                }
                batch.push(event);
                any = true;
            }
            let end = partition.readable_to(self.isolation);
            if cursor.position < end {
                // Batches that compaction has emptied.
                cursor.position = end;
                batch.push(PollEvent::PositionAdvanced { partition: number, offset: end });
                any = true;
            }
            if cursor.end != Some(end) {
                cursor.end = Some(end);
                batch.push(PollEvent::PartitionEof { partition: number });
                any = true;
            }
        }
        any
    }
}

impl Source for MemorySource {
    fn topic(&self) -> &str {
        self.log.topic()
    }

    fn describe(&mut self) -> Result<TopicDescription, Error> {
        let mut watermarks = self.log.watermarks();
        if self.isolation == Isolation::ReadUncommitted {
            for it in watermarks.values_mut() {
                it.last_stable_offset = it.high_watermark;
            }
        }
        let topic_id = Some(self.log.state().generation.to_string());
        let identity = TopicIdentity { cluster_id: Some("memory".to_owned()), topic_id };
        Ok(TopicDescription { identity, watermarks })
    }

    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error> {
        let cursor = |(partition, position): (&i32, &i64)| {
            (*partition, Cursor { position: *position, end: None, out_of_range: false })
        };
        self.cursors = positions.iter().map(cursor).collect();
        Ok(())
    }

    fn poll(&mut self, timeout: Duration, batch: &mut Batch) -> Result<(), Error> {
        let log = self.log.clone();
        let start = Instant::now();
        let mut state = log.state();
        for failure in &mut state.failures {
            failure.0 = failure.0.saturating_sub(1);
        }
        if let Some(index) = state.failures.iter().position(|failure| failure.0 == 0) {
            let (_, cause) = state.failures.swap_remove(index);
            return Err(Error::source_failed(log.topic(), cause));
        }
        loop {
            if !state.paused && self.fill(&state, batch) {
                return Ok(());
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            let waited = log.shared().changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn settings(&mut self) -> Settings {
        let state = self.log.state();
        Settings::Known {
            cleanup_policy: state.cleanup_policy.clone(),
            delete_retention: state.delete_retention,
        }
    }
}
