//! The statements in which SQLite and PostgreSQL differ.

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Starts a transaction that writes.
    pub(crate) const fn begin(self) -> &'static str {
        match self {
            // IMMEDIATE: a transaction that reads first and writes later could not wait for another writer.
            Self::Sqlite => "BEGIN IMMEDIATE",
            // Each statement sees what is committed when it starts, which the lock of the relay's row builds upon.
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }

    /// The changes that wait, in the order of their ids: id, records, bytes and time of each, with spaces between; and
    /// whether something is parked. In one statement, so that both are of one moment. `$1`: ids above it, and released
    /// ones; `$2`: how many.
    pub(crate) const fn pending(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT COALESCE(group_concat(id || ' ' || record_count || ' ' || byte_count || ' ' || created_at, ' '), ''), \
                 CAST(EXISTS (SELECT 1 FROM outbox WHERE parking = 'parked') AS BIGINT) FROM \
                 (SELECT id, record_count, byte_count, created_at FROM outbox \
                  WHERE id > $1 AND parking IS NOT 'parked' ORDER BY id LIMIT $2)"
            }
            Self::Postgres => {
                "SELECT COALESCE(string_agg(id || ' ' || record_count || ' ' || byte_count || ' ' || created_at, ' ' \
                 ORDER BY id), ''), CASE WHEN EXISTS (SELECT 1 FROM outbox WHERE parking = 'parked') THEN 1 ELSE 0 END::BIGINT \
                 FROM ((SELECT id, record_count, byte_count, created_at FROM outbox \
                   WHERE id > $1 AND parking IS NULL ORDER BY id LIMIT $2) \
                  UNION ALL (SELECT id, record_count, byte_count, created_at FROM outbox \
                   WHERE parking = 'released' ORDER BY id LIMIT $2)) AS pending"
            }
        }
    }

    /// The changes with the ids `$1` (with commas between): of each its id, the bytes of its headers and of its records,
    /// with a space behind each; then these two. On SQLite as one text, because each row of a result wakes two threads
    /// in turn; on PostgreSQL, which would copy them once more for that, as one text each.
    pub(crate) const fn changes(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT COALESCE(group_concat(id || ' ' || octet_length(COALESCE(headers, '')) || ' ' \
                 || octet_length(records) || ' ' || COALESCE(headers, '') || records, ''), '') \
                 FROM outbox WHERE id IN (SELECT value FROM json_each('[' || $1 || ']')) \
                 AND parking IS NOT 'parked'"
            }
            Self::Postgres => {
                "SELECT id || ' ' || octet_length(COALESCE(headers, '')) || ' ' \
                 || octet_length(records) || ' ' || COALESCE(headers, '') || records \
                 FROM outbox WHERE id = ANY(string_to_array($1, ',')::BIGINT[]) \
                 AND parking IS DISTINCT FROM 'parked'"
            }
        }
    }

    /// Removes the changes with the ids `$1` (with commas between).
    pub(crate) const fn prune(self) -> &'static str {
        match self {
            Self::Sqlite => "DELETE FROM outbox WHERE id IN (SELECT value FROM json_each('[' || $1 || ']'))",
            Self::Postgres => "DELETE FROM outbox WHERE id = ANY(string_to_array($1, ',')::BIGINT[])",
        }
    }
}
