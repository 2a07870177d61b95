-- The tables of the crate kafka-outbox on PostgreSQL. sql/sqlite.sql says what the columns are.

CREATE TABLE outbox (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_count BIGINT NOT NULL,
    byte_count   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    parking      TEXT COLLATE "C" CHECK (parking IN ('parked', 'released')),
    parked_at    BIGINT,
    reason       TEXT,
    waits_for    BIGINT,
    headers      TEXT,
    records      TEXT NOT NULL
);

-- Not compressed: it is read once, soon.
ALTER TABLE outbox ALTER COLUMN records SET STORAGE EXTERNAL;

-- The records of most changes have some two thousand bytes, and more than that goes into a table of its own with an index,
-- two thousand bytes a row: more to write, to find and to remove. Up to 8 kB they stay where they are.
ALTER TABLE outbox SET (toast_tuple_target = 8160);

CREATE INDEX outbox_parking ON outbox (parking, id) WHERE parking IS NOT NULL;

CREATE TABLE outbox_relay (
    only_row  BIGINT PRIMARY KEY CHECK (only_row = 1),
    identity  TEXT NOT NULL,
    epoch     BIGINT NOT NULL DEFAULT 0,
    holder    TEXT,
    renewals  BIGINT NOT NULL DEFAULT 0,
    sequence  BIGINT NOT NULL DEFAULT 0,
    changes   TEXT NOT NULL DEFAULT '',
    published BIGINT NOT NULL DEFAULT 0
);
