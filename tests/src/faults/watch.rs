//! The watch: a reader that looks for torn changes at every record, also during the faults.
//!
//! A transaction becomes visible on one partition after the other, so a reader of committed records may see it on only one of two topics
//! for a moment. But all records of the transaction are in the logs before the first one is visible. So, when the watch sees a committed
//! record on one topic, it asks for the end offsets of the other topic's partitions. (A leader that was just elected answers only when
//! it knows the end, KIP-207.) A reader of uncommitted records then has to find the other record of the change below these ends.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::json;
use tokio::sync::mpsc::error::TryRecvError;

use super::arguments::ReaderArguments;
use super::event::now;
use super::protocol::{AGAIN, commands, say};
use super::record::{BOTH, Marks};

/// The number of records that the watch checks together.
const BATCH: usize = 1_000;
const STEP: Duration = Duration::from_millis(20);
const ANSWER: Duration = Duration::from_secs(5);
const STATUS: Duration = Duration::from_secs(1);
/// The time that a record below a known end gets to arrive, after it is looked for and after the last one that did.
const PATIENCE: Duration = Duration::from_mins(3);

/// The identity of a change on a topic: the key, whether the record is a tombstone, and the number of the change.
type Mark = (String, bool, Option<u64>);
/// The end offsets at some moment, by topic and partition.
type Ends = BTreeMap<(usize, i32), i64>;

/// The place of a record that was seen: topic, partition and offset.
struct Seen {
    at: (usize, i32, i64),
    mark: Mark,
}

/// How often a change was seen on one topic as committed, when, and which ends the other one had then.
struct Pending {
    topic: usize,
    mark: Mark,
    times: usize,
    ends: Ends,
    since: Instant,
}

/// The state of the watch: what it knows of the logs. Pure.
#[derive(Default)]
struct Knowledge {
    committed: HashMap<(usize, Mark), usize>,
    /// The places of each change in the logs, committed or not.
    written: HashMap<(usize, Mark), Vec<(i32, i64)>>,
    /// The next offset of each partition of the reader of uncommitted records.
    passed: Ends,
    /// When that reader read its last record.
    progress: Option<Instant>,
}

/// The state of a pending record.
#[derive(Debug, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
    NotYet,
}

impl Knowledge {
    fn written(&mut self, seen: Seen, now: Instant) {
        self.progress = Some(now);
        let (topic, partition, offset) = seen.at;
        let passed = self.passed.entry((topic, partition)).or_default();
        *passed = (*passed).max(offset + 1);
        self.written.entry((topic, seen.mark)).or_default().push((partition, offset));
    }

    fn committed(&mut self, seen: Seen, ends: &Ends, now: Instant) -> Pending {
        let topic = seen.at.0;
        let times = self.committed.entry((topic, seen.mark.clone())).or_default();
        *times += 1;
        Pending { topic, mark: seen.mark, times: *times, ends: ends.clone(), since: now }
    }

    /// Whether the other topic has the change as often, below the ends that the topic had when the record was seen. A reader that
    /// gets on may still find it.
    fn judge(&self, pending: &Pending, now: Instant) -> Whole {
        let other = 1 - pending.topic;
        let end = |partition: i32| pending.ends.get(&(other, partition)).copied().unwrap_or(0);
        let places = self.written.get(&(other, pending.mark.clone()));
        let below = places.into_iter().flatten().filter(|(partition, offset)| *offset < end(*partition));
        if below.count() >= pending.times {
            return Whole::Yes;
        }
        let others = pending.ends.iter().filter(|((topic, _), _)| *topic == other);
        let passed = |at: &(usize, i32)| self.passed.get(at).copied().unwrap_or(0);
        let mut behind = others.filter(|(at, end)| passed(at) < **end);
        let last = self.progress.unwrap_or(pending.since).max(pending.since);
        let hopeless = now.saturating_duration_since(last) >= PATIENCE;
        if behind.next().is_none() || hopeless { Whole::No } else { Whole::NotYet }
    }
}

/// Watches until standard input ends. The line `state` asks how far the watch has read.
pub(super) async fn work(arguments: ReaderArguments) -> Result<ExitCode> {
    let mut commands = commands();
    let watching = tokio::task::spawn_blocking(move || {
        let topics = BOTH.map(|topic| format!("{}{topic}", arguments.prefix));
        let mut watch = loop {
            match Watch::start(&arguments.brokers, topics.clone()) {
                Ok(watch) => break watch,
                Err(error) => eprintln!("the watch cannot begin: {error:#}"),
            }
            std::thread::sleep(AGAIN);
        };
        loop {
            match commands.try_recv() {
                Err(TryRecvError::Disconnected) => return,
                Ok(_) => watch.say(),
                Err(TryRecvError::Empty) => {}
            }
            if let Err(error) = watch.look() {
                eprintln!("the watch: {error:#}");
                std::thread::sleep(AGAIN);
            }
        }
    });
    watching.await?;
    Ok(ExitCode::SUCCESS)
}

struct Watch {
    committed: BaseConsumer,
    written: BaseConsumer,
    topics: [String; 2],
    partitions: Vec<(usize, i32)>,
    knowledge: Knowledge,
    pending: VecDeque<Pending>,
    seen: usize,
    whole: usize,
    torn: usize,
    last: Option<u64>,
    said: Instant,
}

impl Watch {
    fn start(brokers: &str, topics: [String; 2]) -> Result<Self> {
        let consumer = |isolation: &str| -> Result<BaseConsumer> {
            let mut config = ClientConfig::new();
            config
                .set("bootstrap.servers", brokers)
                .set("group.id", "faults-watch")
                .set("enable.auto.commit", "false")
                .set("auto.offset.reset", "error")
                .set("fetch.wait.max.ms", "20")
                .set("reconnect.backoff.max.ms", "500")
                .set("isolation.level", isolation);
            Ok(config.create()?)
        };
        let (committed, written) = (consumer("read_committed")?, consumer("read_uncommitted")?);
        let mut partitions = Vec::new();
        let mut list = TopicPartitionList::new();
        for (index, topic) in topics.iter().enumerate() {
            let metadata = committed.fetch_metadata(Some(topic), ANSWER)?;
            let metadata = metadata.topics().first().context("a topic")?;
            for partition in metadata.partitions() {
                partitions.push((index, partition.id()));
                list.add_partition_offset(topic, partition.id(), Offset::Beginning)?;
            }
        }
        anyhow::ensure!(partitions.iter().any(|it| it.0 == 1), "the topics have no partitions");
        committed.assign(&list)?;
        written.assign(&list)?;
        Ok(Self {
            committed,
            written,
            topics,
            partitions,
            knowledge: Knowledge::default(),
            pending: VecDeque::new(),
            seen: 0,
            whole: 0,
            torn: 0,
            last: None,
            said: Instant::now(),
        })
    }

    fn look(&mut self) -> Result<()> {
        let new = self.read(&self.committed)?;
        if !new.is_empty() {
            // After they were seen.
            let ends = self.ends();
            let now = Instant::now();
            for seen in new {
                self.seen += 1;
                self.last = seen.mark.2.or(self.last);
                self.pending.push_back(self.knowledge.committed(seen, &ends, now));
            }
        }
        let written = self.read(&self.written)?;
        let now = Instant::now();
        for seen in written {
            self.knowledge.written(seen, now);
        }
        let mut waiting = VecDeque::new();
        while let Some(pending) = self.pending.pop_front() {
            match self.knowledge.judge(&pending, now) {
                Whole::Yes => self.whole += 1,
                Whole::NotYet => waiting.push_back(pending),
                Whole::No => {
                    self.torn += 1;
                    let (key, _, number) = &pending.mark;
                    say(&json!({ "torn": { "seen-on": BOTH[pending.topic], "key": key, "change": number } }));
                }
            }
        }
        self.pending = waiting;
        if self.said.elapsed() > STATUS {
            self.say();
        }
        Ok(())
    }

    fn say(&mut self) {
        self.said = Instant::now();
        let Self { seen, whole, torn, last, .. } = self;
        say(&json!({ "watch": { "seen": seen, "whole": whole, "torn": torn, "last-change": last } }));
    }

    /// Reads the records that have arrived.
    fn read(&self, consumer: &BaseConsumer) -> Result<Vec<Seen>> {
        let mut all = Vec::new();
        while all.len() < BATCH {
            // Errors of a client that has lost its broker pass.
            let Some(Ok(message)) = consumer.poll(if all.is_empty() { STEP } else { Duration::ZERO }) else {
                break;
            };
            let topic = self.topics.iter().position(|topic| topic == message.topic()).context("a topic")?;
            let value = message.payload().map(String::from_utf8_lossy);
            let number = value.as_deref().and_then(|value| Marks::of(value).number);
            let key = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
            let at = (topic, message.partition(), message.offset());
            all.push(Seen { at, mark: (key, value.is_none(), number) });
        }
        Ok(all)
    }

    /// Asks until each partition answers.
    fn ends(&self) -> Ends {
        let mut ends = Ends::new();
        for (topic, partition) in &self.partitions {
            let end = loop {
                match self.written.fetch_watermarks(&self.topics[*topic], *partition, ANSWER) {
                    Ok((_, end)) => break end,
                    Err(error) => eprintln!("the watch at {}: {error}", now()),
                }
                std::thread::sleep(AGAIN);
            };
            ends.insert((*topic, *partition), end);
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(topic: usize, offset: i64) -> Seen {
        Seen { at: (topic, 0, offset), mark: ("key".to_owned(), false, Some(7)) }
    }

    fn ends(end: i64) -> Ends {
        [((0, 0), end), ((1, 0), end)].into()
    }

    #[test]
    fn a_change_is_whole_when_the_other_topic_had_it_when_it_was_seen() {
        let (mut knowledge, now) = (Knowledge::default(), Instant::now());
        let pending = knowledge.committed(seen(0, 0), &ends(1), now);
        assert_eq!(knowledge.judge(&pending, now), Whole::NotYet);
        knowledge.written(seen(1, 0), now);
        assert_eq!(knowledge.judge(&pending, now), Whole::Yes);
    }

    #[test]
    fn a_change_is_torn_when_the_other_topic_got_it_only_later() {
        let (mut knowledge, now) = (Knowledge::default(), Instant::now());
        let pending = knowledge.committed(seen(0, 0), &ends(5), now);
        knowledge.written(seen(1, 6), now);
        assert_eq!(knowledge.judge(&pending, now), Whole::No);
    }

    #[test]
    fn the_same_change_is_looked_for_as_often_as_it_was_seen() {
        let (mut knowledge, now) = (Knowledge::default(), Instant::now());
        let first = knowledge.committed(seen(0, 0), &ends(1), now);
        let again = knowledge.committed(seen(0, 2), &ends(2), now);
        knowledge.written(seen(1, 0), now);
        knowledge.written(seen(1, 2), now);
        assert_eq!((knowledge.judge(&first, now), knowledge.judge(&again, now)), (Whole::Yes, Whole::No));
    }

    #[test]
    fn a_record_is_waited_for_as_long_as_its_reader_gets_on() {
        let (mut knowledge, now) = (Knowledge::default(), Instant::now());
        let after = |minutes| now + Duration::from_mins(minutes);
        let pending = knowledge.committed(seen(0, 0), &ends(9), now);
        let other = Seen { mark: ("other".to_owned(), false, Some(1)), ..seen(1, 0) };
        knowledge.written(other, after(2));
        assert_eq!(knowledge.judge(&pending, after(4)), Whole::NotYet);
        assert_eq!(knowledge.judge(&pending, after(5)), Whole::No);
    }
}
