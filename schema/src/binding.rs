//! The names that a reader's declaration (`contracts/readers/<app>.toml`) has for the types of fields.

/// The names of the types that are not enums.
pub const TYPE_NAMES: [&str; 12] = [
    "uuid",
    "string",
    "LocalDate",
    "LocalDateTime",
    "OffsetDateTime",
    "Instant",
    "int32",
    "int64",
    "double",
    "boolean",
    "array",
    "object",
];
