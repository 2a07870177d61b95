//! The findings of an audit.

use std::fmt;

use serde::Serialize;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Check {
    Contract,
    Keys,
    Partitions,
    Settings,
    Ghosts,
}

impl Check {
    pub(super) const ALL: [Self; 5] =
        [Self::Contract, Self::Keys, Self::Partitions, Self::Settings, Self::Ghosts];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Keys => "keys",
            Self::Partitions => "partitions",
            Self::Settings => "settings",
            Self::Ghosts => "ghosts",
        }
    }
}

/// Something that is not as it should be, or (a note) that one should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    pub(super) check: Check,
    /// A name for it that stays the same.
    pub(super) rule: &'static str,
    /// The topic's name on the broker.
    pub(super) topic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partition: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) offset: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// What, without payload values.
    pub(super) message: String,
    #[serde(skip)]
    pub(super) is_note: bool,
}

impl Finding {
    pub(super) fn new(check: Check, rule: &'static str, topic: &str, message: impl Into<String>) -> Self {
        Self {
            check,
            rule,
            topic: topic.to_owned(),
            partition: None,
            offset: None,
            key: None,
            message: message.into(),
            is_note: false,
        }
    }

    pub(super) fn at(mut self, partition: i32, offset: i64) -> Self {
        (self.partition, self.offset) = (Some(partition), Some(offset));
        self
    }

    pub(super) fn of(mut self, key: &[u8]) -> Self {
        const LONGEST: usize = 80;
        let text = String::from_utf8_lossy(key);
        self.key = Some(if text.chars().count() > LONGEST {
            text.chars().take(LONGEST).chain(['…']).collect()
        } else {
            text.into_owned()
        });
        self
    }

    pub(super) fn note(mut self) -> Self {
        self.is_note = true;
        self
    }
}

/// Place and message.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        if let Some(partition) = self.partition {
            write!(f, "partition {partition}")?;
            comma = ", ";
        }
        if let Some(offset) = self.offset {
            write!(f, "{comma}offset {offset}")?;
            comma = ", ";
        }
        if let Some(key) = &self.key {
            // Quoted where the key has something that could be taken for the text around it.
            let is_plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if is_plain {
                write!(f, "{comma}key {key}")?;
            } else {
                write!(f, "{comma}key {key:?}")?;
            }
            comma = ", ";
        }
        if !comma.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}
