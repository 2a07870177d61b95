//! The comparison of the database with the checkpoint on Kafka. Pure.
//!
//! The database gets a batch's sequence number, with the ids of its changes, *before* the batch's Kafka transaction may be
//! committed. The checkpoint with that number is the last record of the transaction. So wherever a relay ends, the two
//! numbers say whether the batch is published. A number is never used twice: a batch that was sequenced and not sent gets a
//! new one.

/// The relay's progress, as the database has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// The last batch that may have been sent.
    pub(crate) sequence: i64,
    /// The changes of that batch.
    pub(crate) changes: Vec<i64>,
    /// The sequence number up to which batches are published and pruned.
    pub(crate) published: i64,
}

/// The result of comparing the database with the checkpoint on Kafka, when a relay starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reconciliation {
    /// These changes are published and have to be pruned. No other change in the outbox is published.
    Published(Vec<i64>),
    /// The checkpoint is ahead of the database: the database is an older copy.
    Ahead {
        /// The sequence number on Kafka.
        checkpoint: i64,
        /// The last sequence number in the database.
        sequence: i64,
    },
    /// The checkpoint is behind what the database has pruned: the topic was lost or recreated.
    Behind {
        /// The sequence number on Kafka; 0 if there is none.
        checkpoint: i64,
        /// The last sequence number that the database has pruned.
        published: i64,
    },
}

impl Ledger {
    /// Compares with the sequence number of the last committed checkpoint; 0 if there is none.
    pub(crate) fn compare(&self, checkpoint: i64) -> Reconciliation {
        if checkpoint > self.sequence {
            Reconciliation::Ahead { checkpoint, sequence: self.sequence }
        } else if checkpoint < self.published {
            Reconciliation::Behind { checkpoint, published: self.published }
        } else if checkpoint == self.sequence {
            Reconciliation::Published(self.changes.clone())
        } else {
            Reconciliation::Published(Vec::new())
        }
    }
}

/// Ids as ranges: `1-700,702`.
pub(crate) fn encode(ids: &[i64]) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for id in ids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*id) => *last = *id,
            _ => ranges.push((*id, *id)),
        }
    }
    let text = |(first, last): &(i64, i64)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

/// Parses the text that [`encode`] writes.
pub(crate) fn decode(text: &str) -> Option<Vec<i64>> {
    let mut ids = Vec::new();
    for range in text.split(',').filter(|range| !range.is_empty()) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        ids.extend(first.parse::<i64>().ok()?..=last.parse().ok()?);
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_are_what_was_encoded(ids in prop::collection::btree_set(1_i64..60, 0..40)) {
            let ids: Vec<_> = ids.into_iter().collect();
            prop_assert_eq!(decode(&encode(&ids)), Some(ids));
        }
    }

    /// What a relay, its database and Kafka are between two steps.
    #[derive(Clone, Debug, Default)]
    struct World {
        ledger: Ledger,
        checkpoint: i64,
        waiting: Vec<i64>,
        log: Vec<i64>,
        /// The batch that the relay has committed to Kafka and not pruned.
        committed: Option<(i64, Vec<i64>)>,
    }

    impl World {
        /// The steps of publishing a batch, in their order: see `lease` and `relay`.
        fn sequence(&mut self, batch: &[i64]) -> i64 {
            if let Some((sequence, changes)) = self.committed.take() {
                self.prune(&changes, sequence);
            }
            self.ledger.sequence += 1;
            self.ledger.changes = batch.to_vec();
            self.ledger.sequence
        }

        fn commit(&mut self, sequence: i64, batch: &[i64]) {
            self.log.extend(batch);
            self.checkpoint = sequence;
            self.committed = Some((sequence, batch.to_vec()));
        }

        fn prune(&mut self, changes: &[i64], published: i64) {
            self.waiting.retain(|id| !changes.contains(id));
            self.ledger.published = self.ledger.published.max(published);
        }

        /// The relay is gone; another one begins.
        fn restart(&mut self) {
            self.committed = None;
            match self.ledger.compare(self.checkpoint) {
                Reconciliation::Published(changes) => self.prune(&changes, self.checkpoint),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Goes on from a world in every way: a batch of each size, and an end at each step.
    fn explore(world: &World, depth: u32, seen: &mut u32) {
        *seen += 1;
        let mut done = world.clone();
        done.restart();
        while !done.waiting.is_empty() {
            let batch = done.waiting.clone();
            let sequence = done.sequence(&batch);
            done.commit(sequence, &batch);
            done.restart();
        }
        assert_eq!(done.log, [1, 2, 3, 4], "each change once, in order: {world:?}");
        if depth == 0 {
            return;
        }
        let under_way = world.committed.as_ref().map_or(0, |(_, changes)| changes.len());
        let ready = &world.waiting[under_way..];
        for size in 1..=ready.len() {
            let batch = &ready[..size];
            let mut sequenced = world.clone();
            let sequence = sequenced.sequence(batch);
            let mut committed = sequenced.clone();
            committed.commit(sequence, batch);
            for mut next in [sequenced, committed.clone()] {
                next.restart();
                explore(&next, depth - 1, seen);
            }
            explore(&committed, depth - 1, seen);
        }
    }

    #[test]
    fn a_relay_that_ends_at_any_step_leaves_nothing_lost_or_twice() {
        let mut seen = 0;
        explore(&World { waiting: vec![1, 2, 3, 4], ..World::default() }, 4, &mut seen);
        assert!(seen > 1_000, "{seen}");
    }

    #[test]
    fn an_older_copy_of_the_database_and_another_topic_are_told() {
        let ledger = Ledger { sequence: 7, changes: vec![12], published: 6 };
        assert_eq!(ledger.compare(8), Reconciliation::Ahead { checkpoint: 8, sequence: 7 });
        assert_eq!(ledger.compare(7), Reconciliation::Published(vec![12]));
        assert_eq!(ledger.compare(6), Reconciliation::Published(vec![]));
        assert_eq!(ledger.compare(5), Reconciliation::Behind { checkpoint: 5, published: 6 });
    }
}
