//! All rules, as data.

use super::{Category, Rule, Severity};

macro_rules! rules {
    ($($name:ident: $id:literal, $category:ident, $severity:ident {
        summary: $summary:literal,
        why: $why:literal,
        reference: $reference:literal,
        fix: $fix:expr,
    })*) => {
        $(pub(crate) const $name: Rule = Rule {
            id: $id,
            category: Category::$category,
            severity: Severity::$severity,
            summary: $summary,
            why: $why,
            reference: $reference,
            fix: $fix,
            example: include_str!(concat!("../../tests/rules/", $id, ".fires.json")),
        };)*

        /// Every rule, by what it is about.
        pub(super) const ALL: &[Rule] = &[$($name),*];
    };
}

rules! {
    FIELD_REMOVED: "field-removed", Field, Breaking {
        summary: "a field that was always there is no longer written",
        why: "A reader that needs the field stops at the first record without it. One that is first \
              optional for a while, and then removed, gives readers the time to cope.",
        reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
        fix: None,
    }
    OPTIONAL_FIELD_REMOVED: "optional-field-removed", Field, Minor {
        summary: "a field that could be missing or null is no longer written",
        why: "Every reader has to cope without it already. What it shows or counts changes all the same: \
              tell those that use it.",
        reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
        fix: None,
    }
    FIELD_RENAMED: "field-renamed", Field, Breaking {
        summary: "a field is gone, and one of the same shape is new beside it",
        why: "A reader that binds the old name fails, or falls back to its default without a word. Write \
              both names for a while instead, or start a new topic.",
        reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
        fix: Some("keep the old field, add the new one beside it, and retire the old one when no reader uses it"),
    }
    FIELD_ADDED_REQUIRED: "field-added-required", Field, Minor {
        summary: "a new field is always there, and never null",
        why: "Old readers ignore it. But records of older versions stay on a compacted topic without it, \
              so a reader of the new version may not ask for it until everything has been relast.",
        reference: "JSON Schema Validation 2020-12, section 6.5.3 (required); Apache Kafka documentation, \
                    Log Compaction",
        fix: None,
    }
    FIELD_ADDED_OPTIONAL: "field-added-optional", Field, Minor {
        summary: "a new field may be left out or null",
        why: "Tolerant readers ignore properties that they do not know, and readers of the new version \
              can read the records that lack it.",
        reference: "JSON Schema Core 2020-12, section 10.3.2.3 (additionalProperties)",
        fix: None,
    }
    FIELD_MADE_REQUIRED: "field-made-required", Field, Minor {
        summary: "a field that could be left out is now always there",
        why: "Old readers survive. But records of older versions stay on a compacted topic without it, so \
              a reader of the new version may not ask for it until everything has been relast.",
        reference: "JSON Schema Validation 2020-12, section 6.5.3 (required); Apache Kafka documentation, \
                    Log Compaction",
        fix: None,
    }
    FIELD_MADE_OPTIONAL: "field-made-optional", Field, Breaking {
        summary: "a field that was always there, and never null, may now be left out",
        why: "A reader that needs the field stops at the first record without it.",
        reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
        fix: None,
    }
    NULLABLE_FIELD_MADE_OPTIONAL: "nullable-field-made-optional", Field, Minor {
        summary: "a field that was always there, though it could be null, may now be left out",
        why: "Readers have to take null and a missing property for the same, so tolerant ones survive. \
              One that asks for the property to be there does not.",
        reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
        fix: None,
    }
    NULL_MADE_ABSENT: "null-made-absent", Field, Minor {
        summary: "a field that was always there, and null when empty, is now left out instead",
        why: "Readers have to take both forms for the same, so tolerant ones survive. One that asks for \
              the property to be there does not.",
        reference: "JSON Schema Validation 2020-12, section 6.5.3 (required)",
        fix: None,
    }
    ABSENT_MADE_NULL: "absent-made-null", Field, Minor {
        summary: "a field that was left out when empty is now always there, and null instead",
        why: "Readers have to take both forms for the same, so tolerant ones survive. One that does not \
              accept null does not.",
        reference: "JSON Schema Validation 2020-12, section 6.1.1 (type)",
        fix: None,
    }
    NULLABILITY_WIDENED: "nullability-widened", Field, Breaking {
        summary: "a value that was always there, and never null, may now be null",
        why: "A reader that does not expect null stops, or carries it to where it hurts.",
        reference: "JSON Schema Validation 2020-12, section 6.1.1 (type)",
        fix: None,
    }
    OPTIONAL_FIELD_MADE_NULLABLE: "optional-field-made-nullable", Field, Minor {
        summary: "a value that could be left out may now be null as well",
        why: "Readers have to take null and a missing property for the same, so tolerant ones survive. \
              One that does not accept null does not.",
        reference: "JSON Schema Validation 2020-12, section 6.1.1 (type)",
        fix: None,
    }
    NULLABILITY_NARROWED: "nullability-narrowed", Field, Minor {
        summary: "a value that could be null no longer is",
        why: "Old readers survive. But records with null stay on a compacted topic, so a reader of the \
              new version has to take them until everything has been relast.",
        reference: "JSON Schema Validation 2020-12, section 6.1.1 (type); Apache Kafka documentation, Log \
                    Compaction",
        fix: None,
    }
    TYPE_CHANGED: "type-changed", Value, Breaking {
        summary: "a value is of another type, or its list of values comes or goes",
        why: "A reader that binds the value to the old type cannot read it. Add a field with the new type \
              beside the old one, or start a new topic.",
        reference: "JSON Schema Validation 2020-12, section 6.1.1 (type)",
        fix: None,
    }
    FORMAT_CHANGED: "format-changed", Value, Breaking {
        summary: "the format of a value goes or is another one",
        why: "Generated readers choose the type of a field by its format: another format makes another type.",
        reference: "JSON Schema Validation 2020-12, section 7 (format)",
        fix: None,
    }
    FORMAT_STATED: "format-stated", Value, Minor {
        summary: "the format of a value is now stated",
        why: "It states what was so already. A generated reader may choose another type for the field all \
              the same.",
        reference: "JSON Schema Validation 2020-12, section 7 (format)",
        fix: None,
    }
    INTEGER_WIDTH_STATED: "integer-width-stated", Value, Patch {
        summary: "a format states the width of an integer that its limits said already",
        why: "The same values are allowed. Generators of types look at `int32` and `int64`, not at limits: \
              with the format they choose a type that holds the value.",
        reference: "OpenAPI Initiative Registry, formats int32 and int64",
        fix: None,
    }
    ENUM_VALUE_ADDED: "enum-value-added", Value, Minor {
        summary: "an enum has a new value",
        why: "Readers have to expect values that they do not know. Those that fail on one stop at the \
              first record that holds it: see what the declarations of the readers say.",
        reference: "JSON Schema Validation 2020-12, section 6.1.2 (enum)",
        fix: None,
    }
    ENUM_VALUE_REMOVED: "enum-value-removed", Value, Minor {
        summary: "an enum value is no longer written",
        why: "Old readers survive. Records that hold the value stay on a compacted topic until their keys \
              are published again: a reader of the new version has to take it for a value that it does \
              not know.",
        reference: "JSON Schema Validation 2020-12, section 6.1.2 (enum); Apache Kafka documentation, Log \
                    Compaction",
        fix: None,
    }
    ENUM_VALUE_RENAMED: "enum-value-renamed", Value, Breaking {
        summary: "an enum value is gone, and one that is spelt much like it is new",
        why: "A reader that acts on the old spelling no longer does, and nothing tells it. Records with \
              the old spelling stay on the topic until their keys are published again.",
        reference: "JSON Schema Validation 2020-12, section 6.1.2 (enum)",
        fix: None,
    }
    RANGE_WIDENED: "range-widened", Value, Breaking {
        summary: "more numbers, lengths or counts are allowed than before",
        why: "A reader that has made room for the old range meets values that do not fit: a 32-bit \
              integer overflows, a column is too short.",
        reference: "JSON Schema Validation 2020-12, sections 6.2 to 6.5",
        fix: None,
    }
    RANGE_NARROWED: "range-narrowed", Value, Minor {
        summary: "fewer values, lengths or counts are allowed than before",
        why: "Old readers survive. But records outside the new range stay on a compacted topic until \
              everything has been relast.",
        reference: "JSON Schema Validation 2020-12, sections 6.2 to 6.5; Apache Kafka documentation, Log \
                    Compaction",
        fix: None,
    }
    PATTERN_WIDENED: "pattern-widened", Value, Breaking {
        summary: "a pattern allows more strings than before",
        why: "A reader that takes the string apart by the old pattern meets one that it cannot read.",
        reference: "JSON Schema Validation 2020-12, section 6.3.3 (pattern)",
        fix: None,
    }
    PATTERN_NARROWED: "pattern-narrowed", Value, Minor {
        summary: "a pattern allows fewer strings than before",
        why: "Old readers survive. But records with the strings that are no longer allowed stay on a \
              compacted topic until everything has been relast.",
        reference: "JSON Schema Validation 2020-12, section 6.3.3 (pattern); Apache Kafka documentation, \
                    Log Compaction",
        fix: None,
    }
    VARIANT_ADDED: "variant-added", Union, Minor {
        summary: "a union has a new variant",
        why: "Readers have to expect variants that they do not know. Those that fail on one stop at the \
              first record of it: see what the declarations of the readers say.",
        reference: "JSON Schema Core 2020-12, section 10.2.1.3 (oneOf)",
        fix: None,
    }
    VARIANT_REMOVED: "variant-removed", Union, Minor {
        summary: "a variant of a union is no longer written",
        why: "Old readers survive. Records of the variant stay on a compacted topic until their keys are \
              published again: a reader of the new version has to take it for a variant that it does not \
              know.",
        reference: "JSON Schema Core 2020-12, section 10.2.1.3 (oneOf); Apache Kafka documentation, Log \
                    Compaction",
        fix: None,
    }
    DISCRIMINATOR_VALUE_CHANGED: "discriminator-value-changed", Union, Breaking {
        summary: "a variant goes by another name, or the variants are told apart by another property",
        why: "Every reader chooses the variant by this text. It is part of the contract even where it \
              looks like the name of a class: a class that moves to another package must keep it.",
        reference: "OpenAPI Specification 3.1, Discriminator Object",
        fix: None,
    }
    OBJECT_CLOSED: "object-closed", Object, Blocked {
        summary: "an object now refuses properties that it does not name",
        why: "A contract has to stay open: a reader that validates with a closed schema stops at the next \
              field that is added. What the producer writes is fixed by its types already.",
        reference: "JSON Schema Core 2020-12, section 10.3.2.3 (additionalProperties)",
        fix: Some("leave additionalProperties out"),
    }
    OBJECT_OPENED: "object-opened", Object, Minor {
        summary: "an object now accepts properties that it does not name",
        why: "Readers that validated with the closed schema refuse what is added from now on; tolerant \
              ones never noticed.",
        reference: "JSON Schema Core 2020-12, section 10.3.2.3 (additionalProperties)",
        fix: None,
    }
    KEY_SCHEMA_CHANGED: "key-schema-changed", Key, Breaking {
        summary: "the schema of the record key is another one",
        why: "Compaction and partitioning compare keys byte for byte. A key that is spelt in another way \
              is another key: the old one is never compacted away, and a table holds the entity twice. It \
              needs a new topic.",
        reference: "Apache Kafka documentation, Log Compaction",
        fix: None,
    }
    CLEANUP_POLICY_CHANGED: "cleanup-policy-changed", Topic, Breaking {
        summary: "cleanup.policy of the topic is another one",
        why: "A reader builds its table from the beginning of the log. Without compaction it waits for \
              ever longer, and with deletion it misses every key that was not published lately.",
        reference: "Apache Kafka documentation, topic configuration cleanup.policy",
        fix: None,
    }
    PARTITIONS_CHANGED: "partitions-changed", Topic, Breaking {
        summary: "the topic has another number of partitions",
        why: "A key's partition is its hash modulo this number. With another number most keys move: the \
              old value stays on the old partition and is never compacted away, and nothing orders it \
              before the new one.",
        reference: "Apache Kafka documentation, Modifying topics",
        fix: None,
    }
    RETENTION_CHANGED: "retention-changed", Topic, Minor {
        summary: "records or tombstones are kept for another time",
        why: "A reader that was away for longer than tombstones are kept holds keys that are gone, and \
              has to read from the beginning. Reader teams need to know the new time.",
        reference: "Apache Kafka documentation, topic configuration delete.retention.ms; KIP-58 \
                    (min.compaction.lag.ms)",
        fix: None,
    }
    TOPIC_SETTING_CHANGED: "topic-setting-changed", Topic, Patch {
        summary: "a setting of the topic is another one that no other rule is about",
        why: "It has to be changed on the live topic as well: the contract only says what it should be.",
        reference: "Apache Kafka documentation, topic configuration",
        fix: None,
    }
    TOMBSTONES_BEGUN: "tombstones-begun", Topic, Minor {
        summary: "tombstones are sent from now on, and were not before",
        why: "A reader that has never met a record without a value may fail on the first one. Each reader \
              is asked: its declaration says what it does with tombstones, and one without a declaration \
              is undecided.",
        reference: "Apache Kafka documentation, Log Compaction (delete)",
        fix: Some("see that each reader in topic.toml has a declaration in readers/ that says what it does \
              with tombstones"),
    }
    TOMBSTONES_ENDED: "tombstones-ended", Topic, Minor {
        summary: "tombstones are no longer sent",
        why: "A reader that removes what it has when a tombstone comes keeps it from now on, so what is \
              removed has to be said in another way.",
        reference: "Apache Kafka documentation, Log Compaction (delete)",
        fix: None,
    }
    DESCRIPTION_MISSING: "description-missing", Documentation, Blocked {
        summary: "a field has no description",
        why: "The contract is what a reader team has: a field that is not described is guessed at.",
        reference: "JSON Schema Validation 2020-12, section 9.1 (description)",
        fix: Some("describe it where it is defined: a doc comment in Rust, `description` in a schema"),
    }
    DOCUMENTATION_CHANGED: "documentation-changed", Documentation, Patch {
        summary: "a description, a title or the spelling of a pattern is another one, and what is valid \
                  is the same",
        why: "Readers need not do anything: every record that was valid still is, and no other one.",
        reference: "Semantic Versioning 2.0.0, item 6",
        fix: None,
    }
    CONTRACT_WITHOUT_EXAMPLE: "contract-without-example", Documentation, Blocked {
        summary: "no valid example shows the contract, or one of its variants",
        why: "Readers write their tests from the examples, and the gate proves with them that schema and \
              type agree.",
        reference: "JSON Schema Validation 2020-12, section 9.5 (examples)",
        fix: Some("add one to a file in examples/valid/"),
    }
    RETAINED_LOG: "retained-log", OldRecords, Blocked {
        summary: "records of a retained version may still be on the topic, and a reader of the new \
                  version refuses them",
        why: "A compacted topic keeps the last record of each key, however old: everything since the last \
              full relast. So it is not enough to read the previous version. The cure for a field that is \
              to be required: first nullable with a default, then a full relast (and `retained-since` in \
              topic.toml), then required.",
        reference: "Apache Kafka documentation, Log Compaction",
        fix: Some("accept the old form as well (for a required field: nullable, with a default), relast \
              everything, set retained-since in topic.toml to the version that was relast, and only then \
              refuse it"),
    }
    OLD_READERS_STOPPED: "old-readers-stopped", OldReaders, Breaking {
        summary: "a tolerant reader of a retained version refuses what the new version writes",
        why: "A reader that ignores unknown properties, keeps unknown enum values and variants, and takes \
              null and a missing property for the same still stops. It needs a new topic, and a time in \
              which both are written.",
        reference: "Semantic Versioning 2.0.0, item 8",
        fix: None,
    }
    READER_STOPPED: "reader-stopped", OldReaders, Blocked {
        summary: "a reader that is declared cannot read what the new version writes, or it could not be \
                  decided",
        why: "Its team said in contracts/readers/ what it binds and what it does with what it does not \
              know. Tell the team, and wait for its new version and declaration; or record the break as \
              intended, with the team among readers-told.",
        reference: "README, A reader team's declaration",
        fix: None,
    }
    UNDECIDED: "undecided", Gate, Blocked {
        summary: "it could not be decided whether one version reads the other",
        why: "What is not proved is not let through. Say it in keywords that can be decided, or record \
              the change as an intended break after looking at it.",
        reference: "JSON Schema Core 2020-12, section 7",
        fix: None,
    }
    UNCLASSIFIED_DIFFERENCE: "unclassified-difference", Gate, Blocked {
        summary: "a keyword or a setting differs that no rule is about",
        why: "What the gate does not understand it does not let through. Give it a kind of change, and a \
              rule.",
        reference: "JSON Schema Core 2020-12, section 4.3",
        fix: None,
    }
}
