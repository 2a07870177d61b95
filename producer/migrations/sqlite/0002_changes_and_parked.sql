-- A change is what one database transaction puts in the outbox. Readers see all of it or nothing.
CREATE TABLE outbox_change (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The highest outbox.id of the change. Of two changes with a key in common, the one that was committed first has
    -- the lower one, because a writer locks an entity before it makes the records.
    last_row   INTEGER NOT NULL,
    row_count  INTEGER NOT NULL,
    byte_count INTEGER NOT NULL,
    -- Place in the order of publication; given by the relay, to committed changes.
    position   INTEGER UNIQUE
);

CREATE INDEX outbox_change_without_position ON outbox_change (last_row) WHERE position IS NULL;

-- Changes that are not published: one that breaks its contract, and the later ones that have a key of it.
CREATE TABLE parked (
    change_id INTEGER PRIMARY KEY REFERENCES outbox_change (id),
    parked_at TEXT NOT NULL,
    reason    TEXT NOT NULL,
    -- The change that this one waits behind; NULL for one that breaks its contract itself.
    waits_for INTEGER
);

-- One row: who this database is, and the last position that was given.
CREATE TABLE relay (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    identity TEXT NOT NULL,
    position INTEGER NOT NULL
);

-- What waited before there were changes: each record is one.
INSERT INTO outbox_change (id, last_row, row_count, byte_count)
SELECT id, id, 1, LENGTH(record_key) + COALESCE(LENGTH(record_value), 0) FROM outbox;

ALTER TABLE outbox ADD COLUMN change_id INTEGER REFERENCES outbox_change (id);
UPDATE outbox SET change_id = id;
CREATE INDEX outbox_by_change ON outbox (change_id);
