//! Topics as types, and records as values or tombstones.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::scalar::Scalar;
use crate::view::{Read, View, Written};

/// One of the four topics: its name, key, value, contract version and configuration.
///
/// The types that implement it ([`SisteTiltakstyperV3`](crate::tiltakstype_v3::SisteTiltakstyperV3) and its three
/// siblings) have no values; they are names for generic code, such as `Table<SisteTiltakstyperV3>`.
pub trait Topic: Copy + Debug + Eq + Send + Sync + 'static {
    /// The topic's name on the broker.
    const NAME: &'static str;
    /// Version of the contract that these types implement: `MAJOR.MINOR.PATCH`, where major is the number in the
    /// topic's name.
    const CONTRACT_VERSION: &'static str;
    /// The settings with which the topic is created.
    const CONFIG: TopicConfig;

    /// The type of the record key.
    type Key: Scalar
        + Copy
        + Eq
        + Ord
        + Hash
        + Debug
        + Send
        + Sync
        + JsonSchema
        + Serialize
        + DeserializeOwned;

    /// The type of the record value in a view.
    type Value<V: View>: Clone + Debug + PartialEq + Send + Sync + JsonSchema + Serialize + DeserializeOwned;

    /// The key under which a value is published.
    fn key(value: &Self::Value<Written>) -> Self::Key;
}

/// Settings of a compacted topic (`schema/WIRE.md`, section 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicConfig {
    /// Number of partitions. A key's partition depends on it, so it is part of the contract.
    pub partitions: i32,
    /// Replicas of each partition in production.
    pub replication_factor: i32,
    /// Topic settings, by their names in Kafka.
    pub settings: &'static [(&'static str, &'static str)],
}

/// A topic's name, contract version and settings, without its types: see [`topics`](crate::topics).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicInfo {
    /// The topic's name on the broker.
    pub name: &'static str,
    /// Version of the contract.
    pub contract_version: &'static str,
    /// The settings with which the topic is created.
    pub config: TopicConfig,
}

/// The configuration of three of the topics: compacted, and otherwise the broker's defaults.
pub(crate) const COMPACTED: TopicConfig = TopicConfig {
    partitions: 2,
    replication_factor: 3,
    settings: &[("cleanup.policy", "compact"), ("min.insync.replicas", "2")],
};

/// A record of a topic, as a producer writes it ([`Written`]) or a reader reads it ([`Read`]).
///
/// There is no `Option` for the value that a caller could forget: a record without a value is a [`Record::Tombstone`].
///
/// ```
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
/// use tiltak_schema::topic::Record;
/// use tiltak_schema::view::Read;
///
/// let key = b"59a64a02-efdd-471d-9529-356ff5553a5d";
/// let record = Record::<SisteTiltakstyperV3, Read>::decode(key, None)?;
/// assert!(matches!(record, Record::Tombstone { .. }));
///
/// let error = Record::<SisteTiltakstyperV3, Read>::decode(key, Some(br#"{"id": 1}"#)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "siste-tiltakstyper-v3: value at /id: expected a UUID of 36 lower-case characters, found a number"
/// );
/// # Ok::<(), tiltak_schema::decode::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Record<T: Topic, V: View = Written> {
    /// A record with a value: the key has this value from now on.
    Upsert {
        /// Record key.
        key: T::Key,
        /// Record value.
        value: T::Value<V>,
    },
    /// A record without a value: the key is gone.
    Tombstone {
        /// Record key.
        key: T::Key,
    },
}

impl<T: Topic, V: View> Record<T, V> {
    /// The record key.
    pub fn key(&self) -> T::Key {
        match self {
            Self::Upsert { key, .. } | Self::Tombstone { key } => *key,
        }
    }

    /// The key in the form that it has on the wire.
    pub fn encode_key(&self) -> String {
        self.key().to_string()
    }

    /// The value in the form that it has on the wire; `None` for a tombstone.
    ///
    /// # Errors
    /// A number that JSON cannot write: infinity or not-a-number in a `f64`.
    pub fn encode_value(&self) -> Result<Option<String>, EncodeError> {
        match self {
            Self::Upsert { value, .. } => encode::<T, V>(value).map(Some),
            Self::Tombstone { .. } => Ok(None),
        }
    }

    /// Whether the value's form on the wire equals this text, byte for byte. `None` stands for a tombstone.
    ///
    /// Faster than [`encode_value`](Self::encode_value) and a comparison: no text is built.
    ///
    /// ```
    /// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
    /// use tiltak_schema::topic::Record;
    ///
    /// let key = "59a64a02-efdd-471d-9529-356ff5553a5d".parse()?;
    /// let record = Record::<SisteTiltakstyperV3>::tombstone(key);
    /// assert!(record.is_encoded_as(None));
    /// assert!(!record.is_encoded_as(Some("null")));
    /// # Ok::<(), tiltak_schema::scalar::ScalarError>(())
    /// ```
    pub fn is_encoded_as(&self, text: Option<&str>) -> bool {
        match (self, text) {
            (Self::Upsert { value, .. }, Some(text)) => {
                let mut rest = Expected(text.as_bytes());
                serde_json::to_writer(&mut rest, value).is_ok() && rest.0.is_empty()
            }
            (Self::Tombstone { .. }, None) => true,
            _ => false,
        }
    }
}

impl<T: Topic> Record<T, Written> {
    /// The record that publishes a value under its own key.
    pub fn upsert(value: T::Value<Written>) -> Self {
        Self::Upsert { key: T::key(&value), value }
    }

    /// The record that removes a key.
    pub fn tombstone(key: T::Key) -> Self {
        Self::Tombstone { key }
    }
}

/// Why a value cannot be written as JSON.
#[derive(Debug)]
pub struct EncodeError {
    topic: &'static str,
    cause: String,
}

impl Display for EncodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: the value cannot be written as JSON: {}", self.topic, self.cause)
    }
}

impl std::error::Error for EncodeError {}

fn encode<T: Topic, V: View>(value: &T::Value<V>) -> Result<String, EncodeError> {
    serde_json::to_string(value).map_err(|error| EncodeError { topic: T::NAME, cause: error.to_string() })
}

/// A writer that takes only the bytes it expects.
struct Expected<'a>(&'a [u8]);

impl io::Write for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0 = self.0.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Generic code that is run for each topic: in effect a closure that is generic over the topic.
///
/// ```
/// use tiltak_schema::topic::{Topic, TopicVisitor};
///
/// struct Name;
/// impl TopicVisitor for Name {
///     type Output = &'static str;
///     fn visit<T: Topic>(&mut self) -> &'static str {
///         T::NAME
///     }
/// }
/// assert_eq!(tiltak_schema::for_each_topic(&mut Name)[0], "siste-tiltakstyper-v3");
/// assert_eq!(tiltak_schema::with_topic("no-such-topic", &mut Name), None);
/// ```
pub trait TopicVisitor {
    /// The result of a visit.
    type Output;
    /// Visits one topic.
    fn visit<T: Topic>(&mut self) -> Self::Output;
}

/// The value type of a topic as a reader decodes it, short for signatures.
pub type ReadValue<T> = <T as Topic>::Value<Read>;
