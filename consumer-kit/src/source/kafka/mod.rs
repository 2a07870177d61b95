//! A topic on a broker.

mod client;
mod queue;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::metadata::MetadataPartition;
use rdkafka::{Offset, TopicPartitionList};

use client::Client;
use queue::Told;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::source::{Batch, PollEvent, Settings, Source, TopicDescription, TopicIdentity, Watermarks};

/// How long a broker may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(8);
/// How long one may take while the table is read: it is asked again.
const FOLLOWING_LIMIT: Duration = Duration::from_secs(2);
/// How often a broker is asked about a topic that it does not know yet.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// How long a topic may be unknown: a cluster needs a moment to know a new one everywhere.
const NEW_TOPIC: Duration = Duration::from_secs(2);
/// How long a partition may be without the leader that its metadata name: a new or moved one takes a moment.
const NEW_LEADER: Duration = Duration::from_secs(8);
/// How long to wait for the library to tell the topic's id.
const ID_LIMIT: Duration = Duration::from_millis(500);
const ID_STEP: Duration = Duration::from_millis(2);
/// How long to collect why there is no connection.
const REASON_LIMIT: Duration = Duration::from_millis(200);
/// Records that are taken from the library at once, a fraction of what makes a batch full.
const AT_ONCE: usize = 500;
/// Reads one topic of a broker. A consumer of its own: the end of a partition is reported without the topic's name.
///
/// A topic that was made anew is told by its id, which librdkafka writes into its debug log (`debug=topic`) and nowhere
/// else that is safe to call. Should it not do so, what is left are the cluster's id, the number of partitions, and logs
/// that end before the position; one that was made anew and has already grown past it is then not told from the old.
///
/// ```no_run
/// use tiltak_consumer_kit::Connection;
/// use tiltak_consumer_kit::source::{KafkaSource, Source};
///
/// let mut source = KafkaSource::open(&Connection::new("localhost:9092"), "siste-tiltakstyper-v3")?;
/// println!("{} partitions", source.describe()?.watermarks.len());
/// # Ok::<(), tiltak_consumer_kit::Error>(())
/// ```
pub struct KafkaSource {
    connection: Connection,
    topic: String,
    consumer: Client,
    /// Sees the end of the log also past an open transaction.
    uncommitted: Option<Client>,
    cluster: Option<String>,
    /// How far each assigned partition is.
    reach: BTreeMap<i32, Reach>,
    /// The topic's settings, when they have come.
    settings: Option<Result<Settings, Receiver<Settings>>>,
    answer_limit: Duration,
}

/// How far a partition is.
struct Reach {
    /// The next offset, as far as it was told.
    next: i64,
    /// Something was delivered since it was assigned. Until then the library may still tell the position of an earlier
    /// assignment.
    begun: bool,
    /// Where it ended, if nothing has come since.
    end: Option<i64>,
}

impl Reach {
    fn read(&mut self, next: i64, end: Option<i64>) {
        *self = Self { next: next.max(self.next), begun: true, end };
    }

    /// Whether the library's position is news. At an end it may be one too far: see [`queue::take`].
    fn is_passed_by(&self, position: i64) -> bool {
        self.begun && position > self.next && self.end.is_none_or(|end| position != end + 1)
    }
}

impl KafkaSource {
    /// Connects. `topic` is the full name.
    ///
    /// # Errors
    /// A setting that librdkafka does not know, a broker that does not answer or is not trusted, a topic that is not
    /// there or may not be read; within 10 s.
    pub fn open(connection: &Connection, topic: &str) -> Result<Self, Error> {
        let consumer = Client::new(connection, topic, &connection.client_config())?;
        let mut source = Self {
            connection: connection.clone(),
            topic: topic.to_owned(),
            consumer,
            uncommitted: None,
            cluster: None,
            reach: BTreeMap::new(),
            settings: None,
            answer_limit: ANSWER_LIMIT,
        };
        source.partitions()?;

        source.cluster = source.consumer.client().fetch_cluster_id(ANSWER_LIMIT);
        Ok(source)
    }

    fn partitions(&self) -> Result<Vec<i32>, Kind> {
        let start = Instant::now();
        loop {
            let metadata = self.consumer.fetch_metadata(Some(&self.topic), self.answer_limit);
            let metadata = metadata.map_err(|cause| self.unreachable(&cause))?;
            let mut found = Vec::new();
            for topic in metadata.topics().iter().filter(|it| it.name() == self.topic) {
                match topic.error().map(Code::from) {
                    None => found.extend(topic.partitions().iter().map(MetadataPartition::id)),
                    Some(Code::TopicAuthorizationFailed) => return Err(self.forbidden()),
                    Some(_) => {}
                }
            }
            if !found.is_empty() {
                return Ok(found);
            }
            if start.elapsed() > NEW_TOPIC {
                let (topic, brokers) = (self.topic.clone(), self.connection.brokers.clone());
                return Err(Kind::MissingTopic { topic, brokers });
            }
            std::thread::sleep(ASK_AGAIN);
        }
    }

    fn watermarks_of(&self, consumer: &Client, partition: i32) -> Result<(i64, i64), Kind> {
        let start = Instant::now();
        loop {
            match consumer.fetch_watermarks(&self.topic, partition, self.answer_limit) {
                Ok(found) => return Ok(found),
                Err(cause) if lacks_leader(&cause) && start.elapsed() < self.answer_limit.min(NEW_LEADER) => {
                    std::thread::sleep(ASK_AGAIN);
                }
                Err(cause) => return Err(self.refused(cause)),
            }
        }
    }

    fn uncommitted(&mut self) -> Result<Client, Kind> {
        if let Some(consumer) = self.uncommitted.take() {
            return Ok(consumer);
        }
        let mut config = self.connection.client_config();
        config.set("isolation.level", "read_uncommitted");
        Client::new(&self.connection, &self.topic, &config)
    }

    /// What was passed without a record: control records. The end of the log is known so without waiting for the broker to
    /// say that there is no more.
    fn pass(&mut self, batch: &mut Batch) {
        let Ok(told) = self.consumer.position() else { return };
        for element in told.elements_for_topic(&self.topic) {
            let (partition, Offset::Offset(offset)) = (element.partition(), element.offset()) else {
                continue;
            };
            if let Some(reach) = self.reach.get_mut(&partition)
                && reach.is_passed_by(offset)
            {
                reach.next = offset;
                batch.push(PollEvent::PositionAdvanced { partition, offset });
            }
        }
    }

    fn listen(&self) {
        self.consumer.listen();
        if let Some(uncommitted) = &self.uncommitted {
            // Nothing is read from it, but what it logs must not pile up.
            uncommitted.listen();
        }
    }

    fn identity(&mut self) -> Result<TopicIdentity, Kind> {
        let mut id = self.consumer.topic_id();
        if self.reach.is_empty() && id.is_none() {
            // The library asks for the id of a topic that it reads. From the end on, nothing is fetched. It is another
            // client that does so: the end that it is told of must not be taken for one of the records' own reader.
            let consumer = self.uncommitted()?;
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(&self.topic, 0, Offset::End).map_err(|cause| self.refused(cause))?;
            consumer.assign(&list).map_err(|cause| self.refused(cause))?;
            let start = Instant::now();
            while consumer.topic_id().is_none() && start.elapsed() < ID_LIMIT {
                let _ = consumer.poll(ID_STEP);
            }
            id = consumer.topic_id();
            // Not kept: it would not know of partitions that are added later.
            drop(consumer);
        }
        Ok(TopicIdentity { cluster_id: self.cluster.clone(), topic_id: id })
    }

    fn unreachable(&self, cause: &KafkaError) -> Kind {
        // The reason comes as an event of its own. Not asked for among records, which must not be lost here.
        let start = Instant::now();
        while self.reach.is_empty() && start.elapsed() < REASON_LIMIT {
            let _ = self.consumer.poll(Duration::from_millis(10));
        }
        let brokers = self.connection.brokers.clone();
        match self.consumer.reason() {
            Some((code, cause)) if is_about_trust(code, &cause) => Kind::Untrusted { brokers, cause },
            Some((_, reason)) => Kind::Unreachable { brokers, limit: self.answer_limit, cause: reason },
            None => Kind::Unreachable { brokers, limit: self.answer_limit, cause: cause.to_string() },
        }
    }

    fn forbidden(&self) -> Kind {
        Kind::Forbidden { topic: self.topic.clone(), brokers: self.connection.brokers.clone() }
    }

    fn refused(&self, cause: KafkaError) -> Kind {
        match cause.rdkafka_error_code() {
            Some(Code::TopicAuthorizationFailed) => self.forbidden(),
            Some(Code::BrokerTransportFailure | Code::AllBrokersDown | Code::OperationTimedOut) => {
                self.unreachable(&cause)
            }
            Some(Code::UnknownTopic | Code::UnknownTopicOrPartition) => {
                Kind::MissingTopic { topic: self.topic.clone(), brokers: self.connection.brokers.clone() }
            }
            _ => Kind::Kafka { topic: self.topic.clone(), cause },
        }
    }
}

impl Source for KafkaSource {
    fn topic(&self) -> &str {
        &self.topic
    }

    fn describe(&mut self) -> Result<TopicDescription, Error> {
        let identity = self.identity()?;
        let uncommitted = self.uncommitted()?;
        let mut watermarks = BTreeMap::new();
        for partition in self.partitions()? {
            let (log_start, last_stable_offset) = self.watermarks_of(&self.consumer, partition)?;
            let (_, high_watermark) = self.watermarks_of(&uncommitted, partition)?;
            watermarks.insert(partition, Watermarks { log_start, last_stable_offset, high_watermark });
        }
        self.uncommitted = Some(uncommitted);
        Ok(TopicDescription { identity, watermarks })
    }

    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in positions {
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset))
                .map_err(|cause| self.refused(cause))?;
        }
        self.consumer.assign(&list).map_err(|cause| self.refused(cause))?;
        let at =
            |(partition, next): (&i32, &i64)| (*partition, Reach { next: *next, begun: false, end: None });
        self.reach = positions.iter().map(at).collect();
        self.answer_limit = FOLLOWING_LIMIT;
        Ok(())
    }

    fn poll(&mut self, limit: Duration, batch: &mut Batch) -> Result<(), Error> {
        let mut wrong = None;
        let mut most = 1;
        let mut limit = limit;
        while wrong.is_none() && !batch.is_full() {
            let taken = self.consumer.take(most, limit, |told| match told {
                Told::Record(record) => {
                    if let Some(reach) = self.reach.get_mut(&record.partition) {
                        reach.read(record.offset + 1, None);
                    }
                    batch.push(PollEvent::Record(record));
                }
                Told::End { partition, offset } => {
                    if let Some(reach) = self.reach.get_mut(&partition) {
                        reach.read(offset, Some(offset));
                    }
                    batch.push(PollEvent::PositionAdvanced { partition, offset });
                    batch.push(PollEvent::PartitionEof { partition });
                }
                Told::Failed(cause) if is_passing(&cause) => {}
                Told::Failed(cause) if is_lost(&cause) => {
                    for partition in self.reach.keys() {
                        batch.push(PollEvent::OffsetOutOfRange { partition: *partition });
                    }
                }
                Told::Failed(cause) => wrong = Some(cause),
            });
            if taken < most {
                break;
            }
            (most, limit) = (AT_ONCE, Duration::ZERO);
        }
        if let Some(cause) = wrong {
            return Err(self.refused(cause).into());
        }
        self.listen();
        self.pass(batch);
        Ok(())
    }

    fn settings(&mut self) -> Settings {
        let (connection, topic) = (&self.connection, &self.topic);
        let asked = self.settings.get_or_insert_with(|| {
            let (tell, told) = channel();
            let (connection, topic) = (connection.clone(), topic.clone());
            std::thread::spawn(move || tell_settings(&connection, &topic, &tell));
            Err(told)
        });
        if let Err(told) = asked {
            match told.try_recv() {
                Ok(settings) => *asked = Ok(settings),
                Err(TryRecvError::Disconnected) => {
                    *asked = Ok(Settings::Unavailable { reason: "the broker has not answered".to_owned() });
                }
                Err(TryRecvError::Empty) => {}
            }
        }
        asked.as_ref().map_or(Settings::Pending, Clone::clone)
    }
}

/// An application that may read a topic need not have the right to describe its settings: then there is no answer.
fn tell_settings(connection: &Connection, topic: &str, tell: &Sender<Settings>) {
    let mut config = connection.client_config();
    config.remove("group.id");
    let Ok(admin) = config.create::<AdminClient<DefaultClientContext>>() else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let options = AdminOptions::new().request_timeout(Some(FOLLOWING_LIMIT));
    let resource = ResourceSpecifier::Topic(topic);
    let answers = runtime.block_on(admin.describe_configs([&resource], &options)).unwrap_or_default();
    let settings = answers.into_iter().flatten().find_map(|it| {
        let retention = it.get("delete.retention.ms")?.value.as_ref()?.parse().ok()?;
        Some(Settings::Known {
            cleanup_policy: it.get("cleanup.policy")?.value.clone()?,
            delete_retention: Duration::from_millis(retention),
        })
    });
    // Before the admin client is dropped, which takes a tenth of a second. Nobody may want to know any more.
    let _ = settings.map(|settings| tell.send(settings));
}

/// Whether a certificate or a password was refused, by either side. The library may tell of a failed handshake as of any lost
/// connection, with OpenSSL's words: a broker that refuses sends an alert, which may come after the handshake (TLS 1.3).
fn is_about_trust(code: Code, reason: &str) -> bool {
    let says = |words: &str| reason.contains(words);
    matches!(code, Code::SSL | Code::Authentication)
        || says("certificate verify failed")
        || says("SSL alert number")
}

/// Answers of a broker that does not lead the partition, not yet or no longer.
fn lacks_leader(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::ReplicaNotAvailable
                | Code::UnknownTopicOrPartition
        )
    )
}

/// Errors after which librdkafka goes on by itself.
fn is_passing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::Resolve
                | Code::UnknownTopic
                | Code::UnknownTopicOrPartition
                | Code::UnknownPartition
                | Code::SSL
                | Code::Authentication
        )
    )
}

/// The offset is not in the log, or no longer.
fn is_lost(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(Code::OffsetOutOfRange | Code::AutoOffsetReset | Code::NoOffset)
    )
}

#[cfg(test)]
mod tests {
    use super::Reach;

    #[test]
    fn a_position_one_past_an_end_is_not_believed_and_any_other_is() {
        let mut reach = Reach { next: 3, begun: false, end: None };
        assert!(!reach.is_passed_by(9), "it may be of an earlier assignment");
        reach.read(5, None);
        assert!(!reach.is_passed_by(5));
        assert!(reach.is_passed_by(6), "a marker");
        reach.read(6, Some(6));
        assert!(!reach.is_passed_by(7));
        assert!(reach.is_passed_by(8), "markers after the end");
        reach.read(7, None);
        assert!(reach.is_passed_by(8));
    }

    #[test]
    #[cfg(feature = "tls")]
    fn a_broker_with_a_certificate_of_another_authority_is_not_trusted_and_told_so_within_the_limit() {
        use super::{Connection, KafkaSource};
        use std::process::{Command, Stdio};

        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        for name in ["broker", "other"] {
            let made = Command::new("openssl")
                .args([
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-subj",
                    "/CN=127.0.0.1",
                    "-days",
                    "2",
                ])
                .args(["-addext", "subjectAltName=IP:127.0.0.1"])
                .args(["-keyout", &file(&format!("{name}.key")), "-out", &file(&format!("{name}.pem"))])
                .output()
                .unwrap();
            assert!(made.status.success());
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let mut server = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &address, "-cert", &file("broker.pem")])
            .args(["-key", &file("broker.key")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let variable = |name: &str| {
            Some(match name {
                "KAFKA_BROKERS" => address.clone(),
                "KAFKA_CA_PATH" | "KAFKA_CERTIFICATE_PATH" => file("other.pem"),
                _ => file("other.key"),
            })
        };
        let opened = KafkaSource::open(&Connection::from_variables(variable).unwrap(), "my-topic");
        server.kill().unwrap();
        server.wait().unwrap();

        let error = opened.err().unwrap();
        assert!(error.is_untrusted(), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}
