//! Dead letters on a real broker: as the record was, however large, and many in little time.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Headers;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use tiltak_consumer_kit::{Connection, Error, Event, EventConsumer, OnPoison, Table};
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;
use tiltak_tests::kafka::{shared, topic_name};

const LIMIT: Duration = Duration::from_mins(1);
const MEGABYTE: usize = 1_000_000;

/// The topic `siste-tiltakstyper-v3` under a prefix, which takes records without a key, and one for the letters.
struct Topics {
    prefix: String,
    name: String,
    letters: String,
}

/// A key and a value.
type Bytes<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// A letter as it arrived.
#[derive(Debug, PartialEq)]
struct Letter {
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: BTreeMap<String, String>,
}

impl Topics {
    async fn create(letters: &[(&str, &str)]) -> Self {
        let prefix = format!("{}-", topic_name("poison"));
        let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
        let policy = [("cleanup.policy", "delete"), ("max.message.bytes", "5242880")];
        shared().create_topic(&name, 1, &policy).await.unwrap();
        let topics = Self { letters: format!("{prefix}letters"), prefix, name };
        shared().create_topic(&topics.letters, 1, letters).await.unwrap();
        topics
    }

    fn connection(&self) -> Connection {
        Connection::new(shared().bootstrap_servers()).topic_prefix(&self.prefix)
    }

    fn policy(&self) -> OnPoison {
        OnPoison::DeadLetter(self.connection(), self.letters.clone())
    }

    fn send(&self, records: &[Bytes<'_>]) {
        let producer: BaseProducer = client().set("message.max.bytes", "10000000").create().unwrap();
        for (key, value) in records {
            let mut record = BaseRecord::<[u8], [u8]>::to(&self.name);
            (record.key, record.payload) = (*key, *value);
            producer.send(record).map_err(|(error, _)| error).unwrap();
            producer.poll(Duration::ZERO);
        }
        producer.flush(LIMIT).unwrap();
    }

    /// A table that has put aside what it cannot decode.
    async fn table(&self) -> Result<Table<SisteTiltakstyperV3>, Error> {
        let builder = Table::builder(self.connection()).any_cleanup_policy().on_poison(self.policy());
        let table = builder.start().await?;
        table.ready(LIMIT).await.map(|()| table)
    }

    /// So many letters, in the order in which they arrived.
    fn letters(&self, count: usize) -> Vec<Letter> {
        let consumer: BaseConsumer =
            client().set("group.id", "none").set("fetch.message.max.bytes", "10000000").create().unwrap();
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(&self.letters, 0, Offset::Beginning).unwrap();
        consumer.assign(&from).unwrap();
        let (start, mut letters) = (Instant::now(), Vec::new());
        while letters.len() < count {
            assert!(start.elapsed() < LIMIT, "{} of {count} have come", letters.len());
            let Some(letter) = consumer.poll(Duration::from_millis(100)) else { continue };
            let letter = letter.unwrap();
            let header = |it: rdkafka::message::Header<'_, &[u8]>| {
                (it.key.to_owned(), String::from_utf8(it.value.unwrap().to_vec()).unwrap())
            };
            letters.push(Letter {
                key: letter.key().map(<[u8]>::to_vec),
                value: letter.payload().map(<[u8]>::to_vec),
                headers: letter.headers().unwrap().iter().map(header).collect(),
            });
        }
        letters
    }
}

fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", shared().bootstrap_servers());
    config
}

/// Bytes that cannot be compressed, and are no JSON.
fn noise(bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    rand_chacha::ChaCha8Rng::seed_from_u64(7).fill(&mut noise[..]);
    noise
}

fn key(number: usize) -> String {
    format!("59a64a02-efdd-471d-9529-{number:012x}")
}

#[tokio::test]
async fn null_and_empty_arrive_as_what_they_were() {
    let topics = Topics::create(&[]).await;
    let records: [Bytes<'_>; 3] =
        [(None, Some(b"no key")), (Some(b""), Some(b"")), (Some(b"\xff"), Some(b"\xfe"))];
    topics.send(&records);

    let handler = |_: Event<SisteTiltakstyperV3>| std::future::ready(Ok::<_, String>(()));
    let consumer = EventConsumer::builder(topics.connection(), topic_name("group"));
    let consumer = consumer.on_poison(topics.policy()).start(handler).await.unwrap();
    let letters = topics.letters(records.len());
    drop(consumer);

    let arrived: Vec<_> = letters.iter().map(|it| (it.key.as_deref(), it.value.as_deref())).collect();
    assert_eq!(arrived, records);
    assert!(letters.iter().all(|it| it.headers["tiltak.topic"] == topics.name), "{letters:?}");
    assert!(letters.iter().all(|it| !it.headers.contains_key("tiltak.value.size")), "{letters:?}");
    let offsets: Vec<_> = letters.iter().map(|it| it.headers["tiltak.offset"].as_str()).collect();
    assert_eq!(offsets, ["0", "1", "2"]);
}

#[tokio::test]
async fn a_record_as_large_as_the_topics_allow_arrives_whole() {
    let topics = Topics::create(&[("max.message.bytes", "5242880")]).await;
    let large = noise(4 * MEGABYTE);
    topics.send(&[(Some(key(1).as_bytes()), Some(&large))]);

    let table = topics.table().await.unwrap();

    assert_eq!(table.unreadable().len(), 1);
    let [letter] = topics.letters(1).try_into().unwrap();
    assert!(letter.value.as_ref() == Some(&large), "{} bytes", letter.value.map_or(0, |it| it.len()));
    assert_eq!(letter.headers["tiltak.offset"], "0");
}

#[tokio::test]
async fn a_record_that_the_dead_letter_topic_refuses_goes_without_its_value_and_holds_up_no_other() {
    // The default of a broker: about 1 MB.
    let topics = Topics::create(&[]).await;
    let large = noise(3 * MEGABYTE);
    let keys: Vec<_> = (0..6).map(key).collect();
    let values: [&[u8]; 6] = [b"small", &large, b"little", &large[..2 * MEGABYTE], b"tiny", b"last"];
    let records: Vec<_> =
        keys.iter().zip(values).map(|(key, value)| (Some(key.as_bytes()), Some(value))).collect();
    topics.send(&records);

    let table = topics.table().await.unwrap();

    assert_eq!(table.unreadable().len(), values.len());
    let letters: BTreeMap<_, _> = topics
        .letters(values.len())
        .into_iter()
        .map(|it| (it.headers["tiltak.offset"].parse::<usize>().unwrap(), it))
        .collect();
    for (offset, value) in values.into_iter().enumerate() {
        let letter = &letters[&offset];
        assert_eq!(letter.key.as_deref(), Some(keys[offset].as_bytes()));
        if value.len() < MEGABYTE {
            assert_eq!(letter.value.as_deref(), Some(value), "it was in a batch with a large one");
            assert!(!letter.headers.contains_key("tiltak.value.size"));
        } else {
            assert_eq!(letter.value, None);
            assert_eq!(letter.headers["tiltak.value.size"], value.len().to_string());
            assert_eq!(letter.headers["tiltak.value.sha256"].len(), 64);
        }
    }
}

#[tokio::test]
async fn small_letters_that_are_together_too_large_for_the_topic_arrive_whole() {
    // Less than a batch of the client.
    let topics = Topics::create(&[("max.message.bytes", "20000")]).await;
    let noise = noise(2_000_000);
    let keys: Vec<_> = (0..200).map(key).collect();
    let records: Vec<_> = keys
        .iter()
        .zip(noise.chunks(10_000))
        .map(|(key, value)| (Some(key.as_bytes()), Some(value)))
        .collect();
    topics.send(&records);

    topics.table().await.unwrap();

    let letters = topics.letters(records.len());
    assert!(letters.iter().all(|it| it.value.as_ref().is_some_and(|value| value.len() == 10_000)));
}

#[tokio::test]
async fn a_compacted_dead_letter_topic_refuses_a_record_without_a_key_and_the_error_says_why() {
    let topics = Topics::create(&[("cleanup.policy", "compact")]).await;
    topics.send(&[(None, Some(b"no key"))]);

    let error = match topics.table().await {
        // The letter was refused a moment later.
        Ok(table) => tokio::time::timeout(LIMIT, table.failed()).await.unwrap(),
        Err(error) => error,
    };

    assert!(error.is_quarantine(), "{error}");
    let text = error.to_string();
    assert!(text.starts_with(&topics.letters), "{text}");
    assert!(text.contains(&format!("{}, partition 0, offset 0", topics.name)), "{text}");
    assert!(text.contains("a dead-letter topic must not be compacted"), "{text}");
    let cause = std::error::Error::source(&error).unwrap();
    assert!(cause.is::<rdkafka::error::KafkaError>(), "{cause:?}");
}

#[tokio::test]
async fn a_dead_letter_topic_that_is_not_there_stops_the_table_and_is_named() {
    let topics = Topics::create(&[]).await;
    topics.send(&[(Some(b"no uuid"), Some(b"bad"))]);
    let nowhere = OnPoison::DeadLetter(
        // How long the client waits for a topic to be made.
        topics.connection().set("topic.metadata.propagation.max.ms", "1000"),
        "no-such-letters".to_owned(),
    );

    let table: Table<SisteTiltakstyperV3> =
        Table::builder(topics.connection()).any_cleanup_policy().on_poison(nowhere).start().await.unwrap();
    let error = tokio::time::timeout(LIMIT, table.failed()).await.unwrap();

    assert!(error.is_quarantine(), "{error}");
    assert!(error.to_string().starts_with("no-such-letters"), "{error}");
}

#[tokio::test]
async fn a_setting_that_the_producer_of_letters_does_not_know_is_refused_at_the_start() {
    let topics = Topics::create(&[]).await;
    let connection = topics.connection().set("linger.sm", "5");

    let poison = OnPoison::DeadLetter(connection, topics.letters.clone());
    let started = Table::<SisteTiltakstyperV3>::builder(topics.connection())
        .any_cleanup_policy()
        .on_poison(poison)
        .start();
    let error = started.await.err().unwrap();

    assert!(error.is_setting(), "{error}");
    assert!(error.to_string().contains("linger.sm"), "{error}");
}

#[tokio::test]
async fn letters_are_sent_in_batches() {
    const LETTERS: usize = 20_000;
    let topics = Topics::create(&[]).await;
    let keys: Vec<_> = (0..LETTERS).map(key).collect();
    let records: Vec<_> =
        keys.iter().map(|key| (Some(key.as_bytes()), Some(&br#"{"id": "Kari Nordmann"}"#[..]))).collect();
    topics.send(&records);

    let start = Instant::now();
    let table = topics.table().await.unwrap();
    let elapsed = start.elapsed();

    assert_eq!(table.counters().undecodable, u64::try_from(LETTERS).unwrap());
    assert_eq!(topics.letters(LETTERS).len(), LETTERS);
    let a_second = u128::try_from(LETTERS).unwrap() * 1_000 / elapsed.as_millis().max(1);
    println!("{LETTERS} letters in {elapsed:?}, {a_second} a second");
}
