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

    /// Puts the records of a change (`$1`) in the outbox, in the order of `$2`, a JSON array of arrays: `topic, record_key,
    /// record_value`. One statement, because each is a way to the server and back.
    pub(super) const fn add_records(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "INSERT INTO outbox (change_id, topic, record_key, record_value) \
                 SELECT $1, value ->> 0, value ->> 1, value ->> 2 FROM json_each($2) ORDER BY key"
            }
            Self::Postgres => {
                "INSERT INTO outbox (change_id, topic, record_key, record_value) \
                 SELECT $1, record ->> 0, record ->> 1, record ->> 2 \
                 FROM json_array_elements($2::JSON) WITH ORDINALITY AS records (record, place) ORDER BY place"
            }
        }
    }
}
