//! Problems of files: what is wrong, where, and how to fix it.

use semver::Version;
use serde::Serialize;

use crate::contract::Finding;

/// A problem of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What is wrong.
    #[serde(flatten)]
    pub kind: ProblemKind,
    /// The file or folder, below `contracts/`.
    pub path: String,
    /// The line, from 1, if the problem has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// How to fix the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// The fix of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fix {
    /// A command to run.
    Run(String),
    /// A file to bring back from the history.
    Restore,
    /// Remove a file, folder or line.
    Remove,
    /// Add something.
    Add,
    /// Make two places agree.
    Agree,
}

/// The kind of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ProblemKind {
    /// The types differ from what was released under their version.
    TypesChanged {
        /// Unified diff from the committed file to the types; `None` if there is no file.
        diff: Option<String>,
    },
    /// A generated file is out of date.
    NotGenerated {
        /// Whether the file's version was released with the content of the types.
        is_released: bool,
        /// Unified diff from the committed file to the types; `None` if there is no file.
        diff: Option<String>,
    },
    /// A file that was generated, and of which there is no contract any more.
    LeftOver,
    /// The files of a released version cannot be used.
    BadRelease {
        /// Why they cannot be used.
        cause: String,
    },
    /// A key of `[compatibility]` names a version that was never released.
    UnknownVersion {
        /// The key.
        key: &'static str,
        /// The version.
        version: Version,
    },
    /// The types differ from the baseline, and their version is too low for the change.
    VersionTooLow {
        /// The baseline's version.
        baseline: Version,
        /// The lowest version that the types may have.
        least_version: Version,
    },
    /// The version of the types is not released.
    NotReleased {
        /// The version.
        version: Version,
    },
    /// The folder of a version that is neither released nor the current one.
    ForgottenVersion,
    /// A version that was released at another revision is missing.
    ReleaseGone {
        /// The version.
        version: Version,
    },
    /// A file of a released version differs from another revision.
    ReleaseChanged,
    /// `topic.toml` and the Rust type differ.
    SettingDiffers {
        /// The key in `topic.toml`.
        key: &'static str,
        /// The value in `topic.toml`.
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
    /// A field has no Norwegian description in `[felt]`.
    FieldNotDescribed {
        /// The field.
        field: String,
    },
    /// `[felt]` describes a field that does not exist.
    NoSuchField {
        /// The field.
        field: String,
    },
    /// The contract cannot be used to check examples.
    BadContract {
        /// Why it cannot be used.
        cause: String,
    },
    /// A folder of examples is empty.
    NoExample {
        /// Whether it is the folder of valid examples.
        valid: bool,
    },
    /// A line of examples is not a record.
    NoRecord {
        /// Why it is not a record.
        cause: String,
        /// Number of further lines with the same problem.
        more: usize,
    },
    /// A record contradicts its folder of examples.
    BadExample {
        /// Whether the record should be valid.
        valid: bool,
        /// The finding that refuses it; `None` if nothing does.
        finding: Option<Finding>,
        /// Number of further lines with the same problem.
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
    /// The key of `topic.toml` that the problem is about.
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
