//! What is wrong with the files of a contract, as data; `report` makes sentences of it.

use semver::Version;
use serde::Serialize;

use crate::contract::Finding;

/// Something that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What is wrong.
    #[serde(flatten)]
    pub kind: ProblemKind,
    /// The file or folder, below `contracts/`.
    pub path: String,
    /// The line, from 1, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// What mends a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fix {
    /// A command to run.
    Run(String),
    /// A file to bring back from the history.
    Restore,
    /// A file, folder or line to remove.
    Remove,
    /// Something to write.
    Add,
    /// Two things to make the same.
    Agree,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ProblemKind {
    /// The types are no longer what was released under their version.
    TypesChanged {
        /// Unified diff from the committed file to what the types say; none where there is no file.
        diff: Option<String>,
    },
    /// A generated file is not what the types say.
    NotGenerated {
        /// Whether it was released as the types say.
        is_released: bool,
        /// Unified diff from the committed file to what the types say; none where there is no file.
        diff: Option<String>,
    },
    /// A file that was generated, and of which there is no contract any more.
    LeftOver,
    /// The files of a released version cannot be used.
    BadRelease {
        /// Why.
        cause: String,
    },
    /// A key of `[compatibility]` names a version that was never released.
    UnknownVersion {
        /// The key.
        key: &'static str,
        /// The version.
        version: Version,
    },
    /// The types differ from the baseline, and their version says otherwise.
    VersionTooLow {
        /// The baseline's version.
        baseline: Version,
        /// The least version that the types may have.
        least_version: Version,
    },
    /// The version of the types is not released.
    NotReleased {
        /// The version.
        version: Version,
    },
    /// A folder of a version that is neither released nor what the types are.
    ForgottenVersion,
    /// A version was released at another revision and is no longer.
    ReleaseGone {
        /// The version.
        version: Version,
    },
    /// A file of a released version is not as it was at another revision.
    ReleaseChanged,
    /// `topic.toml` and the Rust type differ.
    SettingDiffers {
        /// The key in `topic.toml`.
        key: &'static str,
        /// Its value there.
        in_file: String,
        /// The value in the type.
        in_type: String,
    },
    /// The version does not begin with the topic's own number.
    OtherMajor {
        /// The version.
        version: String,
        /// The topic's number.
        number: String,
    },
    /// A field has no line of Norwegian.
    FieldNotDescribed {
        /// The field.
        field: String,
    },
    /// A line of Norwegian is about a field that there is not.
    NoSuchField {
        /// The field.
        field: String,
    },
    /// The contract cannot be used to check examples.
    BadContract {
        /// Why.
        cause: String,
    },
    /// A folder has no example.
    NoExample {
        /// Whether examples of valid records stand there.
        valid: bool,
    },
    /// A line of examples is no record.
    NoRecord {
        /// Why.
        cause: String,
        /// How many more lines are wrong in the same way.
        more: usize,
    },
    /// A record is not what its folder says.
    BadExample {
        /// Whether it is to be valid.
        valid: bool,
        /// What refuses it; none: nothing does.
        finding: Option<Finding>,
        /// How many more lines are wrong in the same way.
        more: usize,
    },
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, kind: ProblemKind) -> Self {
        Self { kind, path: path.into(), line: None, fix: None }
    }

    pub(crate) fn fix(self, fix: Fix) -> Self {
        Self { fix: Some(fix), ..self }
    }
}

impl ProblemKind {
    /// The key of `topic.toml` that it is about.
    pub(crate) fn topic_file_key(&self) -> Option<Vec<&str>> {
        match self {
            Self::UnknownVersion { key, .. } => Some(vec!["compatibility", key]),
            Self::SettingDiffers { key, .. } => Some(key.splitn(2, '.').collect()),
            Self::OtherMajor { .. } => Some(vec!["version"]),
            Self::FieldNotDescribed { .. } => Some(vec!["felt"]),
            Self::NoSuchField { field } => Some(vec!["felt", field]),
            _ => None,
        }
    }
}

impl Fix {
    pub(crate) fn release(command: &str, topic: &str) -> Self {
        Self::Run(format!("{command} release {topic}"))
    }
}
