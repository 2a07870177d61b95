//! What a difference is.

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

/// In what two versions differ at a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ChangeKind {
    Description,
    /// Nothing but titles, names of definitions and their order.
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
    /// The property is always there, or no longer is; a value that is now nullable or not.
    Required {
        now: bool,
        nullable: bool,
    },
    /// The value may be null, or no longer may; a property that was always there or not.
    Nullable {
        now: bool,
        required: bool,
    },
    NullMadeAbsent,
    AbsentMadeNull,
    Type {
        from: String,
        to: String,
        /// Both as schemas, where neither has anything inside.
        scalars: Option<(Value, Value)>,
    },
    ValueAdded(Value),
    ValueRemoved(Value),
    ValueRenamed {
        from: Value,
        to: Value,
    },
    /// Limits and patterns, with all that is said of the value before and after.
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
    /// A keyword that is not told apart.
    Keyword {
        keyword: String,
    },
    /// The record key is spelt otherwise.
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

/// A keyword with another value, or that comes or goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeywordChange {
    pub(crate) keyword: &'static str,
    pub(crate) from: Option<Value>,
    pub(crate) to: Option<Value>,
}
