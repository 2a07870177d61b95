-- The columns are what is searched for; the rest of an entity is one JSON document, written from the domain type.

CREATE TABLE tiltakstype (
    id          TEXT PRIMARY KEY,
    tiltakskode TEXT NOT NULL UNIQUE,
    document    TEXT NOT NULL
);

CREATE TABLE arrangor (
    organisasjonsnummer TEXT PRIMARY KEY,
    document            TEXT NOT NULL
);

CREATE TABLE avtale (
    id             TEXT PRIMARY KEY,
    tiltakstype_id TEXT NOT NULL REFERENCES tiltakstype (id),
    arrangor       TEXT REFERENCES arrangor (organisasjonsnummer),
    document       TEXT NOT NULL
);

CREATE TABLE gjennomforing (
    id             TEXT PRIMARY KEY,
    tiltakstype_id TEXT NOT NULL REFERENCES tiltakstype (id),
    arrangor       TEXT NOT NULL REFERENCES arrangor (organisasjonsnummer),
    avtale_id      TEXT REFERENCES avtale (id),
    kind           TEXT NOT NULL,
    status         TEXT NOT NULL,
    slutt_dato     TEXT,
    document       TEXT NOT NULL
);

CREATE INDEX gjennomforing_by_avtale ON gjennomforing (avtale_id);
CREATE INDEX gjennomforing_by_tiltakstype ON gjennomforing (tiltakstype_id);
CREATE INDEX gjennomforing_by_status ON gjennomforing (kind, status, slutt_dato);

CREATE TABLE opplaring_kategorisering (
    gjennomforing_id TEXT PRIMARY KEY REFERENCES gjennomforing (id),
    document         TEXT NOT NULL
);

-- The last number given to a gjennomføring of a year.
CREATE TABLE lopenummer (
    aar  INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
);

-- Records that are to be published, in this order. A row goes when the broker has acknowledged its record.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    topic        TEXT NOT NULL,
    record_key   TEXT NOT NULL,
    record_value TEXT
);
