-- The columns are what is searched for; the rest of an entity is one JSON document, written from the domain type. The tables of
-- the outbox are the migration after this one: see the crate kafka-outbox.

CREATE TABLE tiltakstype (
    id          TEXT PRIMARY KEY,
    tiltakskode TEXT NOT NULL UNIQUE,
    document    TEXT NOT NULL,
    -- How many times the entity has been written; a change names the version before, so that no change is lost.
    version     INTEGER NOT NULL
);

CREATE TABLE arrangor (
    organisasjonsnummer TEXT PRIMARY KEY,
    document            TEXT NOT NULL
);

CREATE TABLE avtale (
    id             TEXT PRIMARY KEY,
    tiltakstype_id TEXT NOT NULL REFERENCES tiltakstype (id),
    arrangor       TEXT REFERENCES arrangor (organisasjonsnummer),
    document       TEXT NOT NULL,
    version        INTEGER NOT NULL
);

CREATE TABLE gjennomforing (
    id             TEXT PRIMARY KEY,
    tiltakstype_id TEXT NOT NULL REFERENCES tiltakstype (id),
    arrangor       TEXT NOT NULL REFERENCES arrangor (organisasjonsnummer),
    avtale_id      TEXT REFERENCES avtale (id),
    kind           TEXT NOT NULL,
    status         TEXT NOT NULL,
    start_dato     TEXT,
    slutt_dato     TEXT,
    document       TEXT NOT NULL,
    version        INTEGER NOT NULL
);

CREATE INDEX gjennomforing_by_avtale ON gjennomforing (avtale_id);
CREATE INDEX gjennomforing_by_tiltakstype ON gjennomforing (tiltakstype_id);
CREATE INDEX gjennomforing_by_status ON gjennomforing (kind, status, slutt_dato);
CREATE INDEX gjennomforing_by_start ON gjennomforing (kind, start_dato);

CREATE TABLE opplaring_kategorisering (
    gjennomforing_id TEXT PRIMARY KEY REFERENCES gjennomforing (id),
    document         TEXT NOT NULL
);

-- The last number given to a gjennomføring of a year.
CREATE TABLE lopenummer (
    aar  INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
);

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
