-- How many times an entity has been written; a change names the version before, so that no change is lost.
ALTER TABLE tiltakstype ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE avtale ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE gjennomforing ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- The påmelding job searches for what starts on a day.
ALTER TABLE gjennomforing ADD COLUMN start_dato TEXT;
UPDATE gjennomforing SET start_dato = json_extract(document, '$.start_dato');
CREATE INDEX gjennomforing_by_start ON gjennomforing (kind, start_dato);

-- Avtaler that have changed and whose gjennomføringer are to be published again at a time, in microseconds of Unix time.
CREATE TABLE pending_fanout (
    avtale_id TEXT PRIMARY KEY REFERENCES avtale (id),
    due       INTEGER NOT NULL
);
CREATE INDEX pending_fanout_by_due ON pending_fanout (due);

-- The last day whose run of a job is done.
CREATE TABLE job_run (
    job TEXT PRIMARY KEY,
    day TEXT NOT NULL
);
