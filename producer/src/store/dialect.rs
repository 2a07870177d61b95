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

    /// The changes after a position, in no order that can be built upon: a JSON array of `[id, position, traceparent, bytes
    /// of the records]`, and the records of all, one after another, in the order of the array. One row, because each row
    /// of a result wakes two threads in turn. SQLite gives both aggregates each row in turn; PostgreSQL may compute them
    /// apart, and is told the order.
    pub(super) const fn changes_after(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT json_group_array(json_array(c.id, c.position, c.traceparent, octet_length(o.records))), \
                 COALESCE(group_concat(o.records, ''), '') \
                 FROM outbox_change c JOIN outbox o ON o.change_id = c.id WHERE c.position > $1"
            }
            Self::Postgres => {
                "SELECT COALESCE(json_agg(json_build_array(c.id, c.position, c.traceparent, \
                 octet_length(o.records)) ORDER BY c.position), '[]')::TEXT, \
                 COALESCE(string_agg(o.records, '' ORDER BY c.position), '') \
                 FROM outbox_change c JOIN outbox o ON o.change_id = c.id WHERE c.position > $1"
            }
        }
    }
}
