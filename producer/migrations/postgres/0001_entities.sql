-- The tables of migrations/sqlite, column by column; a test compares them.

CREATE TABLE tiltakstype (
    id          TEXT COLLATE "C" PRIMARY KEY,
    tiltakskode TEXT COLLATE "C" NOT NULL UNIQUE,
    document    TEXT NOT NULL,
    -- How many times the entity has been written; a change names the version before, so that no change is lost.
    version     BIGINT NOT NULL
);

CREATE TABLE arrangor (
    organisasjonsnummer TEXT COLLATE "C" PRIMARY KEY,
    document            TEXT NOT NULL
);

CREATE TABLE avtale (
    id             TEXT COLLATE "C" PRIMARY KEY,
    tiltakstype_id TEXT COLLATE "C" NOT NULL REFERENCES tiltakstype (id),
    arrangor       TEXT COLLATE "C" REFERENCES arrangor (organisasjonsnummer),
    document       TEXT NOT NULL,
    version        BIGINT NOT NULL
);

CREATE TABLE gjennomforing (
    id             TEXT COLLATE "C" PRIMARY KEY,
    tiltakstype_id TEXT COLLATE "C" NOT NULL REFERENCES tiltakstype (id),
    arrangor       TEXT COLLATE "C" NOT NULL REFERENCES arrangor (organisasjonsnummer),
    avtale_id      TEXT COLLATE "C" REFERENCES avtale (id),
    kind           TEXT COLLATE "C" NOT NULL,
    status         TEXT COLLATE "C" NOT NULL,
    start_dato     TEXT COLLATE "C",
    slutt_dato     TEXT COLLATE "C",
    document       TEXT NOT NULL,
    version        BIGINT NOT NULL
);

CREATE INDEX gjennomforing_by_avtale ON gjennomforing (avtale_id);
CREATE INDEX gjennomforing_by_tiltakstype ON gjennomforing (tiltakstype_id);
CREATE INDEX gjennomforing_by_status ON gjennomforing (kind, status, slutt_dato);
CREATE INDEX gjennomforing_by_start ON gjennomforing (kind, start_dato);

CREATE TABLE opplaring_kategorisering (
    gjennomforing_id TEXT COLLATE "C" PRIMARY KEY REFERENCES gjennomforing (id),
    document         TEXT NOT NULL
);

-- The last number given to a gjennomføring of a year.
CREATE TABLE lopenummer (
    aar  BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);

-- Avtaler that have changed and whose gjennomføringer are to be published again at a time, in microseconds of Unix time.
CREATE TABLE pending_fanout (
    avtale_id TEXT COLLATE "C" PRIMARY KEY REFERENCES avtale (id),
    due       BIGINT NOT NULL
);
CREATE INDEX pending_fanout_by_due ON pending_fanout (due);

-- The last day whose run of a job is done.
CREATE TABLE job_run (
    job TEXT COLLATE "C" PRIMARY KEY,
    day TEXT COLLATE "C" NOT NULL
);
