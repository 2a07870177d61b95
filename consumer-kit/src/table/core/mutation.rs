//! Sown bugs, which the tests have to find.

/// A bug of the core, or of a table like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// A barrier waits for the last stable offset alone, and not for what is behind an open transaction.
    EarlyBarrier,
    /// An end counts that was told under an earlier assignment.
    StaleEof,
    /// A key that a tombstone removes is not announced to subscribers.
    UnannouncedChange,
    /// Tombstones are not remembered, so that an older value on another partition comes back.
    ForgottenTombstone,
    /// Within a partition the timestamp decides, and not the offset.
    TimestampDecides,
    /// Keys that a rebuild does not meet again stay.
    SweptNothing,
}
