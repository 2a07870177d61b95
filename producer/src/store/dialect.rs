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

    /// The changes after a position, in no order that can be built upon. Of each its id, its position, the bytes of its
    /// traceparent and of its records, with a space behind each; then these two. On SQLite as one text, because each row
    /// of a result wakes two threads in turn; on PostgreSQL, which would copy them once more for that, as one text each.
    pub(super) const fn changes_after(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT COALESCE(group_concat(c.id || ' ' || c.position || ' ' \
                 || octet_length(COALESCE(c.traceparent, '')) || ' ' || octet_length(o.records) || ' ' \
                 || COALESCE(c.traceparent, '') || o.records, ''), '') \
                 FROM outbox_change c JOIN outbox o ON o.change_id = c.id WHERE c.position > $1"
            }
            Self::Postgres => {
                "SELECT c.id || ' ' || c.position || ' ' \
                 || octet_length(COALESCE(c.traceparent, '')) || ' ' || octet_length(o.records) || ' ' \
                 || COALESCE(c.traceparent, '') || o.records \
                 FROM outbox_change c JOIN outbox o ON o.change_id = c.id WHERE c.position > $1"
            }
        }
    }
}
