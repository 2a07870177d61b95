//! The kinds of differences between two versions.

use serde_json::Value;
use tiltak_schema::pointer::Pointer;

use crate::kafka_config::SettingEffect;
use crate::model::NormalizedSchema;
use crate::place::Place;

/// A difference between two versions of a contract.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) place: Place,
    pub(crate) kind: ChangeKind,
}

/// The kind of a difference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ChangeKind {
    Description,
    /// Only titles, names of definitions or their order differ.
    AnnotationsOnly,
    FieldAdded {
        shape: NormalizedSchema,
        required: bool,
    },
    FieldRemoved {
        shape: NormalizedSchema,
        required: bool,
    },
    FieldRenamed {
        to: Pointer,
    },
    /// The property is now required, or no longer. `nullable`: whether its value may be null now.
    Required {
        now: bool,
        nullable: bool,
    },
    /// The value may now be null, or no longer. `required`: whether the property was always there.
    Nullable {
        now: bool,
        required: bool,
    },
    NullMadeAbsent,
    AbsentMadeNull,
    Type {
        from: String,
        to: String,
        /// Both sides as schemas, if neither has anything inside.
        scalars: Option<(Value, Value)>,
    },
    ValueAdded(Value),
    ValueRemoved(Value),
    ValueRenamed {
        from: Value,
        to: Value,
    },
    /// Limits and patterns, with everything that both versions say of the value.
    Constraint {
        keywords: Vec<KeywordChange>,
        old: Value,
        new: Value,
    },
    Format {
        from: Option<String>,
        to: Option<String>,
    },
    /// A format states the width of an integer, which its limits said already.
    IntegerWidth {
        format: String,
    },
    Closed {
        now: bool,
    },
    Discriminator {
        from: String,
        to: String,
    },
    VariantAdded {
        name: String,
        shape: NormalizedSchema,
    },
    VariantRemoved {
        name: String,
        shape: NormalizedSchema,
    },
    VariantRenamed {
        from: String,
        to: String,
    },
    /// A keyword that the gate does not classify.
    Keyword {
        keyword: String,
    },
    /// The form of the record key.
    KeyForm,
    /// A setting of the topic; no effect: Kafka has no such setting.
    Setting {
        effect: Option<SettingEffect>,
        from: Option<String>,
        to: Option<String>,
    },
    Tombstones {
        now: bool,
    },
}

/// A keyword with another value, or one that was added or removed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeywordChange {
    pub(crate) keyword: &'static str,
    pub(crate) from: Option<Value>,
    pub(crate) to: Option<Value>,
}
