//! A source over a broker.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::client::{Client, ConsumerEvent, ErrorCode, OffsetSpec, Offsets, RequestError, TopicMetadata};
use super::connection_log::ConnectionLog;
use super::position::PartitionPosition;
use super::severity::Severity;
use crate::connection::{Connection, Isolation};
use crate::error::{Error, Kind};
use crate::source::{Batch, PollEvent, Settings, Source, TopicDescription, TopicIdentity, Watermarks};

/// How long a broker may take to answer at the start.
const START_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a broker may take to answer while the topic is read: it is asked again.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a broker may take to tell the settings, which nobody waits for.
const SETTINGS_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a broker is asked again about what may be otherwise in a moment.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);
/// How long a topic may be unknown: a cluster needs a moment to know a new one everywhere.
const NEW_TOPIC_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a partition may be without the leader that its metadata name: a new or moved one takes a moment.
const NEW_LEADER_TIMEOUT: Duration = Duration::from_secs(8);
/// How long to wait for the log to tell why there is no connection.
const REASON_TIMEOUT: Duration = Duration::from_millis(200);
/// Records that are taken from the library at once, a fraction of what makes a batch full.
const AT_ONCE: usize = 500;
/// What to ask of each partition. The end of what is stable is asked for after the end of all: what is published between
/// is not behind an open transaction. It is not asked for where uncommitted records are read.
const SPECS: [OffsetSpec; 3] =
    [OffsetSpec::LogStart, OffsetSpec::HighWatermark, OffsetSpec::LastStableOffset];

/// Reads one topic of a broker with a consumer of its own, because the end of a partition is reported without the
/// topic's name.
///
/// [`Source::describe`] asks the brokers each time, for the topic's id too. So it notices a topic that was deleted and recreated
/// while this source reads. Brokers before Kafka 2.8 have no topic ids. Then only the cluster's id, the number of partitions and
/// logs that end before the position are compared: a recreated topic that has already grown past the position goes unnoticed, and
/// its first records are missed.
///
/// The application needs the right to read the topic (the ACL `Read`, which includes `Describe`). For
/// [`Source::settings`] it needs `DescribeConfigs` too.
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
    brokers: String,
    topic: String,
    isolation: Isolation,
    pub(super) client: Client,
    connection_log: ConnectionLog,
    /// The broker that requests about the topic go to: one that this source reads from.
    broker: Option<i32>,
    /// What the topic was when it was last described.
    known: Option<KnownTopic>,
    positions: BTreeMap<i32, PartitionPosition>,
    /// The ends of the log that the brokers told last.
    pub(super) log_ends: BTreeMap<i32, i64>,
    settings: Settings,
    timeout: Duration,
}

/// A topic and its partitions.
#[derive(Clone, PartialEq)]
struct KnownTopic {
    identity: TopicIdentity,
    partitions: Vec<i32>,
}

/// Why a topic cannot be described.
enum DescribeError {
    MissingTopic,
    MissingLeader(ErrorCode),
    Unauthorized,
    Request(RequestError),
}

impl DescribeError {
    /// How long the condition may last before it is an error.
    fn patience(&self) -> Duration {
        match self {
            Self::MissingTopic => NEW_TOPIC_TIMEOUT,
            Self::MissingLeader(_) => NEW_LEADER_TIMEOUT,
            Self::Unauthorized | Self::Request(_) => Duration::ZERO,
        }
    }
}

impl From<RequestError> for DescribeError {
    fn from(error: RequestError) -> Self {
        match error.code.known() {
            Some(Code::TopicAuthorizationFailed) => Self::Unauthorized,
            Some(Code::UnknownTopic | Code::UnknownTopicOrPartition) => Self::MissingTopic,
            Some(Code::LeaderNotAvailable) => Self::MissingLeader(error.code),
            _ => Self::Request(error),
        }
    }
}

impl KafkaSource {
    /// Connects. `topic` is the full name.
    ///
    /// # Errors
    /// A setting that librdkafka does not know, a broker that does not answer or is not trusted, a topic that is not
    /// there or may not be read; within 10 s.
    pub fn open(connection: &Connection, topic: &str) -> Result<Self, Error> {
        let mut source = Self {
            brokers: connection.brokers.clone(),
            topic: topic.to_owned(),
            isolation: connection.isolation_level(),
            client: Client::new(connection, topic)?,
            connection_log: ConnectionLog::default(),
            broker: None,
            known: None,
            positions: BTreeMap::new(),
            log_ends: BTreeMap::new(),
            settings: Settings::Pending,
            timeout: START_TIMEOUT,
        };
        source.ask(Self::identity_and_partitions)?;
        Ok(source)
    }

    /// Asks until there is an answer, or a condition that may pass by itself has lasted for too long.
    fn ask<T>(
        &mut self,
        question: impl Fn(&mut Self, Duration) -> Result<T, DescribeError>,
    ) -> Result<T, Error> {
        let start = Instant::now();
        loop {
            let error = match question(self, self.timeout.saturating_sub(start.elapsed())) {
                Ok(answer) => {
                    self.connection_log.answered(Instant::now());
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if start.elapsed() + RETRY_INTERVAL >= error.patience().min(self.timeout) {
                return Err(self.error(error).into());
            }
            std::thread::sleep(RETRY_INTERVAL);
        }
    }

    fn identity_and_partitions(&mut self, timeout: Duration) -> Result<KnownTopic, DescribeError> {
        let topic = self.topic_metadata(timeout)?;
        self.known(topic)
    }

    /// Asks the broker that was asked last, and another one if that is away.
    fn topic_metadata(&mut self, timeout: Duration) -> Result<TopicMetadata, RequestError> {
        let start = Instant::now();
        if let Some(broker) = self.broker {
            match self.client.describe_topic(broker, timeout / 2) {
                Err(error) if is_disconnected(error.code) => self.broker = None,
                answer => return answer,
            }
        }
        let remaining = || timeout.saturating_sub(start.elapsed());
        let broker = self.client.any_broker(remaining())?;
        let topic = self.client.describe_topic(broker, remaining())?;
        self.broker = topic.partitions.values().flatten().next().copied().or(Some(broker));
        Ok(topic)
    }

    fn known(&self, topic: TopicMetadata) -> Result<KnownTopic, DescribeError> {
        if topic.may_read == Some(false) {
            return Err(DescribeError::Unauthorized);
        }
        if topic.partitions.is_empty() {
            return Err(DescribeError::MissingTopic);
        }
        // Else the library would look for the leader only every 3 s.
        if topic.partitions.values().any(Option::is_none) {
            return Err(DescribeError::MissingLeader(Code::LeaderNotAvailable.into()));
        }
        let identity = TopicIdentity { cluster_id: self.client.cluster_id(), topic_id: topic.id };
        Ok(KnownTopic { identity, partitions: topic.partitions.into_keys().collect() })
    }

    fn description(&mut self, timeout: Duration) -> Result<TopicDescription, DescribeError> {
        let start = Instant::now();
        let specs = match self.isolation {
            Isolation::ReadCommitted => &SPECS[..],
            Isolation::ReadUncommitted => &SPECS[..2],
        };
        // It is known anew if all is well.
        if let (Some(known), Some(broker)) = (self.known.take(), self.broker) {
            let asked =
                self.client.describe_topic_with_offsets(broker, &known.partitions, specs, timeout / 2);
            match asked {
                // Else the topic is another one, or has more partitions.
                Ok((topic, offsets)) => {
                    if self.known(topic)? == known {
                        return self.described(known, &offsets);
                    }
                }
                Err(error) if is_disconnected(error.code) => self.broker = None,
                Err(_) => {}
            }
        }
        let known = self.identity_and_partitions(timeout.saturating_sub(start.elapsed()))?;
        let timeout = timeout.saturating_sub(start.elapsed());
        let offsets = self.client.list_offsets(&known.partitions, specs, timeout)?;
        self.described(known, &offsets)
    }

    fn described(
        &mut self,
        known: KnownTopic,
        offsets: &[Offsets],
    ) -> Result<TopicDescription, DescribeError> {
        let watermarks = watermarks(&known.partitions, offsets)?;
        let identity = known.identity.clone();
        self.known = Some(known);
        self.log_ends = watermarks.iter().map(|(id, marks)| (*id, marks.last_stable_offset)).collect();
        Ok(TopicDescription { identity, watermarks })
    }

    fn error(&mut self, error: DescribeError) -> Kind {
        let (topic, brokers) = (self.topic.clone(), self.brokers.clone());
        match error {
            DescribeError::MissingTopic => Kind::MissingTopic { topic, brokers },
            DescribeError::Unauthorized => Kind::Forbidden { topic, brokers },
            DescribeError::MissingLeader(code) => self.client_error(code, code.to_string()),
            DescribeError::Request(RequestError { code, reason }) if is_disconnected(code) => {
                self.unreachable(reason)
            }
            DescribeError::Request(RequestError { code, reason }) => self.client_error(code, reason),
        }
    }

    fn client_error(&self, code: ErrorCode, reason: String) -> Kind {
        let topic = self.topic.clone();
        match (self.client.fatal_error(), code.known()) {
            (Some((code, reason)), _) => fatal(topic, code, reason),
            (None, Some(code)) => Kind::Kafka { topic, cause: KafkaError::AdminOp(code) },
            (None, None) => Error::source_failed(topic, reason).into_kind(),
        }
    }

    /// No broker has answered: the log knows why.
    fn unreachable(&mut self, cause: String) -> Kind {
        self.read_log(Duration::ZERO);
        let start = Instant::now();
        while self.connection_log.reason(Instant::now()).is_none() && start.elapsed() < REASON_TIMEOUT {
            self.read_log(REASON_TIMEOUT.saturating_sub(start.elapsed()));
        }
        let (brokers, timeout) = (self.brokers.clone(), self.timeout);
        match self.connection_log.reason(Instant::now()).cloned() {
            Some(failure) if failure.is_about_trust => Kind::Untrusted { brokers, cause: failure.reason },
            Some(failure) => Kind::Unreachable { brokers, timeout, cause: failure.reason },
            None => Kind::Unreachable { brokers, timeout, cause },
        }
    }

    /// Takes what was logged. Waits for the first line for at most `timeout`.
    fn read_log(&mut self, timeout: Duration) {
        let mut line = self.client.log_line(timeout);
        while let Some(it) = line {
            self.connection_log.line(Instant::now(), &it.facility, &it.message);
            line = self.client.log_line(Duration::ZERO);
        }
    }

    /// Ends that came too early, and that the brokers have confirmed since.
    fn confirm_ends(&mut self, batch: &mut Batch) {
        for (&partition, position) in &mut self.positions {
            if self.log_ends.get(&partition).is_some_and(|log_end| position.is_confirmed(*log_end)) {
                batch.push(PollEvent::PartitionEof { partition });
            }
        }
    }

    /// What was passed without a record: control records. The end of the log is known so without waiting for the broker to
    /// say that there is no more.
    fn advance_positions(&mut self, batch: &mut Batch) {
        for (partition, offset) in self.client.positions() {
            if let Some(offset) = self.positions.get_mut(&partition).and_then(|it| it.advance(offset)) {
                batch.push(PollEvent::PositionAdvanced { partition, offset });
            }
        }
    }
}

/// The watermarks of these partitions out of the answers to [`SPECS`], or to the first two of them.
fn watermarks(partitions: &[i32], answers: &[Offsets]) -> Result<BTreeMap<i32, Watermarks>, DescribeError> {
    let of = |partition: i32| {
        let mut offsets = answers.iter().map(|answer| offset(answer, partition));
        let mut next = || offsets.next().transpose();
        let (log_start, high, stable) = (next()?.unwrap_or(0), next()?.unwrap_or(0), next()?);
        // The answers are of different moments.
        let last_stable_offset = stable.unwrap_or(high).max(log_start);
        let high_watermark = high.max(last_stable_offset);
        Ok((partition, Watermarks { log_start, last_stable_offset, high_watermark }))
    };
    partitions.iter().copied().map(of).collect()
}

fn offset(offsets: &Offsets, partition: i32) -> Result<i64, DescribeError> {
    match offsets.get(&partition) {
        Some(Ok(offset)) => Ok(*offset),
        Some(Err(code)) if lacks_leader(*code) => Err(DescribeError::MissingLeader(*code)),
        Some(Err(code)) => Err(RequestError { code: *code, reason: code.to_string() }.into()),
        None => Err(DescribeError::MissingLeader(Code::LeaderNotAvailable.into())),
    }
}

/// Errors of a client that has got no answer.
fn is_disconnected(code: ErrorCode) -> bool {
    matches!(
        code.known(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::TimedOutQueue
                | Code::RequestTimedOut
                | Code::Resolve
                | Code::SSL
                | Code::Authentication
                | Code::NetworkException
        )
    )
}

/// Answers of a broker that does not lead the partition, not yet or no longer, or does not know its end yet.
fn lacks_leader(code: ErrorCode) -> bool {
    matches!(
        code.known(),
        Some(
            Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::ReplicaNotAvailable
                | Code::UnknownTopicOrPartition
                | Code::UnknownPartition
                | Code::OffsetNotAvailable
                | Code::FencedLeaderEpoch
                | Code::UnknownLeaderEpoch
        )
    )
}

fn fatal(topic: String, code: ErrorCode, reason: String) -> Kind {
    let cause = KafkaError::MessageConsumptionFatal(code.known().unwrap_or(Code::Fatal));
    Kind::Fatal { topic, cause: Box::new(cause), reason }
}

/// The settings that a reader looks at, out of all that the broker tells.
fn settings(topic: &str, answer: Result<BTreeMap<String, String>, RequestError>) -> Settings {
    let reason = match answer {
        Ok(all) => {
            let retention = all.get("delete.retention.ms").and_then(|it| it.parse().ok());
            match (all.get("cleanup.policy"), retention.map(Duration::from_millis)) {
                (Some(policy), Some(delete_retention)) => {
                    return Settings::Known { cleanup_policy: policy.clone(), delete_retention };
                }
                _ => "the broker tells no cleanup.policy or no delete.retention.ms".to_owned(),
            }
        }
        Err(error) => match error.code.known() {
            Some(Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed) => {
                format!("the application lacks the right DescribeConfigs on the topic {topic} (its ACL)")
            }
            Some(Code::OperationTimedOut | Code::TimedOutQueue) => {
                format!("the broker has not answered within {} s", SETTINGS_TIMEOUT.as_secs())
            }
            _ => error.reason,
        },
    };
    Settings::Unavailable { reason }
}

impl Source for KafkaSource {
    fn topic(&self) -> &str {
        &self.topic
    }

    fn describe(&mut self) -> Result<TopicDescription, Error> {
        self.ask(Self::description)
    }

    fn assign(&mut self, positions: &BTreeMap<i32, i64>) -> Result<(), Error> {
        let refused = |cause| Kind::Kafka { topic: self.topic.clone(), cause };
        self.client.assign(positions).map_err(refused)?;
        let assigned = |(partition, next): (&i32, &i64)| (*partition, PartitionPosition::assigned(*next));
        self.positions = positions.iter().map(assigned).collect();
        self.timeout = FOLLOW_TIMEOUT;
        Ok(())
    }

    fn poll(&mut self, timeout: Duration, batch: &mut Batch) -> Result<(), Error> {
        self.confirm_ends(batch);
        let Self { client, positions, log_ends, topic, .. } = self;
        let mut failed = None;
        let (mut most, mut timeout) = (1, timeout);
        while failed.is_none() && !batch.is_full() {
            let taken = client.take(most, timeout, |event| {
                if let Err(code) = deliver(&event, positions, log_ends, batch) {
                    failed.get_or_insert(code);
                }
            });
            if taken < most {
                break;
            }
            (most, timeout) = (AT_ONCE, Duration::ZERO);
        }
        if let Some((code, reason)) = client.fatal_error() {
            return Err(fatal(topic.clone(), code, reason).into());
        }
        if let Some(code) = failed {
            return Err(self.client_error(code, code.to_string()).into());
        }
        self.read_log(Duration::ZERO);
        self.advance_positions(batch);
        Ok(())
    }

    fn settings(&mut self) -> Settings {
        if self.settings == Settings::Pending
            && let Some(broker) = self.broker
            && let Some(answer) = self.client.settings(broker, SETTINGS_TIMEOUT)
        {
            self.settings = settings(&self.topic, answer);
        }
        self.settings.clone()
    }
}

/// Hands an event on. An error is one that the reader has to stop for.
fn deliver(
    event: &ConsumerEvent<'_>,
    positions: &mut BTreeMap<i32, PartitionPosition>,
    log_ends: &BTreeMap<i32, i64>,
    batch: &mut Batch,
) -> Result<(), ErrorCode> {
    match *event {
        ConsumerEvent::Record(record) => {
            if let Some(position) = positions.get_mut(&record.partition) {
                position.record(record.offset);
            }
            batch.push(PollEvent::Record(record));
        }
        ConsumerEvent::PartitionEof { partition, offset } => {
            let log_end = log_ends.get(&partition).copied();
            let is_end = positions.get_mut(&partition).is_none_or(|it| it.eof(offset, log_end));
            batch.push(PollEvent::PositionAdvanced { partition, offset });
            if is_end {
                batch.push(PollEvent::PartitionEof { partition });
            }
        }
        ConsumerEvent::Error(code) => match Severity::of(code) {
            Severity::Passing => tracing::debug!(%code, "the Kafka client goes on after an error"),
            Severity::Unauthorized => batch.push(PollEvent::Unauthorized),
            Severity::OffsetOutOfRange => {
                for partition in positions.keys() {
                    batch.push(PollEvent::OffsetOutOfRange { partition: *partition });
                }
            }
            Severity::Final => return Err(code),
        },
    }
    Ok(())
}
