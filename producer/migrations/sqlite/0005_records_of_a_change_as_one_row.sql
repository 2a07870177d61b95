-- A change gets its id when it is committed, and its records are one row: they are written, read and removed together.

CREATE TABLE new_change (
    -- Of two changes with a key in common, the one that was committed first has the lower id, because a writer locks an
    -- entity before it makes the records, and writes them last.
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    row_count   INTEGER NOT NULL,
    byte_count  INTEGER NOT NULL,
    -- Place in the order of publication; given by the relay, to committed changes.
    position    INTEGER UNIQUE,
    -- When it was made, in microseconds of Unix time; NULL for one that was made before this was noted.
    created_at  INTEGER,
    -- The W3C traceparent of the request that made it, if a request did. It goes out with the records.
    traceparent TEXT
);

-- The highest row of a change was what told the order.
INSERT INTO new_change SELECT last_row, row_count, byte_count, position, created_at, traceparent FROM outbox_change;

CREATE TABLE new_outbox (
    change_id INTEGER PRIMARY KEY REFERENCES new_change (id),
    -- A JSON array of [topic, key, value], in the order of the change. The value is a string; null is a tombstone.
    records   TEXT NOT NULL
);

INSERT INTO new_outbox
SELECT c.last_row, JSON_GROUP_ARRAY(JSON_ARRAY(o.topic, o.record_key, o.record_value) ORDER BY o.id)
FROM outbox_change c JOIN outbox o ON o.change_id = c.id GROUP BY c.id;

CREATE TABLE new_parked (
    change_id INTEGER PRIMARY KEY REFERENCES new_change (id),
    parked_at TEXT NOT NULL,
    reason    TEXT NOT NULL,
    -- The change that this one waits behind; NULL for one that breaks its contract itself.
    waits_for INTEGER
);

INSERT INTO new_parked
SELECT (SELECT last_row FROM outbox_change WHERE id = change_id), parked_at, reason,
    (SELECT last_row FROM outbox_change WHERE id = waits_for)
FROM parked;

DROP TABLE parked;
DROP TABLE outbox;
DROP TABLE outbox_change;
ALTER TABLE new_change RENAME TO outbox_change;
ALTER TABLE new_outbox RENAME TO outbox;
ALTER TABLE new_parked RENAME TO parked;
