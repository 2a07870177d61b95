//! Every order of what may happen.

use super::*;

#[derive(Debug, Clone)]
enum Step {
    /// The producer appends records.
    Append {
        partition: usize,
        key: u8,
        gap: i64,
    },
    /// The topic is deleted and made anew, empty.
    Recreate,
    /// The client delivers what comes next.
    Deliver {
        partition: usize,
    },
    Ask,
    Answer,
    Take,
    Done(prop::sample::Index),
    Fail(prop::sample::Index, u64),
    Wait(u64),
    Commit,
    /// The partition goes to another member and comes back, or the process is killed and begins again.
    Reassign {
        partition: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..2_usize, 0..4_u8, 0..3_i64).prop_map(|(partition, key, gap)| Step::Append { partition, key, gap }),
        1 => Just(Step::Recreate),
        8 => (0..2_usize).prop_map(|partition| Step::Deliver { partition }),
        2 => Just(Step::Ask),
        2 => Just(Step::Answer),
        5 => Just(Step::Take),
        4 => any::<prop::sample::Index>().prop_map(Step::Done),
        2 => (any::<prop::sample::Index>(), 0..9_u64).prop_map(|(index, wait)| Step::Fail(index, wait)),
        2 => (1..9_u64).prop_map(Step::Wait),
        2 => Just(Step::Commit),
        1 => (0..2_usize).prop_map(|partition| Step::Reassign { partition }),
    ];
    prop::collection::vec(step, 1..150)
}

/// A partition on the broker.
#[derive(Default)]
struct Log {
    records: Vec<(i64, u8)>,
    end: i64,
}

/// A broker with a topic of two partitions, a client of it as librdkafka is, and a core that reads from it.
struct World {
    core: TestCore,
    /// How often the topic was made.
    generation: u32,
    logs: [Log; 2],
    /// What the group has committed: offset and generation. Deleting the topic deletes it.
    committed: [Option<Committed>; 2],
    /// Where the client is; `None` while a partition is not started.
    client: [Option<i64>; 2],
    asked: Option<(Moment, TopicDescription)>,
    now: u64,
    in_flight: Vec<(Ticket<u8>, (u32, i64))>,
    /// The records that were handled: partition, generation, offset.
    handled: BTreeSet<(usize, u32, i64)>,
    /// The last record of each key that was handled in this reading.
    last: HashMap<(i32, u8), (u64, i64)>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            core: TestCore::new(limits(), NOW),
            generation: 1,
            logs: Default::default(),
            committed: Default::default(),
            client: [None, None],
            asked: None,
            now: 0,
            in_flight: Vec::new(),
            handled: BTreeSet::new(),
            last: HashMap::new(),
        };
        world.core.assigned(&[0, 1], NOW);
        world
    }

    fn moment(&self) -> Moment {
        Moment::from_secs(self.now)
    }

    fn description(&self) -> TopicDescription {
        let marks = |log: &Log| Watermarks::settled(0, log.end);
        TopicDescription {
            identity: TopicIdentity { cluster_id: None, topic_id: Some(self.generation.to_string()) },
            watermarks: (0..).zip(self.logs.iter().map(marks)).collect(),
        }
    }

    /// What the runtime does after each step.
    fn settle(&mut self) {
        loop {
            let awaiting = self.core.awaiting_committed();
            if !awaiting.is_empty() {
                let committed = |partition: i32| self.committed[usize::try_from(partition).unwrap()].clone();
                let found = awaiting.into_iter().map(|partition| (partition, committed(partition))).collect();
                self.core.committed(found);
            }
            let effects = self.core.effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Start { partition, at: StartAt::Offset(offset) }
                    | Effect::Seek { partition, at: StartAt::Offset(offset) } => {
                        self.client[usize::try_from(partition).unwrap()] = Some(offset);
                    }
                    Effect::Describe | Effect::Reset { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    fn ask(&mut self) {
        if self.asked.is_none() {
            self.core.asking();
            self.asked = Some((self.moment(), self.description()));
        }
    }

    fn answer(&mut self) {
        if let Some((asked, description)) = self.asked.take() {
            self.core.described(asked, self.moment(), Ok(description));
        }
    }

    /// A position beyond the end is reset to the log start, as `auto.offset.reset=earliest` says; one that is within the
    /// log of another topic is not noticed.
    fn deliver(&mut self, partition: usize) {
        let Some(position) = &mut self.client[partition] else { return };
        if *position > self.logs[partition].end {
            *position = 0;
        }
        let next = self.logs[partition].records.iter().find(|(offset, _)| *offset >= *position);
        let Some(&(offset, key)) = next else { return };
        *position = offset + 1;
        let now = Moment::from_secs(self.now);
        self.core.delivered(i32::try_from(partition).unwrap(), offset, key, offset, 1, now);
    }

    fn take(&mut self, now: Moment) -> bool {
        let Some((ticket, _)) = self.core.take(now) else { return false };
        let same_key =
            |(it, _): &&(Ticket<u8>, (u32, i64))| (it.partition, it.key) == (ticket.partition, ticket.key);
        assert!(self.in_flight.iter().find(same_key).is_none(), "two of one key at once");
        let place = (ticket.partition, ticket.key);
        if let Some((epoch, offset)) = self.last.get(&place) {
            assert!(*epoch != ticket.epoch || *offset < ticket.offset, "out of order");
        }
        let record = (self.generation, ticket.offset);
        self.in_flight.push((ticket, record));
        true
    }

    fn done(&mut self, index: usize) {
        let (ticket, (generation, offset)) = self.in_flight.swap_remove(index);
        let before = self.core.metrics(NOW).handled;
        self.core.done(&ticket);
        if self.core.metrics(NOW).handled > before {
            self.last.insert((ticket.partition, ticket.key), (ticket.epoch, ticket.offset));
        }
        // What the handler did it did, whether it counts or not. A record that was taken before the topic was made anew is
        // one of the old topic.
        self.handled.insert((usize::try_from(ticket.partition).unwrap(), generation, offset));
    }

    fn commit(&mut self) {
        for Commit { partition, offset, topic_id } in self.core.commits() {
            self.committed[usize::try_from(partition).unwrap()] = Some(Committed { offset, topic_id });
        }
    }

    /// Nothing is committed, as an offset of this topic, past a record of it that is not handled.
    fn check_commits(&self) {
        for (partition, committed) in self.committed.iter().enumerate() {
            let Some(Committed { offset, topic_id: Some(id) }) = committed else { continue };
            if *id != self.generation.to_string() {
                continue;
            }
            for (of, _) in self.logs[partition].records.iter().filter(|(it, _)| it < offset) {
                let is_handled = self.handled.contains(&(partition, self.generation, *of));
                assert!(
                    is_handled,
                    "{offset} is committed in partition {partition}, and {of} is not handled"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn every_record_of_the_topic_that_there_is_in_the_end_is_handled_in_the_order_of_its_key(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            match step {
                Step::Append { partition, key, gap } => {
                    let log = &mut world.logs[partition];
                    log.records.push((log.end + gap, key));
                    log.end += gap + 1;
                }
                Step::Recreate => {
                    world.generation += 1;
                    world.logs = Default::default();
                    world.committed = Default::default();
                }
                Step::Deliver { partition } => world.deliver(partition),
                Step::Ask => world.ask(),
                Step::Answer => world.answer(),
                Step::Take => {
                    let now = world.moment();
                    world.take(now);
                }
                Step::Done(index) if !world.in_flight.is_empty() => {
                    let index = index.index(world.in_flight.len());
                    world.done(index);
                }
                Step::Fail(index, wait) if !world.in_flight.is_empty() => {
                    let (ticket, _) = world.in_flight.swap_remove(index.index(world.in_flight.len()));
                    let again = Moment::from_secs(world.now + wait);
                    world.core.failed(&ticket, again);
                }
                Step::Done(_) | Step::Fail(..) => {}
                Step::Wait(seconds) => world.now += seconds,
                Step::Commit => world.commit(),
                Step::Reassign { partition } => {
                    let now = world.moment();
                    world.client[partition] = None;
                    world.core.release(&[i32::try_from(partition).unwrap()]);
                    world.core.assigned(&[i32::try_from(partition).unwrap()], now);
                }
            }
            world.settle();
            world.check_commits();
        }

        // From here on nothing happens but that the consumer goes on.
        for _ in 0..3 {
            world.now += 10;
            world.answer();
            world.ask();
            world.answer();
            world.settle();
            for partition in 0..2 {
                for _ in 0..=world.logs[partition].records.len() {
                    world.deliver(partition);
                    world.settle();
                }
            }
        }
        while world.take(Moment::MAX) || !world.in_flight.is_empty() {
            if !world.in_flight.is_empty() {
                world.done(0);
            }
        }
        world.commit();
        world.check_commits();
        for (partition, log) in world.logs.iter().enumerate() {
            for (offset, _) in &log.records {
                let is_handled = world.handled.contains(&(partition, world.generation, *offset));
                prop_assert!(is_handled, "{offset} of partition {partition} was lost");
            }
        }
        let metrics = world.core.metrics(NOW);
        prop_assert_eq!(metrics.waiting(), 0);
    }
}
