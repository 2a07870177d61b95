//! Which records wait, which may be handled now, and how far each partition may be committed. No clock, no broker.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

/// Time since some moment before.
pub(crate) type Moment = Duration;

type Key = Vec<u8>;

/// The records of one topic that are not done. Records of one key come one after the other.
pub(crate) struct Tracker<R> {
    partitions: BTreeMap<i32, Partition<R>>,
    /// Keys whose first record can be handled now.
    ready: VecDeque<(i32, Key)>,
    /// Keys whose first record is tried again then.
    later: BTreeSet<(Moment, i32, Key)>,
    /// How often partitions were assigned.
    assignments: u64,
    halted: bool,
}

struct Partition<R> {
    /// What comes of an earlier assignment is not counted.
    assignment: u64,
    /// The offset after the last record that came.
    position: Option<i64>,
    /// What was told as committed.
    committed: Option<i64>,
    /// Offsets of records that are not done.
    open: BTreeSet<i64>,
    keys: HashMap<Key, Line<R>>,
    in_flight: usize,
    bytes: usize,
    halted: bool,
}

/// The records of a key that are not done, in their order.
struct Line<R> {
    records: VecDeque<Waiting<R>>,
    attempts: u32,
}

struct Waiting<R> {
    offset: i64,
    record: R,
    size: usize,
}

/// A record that is being handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: Key,
    /// 1 for the first.
    pub(crate) attempt: u32,
    assignment: u64,
}

impl<R: Clone> Tracker<R> {
    pub(crate) fn new() -> Self {
        Self {
            partitions: BTreeMap::new(),
            ready: VecDeque::new(),
            later: BTreeSet::new(),
            assignments: 0,
            halted: false,
        }
    }

    pub(crate) fn assign(&mut self, partition: i32) {
        self.release(partition);
        self.assignments += 1;
        let new = Partition {
            assignment: self.assignments,
            position: None,
            committed: None,
            open: BTreeSet::new(),
            keys: HashMap::new(),
            in_flight: 0,
            bytes: 0,
            halted: false,
        };
        self.partitions.insert(partition, new);
    }

    /// Forgets a partition, also what is in flight.
    pub(crate) fn release(&mut self, partition: i32) {
        self.partitions.remove(&partition);
        self.ready.retain(|(of, _)| *of != partition);
        self.later.retain(|(_, of, _)| *of != partition);
    }

    /// Hands out no more records of a partition.
    pub(crate) fn halt(&mut self, partition: i32) {
        if let Some(partition) = self.partitions.get_mut(&partition) {
            partition.halted = true;
        }
    }

    /// Hands out no more records.
    pub(crate) fn halt_all(&mut self) {
        self.halted = true;
    }

    /// A record has come. One that came before in this assignment is passed over.
    pub(crate) fn push(&mut self, partition: i32, offset: i64, key: &[u8], record: R, size: usize) {
        let Some(it) = self.partitions.get_mut(&partition) else { return };
        if it.position.is_some_and(|position| offset < position) {
            return;
        }
        it.position = Some(offset + 1);
        it.open.insert(offset);
        it.bytes += size;
        let waiting = Waiting { offset, record, size };
        if let Some(line) = it.keys.get_mut(key) {
            line.records.push_back(waiting);
        } else {
            it.keys.insert(key.to_vec(), Line { records: VecDeque::from([waiting]), attempts: 0 });
            self.ready.push_back((partition, key.to_vec()));
        }
    }

    /// Nothing is to be handled before this offset besides what has come.
    pub(crate) fn pass(&mut self, partition: i32, position: i64) {
        if let Some(it) = self.partitions.get_mut(&partition) {
            it.position = Some(it.position.map_or(position, |before| before.max(position)));
        }
    }

    /// The next record to be handled now, if there is one.
    pub(crate) fn take(&mut self, now: Moment) -> Option<(Ticket, R)> {
        if self.halted {
            return None;
        }
        while self.later.first().is_some_and(|(at, ..)| *at <= now) {
            if let Some((_, partition, key)) = self.later.pop_first() {
                self.ready.push_back((partition, key));
            }
        }
        while let Some((partition, key)) = self.ready.pop_front() {
            let Some(it) = self.partitions.get_mut(&partition) else { continue };
            if it.halted {
                continue;
            }
            let Some(line) = it.keys.get_mut(&key) else { continue };
            let Some(first) = line.records.front() else { continue };
            line.attempts += 1;
            it.in_flight += 1;
            let (offset, record) = (first.offset, first.record.clone());
            let assignment = it.assignment;
            return Some((Ticket { partition, offset, key, attempt: line.attempts, assignment }, record));
        }
        None
    }

    /// A record is handled. `false`: it is of an assignment that is over.
    pub(crate) fn done(&mut self, ticket: &Ticket) -> bool {
        let Some(it) = self.of(ticket) else { return false };
        it.in_flight -= 1;
        let Some(line) = it.keys.get_mut(&ticket.key) else { return false };
        if let Some(first) = line.records.pop_front() {
            it.open.remove(&first.offset);
            it.bytes -= first.size;
        }
        line.attempts = 0;
        if line.records.is_empty() {
            it.keys.remove(&ticket.key);
        } else {
            self.ready.push_back((ticket.partition, ticket.key.clone()));
        }
        true
    }

    /// A record is to be handled again. `false`: it is of an assignment that is over.
    pub(crate) fn failed(&mut self, ticket: &Ticket, again: Moment) -> bool {
        let Some(it) = self.of(ticket) else { return false };
        it.in_flight -= 1;
        self.later.insert((again, ticket.partition, ticket.key.clone()));
        true
    }

    fn of(&mut self, ticket: &Ticket) -> Option<&mut Partition<R>> {
        self.partitions.get_mut(&ticket.partition).filter(|it| it.assignment == ticket.assignment)
    }

    /// When the next record is to be tried again.
    pub(crate) fn next_retry(&self) -> Option<Moment> {
        self.later.first().map(|(at, ..)| *at)
    }

    /// Whether [`Tracker::take`] would give one without time passing.
    pub(crate) fn is_any_ready(&self) -> bool {
        !self.halted && !self.ready.is_empty()
    }

    /// The assigned partitions.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = i32> + '_ {
        self.partitions.keys().copied()
    }

    /// Records of a partition that are being handled.
    pub(crate) fn in_flight(&self, partition: i32) -> usize {
        self.partitions.get(&partition).map_or(0, |it| it.in_flight)
    }

    /// Records of a partition that are not done, and their bytes.
    pub(crate) fn waiting(&self, partition: i32) -> (usize, usize) {
        self.partitions.get(&partition).map_or((0, 0), |it| (it.open.len(), it.bytes))
    }

    /// Keys of a partition that wait to be tried again.
    pub(crate) fn retrying(&self, partition: i32) -> usize {
        self.later.iter().filter(|(_, of, _)| *of == partition).count()
    }

    /// The offset after the last record that came.
    pub(crate) fn position(&self, partition: i32) -> Option<i64> {
        self.partitions.get(&partition)?.position
    }

    /// The offset before which every record is done. `None` while nothing has come.
    pub(crate) fn done_before(&self, partition: i32) -> Option<i64> {
        let it = self.partitions.get(&partition)?;
        it.open.first().copied().or(it.position)
    }

    /// What is to be committed of a partition, if that is more than before.
    pub(crate) fn committable(&self, partition: i32) -> Option<i64> {
        let committed = self.partitions.get(&partition)?.committed;
        self.done_before(partition).filter(|offset| committed.is_none_or(|committed| *offset > committed))
    }

    /// An offset was committed.
    pub(crate) fn committed(&mut self, partition: i32, offset: i64) {
        if let Some(it) = self.partitions.get_mut(&partition) {
            it.committed = Some(offset);
        }
    }

    /// It was not, after all.
    pub(crate) fn not_committed(&mut self, partition: i32) {
        if let Some(it) = self.partitions.get_mut(&partition) {
            it.committed = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Moment = Moment::ZERO;

    fn tracker() -> Tracker<i64> {
        let mut tracker = Tracker::new();
        tracker.assign(0);
        tracker
    }

    fn push(tracker: &mut Tracker<i64>, offset: i64, key: &[u8]) {
        tracker.push(0, offset, key, offset, 10);
    }

    fn take(tracker: &mut Tracker<i64>) -> Ticket {
        tracker.take(NOW).unwrap().0
    }

    #[test]
    fn a_later_record_of_a_key_waits_and_another_key_goes_on() {
        let mut tracker = tracker();
        push(&mut tracker, 4, b"a");
        push(&mut tracker, 6, b"a");
        push(&mut tracker, 9, b"b");

        let first = take(&mut tracker);
        let other = take(&mut tracker);
        assert_eq!((first.offset, other.offset), (4, 9));
        assert_eq!(tracker.take(NOW), None);
        assert!(tracker.done(&other));
        assert_eq!(tracker.committable(0), Some(4), "what is before is not done");
        assert!(tracker.done(&first));
        assert_eq!(take(&mut tracker).offset, 6);
        assert_eq!(tracker.committable(0), Some(6));
    }

    #[test]
    fn a_record_that_failed_comes_again_before_the_later_ones_of_its_key_and_not_too_early() {
        let mut tracker = tracker();
        push(&mut tracker, 0, b"a");
        push(&mut tracker, 1, b"a");
        let first = take(&mut tracker);
        tracker.failed(&first, Moment::from_secs(5));

        assert_eq!(tracker.take(Moment::from_secs(4)), None);
        assert_eq!(tracker.next_retry(), Some(Moment::from_secs(5)));
        let (again, _) = tracker.take(Moment::from_secs(5)).unwrap();
        assert_eq!((again.offset, again.attempt), (0, 2));
        tracker.done(&again);
        assert_eq!(take(&mut tracker).attempt, 1, "the next record has its own attempts");
    }

    #[test]
    fn what_is_done_of_an_assignment_that_is_over_counts_for_nothing() {
        let mut tracker = tracker();
        push(&mut tracker, 0, b"a");
        let old = take(&mut tracker);
        tracker.release(0);
        tracker.assign(0);
        push(&mut tracker, 0, b"a");

        assert!(!tracker.done(&old));
        assert!(!tracker.failed(&old, NOW));
        assert_eq!(tracker.committable(0), Some(0));
        assert_eq!(take(&mut tracker).offset, 0);
    }

    #[test]
    fn a_partition_that_is_halted_hands_out_nothing_and_the_others_go_on() {
        let mut tracker = tracker();
        tracker.assign(1);
        push(&mut tracker, 0, b"a");
        tracker.push(1, 0, b"b", 0, 10);
        tracker.halt(0);

        assert_eq!(take(&mut tracker).partition, 1);
        assert_eq!(tracker.take(NOW), None);
    }

    #[test]
    fn offsets_without_a_record_are_committed_when_all_before_them_is_done() {
        let mut tracker = tracker();
        push(&mut tracker, 3, b"a");
        tracker.pass(0, 7);
        assert_eq!(tracker.committable(0), Some(3));
        let ticket = take(&mut tracker);
        tracker.done(&ticket);

        assert_eq!(tracker.committable(0), Some(7));
        tracker.committed(0, 7);
        assert_eq!(tracker.committable(0), None);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Push { partition: i32, key: u8, gap: i64 },
        Pass { partition: i32, gap: i64 },
        Take,
        Done(prop::sample::Index),
        Fail(prop::sample::Index, u64),
        Wait(u64),
        Commit,
        Reassign(i32),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (0..2, 0..4_u8, 0..3_i64).prop_map(|(partition, key, gap)| Step::Push { partition, key, gap }),
            1 => (0..2, 1..4_i64).prop_map(|(partition, gap)| Step::Pass { partition, gap }),
            5 => Just(Step::Take),
            4 => any::<prop::sample::Index>().prop_map(Step::Done),
            2 => (any::<prop::sample::Index>(), 0..9_u64).prop_map(|(index, wait)| Step::Fail(index, wait)),
            2 => (1..9_u64).prop_map(Step::Wait),
            2 => Just(Step::Commit),
            1 => (0..2).prop_map(Step::Reassign),
        ];
        prop::collection::vec(step, 1..120)
    }

    /// A partition of the broker: its log, what was committed, what was ever handled, and what is known of this assignment.
    #[derive(Default)]
    struct Log {
        records: Vec<(i64, u8)>,
        end: i64,
        committed: i64,
        handled: BTreeSet<i64>,
    }

    proptest! {
        #[test]
        fn nothing_is_committed_past_a_record_that_is_not_handled_and_each_key_keeps_its_order(steps in steps()) {
            let mut tracker = Tracker::new();
            let mut logs = [Log::default(), Log::default()];
            (0..2).for_each(|partition| tracker.assign(partition));
            let mut in_flight: Vec<(Ticket, u64)> = Vec::new();
            let mut assignment = [0_u64; 2];
            let mut last: HashMap<(i32, Vec<u8>), i64> = HashMap::new();
            let mut now = 0;
            for step in steps {
                match step {
                    Step::Push { partition, key, gap } => {
                        let log = &mut logs[usize::try_from(partition).unwrap()];
                        let offset = log.end + gap;
                        log.end = offset + 1;
                        log.records.push((offset, key));
                        tracker.push(partition, offset, &[key], offset, 1);
                    }
                    Step::Pass { partition, gap } => {
                        let log = &mut logs[usize::try_from(partition).unwrap()];
                        log.end += gap;
                        tracker.pass(partition, log.end);
                    }
                    Step::Take => {
                        if let Some((ticket, offset)) = tracker.take(Moment::from_secs(now)) {
                            prop_assert_eq!(offset, ticket.offset);
                            let current = assignment[usize::try_from(ticket.partition).unwrap()];
                            let same_key = |(it, of): &&(Ticket, u64)| {
                                (it.partition, &it.key, *of) == (ticket.partition, &ticket.key, current)
                            };
                            prop_assert!(in_flight.iter().find(same_key).is_none(), "two of one key at once");
                            let done = last.get(&(ticket.partition, ticket.key.clone()));
                            prop_assert!(done.is_none_or(|done| *done < ticket.offset), "out of order");
                            in_flight.push((ticket, current));
                        }
                    }
                    Step::Done(index) if !in_flight.is_empty() => {
                        let (ticket, of) = in_flight.swap_remove(index.index(in_flight.len()));
                        let partition = usize::try_from(ticket.partition).unwrap();
                        let counts = tracker.done(&ticket);
                        prop_assert_eq!(counts, of == assignment[partition]);
                        if counts {
                            last.insert((ticket.partition, ticket.key), ticket.offset);
                            logs[partition].handled.insert(ticket.offset);
                        }
                    }
                    Step::Fail(index, wait) if !in_flight.is_empty() => {
                        let (ticket, _) = in_flight.swap_remove(index.index(in_flight.len()));
                        tracker.failed(&ticket, Moment::from_secs(now + wait));
                    }
                    Step::Done(_) | Step::Fail(..) => {}
                    Step::Wait(seconds) => now += seconds,
                    Step::Commit => for partition in 0..2 {
                        if let Some(offset) = tracker.committable(partition) {
                            tracker.committed(partition, offset);
                            logs[usize::try_from(partition).unwrap()].committed = offset;
                        }
                    },
                    Step::Reassign(partition) => {
                        let log = &logs[usize::try_from(partition).unwrap()];
                        tracker.assign(partition);
                        assignment[usize::try_from(partition).unwrap()] += 1;
                        last.retain(|(of, _), _| *of != partition);
                        let again = log.records.iter().filter(|(offset, _)| *offset >= log.committed);
                        again.for_each(|(offset, key)| tracker.push(partition, *offset, &[*key], *offset, 1));
                    }
                }
                for (partition, log) in (0..2).zip(&logs) {
                    let mut before = log.records.iter().filter(|(offset, _)| *offset < log.committed);
                    prop_assert!(before.all(|(offset, _)| log.handled.contains(offset)), "committed too far");
                    prop_assert_eq!(
                        tracker.in_flight(partition),
                        in_flight.iter().filter(|(it, of)| {
                            it.partition == partition && *of == assignment[usize::try_from(partition).unwrap()]
                        }).count()
                    );
                }
            }
            // In the end everything is handled, whatever happened.
            for (ticket, _) in in_flight {
                tracker.done(&ticket);
            }
            while let Some((ticket, _)) = tracker.take(Moment::MAX) {
                tracker.done(&ticket);
            }
            for (partition, log) in (0..2).zip(&logs) {
                let done = tracker.done_before(partition).unwrap_or(log.committed);
                prop_assert!(log.records.iter().all(|(offset, _)| *offset < done), "a record was lost");
                prop_assert_eq!(tracker.waiting(partition), (0, 0));
            }
        }
    }
}
