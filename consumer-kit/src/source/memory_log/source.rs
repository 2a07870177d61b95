//! Reading a log as a table reads a topic.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::MemoryLog;
use super::state::{Content, State};
use crate::connection::Isolation;
use crate::error::Error;
use crate::source::{Batch, PollEvent, RecordRef, Settings, Source, TopicDescription, TopicIdentity};

/// Reads a [`MemoryLog`]: see [`MemoryLog::source`].
pub struct MemorySource {
    log: MemoryLog,
    isolation: Isolation,
    cursors: BTreeMap<i32, Cursor>,
}

#[derive(Clone, Copy)]
struct Cursor {
    /// The next offset to be looked at.
    at: i64,
    /// The end that was told.
    end: Option<i64>,
    lost: bool,
}

impl MemorySource {
    pub(super) fn new(log: MemoryLog, isolation: Isolation) -> Self {
        Self { log, isolation, cursors: BTreeMap::new() }
    }

    /// Adds what there is. `false`: there is nothing.
    fn take(&mut self, state: &mut State, batch: &mut Batch) -> bool {
        let mut room = state.poll_limit;
        let mut any = false;
        for (&number, cursor) in &mut self.cursors {
            let stable = match self.isolation {
                Isolation::ReadCommitted => state.stable(number),
                Isolation::ReadUncommitted => state.partition(number).map(|it| it.end),
            };
            let Some(stable) = stable else { continue };
            let State { partitions, aborted, .. } = &*state;
            let Some(partition) = usize::try_from(number).ok().and_then(|it| partitions.get(it)) else {
                continue;
            };
            if cursor.at < partition.start || cursor.at > partition.end {
                if !cursor.lost {
                    cursor.lost = true;
                    batch.push(PollEvent::OffsetOutOfRange { partition: number });
                    any = true;
                }
                continue;
            }
            let from = partition.slots.partition_point(|slot| slot.offset < cursor.at);
            for slot in partition.slots[from..].iter().take_while(|slot| slot.offset < stable) {
                if room == 0 || batch.is_full() {
                    return true;
                }
                cursor.at = slot.offset + 1;
                match &slot.content {
                    Content::Record { key, value, timestamp, transaction } => {
                        let committed = self.isolation == Isolation::ReadCommitted;
                        if committed && transaction.is_some_and(|it| aborted.contains(&it)) {
                            continue;
                        }
                        batch.push(PollEvent::Record(RecordRef {
                            partition: number,
                            offset: slot.offset,
                            timestamp: *timestamp,
                            key: key.as_deref(),
                            value: value.as_deref(),
                        }));
                        room -= 1;
                    }
                    Content::Marker => {
                        batch.push(PollEvent::PositionAdvanced { partition: number, offset: cursor.at })
                    }
                }
                any = true;
            }
            if cursor.at < stable {
                // Batches that compaction has emptied.
                cursor.at = stable;
                batch.push(PollEvent::PositionAdvanced { partition: number, offset: stable });
                any = true;
            }
            if cursor.end != Some(stable) {
                cursor.end = Some(stable);
                batch.push(PollEvent::PartitionEof { partition: number });
                any = true;
            }
        }
        any
    }
}

impl Source for MemorySource {
    fn topic(&self) -> &str {
        &self.log.topic
    }

    fn describe(&mut self) -> Result<TopicDescription, Error> {
        let mut watermarks = self.log.watermarks();
        if self.isolation == Isolation::ReadUncommitted {
            watermarks.values_mut().for_each(|it| it.last_stable_offset = it.high_watermark);
        }
        let topic_id = Some(self.log.state().generation.to_string());
        let identity = TopicIdentity { cluster_id: Some("memory".to_owned()), topic_id };
        Ok(TopicDescription { identity, watermarks })
    }

    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error> {
        let cursor = |(partition, at): (&i32, &i64)| (*partition, Cursor { at: *at, end: None, lost: false });
        self.cursors = positions.iter().map(cursor).collect();
        Ok(())
    }

    fn poll(&mut self, limit: Duration, batch: &mut Batch) -> Result<(), Error> {
        let log = self.log.clone();
        let deadline = Instant::now() + limit;
        let mut state = log.state();
        for failure in &mut state.failures {
            failure.0 = failure.0.saturating_sub(1);
        }
        if let Some(index) = state.failures.iter().position(|failure| failure.0 == 0) {
            let (_, cause) = state.failures.swap_remove(index);
            return Err(Error::source_failed(&*log.topic, cause));
        }
        loop {
            if !state.paused && self.take(&mut state, batch) {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let waited = log.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn settings(&mut self) -> Settings {
        let state = self.log.state();
        Settings::Known { cleanup_policy: state.policy.clone(), delete_retention: state.delete_retention }
    }
}
