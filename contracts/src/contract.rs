//! A contract against which records are checked.

use std::fmt;

use jsonschema::Validator;
use semver::Version;
use serde::Serialize;
use serde_json::Value;
use tiltak_schema::decode::{self, DecodeError, Diagnosis, Part};
use tiltak_schema::topic::{Record, Topic, TopicVisitor};
use tiltak_schema::view::Written;
use tiltak_schema::with_topic;

use crate::difference::difference;
use crate::rewrites::rewrites;
use crate::schema_finding;
use crate::tree;

/// The contract of one topic, compiled once: key schema, value schema and, for the topics of this repository, the
/// types.
///
/// With types, a record is checked twice over: against the committed JSON Schema, with formats asserted, and by reading it with the
/// Rust type and writing it again, which must give the same JSON value.
#[derive(Debug)]
pub struct Contract {
    topic: String,
    /// The prefix of the topic's name on the broker.
    topic_prefix: String,
    version: String,
    key: Validator,
    /// Whether keys are JSON instead of plain text: their schema allows no strings.
    key_is_json: bool,
    value: Validator,
    by_type: Option<ByType>,
}

/// What the types refuse in a record: its key, its value's text, and that text as JSON if it is.
type ByType = fn(&str, Option<&str>, Option<&Value>) -> Option<TypeFinding>;

/// A part of a record that a contract refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// `key` or `value`.
    pub part: &'static str,
    /// JSON pointer into the value (RFC 6901); empty for the whole.
    pub pointer: String,
    /// What was expected at that place.
    pub expected: String,
    /// What was found at that place, without its content.
    pub found: String,
    /// Which check refuses it.
    pub refused_by: RefusedBy,
}

/// The check that refuses a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusedBy {
    /// The JSON Schema alone.
    Schema,
    /// The Rust type alone: it cannot read the record, or writes it differently.
    Type,
    /// Both.
    SchemaAndType,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.part)?;
        if !self.pointer.is_empty() {
            write!(f, " at {}", self.pointer)?;
        }
        let by = match self.refused_by {
            RefusedBy::Schema => "schema",
            RefusedBy::Type => "type",
            RefusedBy::SchemaAndType => "schema and type",
        };
        write!(f, ": expected {}, found {} (refused by {by})", self.expected, self.found)
    }
}

/// Why a contract cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// No topic with a Rust type has this name.
    #[error("there is no topic {topic:?}; the topics are {known}", known = tiltak_schema::topics().map(|it| it.name).join(", "))]
    UnknownTopic {
        /// The name of the topic.
        topic: String,
    },
    /// A committed schema is missing or invalid.
    #[error("the schema {path} of the contract cannot be used: {cause}; run `cargo contracts check`")]
    BadSchema {
        /// Path below `contracts/topics/`.
        path: String,
        /// Why it cannot be used.
        cause: String,
    },
}

impl Contract {
    /// The contract of a topic.
    ///
    /// # Errors
    /// The committed schema is missing or is no schema.
    pub fn of<T: Topic>() -> Result<Self, ContractError> {
        let validator = |part: &str| {
            let path = tree::schema_path(T::NAME, T::CONTRACT_VERSION, part);
            let bad = |cause: String| ContractError::BadSchema { path: path.clone(), cause };
            let text = tree::embedded(&path).ok_or_else(|| bad("it is missing".to_owned()))?;
            let schema: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
            compile(&schema).map_err(bad)
        };
        Ok(Self {
            topic: T::NAME.to_owned(),
            topic_prefix: String::new(),
            version: T::CONTRACT_VERSION.to_owned(),
            key: validator("key")?,
            key_is_json: false,
            value: validator("value")?,
            by_type: Some(by_type::<T>),
        })
    }

    /// The contract that two schemas form. A key is the plain text of the record's key. If the key schema has a
    /// `type` other than `string`, that text is parsed as JSON.
    ///
    /// # Errors
    /// One of them is no schema.
    pub fn of_schemas(
        topic: &str,
        version: &Version,
        key: &Value,
        value: &Value,
    ) -> Result<Self, ContractError> {
        let validator = |part: &str, schema: &Value| {
            let path = format!("{topic}/{part}.schema.json");
            compile(schema).map_err(|cause| ContractError::BadSchema { path, cause })
        };
        let key_is_json = match key.get("type") {
            Some(Value::String(kind)) => kind != "string",
            Some(Value::Array(kinds)) => !kinds.iter().any(|kind| kind == "string"),
            _ => false,
        };
        Ok(Self {
            topic: topic.to_owned(),
            topic_prefix: String::new(),
            version: version.to_string(),
            key: validator("key", key)?,
            key_is_json,
            value: validator("value", value)?,
            by_type: None,
        })
    }

    /// The contract of the topic with this name.
    ///
    /// # Errors
    /// There is no such topic, or its committed schema is missing or is no schema.
    pub fn of_topic(name: &str) -> Result<Self, ContractError> {
        struct OfTopic;
        impl TopicVisitor for OfTopic {
            type Output = Result<Contract, ContractError>;
            fn visit<T: Topic>(&mut self) -> Self::Output {
                Contract::of::<T>()
            }
        }
        with_topic(name, &mut OfTopic)
            .unwrap_or_else(|| Err(ContractError::UnknownTopic { topic: name.to_owned() }))
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Sets the prefix of the topic's name on the cluster. Defaults to none.
    #[must_use]
    pub fn with_topic_prefix(self, topic_prefix: String) -> Self {
        Self { topic_prefix, ..self }
    }

    /// Whether a topic name on the cluster is this topic.
    pub fn is_on(&self, topic: &str) -> bool {
        topic.strip_prefix(self.topic_prefix.as_str()) == Some(self.topic.as_str())
    }

    /// The contract's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The value of [`Finding::refused_by`] if every check refuses the record.
    pub fn refused_by_all(&self) -> RefusedBy {
        if self.by_type.is_some() { RefusedBy::SchemaAndType } else { RefusedBy::Schema }
    }

    /// Checks a record, and returns the findings; empty if the record is valid. `None` as value is a tombstone.
    pub fn check(&self, key: &str, value: Option<&str>) -> Vec<Finding> {
        let key_document = match decode::document(key.as_bytes()) {
            Ok(document) if self.key_is_json => document,
            _ => Value::String(key.to_owned()),
        };
        // Text that is no JSON is refused by the type.
        let document = value.and_then(|value| decode::document(value.as_bytes()).ok());
        let by_type = match self.by_type {
            Some(by_type) => by_type(key, value, document.as_ref()),
            None => value.and_then(no_json),
        };

        let parts = [
            ("key", &self.key, Some(&key_document), key.len()),
            ("value", &self.value, document.as_ref(), value.map_or(0, str::len)),
        ];
        let mut findings = Vec::new();
        for (part, schema, document, length) in parts {
            let refused = document.filter(|document| !schema.is_valid(document));
            let by_type = by_type.as_ref().filter(|finding| finding.part == part);
            let (refused_by, place) = match (refused, by_type) {
                (None, None) => continue,
                // The type's words are the better ones where both refuse; where the schema alone does, its own.
                (Some(_), Some(finding)) => (RefusedBy::SchemaAndType, finding.place.clone()),
                (None, Some(finding)) if self.by_type.is_some() => (RefusedBy::Type, finding.place.clone()),
                // Text that is no JSON.
                (None, Some(finding)) => (RefusedBy::Schema, finding.place.clone()),
                (Some(document), None) => {
                    (RefusedBy::Schema, schema_finding::first(schema, document, length))
                }
            };
            let Diagnosis { pointer, expected, mut found } = place;
            if expected.starts_with(ONE_OF) {
                let there = document.and_then(|document| document.pointer(&pointer));
                found = there.and_then(Value::as_str).and_then(enum_value).unwrap_or(found);
            }
            findings.push(Finding { part, pointer, expected, found, refused_by });
        }
        findings
    }
}

/// How an expectation begins that is one of several values.
const ONE_OF: &str = "one of ";

/// What stands in place of one of several values, if it is spelt as such values are: enum values are no personal data. A text
/// with spaces, or a number, may be something else that came to stand there.
fn enum_value(text: &str) -> Option<String> {
    let is_spelling = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    (begins && text.len() <= 64 && text.bytes().all(is_spelling)).then(|| format!("{text:?}"))
}

/// Where a value stops being JSON.
fn no_json(value: &str) -> Option<TypeFinding> {
    let place = decode::document(value.as_bytes()).err()?;
    Some(TypeFinding { part: "value", place })
}

struct TypeFinding {
    part: &'static str,
    place: Diagnosis,
}

impl From<&DecodeError> for TypeFinding {
    fn from(error: &DecodeError) -> Self {
        Self {
            part: match error.part() {
                Part::Key => "key",
                Part::Value => "value",
            },
            place: Diagnosis {
                pointer: error.pointer().to_owned(),
                expected: error.expected().to_owned(),
                found: error.found().to_owned(),
            },
        }
    }
}

/// What keeps the types from reading a record, a key that is not the value's own, or what reading and writing again
/// has changed.
fn by_type<T: Topic>(key: &str, value: Option<&str>, document: Option<&Value>) -> Option<TypeFinding> {
    let record = match Record::<T, Written>::decode(key.as_bytes(), value.map(str::as_bytes)) {
        Ok(record) => record,
        Err(error) => return Some(TypeFinding::from(&error)),
    };
    let Record::Upsert { key, value } = record else { return None };
    if T::key(&value) != key {
        let place = Diagnosis::here("the id that stands in the value", "another id");
        return Some(TypeFinding { part: "key", place });
    }
    let document = document?;
    if rewrites(&value, document) {
        return None;
    }
    // A double that was read from JSON is finite, so it can be written.
    let place = difference(document, &serde_json::to_value(&value).unwrap_or_default())?;
    Some(TypeFinding { part: "value", place })
}

/// Compiles a schema with the settings that every check of this crate uses: formats are asserted.
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options().should_validate_formats(true).build(schema).map_err(|error| error.to_string())
}
