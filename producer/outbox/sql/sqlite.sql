-- The tables of the crate kafka-outbox on SQLite. sql/postgres.sql has the same columns.

-- A change: the records that one database transaction appended. Readers see all of them or none. A row goes when its records
-- are published.
CREATE TABLE outbox (
    -- Never given twice. Of two changes with a key in common, the one that was committed first has the lower id.
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    record_count INTEGER NOT NULL,
    -- Bytes of keys and values.
    byte_count   INTEGER NOT NULL,
    -- Microseconds of Unix time.
    created_at   INTEGER NOT NULL,
    -- NULL for a change that was never parked.
    parking      TEXT CHECK (parking IN ('parked', 'released')),
    -- When it was parked last (microseconds of Unix time), and why.
    parked_at    INTEGER,
    reason       TEXT,
    -- The parked change that this one waits behind; NULL for one that is parked for its own sake.
    waits_for    INTEGER,
    -- Kafka headers of the records: name, tab and value on a line each.
    headers      TEXT,
    -- Topic, key and, unless it is a tombstone, value, with tabs between, on a line each; or a JSON array of [topic, key, value].
    records      TEXT NOT NULL
);

CREATE INDEX outbox_parking ON outbox (parking, id) WHERE parking IS NOT NULL;

-- One row: how far the relay is.
CREATE TABLE outbox_relay (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    -- Who this database is, told apart from every other: the key of its checkpoint on Kafka.
    identity  TEXT NOT NULL,
    -- Goes up with each relay that begins: an earlier one does nothing any more.
    epoch     INTEGER NOT NULL DEFAULT 0,
    -- Who publishes; NULL if nobody does. Goes up for as long as they do.
    holder    TEXT,
    renewals  INTEGER NOT NULL DEFAULT 0,
    -- The sequence number of the last batch that may have been sent, and the ids of its changes.
    sequence  INTEGER NOT NULL DEFAULT 0,
    changes   TEXT NOT NULL DEFAULT '',
    -- Up to this sequence number, the batches are published and pruned.
    published INTEGER NOT NULL DEFAULT 0
);
