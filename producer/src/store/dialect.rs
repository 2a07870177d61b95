//! Where SQLite and PostgreSQL differ.

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Starts a transaction that writes.
    pub(super) const fn begin(self) -> &'static str {
        match self {
            // IMMEDIATE: a transaction that reads first and writes later could not wait for another writer.
            Self::Sqlite => "BEGIN IMMEDIATE",
            // Each statement sees what is committed when it starts, which the locks build upon. A database may have
            // another default.
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }

    /// The records of the changes after a position, in the order of publication, as one JSON array of arrays: `id,
    /// change_id, topic, record_key, record_value, traceparent`. One row, because each row of a result wakes two threads
    /// in turn, which took a third of the relay's time.
    pub(super) const fn rows_after(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT json_group_array(json_array(o.id, o.change_id, o.topic, o.record_key, o.record_value, \
                 c.traceparent) ORDER BY c.position, o.id) \
                 FROM outbox_change c JOIN outbox o ON o.change_id = c.id WHERE c.position > $1"
            }
            Self::Postgres => {
                "SELECT COALESCE(json_agg(json_build_array(o.id, o.change_id, o.topic, o.record_key, o.record_value, \
                 c.traceparent) ORDER BY c.position, o.id), '[]')::TEXT \
                 FROM outbox_change c JOIN outbox o ON o.change_id = c.id WHERE c.position > $1"
            }
        }
    }
}
